//! The one error of this crate: a variant for each stage, whose own error is in its own file.

use std::error::Error as StdError;
use std::iter;

use crate::apply::{ApplyError, FailedStatement};
use crate::backup::BackupError;
use crate::bundle::{BundleError, LoadFailure};
use crate::database::{DatabaseError, ReservedName};
use crate::drift::{Drift, DriftError};
use crate::exit::{self, Exit};
use crate::explain::{Code, ExplainError};
use crate::fleet_plan::FleetError;
use crate::hint::Hint;
use crate::id::MigrationId;
use crate::load::LoadError;
use crate::plan::PlanError;
use crate::record::RecordError;
use crate::repeatable::RepeatableError;

/// Why a database was not migrated to its target. Displays as its stage's error does; the errors behind
/// it are its sources.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Finding the way to the target.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The migrations, the history and the schema do not agree.
    #[error(transparent)]
    Drift(#[from] DriftError),
    /// Opening a bundle, or unpacking it.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// Loading what was built.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// Opening the database.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// Writing a file whose name belongs to a database.
    #[error(transparent)]
    ReservedName(#[from] ReservedName),
    /// Taking a step.
    #[error(transparent)]
    Apply(#[from] ApplyError),
    /// Making a backup, or restoring one.
    #[error(transparent)]
    Backup(#[from] BackupError),
    /// Reading the history.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// Reading the files of views and triggers.
    #[error(transparent)]
    Repeatable(#[from] RepeatableError),
    /// Planning or migrating a fleet.
    #[error(transparent)]
    Fleet(#[from] FleetError),
    /// Explaining a code.
    #[error(transparent)]
    Explain(#[from] ExplainError),
}

impl From<LoadFailure> for Error {
    fn from(failure: LoadFailure) -> Self {
        match failure {
            LoadFailure::Bundle(error) => error.into(),
            LoadFailure::Library(error) => error.into(),
        }
    }
}

impl Error {
    /// The exit code.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::Explain(_) | Self::ReservedName(_) | Self::Plan(PlanError::NotApplied { .. }) => {
                Exit::Usage
            }
            Self::Plan(_) | Self::Drift(_) | Self::Load(_) => Exit::Refused,
            Self::Bundle(error) => error.exit(),
            Self::Database(error) => error.exit(),
            Self::Apply(error) => error.exit(),
            Self::Backup(error) => error.exit(),
            Self::Record(RecordError::Sqlite(error)) => exit::of_sqlite(error),
            Self::Record(_) => Exit::Refused,
            Self::Repeatable(_) => Exit::Refused,
            Self::Fleet(error) => error.exit(),
        }
    }

    /// The errors behind it in words, the nearest first. The bare result code that rusqlite puts behind
    /// SQLite's words is not among them.
    #[must_use]
    pub fn causes(&self) -> Vec<String> {
        causes(self)
    }

    /// The statement of SQL of a migration that failed, if it was one and is known.
    #[must_use]
    pub fn statement(&self) -> Option<&FailedStatement> {
        match self {
            Self::Apply(error) => error.statement(),
            _ => None,
        }
    }

    /// Its code, for `runner explain`.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::Plan(error) => error.code(),
            Self::Drift(error) => error.code(),
            Self::Bundle(error) => error.code(),
            Self::Load(error) => error.code(),
            Self::Database(error) => error.code(),
            Self::ReservedName(_) => Code::ReservedName,
            Self::Apply(error) => error.code(),
            Self::Backup(error) => error.code(),
            Self::Record(error) => error.code(),
            Self::Repeatable(error) => error.code(),
            Self::Fleet(error) => error.code(),
            Self::Explain(error) => error.code(),
        }
    }

    /// What to do next, where that is known.
    #[must_use]
    pub fn hint(&self) -> Option<Hint> {
        match self {
            Self::Plan(error) => error.hint(),
            Self::Drift(error) => error.hint(),
            Self::Bundle(error) => error.hint(),
            Self::Load(error) => error.hint(),
            Self::Database(error) => error.hint(),
            Self::ReservedName(error) => Some(error.hint()),
            Self::Apply(error) => error.hint(),
            Self::Backup(error) => error.hint(),
            Self::Record(error) => error.hint(),
            Self::Repeatable(error) => error.hint(),
            Self::Fleet(error) => error.hint(),
            Self::Explain(error) => error.hint(),
        }
    }

    /// Whether it says that a migration has no way back; then, whether the migration declares that.
    #[must_use]
    pub fn is_irreversible(&self) -> Option<bool> {
        match self {
            Self::Apply(ApplyError::Irreversible { declared, .. }) => Some(*declared),
            Self::Apply(ApplyError::Unfinished(unfinished)) => match *unfinished.error {
                ApplyError::Irreversible { declared, .. } => Some(declared),
                _ => None,
            },
            _ => None,
        }
    }

    /// If the database is newer than the migrations that were to be applied to it: what they lack,
    /// oldest first.
    #[must_use]
    pub fn newer_database(&self) -> Option<&[MigrationId]> {
        let Self::Drift(error) = self else { return None };
        error.found.iter().find_map(|drift| match drift {
            Drift::NewerDatabase { ids, .. } => Some(ids.as_slice()),
            _ => None,
        })
    }
}

/// As [`Error::causes`], of any error.
#[doc(hidden)]
#[must_use]
pub fn causes(error: &dyn StdError) -> Vec<String> {
    iter::successors(error.source(), |cause| StdError::source(*cause))
        .filter(|cause| !cause.is::<rusqlite::ffi::Error>())
        .map(ToString::to_string)
        .collect()
}
