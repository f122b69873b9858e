//! Runs operations: all of them or none.

use std::collections::BTreeSet;
use std::sync::Arc;

use rusqlite::Connection;

use super::alter::rename_table::vacated;
use super::new_names::require_names;
use super::rebuild::shared_pass::Passes;
use super::savepoint::{Ending, Frame};
use super::session::{Result, Session};
use super::verify::affected::Concern;
use super::verify::column_order::require_same_places;
use super::verify::dependents::Working;
use super::verify::keys::{Renamed, require_unique_parents};
use super::verify::meaning::Meanings;
use super::verify::orphans::{Orphans, Risk};
use crate::operation::{Exhaustive, Operation, OperationError, Refusal};
use crate::schema::{Catalog, Schema, SchemaError, SchemaRows};

/// Carries out `operations` on `connection`, as [`Performer::run`] does.
///
/// # Errors
/// The first operation that cannot be done, with the reason; nothing of any of them is in the database then.
pub fn run(connection: &Connection, operations: &[Operation]) -> Result<(), OperationError> {
    Performer::default().run(connection, operations)
}

/// Carries out operations, one run after another, and keeps what it has read of the schema.
///
/// ```
/// use runner_operations::operation::{Column, Operation};
/// use runner_operations::perform::Performer;
///
/// let connection = rusqlite::Connection::open_in_memory()?;
/// connection.execute_batch("CREATE TABLE player (id INTEGER PRIMARY KEY)")?;
/// let mut performer = Performer::default();
/// performer.run(&connection, &[Operation::add_column("player", Column::text("name"))])?;
/// connection.execute_batch("ALTER TABLE player RENAME TO person")?;
/// performer.run(&connection, &[Operation::rename_column("person", "name", "nick")])?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Default)]
pub struct Performer {
    catalog: Catalog,
}

impl Performer {
    /// Carries out `operations` on `connection`: in a transaction of its own, or inside the one that is
    /// open, and then in a savepoint. Whatever was done to the database since the last run is seen.
    ///
    /// # Errors
    /// The first operation that cannot be done; nothing of any of them is in the database then.
    pub fn run(
        &mut self,
        connection: &Connection,
        operations: &[Operation],
    ) -> Result<(), OperationError> {
        self.catalog.distrust();
        self.run_next(connection, operations)
    }

    /// The rows of `sqlite_schema` as they are now, whoever wrote them; none is parsed.
    ///
    /// # Errors
    /// SQLite's.
    pub fn schema_rows(&mut self, connection: &Connection) -> rusqlite::Result<SchemaRows> {
        self.catalog.rows(connection).cloned()
    }

    /// The schema as the last run left it, where nothing was done to the database since.
    pub(crate) fn schema(&mut self, connection: &Connection) -> Result<&Arc<Schema>, SchemaError> {
        self.catalog.look(connection)
    }

    /// Something was done to the database since the last run.
    pub(crate) fn distrust(&mut self) {
        self.catalog.distrust();
    }

    /// As [`run`](Self::run), where nothing was done to the database since the last run.
    pub(crate) fn run_next(
        &mut self,
        connection: &Connection,
        operations: &[Operation],
    ) -> Result<(), OperationError> {
        let was_autocommit = connection.is_autocommit();
        let passes = Passes::shared();
        let done = self.attempt(connection, operations, &passes);
        // SQLite may have ended the transaction that this ran in; then nothing may run outside of it.
        if done.is_err() && passes.were_shared() && connection.is_autocommit() == was_autocommit {
            return self.attempt(connection, operations, &Passes::Each);
        }
        done
    }

    fn attempt(
        &mut self,
        connection: &Connection,
        operations: &[Operation],
        passes: &Passes,
    ) -> Result<(), OperationError> {
        let frame = Frame::open(connection).map_err(|error| failed(operations, error.into()))?;
        let done = all(connection, &mut self.catalog, operations, passes);
        if done.is_err() {
            self.catalog.distrust();
        }
        let ending = if done.is_ok() { Ending::Keep } else { Ending::Undo };
        let closed = frame.close(ending).map_err(|error| failed(operations, error.into()));
        // The first error is the one to tell.
        done.and(closed)
    }
}

fn all(
    connection: &Connection,
    catalog: &mut Catalog,
    operations: &[Operation],
    passes: &Passes,
) -> Result<(), OperationError> {
    let attempted =
        |operation: &Operation, refusal| OperationError::new(operation.to_string(), refusal);
    for operation in operations {
        require_names(operation).map_err(|refusal| attempted(operation, refusal))?;
    }
    let whole = |refusal| failed(operations, refusal);
    let mut session = Session::new(connection, catalog, passes);
    let before = Before::now(&session, operations).map_err(whole)?;
    let rows = RowsBefore::now(&session, operations).map_err(whole)?;
    carry_out(&mut session, operations)?;
    let vacated = before.hold(&mut session, operations).map_err(whole)?;
    rows.hold(&mut session, operations, &vacated).map_err(whole)
}

/// Carries out `operations`, but for rows that are still to be moved.
pub(super) fn carry_out<'c>(
    session: &mut Session<'c>,
    operations: &'c [Operation],
) -> Result<(), OperationError> {
    let mut rest = operations;
    while let [operation, later @ ..] = rest {
        rest = later;
        session.later = later;
        session.perform(operation).map_err(|refusal| OperationError {
            statement: session.failed.take(),
            ..OperationError::new(operation.to_string(), refusal)
        })?;
    }
    Ok(())
}

