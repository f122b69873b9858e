//! An estimate of how far to the right each table will be: one further than the last of its parents.

use std::collections::VecDeque;

use super::entity::{Model, Relation};

/// The rank of each entity, from 0.
pub(super) struct Ranks(Vec<usize>);

impl Ranks {
    /// Where relations go in a circle, it is cut open at its first table.
    pub(super) fn of(model: &Model) -> Self {
        let count = model.entities.len();
        let mut children: Vec<Vec<usize>> = vec![Vec::new(); count];
        let mut parents_left = vec![0_usize; count];
        for relation in &model.relations {
            if relation.parent != relation.child {
                children[relation.parent].push(relation.child);
                parents_left[relation.child] += 1;
            }
        }
        let mut ranks = vec![0; count];
        let mut is_ranked = vec![false; count];
        let mut ready: VecDeque<usize> =
            (0..count).filter(|entity| parents_left[*entity] == 0).collect();
        let mut in_circles = 0..count;
        while let Some(entity) = ready.pop_front().or_else(|| in_circles.next()) {
            if std::mem::replace(&mut is_ranked[entity], true) {
                continue;
            }
            for child in &children[entity] {
                parents_left[*child] -= 1;
                if !is_ranked[*child] {
                    ranks[*child] = ranks[*child].max(ranks[entity] + 1);
                    if parents_left[*child] == 0 {
                        ready.push_back(*child);
                    }
                }
            }
        }
        Self(ranks)
    }

    /// How many layers a line between the ends of a relation passes.
    pub(super) fn between(&self, relation: &Relation) -> usize {
        self.0[relation.parent].abs_diff(self.0[relation.child]).saturating_sub(1)
    }
}
