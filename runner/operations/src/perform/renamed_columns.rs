//! The names of columns after operations have renamed them.

use crate::operation::Operation;

/// A table and a column of it, both in lower case.
pub(super) type ColumnPath = (String, String);

/// What a reference to `place` refers to after `operations`: references stay where a table is renamed
/// alone.
pub(super) fn follow(operations: &[Operation], place: &ColumnPath) -> ColumnPath {
    after(operations, place, |only| !only)
}

/// The name that the column itself has after `operations`.
pub(super) fn carried(operations: &[Operation], place: &ColumnPath) -> ColumnPath {
    after(operations, place, |_| true)
}

fn after(
    operations: &[Operation],
    place: &ColumnPath,
    goes_along: impl Fn(bool) -> bool,
) -> ColumnPath {
    let (mut table, mut column) = place.clone();
    for operation in operations {
        match operation {
            Operation::RenameTable { table: from, to, only }
                if goes_along(*only) && from.eq_ignore_ascii_case(&table) =>
            {
                table = to.to_ascii_lowercase();
            }
            Operation::RenameColumn { table: of, column: from, to }
                if of.eq_ignore_ascii_case(&table) && from.eq_ignore_ascii_case(&column) =>
            {
                column = to.to_ascii_lowercase();
            }
            _ => {}
        }
    }
    (table, column)
}