/// An error of the operations together.
pub(super) fn failed(operations: &[Operation], refusal: Refusal) -> OperationError {
    let attempt = match operations {
        [only] => only.to_string(),
        [first, ..] => format!("{first}, and {} more operations", operations.len() - 1),
        [] => "do nothing".to_owned(),
    };
    OperationError::new(attempt, refusal)
}

impl Session<'_> {
    /// Carries out `operation`, but for rows that are still to be moved.
    fn perform(&mut self, operation: &Operation) -> Result {
        match operation.exhaustive() {
            Exhaustive::CreateTable(table) => self.create_table(table),
            Exhaustive::DropTable { table, if_exists } => self.drop_table(table, *if_exists),
            Exhaustive::RenameTable { table, to, only: false } => self.rename_table(table, to),
            Exhaustive::RenameTable { table, to, only: true } => self.rename_table_only(table, to),
            Exhaustive::AddColumn { table, column } => self.add_column(table, column),
            Exhaustive::DropColumn { table, column, cascade } => {
                self.drop_column(table, column, *cascade)
            }
            Exhaustive::RenameColumn { table, column, to } => self.rename_column(table, column, to),
            Exhaustive::AlterColumnType { table, column, declared_type, using } => {
                self.alter_column_type(table, column, declared_type, using.as_deref())
            }
            Exhaustive::SetNotNull { table, column, fill } => {
                self.set_not_null(table, column, fill.as_deref())
            }
            Exhaustive::DropNotNull { table, column } => self.drop_not_null(table, column),
            Exhaustive::SetDefault { table, column, default } => {
                self.set_default(table, column, Some(default))
            }
            Exhaustive::DropDefault { table, column } => self.set_default(table, column, None),
            Exhaustive::SetCollate { table, column, collate } => {
                self.set_collate(table, column, collate.as_deref())
            }
            Exhaustive::AddIndex(index) => self.add_index(index),
            Exhaustive::DropIndex { name, if_exists } => self.drop_index(name, *if_exists),
            Exhaustive::RenameIndex { name, to } => self.rename_index(name, to),
            Exhaustive::AddUnique { table, unique } => self.add_unique(table, unique),
            Exhaustive::AddCheck { table, check } => self.add_check(table, check),
            Exhaustive::AddForeignKey { table, foreign_key } => {
                self.add_foreign_key(table, foreign_key)
            }
            Exhaustive::DropConstraint { table, constraint } => {
                self.drop_constraint(table, constraint)
            }
            Exhaustive::DropForeignKey { table, columns } => self.drop_foreign_key(table, columns),
            Exhaustive::SetPrimaryKey { table, key } => self.set_primary_key(table, key),
            Exhaustive::ReorderColumns { table, columns } => self.reorder_columns(table, columns),
            Exhaustive::SetTableOptions { table, options } => {
                self.set_table_options(table, *options)
            }
            Exhaustive::Execute { sql } => self.execute(sql),
        }
    }
}

/// What worked before, as far as no row is asked.
pub(super) struct Before {
    schema: Arc<Schema>,
    concern: Concern,
    working: Working,
    meanings: Meanings,
}

impl Before {
    pub(super) fn now(session: &Session<'_>, operations: &[Operation]) -> Result<Self> {
        let schema = session.schema()?;
        let concern = Concern::of(operations, &schema);
        Ok(Self {
            working: Working::now(session.connection, &schema, &concern)?,
            meanings: Meanings::now(&schema, &concern, operations)?,
            concern,
            schema,
        })
    }

    /// Makes sure that all of this still works. Gives the names that are vacated.
    pub(super) fn hold(
        self,
        session: &mut Session<'_>,
        operations: &[Operation],
    ) -> Result<BTreeSet<String>> {
        let schema = session.schema()?;
        require_unique_parents(&self.schema, &schema, operations)?;
        let vacated = vacated(operations, &schema);
        let working = self.working.still(session.connection, &schema, &self.concern)?;
        self.working.hold(session, operations, working, vacated.clone())?;
        let meanings = self.meanings.still(&schema, &self.concern, operations)?;
        self.meanings.hold(&meanings, operations, !vacated.is_empty())?;
        require_same_places(&self.schema, &schema, operations)?;
        Ok(vacated)
    }
}

/// Which rows pointed to none before.
struct RowsBefore {
    risk: Risk,
    orphans: Orphans,
}

impl RowsBefore {
    fn now(session: &Session<'_>, operations: &[Operation]) -> Result<Self> {
        let schema = session.schema()?;
        let risk = Risk::of(operations, &schema);
        let orphans = Orphans::around(session.connection, &schema, &risk)?;
        Ok(Self { risk, orphans })
    }

    /// Moves the rows, and makes sure that no more of them point to none.
    fn hold(
        self,
        session: &mut Session<'_>,
        operations: &[Operation],
        vacated: &BTreeSet<String>,
    ) -> Result {
        session.finish_rebuilds()?;
        // Only now, since both look at rows.
        let schema = session.schema()?;
        session.require_nothing_needs_dropped(&schema)?;
        let orphans = Orphans::around(session.connection, &schema, &self.risk)?;
        self.orphans.hold(orphans.beside(vacated), &Renamed::by(operations))
    }
}
