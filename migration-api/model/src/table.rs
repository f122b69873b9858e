//! The trait that `#[derive(Table)]` implements.

use crate::Definition;

/// A table, or a type that says what a table is.
///
/// `#[derive(Table)]` implements it for a struct with named fields: a field is a column, and its type,
/// by [`ColumnType`](crate::ColumnType), what the column is declared as. `docs/models.md` of the runner
/// has all attributes in a table.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no table",
    note = "write `#[derive(migration_model::Table)]` above it"
)]
pub trait Table {
    /// The name of the table.
    const NAME: &'static str;

    /// The names of the fields that are columns, and of the columns, in order.
    const COLUMNS: &'static [(&'static str, &'static str)];

    /// What makes the table.
    fn definition() -> Definition;
}
