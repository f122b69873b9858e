//! In a gap between two layers each tree has a vertical lane of its own.

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
    pub(super) fn top(&self) -> i32 {
        self.heights().min().unwrap_or_default()
    }

    pub(super) fn bottom(&self) -> i32 {
        self.heights().max().unwrap_or_default()
    }

    fn heights(&self) -> impl Iterator<Item = i32> {
        self.left.iter().chain(&self.right).copied()
    }

    fn spans(&self, height: &&i32) -> bool {
        (self.top()..=self.bottom()).contains(*height)
    }
}

/// How often the lines of two trees cross, if `a` has the lane to the left of `b`.
fn crossings(a: &Crossing, b: &Crossing) -> usize {
    let by_a = a.right.iter().filter(|height| b.spans(height)).count();
    let by_b = b.left.iter().filter(|height| a.spans(height)).count();
    by_a + by_b
}

/// Puts the trees in an order with few crossings, and gives each its lane. Trees that are not at the
/// same height share one.
pub(super) fn lanes(mut gap: Vec<Crossing>) -> Vec<(Crossing, usize)> {
    gap.sort_by_key(|crossing| (crossing.top(), crossing.tree));
    // Each exchange removes crossings, so it ends.
    let mut better = true;
    while better {
        better = false;
        for at in 1..gap.len() {
            if crossings(&gap[at], &gap[at - 1]) < crossings(&gap[at - 1], &gap[at]) {
                gap.swap(at - 1, at);
                better = true;
            }
        }
    }
    let mut placed: Vec<(Crossing, usize)> = Vec::new();
    for crossing in gap {
        let near = |other: &&(Crossing, usize)| {
            other.0.top() <= crossing.bottom() + APART && crossing.top() <= other.0.bottom() + APART
        };
        let lane = placed.iter().filter(near).map(|(_, lane)| lane + 1).max().unwrap_or(0);
        placed.push((crossing, lane));
    }
    placed
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
}
