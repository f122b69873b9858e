//! Values of SQLite, one behind the other in two buffers.

use rusqlite::types::ValueRef;

/// Values in the order in which they were pushed. Texts and blobs share one buffer, so that a batch allocates
/// nothing for each of them.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Cells {
    cells: Vec<Cell>,
    bytes: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Cell {
    Null,
    Integer(i64),
    Real(f64),
    Text { start: usize, end: usize },
    Blob { start: usize, end: usize },
}

/// A moment of [`Cells`], to go back to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    cells: usize,
    bytes: usize,
}

impl Cells {
    pub(super) fn push(&mut self, value: ValueRef<'_>) {
        let cell = match value {
            ValueRef::Null => Cell::Null,
            ValueRef::Integer(integer) => Cell::Integer(integer),
            ValueRef::Real(real) => Cell::Real(real),
            ValueRef::Text(text) => {
                let (start, end) = self.keep(text);
                Cell::Text { start, end }
            }
            ValueRef::Blob(blob) => {
                let (start, end) = self.keep(blob);
                Cell::Blob { start, end }
            }
        };
        self.cells.push(cell);
    }

    fn keep(&mut self, bytes: &[u8]) -> (usize, usize) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        (start, self.bytes.len())
    }

    pub(super) fn get(&self, at: usize) -> ValueRef<'_> {
        match self.cells[at] {
            Cell::Null => ValueRef::Null,
            Cell::Integer(integer) => ValueRef::Integer(integer),
            Cell::Real(real) => ValueRef::Real(real),
            Cell::Text { start, end } => ValueRef::Text(&self.bytes[start..end]),
            Cell::Blob { start, end } => ValueRef::Blob(&self.bytes[start..end]),
        }
    }

    /// The `width` values from `at` on.
    pub(super) fn range(&self, at: usize, width: usize) -> impl Iterator<Item = ValueRef<'_>> {
        (at..at + width).map(|at| self.get(at))
    }

    pub(super) fn len(&self) -> usize {
        self.cells.len()
    }

    /// The bytes of texts and blobs, and a little for each value.
    pub(super) fn size(&self) -> usize {
        self.bytes.len() + self.cells.len() * size_of::<Cell>()
    }

    pub(super) fn mark(&self) -> Mark {
        Mark { cells: self.cells.len(), bytes: self.bytes.len() }
    }

    /// Forgets what was pushed since `mark`.
    pub(super) fn back_to(&mut self, mark: Mark) {
        self.cells.truncate(mark.cells);
        self.bytes.truncate(mark.bytes);
    }

    /// Forgets all values. One huge row does not keep its memory for the whole pass.
    pub(super) fn clear(&mut self) {
        const KEPT: usize = 1 << 20;
        self.cells.clear();
        self.bytes.clear();
        self.bytes.shrink_to(KEPT);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_each_storage_class_come_back() {
        let all = [
            ValueRef::Null,
            ValueRef::Integer(i64::MIN),
            ValueRef::Real(0.5),
            ValueRef::Text(b"a\0\xff"),
            ValueRef::Blob(b""),
        ];
        let mut cells = Cells::default();
        all.into_iter().for_each(|value| cells.push(value));
        assert_eq!(cells.range(0, 5).collect::<Vec<_>>(), all);
    }

    #[test]
    fn what_was_pushed_since_a_mark_is_forgotten() {
        let mut cells = Cells::default();
        cells.push(ValueRef::Text(b"kept"));
        let mark = cells.mark();
        cells.push(ValueRef::Blob(b"gone"));
        cells.back_to(mark);
        cells.push(ValueRef::Text(b"new"));
        assert_eq!((cells.len(), cells.get(1)), (2, ValueRef::Text(b"new")));
    }
}
