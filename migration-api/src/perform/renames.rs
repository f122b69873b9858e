//! Where columns are after operations have renamed them.

use crate::operation::Operation;

/// A column by its table, both in lower case.
pub(super) type Place = (String, String);

/// The place that `operations` bring the column at `place` to.
pub(super) fn follow(operations: &[Operation], place: &Place) -> Place {
    let (mut table, mut column) = place.clone();
    for operation in operations {
        match operation {
            Operation::RenameTable { table: from, to, only: false }
                if from.eq_ignore_ascii_case(&table) =>
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
