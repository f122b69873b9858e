//! Colours that tell trees apart.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::lane::Crossing;
use super::svg::COLOURS;
use super::tree::Tree;

/// A colour for each entity, which is that of the lines to it: one that few others have where they
/// run side by side.
pub(super) fn colours(
    entities: usize,
    trees: &[Tree],
    gaps: &[Vec<(Crossing, usize)>],
) -> Vec<usize> {
    let mut beside: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); entities];
    for gap in gaps {
        let parents: BTreeSet<usize> =
            gap.iter().map(|(crossing, _)| trees[crossing.tree].parent).collect();
        for parent in &parents {
            beside[*parent].extend(&parents);
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
