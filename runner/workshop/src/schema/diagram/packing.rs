//! Boxes side by side, in rows, so that all of them fill a screen.

/// How much wider than high a screen is.
pub(super) const SCREEN: f64 = 1.6;

/// The position of a box, from the left and from the top, and how much room all of them take.
pub(super) struct Packed {
    pub(super) corners: Vec<(i32, i32)>,
    pub(super) width: i32,
    pub(super) height: i32,
}

impl Packed {
    /// How far its shape is from that of a screen.
    fn unlike_a_screen(&self) -> f64 {
        unlike_a_screen(self.width, self.height)
    }
}

/// How far a shape is from that of a screen, where too wide is as bad as too high.
pub(super) fn unlike_a_screen(width: i32, height: i32) -> f64 {
    (f64::from(width.max(1)) / f64::from(height.max(1)) / SCREEN).ln().abs()
}

/// Puts boxes of these sizes side by side, the highest first, in rows of the width that makes the whole
/// most like a screen.
pub(super) fn packed(sizes: &[(i32, i32)], space: i32) -> Packed {
    let widest = sizes.iter().map(|(width, _)| *width).max().unwrap_or_default();
    let area: f64 = sizes.iter().map(|(w, h)| f64::from(w + space) * f64::from(h + space)).sum();
    let wide = (area * SCREEN).sqrt();
    let widths = (8..=20).map(|tenths| (wide * f64::from(tenths) / 10.0) as i32);
    let all = widths.chain([widest]).map(|width| in_rows(sizes, width.max(widest), space));
    let best = all.min_by(|a, b| a.unlike_a_screen().total_cmp(&b.unlike_a_screen()));
    best.unwrap_or(Packed { corners: Vec::new(), width: 0, height: 0 })
}

fn in_rows(sizes: &[(i32, i32)], limit: i32, space: i32) -> Packed {
    let mut order: Vec<usize> = (0..sizes.len()).collect();
    order.sort_by_key(|at| std::cmp::Reverse(sizes[*at].1));
    let (mut left, mut top, mut highest) = (0, 0, 0);
    let mut packed = Packed { corners: vec![(0, 0); sizes.len()], width: 0, height: 0 };
    for at in order {
        let (width, height) = sizes[at];
        if left > 0 && left + width > limit {
            (left, top, highest) = (0, top + highest + space, 0);
        }
        packed.corners[at] = (left, top);
        packed.width = packed.width.max(left + width);
        packed.height = packed.height.max(top + height);
        left += width + space;
        highest = highest.max(height);
    }
    packed
}
