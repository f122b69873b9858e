//! Parts of a diagram: what is near some tables, and what hangs together.

use std::collections::BTreeMap;

use super::entity::Model;

/// A part of a diagram, and where it is in the whole.
pub(super) struct Part {
    pub(super) model: Model,
    /// Of each of its entities, the number in the whole.
    pub(super) entities: Vec<usize>,
    /// Of each of its relations, the number in the whole.
    pub(super) relations: Vec<usize>,
}

impl Model {
    /// What at most `steps` foreign keys lie between and one of the tables, which are numbers of entities.
    pub(super) fn around(&self, tables: &[usize], steps: usize) -> Self {
        let mut is_near = vec![false; self.entities.len()];
        tables.iter().for_each(|table| is_near[*table] = true);
        for _ in 0..steps {
            let mut nearer = is_near.clone();
            for relation in &self.relations {
                if is_near[relation.parent] || is_near[relation.child] {
                    (nearer[relation.parent], nearer[relation.child]) = (true, true);
                }
            }
            is_near = nearer;
        }
        let entities = (0..is_near.len()).filter(|entity| is_near[*entity]).collect();
        self.part(entities).model
    }

    /// Parts that no foreign key joins, in the order of their first tables.
    pub(super) fn parts(&self) -> Vec<Part> {
        let mut beside: Vec<Vec<usize>> = vec![Vec::new(); self.entities.len()];
        for relation in &self.relations {
            beside[relation.parent].push(relation.child);
            beside[relation.child].push(relation.parent);
        }
        let mut is_taken = vec![false; self.entities.len()];
        let mut parts = Vec::new();
        for first in 0..self.entities.len() {
            let (mut entities, mut next) = (Vec::new(), vec![first]);
            while let Some(entity) = next.pop() {
                if !std::mem::replace(&mut is_taken[entity], true) {
                    entities.push(entity);
                    next.extend(&beside[entity]);
                }
            }
            if !entities.is_empty() {
                entities.sort_unstable();
                parts.push(self.part(entities));
            }
        }
        parts
    }

    /// These entities, which are in order, and the relations between them.
    fn part(&self, entities: Vec<usize>) -> Part {
        let places: BTreeMap<usize, usize> =
            entities.iter().enumerate().map(|(place, entity)| (*entity, place)).collect();
        let mut model = Self {
            entities: entities.iter().map(|entity| self.entities[*entity].clone()).collect(),
            relations: Vec::new(),
        };
        let mut relations = Vec::new();
        for (number, relation) in self.relations.iter().enumerate() {
            if let (Some(child), Some(parent)) =
                (places.get(&relation.child), places.get(&relation.parent))
            {
                let (child, parent) = (*child, *parent);
                model.relations.push(super::entity::Relation { child, parent, ..relation.clone() });
                relations.push(number);
            }
        }
        Part { model, entities, relations }
    }
}
