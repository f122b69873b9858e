//! An estimate of how far to the right each table will be: one further than the last of its parents.

use std::collections::{BTreeMap, VecDeque};

use super::entity::{Model, Relation};
use super::packing::unlike_a_screen;
use super::size::CELL;

/// How many layers the lines that dagre is shown may pass, all together. It makes a node of each, and a
/// picture of hundreds of tables that refer far would have tens of thousands of them: the longest lines are
/// drawn without asking it.
pub(super) const MOST_PASSED: usize = 1000;

/// Into how many parts the tables of a picture are put at most, for its shape.
const MOST_PARTS: i32 = 40;

/// About as much room as is between two layers.
const BETWEEN: i32 = 100;

/// The rank of each entity, from 0.
pub(super) struct Ranks(Vec<usize>);

impl Ranks {
    /// A circle of relations is cut open at its first table.
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

    /// The two ends of a relation, the one further to the left first.
    pub(super) fn ends(&self, relation: &Relation) -> (usize, usize) {
        let (parent, child) = (relation.parent, relation.child);
        if self.0[child] < self.0[parent] { (child, parent) } else { (parent, child) }
    }

    /// How many layers one end of a relation is further than the other, at least 1.
    pub(super) fn distance(&self, relation: &Relation) -> i32 {
        i32::try_from(self.between(relation)).unwrap_or_default() + 1
    }

    /// The same order in more ranks, so that the picture has about the shape of a screen: tables of one
    /// rank stand in several, those of one parent together.
    pub(super) fn like_a_screen(self, model: &Model, sizes: &[(i32, i32)]) -> Self {
        let whole: i32 = sizes.iter().map(|(_, height)| height + CELL).sum();
        let mut best = (Self::shape(&self.0, sizes), self.0.clone());
        for parts in 2..=MOST_PARTS {
            let split = self.split(model, sizes, whole / parts);
            // What dagre is not shown does not keep its rank.
            if Self(split.clone()).passed(model) > MOST_PASSED {
                break;
            }
            let shape = Self::shape(&split, sizes);
            if shape < best.0 {
                best = (shape, split);
            }
        }
        Self(best.1)
    }

    /// How many layers all lines pass together.
    fn passed(&self, model: &Model) -> usize {
        model.relations.iter().map(|relation| self.between(relation)).sum()
    }

    /// How far the shape that these ranks give is from that of a screen.
    fn shape(ranks: &[usize], sizes: &[(i32, i32)]) -> f64 {
        let mut columns: BTreeMap<usize, (i32, i32)> = BTreeMap::new();
        for (rank, (width, height)) in ranks.iter().zip(sizes) {
            let column = columns.entry(*rank).or_default();
            *column = (column.0.max(*width), column.1 + height + CELL);
        }
        let width = columns.values().map(|(width, _)| width + BETWEEN).sum();
        unlike_a_screen(
            width,
            columns.values().map(|(_, height)| *height).max().unwrap_or_default(),
        )
    }

    /// Ranks of which none is higher than `limit`, unless one table is.
    fn split(&self, model: &Model, sizes: &[(i32, i32)], limit: i32) -> Vec<usize> {
        let mut first_parents = vec![usize::MAX; self.0.len()];
        for relation in model.relations.iter().rev() {
            first_parents[relation.child] = relation.parent;
        }
        let mut order: Vec<usize> = (0..self.0.len()).collect();
        order.sort_by_key(|entity| (self.0[*entity], first_parents[*entity], *entity));
        let mut ranks = vec![0; self.0.len()];
        let (mut rank, mut height, mut before) = (0, 0, 0);
        for entity in order {
            let own = sizes[entity].1 + CELL;
            if self.0[entity] != before || (height > 0 && height + own > limit) {
                rank += usize::from(height > 0);
                height = 0;
            }
            (ranks[entity], height, before) = (rank, height + own, self.0[entity]);
        }
        ranks
    }

    /// How many layers a line between the ends of a relation passes.
    pub(super) fn between(&self, relation: &Relation) -> usize {
        self.0[relation.parent].abs_diff(self.0[relation.child]).saturating_sub(1)
    }
}
