//! The line of each foreign key by itself, through the lanes and layers of its tree.

use super::columns::{Columns, LANE, MARGIN, STUB};
use super::lane::Crossing;
use super::layer::Layers;
use super::layout::{Places, Port};
use super::line::child_side;
use super::picture::Picture;
use super::tree::{Side, Tree};

/// Of each relation, the corners of its line, from the child to the parent: from box to lane to lane to box, by turns
/// to the side and up or down.
pub(super) fn paths(
    picture: &Picture,
    layers: &Layers,
    trees: &[Tree],
    places: &Places,
    gaps: &[Vec<(Crossing, usize)>],
    columns: &Columns,
) -> Vec<Vec<(i32, i32)>> {
    let model = &picture.model;
    let layer = |entity: usize| layers.spots[entity].map_or(0, |spot| spot.layer);
    // What leaves a box to the right is in the gap of its own layer.
    let gap = |entity: usize, side: Side| match side {
        Side::Right => layer(entity),
        Side::Left => layer(entity).saturating_sub(1),
    };
    let mut paths = vec![Vec::new(); model.relations.len()];
    for (number, tree) in trees.iter().enumerate() {
        let lane = |gap: usize| {
            let own = gaps[gap].iter().find(|(crossing, _)| crossing.tree == number);
            let lane = own.map_or(0, |(_, lane)| i32::try_from(*lane).unwrap_or_default());
            columns.lefts[gap] + columns.widths[gap] + STUB + LANE * lane
        };
        let pass = |layer: usize| {
            let cell = places.passes.get(&(number, layer)).copied().unwrap_or_default();
            Port::Pass { layer }.height(cell) + MARGIN
        };
        let end = picture.touch(tree.parent, tree.row, tree.side, Port::Parent(tree.side));
        let last = gap(tree.parent, tree.side);
        for relation in &tree.relations {
            let key = &model.relations[*relation];
            let side = child_side(layers.are_level(key), tree.side);
            let (row, nth) = key.leaves;
            let start = picture.touch(key.child, row, side, Port::Child(side, nth));
            let (mut gap, mut height) = (gap(key.child, side), start.1);
            let mut path = vec![start];
            while gap != last {
                let (next, layer) = if gap < last { (gap + 1, gap + 1) } else { (gap - 1, gap) };
                path.extend([(lane(gap), height), (lane(gap), pass(layer))]);
                (gap, height) = (next, pass(layer));
            }
            path.extend([(lane(gap), height), (lane(gap), end.1), end]);
            paths[*relation] = path;
        }
    }
    paths
}
