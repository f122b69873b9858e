//! The positions of the layers, from left to right.

use super::lane::Crossing;
use super::layer::Layers;

/// The room around everything.
pub(super) const MARGIN: i32 = 32;

/// Between two lanes.
pub(super) const LANE: i32 = 12;
/// Between a lane and a box: room for a crow's foot or an arrow.
pub(super) const STUB: i32 = 26;

/// The layers, and the gaps between them.
pub(super) struct Columns {
    pub(super) lefts: Vec<i32>,
    /// All boxes of a layer are as wide as its widest.
    pub(super) widths: Vec<i32>,
    /// Behind the last gap.
    pub(super) end: i32,
}

impl Columns {
    pub(super) fn of(
        layers: &Layers,
        sizes: &[(i32, i32)],
        gaps: &[Vec<(Crossing, usize)>],
    ) -> Self {
        let mut widths = vec![0; layers.count];
        for (spot, (width, _)) in layers.spots.iter().zip(sizes) {
            if let Some(spot) = spot {
                widths[spot.layer] = widths[spot.layer].max(*width);
            }
        }
        let mut columns = Self { lefts: Vec::new(), widths, end: MARGIN };
        for (layer, gap) in gaps.iter().enumerate() {
            columns.lefts.push(columns.end);
            columns.end += columns.widths[layer];
            let lanes = gap.iter().map(|(_, lane)| i32::try_from(*lane).unwrap_or_default()).max();
            let is_last = layer + 1 == gaps.len();
            columns.end += match lanes {
                Some(lanes) => 2 * STUB + lanes * LANE,
                None if is_last => MARGIN,
                None => 2 * STUB,
            };
        }
        columns
    }
}
