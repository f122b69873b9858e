//! Operations that neither read nor write a row: they are carried out as they are, and take no time.

use rusqlite::Connection;

use crate::operation::{AddedColumn, Exhaustive, Operation};
use crate::perform::rebuild::shared_pass::Passes;
use crate::perform::run::carry_out;
use crate::perform::savepoint::{Ending, Frame};
use crate::perform::session::{RowsOf, Session};
use crate::perform::verify::orphans::Risk;
use crate::schema::{Catalog, Schema};

/// Whether `operations` change the schema alone, in a database that has this schema. What cannot be done at all is not
/// known here.
pub(super) fn is_schema_only(
    connection: &Connection,
    operations: &[Operation],
    schema: &Schema,
) -> rusqlite::Result<bool> {
    let asks_rows = |operation: &Operation| !may_leave_rows_alone(operation);
    if operations.iter().any(asks_rows) || !Risk::of(operations, schema).is_none() {
        return Ok(false);
    }
    let trial = Frame::open(connection)?;
    let mut catalog = Catalog::default();
    let mut session = Session::new(connection, &mut catalog, &Passes::Each);
    session.rows = RowsOf::Left { aside: "migrating_trial".to_owned() };
    let is_done = carry_out(&mut session, operations).is_ok();
    let has_moved = !session.moved.is_empty();
    trial.close(Ending::Undo)?;
    Ok(is_done && !has_moved)
}

/// Whether an operation asks no row and writes none, unless it rebuilds the table.
fn may_leave_rows_alone(operation: &Operation) -> bool {
    match operation.exhaustive() {
        Exhaustive::RenameTable { only: false, .. }
        | Exhaustive::RenameColumn { .. }
        | Exhaustive::AlterColumnType { using: None, .. }
        | Exhaustive::DropNotNull { .. }
        | Exhaustive::SetDefault { .. }
        | Exhaustive::DropDefault { .. }
        | Exhaustive::SetCollate { .. }
        | Exhaustive::DropIndex { .. }
        | Exhaustive::RenameIndex { .. }
        | Exhaustive::DropConstraint { .. }
        | Exhaustive::DropForeignKey { .. }
        | Exhaustive::ReorderColumns { .. }
        | Exhaustive::SetTableOptions { .. } => true,
        // SQLite asks all rows whether the new column breaks a rule.
        Exhaustive::AddColumn { column: AddedColumn { column, .. }, .. } => {
            column.check.is_none() && column.generated.is_none()
        }
        Exhaustive::CreateTable(_)
        | Exhaustive::DropTable { .. }
        | Exhaustive::RenameTable { only: true, .. }
        | Exhaustive::DropColumn { .. }
        | Exhaustive::AlterColumnType { using: Some(_), .. }
        | Exhaustive::SetNotNull { .. }
        | Exhaustive::AddIndex(_)
        | Exhaustive::AddUnique { .. }
        | Exhaustive::AddCheck { .. }
        | Exhaustive::AddForeignKey { .. }
        | Exhaustive::SetPrimaryKey { .. }
        | Exhaustive::Execute { .. } => false,
    }
}
