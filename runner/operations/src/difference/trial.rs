//! An empty database on which changes are tried.

use std::cell::RefCell;
use std::sync::Arc;

use rusqlite::Connection;

use super::change::Change;
use super::error::DifferenceError;
use crate::operation::Operation;
use crate::perform::{OperationError, Performer, Refusal};
use crate::schema::Schema;

/// An empty database with a schema.
pub(super) struct Trial {
    connection: Connection,
    performer: RefCell<Performer>,
}

/// The outcome of a pass over all changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pass {
    Done,
    /// There was an obstacle; nothing was kept.
    Learned,
}

/// What a refusal teaches.
pub(super) enum Lesson {
    /// This statement drops the obstacle.
    Drop(String),
    /// The plan must be another one.
    Again,
    None,
}

impl Trial {
    /// On `connection`, whose database is empty.
    pub(super) fn of(connection: Connection, schema: &Schema) -> Result<Self, DifferenceError> {
        let make = || -> rusqlite::Result<()> {
            connection.execute_batch("PRAGMA foreign_keys = OFF; BEGIN")?;
            texts(schema).into_iter().try_for_each(|sql| connection.execute_batch(sql))
        };
        make().map_err(DifferenceError::Scratch)?;
        Ok(Self { connection, performer: RefCell::default() })
    }

    pub(super) fn schema(&self) -> Result<Arc<Schema>, DifferenceError> {
        Ok(Arc::clone(self.performer.borrow_mut().schema(&self.connection)?))
    }

    /// Carries out one operation.
    pub(super) fn run(&self, operation: &Operation) -> Result<(), DifferenceError> {
        self.attempt(operation).map_err(DifferenceError::Refused)
    }

    fn attempt(&self, operation: &Operation) -> Result<(), OperationError> {
        self.performer.borrow_mut().run_next(&self.connection, std::slice::from_ref(operation))
    }

    /// Carries out all changes, each by itself, as a migration may, and keeps them only if there was no
    /// obstacle. What `around` has dropped is dropped at once, so that one pass finds as many obstacles as it
    /// can.
    pub(super) fn run_all(
        &self,
        changes: &[Change],
        mut around: impl FnMut(&Operation, &Refusal) -> Lesson,
    ) -> Result<Pass, DifferenceError> {
        self.execute("SAVEPOINT whole")?;
        let mut pass = Pass::Done;
        'changes: for change in changes {
            while let Err(error) = self.attempt(&change.operation) {
                match around(&change.operation, &error.refusal) {
                    Lesson::Drop(sql) => {
                        self.execute(&sql)?;
                        self.performer.borrow_mut().distrust();
                        pass = Pass::Learned;
                    }
                    Lesson::Again => {
                        pass = Pass::Learned;
                        break 'changes;
                    }
                    Lesson::None => {
                        self.undo()?;
                        return Err(DifferenceError::Refused(error));
                    }
                }
            }
        }
        match pass {
            Pass::Done => self.execute("RELEASE whole")?,
            Pass::Learned => self.undo()?,
        }
        Ok(pass)
    }

    fn undo(&self) -> Result<(), DifferenceError> {
        self.performer.borrow_mut().distrust();
        self.execute("ROLLBACK TO whole; RELEASE whole")
    }

    fn execute(&self, sql: &str) -> Result<(), DifferenceError> {
        self.connection.execute_batch(sql).map_err(DifferenceError::Scratch)
    }
}

/// The texts that make a schema, in an order that works.
fn texts(schema: &Schema) -> impl Iterator<Item = &str> {
    let tables = schema.tables.iter().filter(|table| !table.shadow);
    let indexes = tables.clone().flat_map(|table| &table.indexes);
    tables
        .map(|table| table.sql.as_str())
        .chain(indexes.filter_map(|index| index.sql.as_deref()))
        .chain(schema.virtual_tables.iter().map(|table| table.sql.as_str()))
        .chain(schema.views.iter().map(|view| view.sql.as_str()))
        .chain(schema.triggers.iter().map(|trigger| trigger.sql.as_str()))
}
