//! Lines that lead to one key of a parent, joined to one tree.

use std::collections::BTreeMap;

use super::entity::Model;
use super::layer::Layers;

/// The lines between a key of a parent and its children on one side of it.
#[derive(Debug, Clone)]
pub(super) struct Tree {
    pub(super) parent: usize,
    /// The row of the parent where all of them arrive; none for its title.
    pub(super) row: Option<usize>,
    /// On which side of the parent its children are.
    pub(super) side: Side,
    /// The relations in it.
    pub(super) relations: Vec<usize>,
    /// The height at which it passes each layer on its way, as dagre would have it.
    pub(super) passes: BTreeMap<usize, f64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Side {
    Left,
    Right,
}

/// The trees of all relations. A table that points to itself does it on its right side.
pub(super) fn trees(model: &Model, layers: &Layers) -> Vec<Tree> {
    let mut trees: BTreeMap<(usize, Option<usize>, Side), Tree> = BTreeMap::new();
    for (number, relation) in model.relations.iter().enumerate() {
        let layer = |entity: usize| layers.spots[entity].map_or(0, |spot| spot.layer);
        let (parent, child) = (layer(relation.parent), layer(relation.child));
        let side = if child < parent { Side::Left } else { Side::Right };
        let row = relation.to.first().copied();
        let tree = trees.entry((relation.parent, row, side)).or_insert_with(|| Tree {
            parent: relation.parent,
            row,
            side,
            relations: Vec::new(),
            passes: BTreeMap::new(),
        });
        tree.relations.push(number);
        let between = parent.min(child) + 1..parent.max(child);
        for layer in between {
            let height = layers.passes[number].get(&layer).copied().unwrap_or_default();
            tree.passes.entry(layer).or_insert(height);
        }
    }
    trees.into_values().collect()
}
