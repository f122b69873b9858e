//! The one error of this crate: a variant for each stage, whose own error stands in its own file.

use std::error::Error as StdError;
use std::iter;

use crate::apply::ApplyError;
#[cfg(feature = "cli")]
use crate::autogenerate::AutogenerateError;
use crate::backup::BackupError;
use crate::bundle::{BundleError, PackError};
use crate::cargo::CargoError;
use crate::compile::CompileError;
use crate::config::ConfigError;
use crate::database::{DatabaseError, ReservedName};
use crate::digest::SourceError;
use crate::discover::DiscoverError;
use crate::drift::DriftError;
use crate::exit::{self, Exit};
use crate::explain::{Code, ExplainError};
use crate::fake::FakeError;
use crate::load::LoadError;
use crate::models::{LoadReason, ModelsError};
use crate::plan::PlanError;
use crate::record::RecordError;
use crate::rehearse::RehearseError;
use crate::repair::RepairError;
#[cfg(feature = "cli")]
use crate::scaffold::ScaffoldError;
use crate::schema::SchemaError;
use crate::select::SelectError;

/// Why a command did not do what it was asked. Displays as its stage's error does; the errors behind
/// it are its sources.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The project's configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Making a project or a migration.
    #[cfg(feature = "cli")]
    #[error(transparent)]
    Scaffold(#[from] ScaffoldError),
    /// Writing a migration from a difference.
    #[cfg(feature = "cli")]
    #[error(transparent)]
    Autogenerate(#[from] AutogenerateError),
    /// Finding the migrations.
    #[error(transparent)]
    Discover(#[from] DiscoverError),
    /// Telling which migration is meant.
    #[error(transparent)]
    Select(#[from] SelectError),
    /// Finding the way to the target.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// Reading a migration's source.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The crates, the history and the schema do not agree.
    #[error(transparent)]
    Drift(#[from] DriftError),
    /// Repairing the history.
    #[error(transparent)]
    Repair(#[from] RepairError),
    /// Taking migrations for applied.
    #[error(transparent)]
    Fake(#[from] FakeError),
    /// Building the migrations.
    #[error(transparent)]
    Compile(#[from] CompileError),
    /// Making a bundle.
    #[error(transparent)]
    Pack(#[from] PackError),
    /// Opening a bundle, or unpacking it.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// Loading what was built.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// Reading the models.
    #[error(transparent)]
    Models(#[from] ModelsError),
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
    /// Rehearsing migrations.
    #[error(transparent)]
    Rehearse(#[from] RehearseError),
    /// Telling a schema.
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// Explaining a code.
    #[error(transparent)]
    Explain(#[from] ExplainError),
}

impl Error {
    /// The exit that this asks for.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            #[cfg(feature = "cli")]
            Self::Scaffold(error) => error.exit(),
            #[cfg(feature = "cli")]
            Self::Autogenerate(error) => error.exit(),
            Self::Config(_)
            | Self::Discover(_)
            | Self::Select(_)
            | Self::Explain(_)
            | Self::ReservedName(_)
            | Self::Source(_)
            | Self::Compile(
                CompileError::NoCargo
                | CompileError::Discover(_)
                | CompileError::Source(_)
                | CompileError::NoLibrary { .. },
            ) => Exit::Usage,
            Self::Models(error) => of_models(error),
            Self::Plan(PlanError::NotApplied { .. }) | Self::Repair(RepairError::NoReason) => {
                Exit::Usage
            }
            Self::Plan(_) | Self::Drift(_) | Self::Repair(_) | Self::Load(_) => Exit::Refused,
            Self::Compile(CompileError::Stopped) => Exit::Interrupted,
            Self::Compile(CompileError::Edited { .. }) => Exit::TryAgain,
            Self::Compile(CompileError::Library(_)) => Exit::Refused,
            Self::Compile(_) => Exit::Failed,
            Self::Schema(error) => error.exit(),
            Self::Pack(error) => error.exit(),
            Self::Bundle(error) => error.exit(),
            Self::Database(error) => error.exit(),
            Self::Fake(error) => error.exit(),
            Self::Apply(error) => error.exit(),
            Self::Backup(error) => error.exit(),
            Self::Record(RecordError::Sqlite(error)) => exit::of_sqlite(error),
            Self::Record(_) => Exit::Refused,
            Self::Rehearse(error) => error.exit(),
        }
    }

    /// The errors behind it in words, the nearest first. The bare result code that rusqlite puts behind
    /// SQLite's words is not among them.
    #[must_use]
    pub fn causes(&self) -> Vec<String> {
        iter::successors(self.source(), |cause| StdError::source(*cause))
            .filter(|cause| !cause.is::<rusqlite::ffi::Error>())
            .map(ToString::to_string)
            .collect()
    }

    /// What `runner explain` has to say about it.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::Config(error) => error.code(),
            #[cfg(feature = "cli")]
            Self::Scaffold(error) => error.code(),
            #[cfg(feature = "cli")]
            Self::Autogenerate(error) => error.code(),
            Self::Discover(error) => error.code(),
            Self::Select(error) => error.code(),
            Self::Plan(error) => error.code(),
            Self::Source(error) => error.code(),
            Self::Drift(error) => error.code(),
            Self::Repair(error) => error.code(),
            Self::Fake(error) => error.code(),
            Self::Pack(error) => error.code(),
            Self::Bundle(error) => error.code(),
            Self::Compile(error) => error.code(),
            Self::Load(error) => error.code(),
            Self::Models(error) => error.code(),
            Self::Database(error) => error.code(),
            Self::ReservedName(_) => Code::ReservedName,
            Self::Apply(error) => error.code(),
            Self::Backup(error) => error.code(),
            Self::Record(error) => error.code(),
            Self::Rehearse(error) => error.code(),
            Self::Schema(error) => error.code(),
            Self::Explain(error) => error.code(),
        }
    }

    /// What to do next, where that is known.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Config(error) => error.hint(),
            #[cfg(feature = "cli")]
            Self::Scaffold(error) => error.hint(),
            #[cfg(feature = "cli")]
            Self::Autogenerate(error) => error.hint(),
            Self::Discover(error) => error.hint(),
            Self::Select(error) => error.hint(),
            Self::Plan(error) => error.hint(),
            Self::Drift(error) => error.hint(),
            Self::Repair(error) => error.hint(),
            Self::Fake(error) => error.hint(),
            Self::Compile(error) => error.hint(),
            Self::Pack(error) => error.hint(),
            Self::Bundle(error) => error.hint(),
            Self::Load(error) => error.hint(),
            Self::Models(error) => error.hint(),
            Self::Database(error) => error.hint(),
            Self::ReservedName(error) => Some(error.hint()),
            Self::Apply(error) => error.hint(),
            Self::Backup(error) => error.hint(),
            Self::Source(error) => error.hint(),
            Self::Record(error) => error.hint(),
            Self::Rehearse(error) => error.hint(),
            Self::Schema(error) => error.hint(),
            Self::Explain(error) => error.hint(),
        }
    }
}

/// Models that are not usable are a mistake in the project; what fails on the way, a failure.
fn of_models(error: &ModelsError) -> Exit {
    match error {
        ModelsError::Cargo { source: CargoError::Stopped, .. } => Exit::Interrupted,
        ModelsError::Cargo { source: CargoError::NoCargo, .. } => Exit::Usage,
        ModelsError::Scratch(source) => exit::of_sqlite(source),
        ModelsError::Schema(error) => error.exit(),
        ModelsError::Cargo { .. } => Exit::Failed,
        ModelsError::Edited { .. } => Exit::TryAgain,
        ModelsError::Load { reason: LoadReason::Failed(_), .. } => Exit::Failed,
        ModelsError::Load { .. } => Exit::Refused,
        _ => Exit::Usage,
    }
}
