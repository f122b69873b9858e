//! The columns of a table before and after, paired by their names.

use super::listing::TableShape;

/// Places of columns, among those that hold values of their own.
#[derive(Debug, Clone)]
pub(super) struct ColumnPairs {
    /// Before and after, of those that have one name.
    pub(super) same: Vec<(usize, usize)>,
    /// Which of these is the rowid of both: rows that are matched by it have it in common.
    pub(super) rowid: Option<usize>,
    /// Those that are there before alone.
    pub(super) gone: Vec<usize>,
    /// Those that are there after alone.
    pub(super) new: Vec<usize>,
}

impl ColumnPairs {
    pub(super) fn of(before: &TableShape, after: &TableShape) -> Self {
        let (mut same, mut gone) = (Vec::new(), Vec::new());
        for (place, name) in before.columns.iter().enumerate() {
            match after.place(name) {
                Some(other) => same.push((place, other)),
                None => gone.push(place),
            }
        }
        let is_new = |place: &usize| !same.iter().any(|(_, other)| other == place);
        let new = (0..after.columns.len()).filter(is_new).collect();
        let is_rowid = |table: &TableShape, place: usize| {
            table.key_is_rowid
                && table.key.first().is_some_and(|key| table.place(key) == Some(place))
        };
        let rowid =
            same.iter().position(|(own, other)| is_rowid(before, *own) && is_rowid(after, *other));
        Self { same, rowid, gone, new }
    }

    /// Whether both have the same columns.
    pub(super) fn are_the_same(&self) -> bool {
        self.gone.is_empty() && self.new.is_empty()
    }

    /// The pairs of these columns, by their names before; `None`: one has no pair.
    pub(super) fn of_columns(
        &self,
        before: &TableShape,
        columns: &[String],
    ) -> Option<Vec<(usize, usize)>> {
        let pair = |name: &String| {
            let place = before.place(name)?;
            self.same.iter().find(|(own, _)| *own == place).copied()
        };
        columns.iter().map(pair).collect()
    }
}
