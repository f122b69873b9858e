//! The colours of trees.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::lane::Crossing;
use super::tree::Tree;

/// Dark enough on white, and different to most eyes.
pub(super) const COLOURS: [&str; 10] = [
    "#1f5fa8", "#b3401f", "#2b7a3d", "#7a3fa0", "#8a6100", "#00757a", "#b0246b", "#4b5563",
    "#5a6e00", "#111827",
];

/// How many lanes further a line is still beside another.
const NEAR: usize = 30;

/// A colour for each entity, which is that of the lines to it: one that few others have where they
/// run side by side.
pub(super) fn colours(
    entities: usize,
    trees: &[Tree],
    gaps: &[Vec<(Crossing, usize)>],
) -> Vec<usize> {
    let mut beside: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); entities];
    for gap in gaps {
        let mut lanes: Vec<(usize, usize)> =
            gap.iter().map(|(crossing, lane)| (*lane, trees[crossing.tree].parent)).collect();
        lanes.sort_unstable();
        for (at, (_, parent)) in lanes.iter().enumerate() {
            beside[*parent].insert(*parent);
            for (_, other) in lanes.iter().skip(at + 1).take(NEAR) {
                beside[*parent].insert(*other);
                beside[*other].insert(*parent);
            }
        }
    }
    let mut order: Vec<usize> = (0..entities).collect();
    // Those whose lines are nearly everywhere choose first.
    order.sort_by_key(|entity| (Reverse(beside[*entity].len()), *entity));
    let mut colours: Vec<Option<usize>> = vec![None; entities];
    for (rank, entity) in order.into_iter().enumerate() {
        let taken = |colour: usize| {
            beside[entity].iter().filter(|other| colours[**other] == Some(colour)).count()
        };
        // Among those that are equally good, each begins with another.
        let candidates = (0..COLOURS.len()).map(|step| (rank + step) % COLOURS.len());
        colours[entity] = candidates.min_by_key(|colour| taken(*colour));
    }
    colours.into_iter().map(Option::unwrap_or_default).collect()
}
