//! Tables without relations: columns beside the others.

/// Where a box goes, from the left and from the top, and how much room all of them take.
pub(super) struct Packed {
    pub(super) corners: Vec<(i32, i32)>,
    pub(super) width: i32,
    pub(super) height: i32,
}

/// Puts boxes of these sizes one below the other, in columns that are at least `height` high, or as
/// high as makes the whole about as high as wide.
pub(super) fn packed(sizes: &[(i32, i32)], height: i32, space: i32) -> Packed {
    let area: i32 = sizes.iter().map(|(w, h)| (w + space) * (h + space) / 100).sum();
    let square = (f64::from(area) * 100.0).sqrt() as i32;
    let tallest = sizes.iter().map(|(_, h)| *h).max().unwrap_or_default();
    let limit = height.max(square).max(tallest);
    let (mut left, mut top, mut widest) = (0, 0, 0);
    let mut packed = Packed { corners: Vec::new(), width: 0, height: 0 };
    for (w, h) in sizes {
        if top > 0 && top + h > limit {
            (left, top, widest) = (left + widest + space, 0, 0);
        }
        packed.corners.push((left, top));
        top += h + space;
        widest = widest.max(*w);
        packed.width = packed.width.max(left + w);
        packed.height = packed.height.max(top - space);
    }
    packed
}
