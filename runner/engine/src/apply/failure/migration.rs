//! The error that a migration reported.

use std::fmt;

use rusqlite::ffi;

use super::ApplyError;
use super::statement::FailedStatement;
use crate::direction::Direction;
use crate::exit::{self, Exit};
use crate::ffi::{PluginFailure, PluginFailureKind};
use crate::hint::{self, Hint};
use crate::id::MigrationId;

/// What a migration met that it can go around.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Obstacle {
    /// The lock that the runner held for it, for which it waited.
    Lock,
    /// The transaction of the runner, in which SQLite does not do what it tried.
    Transaction,
    /// A view or a trigger that uses what it changed.
    Program,
}

/// The error that a migration reported: its message, and the errors behind it as sources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrationFailure {
    pub(super) message: String,
    pub(super) place: Option<(String, u32, u32)>,
    pub(super) panicked: bool,
    pub(super) exit: Exit,
    pub(super) obstacle: Option<Obstacle>,
    /// SQLite's extended result code, if one of the errors is SQLite's and a hint is known for it; else
    /// 0.
    pub(super) sqlite_code: i32,
    pub(super) cause: Option<Box<Cause>>,
    pub(super) statement: Option<Box<FailedStatement>>,
}

impl MigrationFailure {
    /// The error of a step whose code reported `failure`. If the runner held the lock, `locked`, only
    /// another connection of the migration can have found the database busy: trying again does not
    /// help.
    pub(in crate::apply) fn from_report(
        id: &MigrationId,
        direction: Direction,
        failure: PluginFailure,
        locked: bool,
    ) -> ApplyError {
        if failure.kind == PluginFailureKind::Irreversible {
            return ApplyError::Irreversible { id: id.clone(), declared: false };
        }
        let statement = failure.statements.into_iter().next();
        let statement = statement.map(|found| (found.cause, FailedStatement::from(found)));
        let (mut message, mut causes) = (failure.message, failure.causes);
        if let Some((about, statement)) = &statement {
            let words = match about.checked_sub(1) {
                None => Some(&mut message),
                Some(cause) => causes.get_mut(cause),
            };
            words.into_iter().for_each(|words| *words = statement.located(words));
        }
        // SQLite has no code for it.
        let is_vacuum = |words: &String| words.contains("cannot VACUUM from within a transaction");
        let is_of_a_program = |words: &String| {
            ["error in view ", "error in trigger "].iter().any(|it| words.contains(it))
        };
        let primary = failure.sqlite_code & 0xff;
        let words = || std::iter::once(&message).chain(&causes);
        let obstacle = if locked && primary == ffi::SQLITE_BUSY {
            Some(Obstacle::Lock)
        } else if locked && words().any(is_vacuum) {
            Some(Obstacle::Transaction)
        } else {
            words().any(is_of_a_program).then_some(Obstacle::Program)
        };
        let statement = statement.map(|(_, statement)| Box::new(statement));
        let cause = causes
            .into_iter()
            .rev()
            .fold(None, |next, message| Some(Box::new(Cause { message, next })));
        let busy = matches!(primary, ffi::SQLITE_BUSY | ffi::SQLITE_LOCKED);
        let failure = Self {
            sqlite_code: if busy && locked { 0 } else { failure.sqlite_code },
            message,
            // The file of SQL says more than the line that runs it.
            place: failure
                .place
                .filter(|_| !statement.as_deref().is_some_and(FailedStatement::is_placed)),
            panicked: failure.kind == PluginFailureKind::Panic,
            exit: match exit::of_sqlite_code(failure.sqlite_code) {
                Exit::Damaged => Exit::Damaged,
                Exit::TryAgain if !(busy && locked) => Exit::TryAgain,
                _ => Exit::Failed,
            },
            obstacle,
            cause,
            statement,
        };
        ApplyError::Migration { id: id.clone(), direction, failure }
    }

    /// The statement of SQL that failed, if it was one and is known.
    #[must_use]
    pub fn statement(&self) -> Option<&FailedStatement> {
        self.statement.as_deref()
    }

    /// Whether the disk was full: nothing is wrong with the migration.
    pub(super) fn had_no_room(&self) -> bool {
        self.sqlite_code & 0xff == ffi::SQLITE_FULL
    }

    /// The hint for the error of SQLite.
    pub(super) fn next(&self) -> Option<Hint> {
        hint::of_sqlite(&exit::sqlite_failure(self.sqlite_code))
    }
}

impl fmt::Display for MigrationFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if let Some((file, line, column)) = &self.place {
            write!(f, "\nat {file}:{line}:{column}")?;
            if let Some(line) = self.statement.as_deref().and_then(|it| it.line) {
                write!(f, ", line {line} of its SQL")?;
            }
        }
        Ok(())
    }
}

impl std::error::Error for MigrationFailure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause.as_deref().map(|cause| cause as _)
    }
}

/// An error behind another. Only its text crossed the plugin boundary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cause {
    pub(super) message: String,
    pub(super) next: Option<Box<Self>>,
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Cause {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.next.as_deref().map(|cause| cause as _)
    }
}
