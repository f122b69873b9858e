//! In a gap between two layers each tree has a vertical lane of its own.

use std::collections::BTreeMap;

/// How many heights are compared to find the order of lanes in a gap.
const MOST_WORK: usize = 200_000;

/// How far apart two trees are that share a lane.
const APART: i32 = 12;

/// What a tree does in a gap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Crossing {
    pub(super) tree: usize,
    /// The heights at which it touches the left side of the gap.
    pub(super) left: Vec<i32>,
    /// Those on the right side.
    pub(super) right: Vec<i32>,
}

impl Crossing {
    /// What the tree of this number does where it touches nothing yet.
    pub(super) fn of(tree: usize) -> Self {
        Self { tree, left: Vec::new(), right: Vec::new() }
    }

    pub(super) fn top(&self) -> i32 {
        self.heights().min().unwrap_or_default()
    }

    pub(super) fn bottom(&self) -> i32 {
        self.heights().max().unwrap_or_default()
    }

    fn heights(&self) -> impl Iterator<Item = i32> {
        self.left.iter().chain(&self.right).copied()
    }
}

/// How often the lines of two trees cross, if `a` has the lane to the left of `b`.
fn crossings(a: &Crossing, b: &Crossing) -> usize {
    let (span_a, span_b) = (a.top()..=a.bottom(), b.top()..=b.bottom());
    let by_a = a.right.iter().filter(|height| span_b.contains(height)).count();
    let by_b = b.left.iter().filter(|height| span_a.contains(height)).count();
    by_a + by_b
}

/// Puts the trees in an order with few crossings, and gives each its lane. Trees that are not at the
/// same height share one.
pub(super) fn lanes(mut gap: Vec<Crossing>) -> Vec<(Crossing, usize)> {
    gap.sort_by_key(|crossing| (crossing.top(), crossing.tree));
    // Each exchange removes crossings, so it ends; in a crowded gap, before it is as good as can be.
    let heights: usize = gap.iter().map(|crossing| crossing.heights().count()).sum();
    let mut rounds = (MOST_WORK / heights.max(1)).max(1);
    let mut better = true;
    while better && rounds > 0 {
        (better, rounds) = (false, rounds - 1);
        for at in 1..gap.len() {
            if crossings(&gap[at], &gap[at - 1]) < crossings(&gap[at - 1], &gap[at]) {
                gap.swap(at - 1, at);
                better = true;
            }
        }
    }
    let mut free = FreeLanes::default();
    gap.into_iter()
        .map(|crossing| {
            let lane = free.take(crossing.top(), crossing.bottom());
            (crossing, lane)
        })
        .collect()
}

/// Of each height, the first lane that is free from there to the right: from each key to the next.
#[derive(Default)]
struct FreeLanes(BTreeMap<i32, usize>);

impl FreeLanes {
    /// The first lane that is free near the heights from `top` to `bottom`, which it takes.
    fn take(&mut self, top: i32, bottom: i32) -> usize {
        let near = top - APART..=bottom + APART;
        let first = self.at(top - APART);
        let lane = self.0.range(near).map(|(_, lane)| *lane).fold(first, usize::max);
        let below = self.at(bottom + 1);
        let inside: Vec<i32> = self.0.range(top..=bottom).map(|(height, _)| *height).collect();
        for height in inside {
            self.0.remove(&height);
        }
        self.0.insert(top, lane + 1);
        self.0.insert(bottom + 1, below);
        lane
    }

    fn at(&self, height: i32) -> usize {
        self.0.range(..=height).next_back().map_or(0, |(_, lane)| *lane)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn crossing(tree: usize, left: i32, right: i32) -> Crossing {
        Crossing { tree, left: vec![left], right: vec![right] }
    }

    #[test]
    fn lanes_are_in_the_order_that_crosses_least() {
        // Two lines down, side by side: the lower one turns first.
        let placed = lanes(vec![crossing(0, 0, 40), crossing(1, 10, 50)]);
        let order: Vec<_> = placed.iter().map(|(crossing, lane)| (crossing.tree, *lane)).collect();
        assert_eq!(order, [(1, 0), (0, 1)]);
        // Not at one height: one lane for both.
        let placed = lanes(vec![crossing(0, 0, 40), crossing(1, 60, 70)]);
        assert!(placed.iter().all(|(_, lane)| *lane == 0));
    }

    #[test]
    fn a_lane_is_the_first_that_nothing_near_has_taken() {
        let mut free = FreeLanes::default();
        let mut placed: Vec<(i32, i32, usize)> = Vec::new();
        for at in 0..500_i32 {
            let top = at * 7919 % 1000;
            let bottom = top + at * 31 % 97;
            let is_near = |(other, end, _): &&(i32, i32, usize)| {
                *other <= bottom + APART && top <= *end + APART
            };
            let expected = placed.iter().filter(is_near).map(|(_, _, lane)| lane + 1).max();
            let lane = free.take(top, bottom);
            assert_eq!(lane, expected.unwrap_or(0), "{top} to {bottom}");
            placed.push((top, bottom, lane));
        }
    }
}
