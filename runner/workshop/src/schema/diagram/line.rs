//! The lines of a tree, between the layers.

use std::collections::BTreeMap;

use super::entity::Model;
use super::lane::Crossing;
use super::layer::Layers;
use super::layout::{Places, Port};
use super::tree::{Side, Tree};

/// What each tree does in each gap. The gap of a number is to the right of the layer of that number.
pub(super) fn gaps(
    model: &Model,
    layers: &Layers,
    trees: &[Tree],
    places: &Places,
) -> Vec<Vec<Crossing>> {
    let mut gaps: Vec<Vec<Crossing>> = vec![Vec::new(); layers.count];
    for (number, tree) in trees.iter().enumerate() {
        let mut crossings: BTreeMap<usize, Crossing> = BTreeMap::new();
        for End { gap, side, height } in ends(model, layers, number, tree, places) {
            let crossing = crossings.entry(gap).or_insert_with(|| Crossing::of(number));
            match side {
                Side::Left => crossing.left.push(height),
                Side::Right => crossing.right.push(height),
            }
        }
        for (gap, mut crossing) in crossings {
            for heights in [&mut crossing.left, &mut crossing.right] {
                heights.sort_unstable();
                heights.dedup();
            }
            gaps[gap].push(crossing);
        }
    }
    gaps
}

/// A point where a tree touches a side of a gap.
struct End {
    gap: usize,
    side: Side,
    height: i32,
}

fn ends(model: &Model, layers: &Layers, number: usize, tree: &Tree, places: &Places) -> Vec<End> {
    // What is on the right side of a box is on the left side of the gap.
    let beside = |layer: usize, side: Side, height: i32| match side {
        Side::Right => Some(End { gap: layer, side: Side::Left, height }),
        Side::Left => Some(End { gap: layer.checked_sub(1)?, side: Side::Right, height }),
    };
    let layer = |entity: usize| layers.spots[entity].map_or(0, |spot| spot.layer);
    let arrives = Port::Parent(tree.side).height(places.cell(tree.parent, tree.row));
    let mut ends: Vec<End> = beside(layer(tree.parent), tree.side, arrives).into_iter().collect();
    for relation in tree.relations.iter().map(|number| &model.relations[*number]) {
        let side = child_side(layers.are_level(relation), tree.side);
        let (row, nth) = relation.leaves;
        let height = Port::Child(side, nth).height(places.cell(relation.child, row));
        ends.extend(beside(layer(relation.child), side, height));
    }
    for layer in tree.passes.keys() {
        let cell = places.passes.get(&(number, *layer)).copied().unwrap_or_default();
        let height = Port::Pass { layer: *layer }.height(cell);
        ends.extend(
            [Side::Left, Side::Right]
                .map(|side| beside(*layer, side, height))
                .into_iter()
                .flatten(),
        );
    }
    ends
}

/// On which side of a child the line to its parent leaves: on the same one if both are in one layer.
pub(super) fn child_side(are_level: bool, tree: Side) -> Side {
    match tree {
        Side::Right if !are_level => Side::Left,
        _ => Side::Right,
    }
}
