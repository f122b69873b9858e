//! How large a box is.

use super::entity::{Entity, Row};
use super::text;

/// The height of a cell.
pub(super) const CELL: i32 = 24;

/// Between the words in a box, and to its sides.
pub(super) const GAP: i32 = 12;

/// No box is narrower.
const NARROWEST: i32 = 80;

/// The columns of a box: the keys of its rows, their names, their types.
pub(super) fn inner_widths(entity: &Entity) -> [i32; 3] {
    let widest = |text: &dyn Fn(&Row) -> String| {
        entity.rows.iter().map(|row| text::width(&text(row))).max().unwrap_or_default()
    };
    [
        widest(&|row| row.keys.join(" ")),
        widest(&|row| row.label.clone()),
        widest(&|row| text::shortened(&row.declared_type)),
    ]
}

/// The width and the height of a box.
pub(super) fn size(entity: &Entity) -> (i32, i32) {
    let inner = inner_widths(entity).into_iter().filter(|width| *width > 0);
    let rows: i32 = inner.map(|width| width + GAP).sum();
    let title = text::width(&entity.label) + GAP;
    let height = CELL * (1 + i32::try_from(entity.rows.len()).unwrap_or_default());
    (rows.max(title).max(NARROWEST) + GAP, height)
}
