//! The error of this crate: a variant for each stage, and one for the stages of the engine. The error
//! of a stage is in the folder of that stage; errors of work on a whole project, which can fail as any
//! stage can, are here.

mod autogenerate;
mod fake;
mod pack;
mod rehearsal;
mod repair;
mod squash;
mod testing;
mod trial;

pub use autogenerate::AutogenerateError;
pub(crate) use autogenerate::chain;
pub use fake::FakeError;
pub use pack::PackError;
pub use rehearsal::{RehearsalDifference, RehearsalError};
pub use repair::RepairError;
pub use squash::SquashError;
pub use testing::TestingError;
pub use trial::{NextStep, TrialError};

use runner_engine::Exit;
use runner_engine::MigrationId;
use runner_engine::error as engine;
use runner_engine::exit;
use runner_engine::explain::Code;

use crate::compile::CompileError;
use crate::config::ConfigError;
use crate::digest::SourceError;
use crate::discover::DiscoverError;
use crate::import::ImportError;
use crate::import::applied::AppliedError;
use crate::models::{LoadReason, ModelsError};
use crate::scaffold::ScaffoldError;
use crate::schema::SchemaError;
use crate::select::SelectError;
use runner_engine::hint::Hint;

/// Why a command did not do what it was asked. Displays as its stage's error does; the errors behind
/// it are its sources.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// What the engine does.
    #[error(transparent)]
    Engine(#[from] runner_engine::Error),
    /// The project's configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Making a project or a migration.
    #[error(transparent)]
    Scaffold(#[from] ScaffoldError),
    /// Writing a migration from a difference.
    #[error(transparent)]
    Autogenerate(#[from] AutogenerateError),
    /// Finding the migrations.
    #[error(transparent)]
    Discover(#[from] DiscoverError),
    /// Telling which migration is meant.
    #[error(transparent)]
    Select(#[from] SelectError),
    /// Reading a migration's source.
    #[error(transparent)]
    Source(#[from] SourceError),
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
    /// Reading the models.
    #[error(transparent)]
    Models(#[from] ModelsError),
    /// Trying migrations.
    #[error(transparent)]
    Trial(#[from] TrialError),
    /// Rehearsing what is pending.
    #[error(transparent)]
    Rehearsal(#[from] RehearsalError),
    /// Testing a migration.
    #[error(transparent)]
    Testing(#[from] TestingError),
    /// Making one migration of many.
    #[error(transparent)]
    Squash(#[from] SquashError),
    /// Telling a schema.
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// Importing the history of another tool.
    #[error(transparent)]
    Import(#[from] ImportError),
}

/// A stage of the engine is one of the workshop's, too.
macro_rules! of_the_engine {
    ($($stage:path),* $(,)?) => {
        $(impl From<$stage> for Error {
            fn from(error: $stage) -> Self {
                Self::Engine(error.into())
            }
        })*
    };
}

of_the_engine!(
    runner_engine::plan::PlanError,
    runner_engine::drift::DriftError,
    runner_engine::bundle::BundleError,
    runner_engine::load::LoadError,
    runner_engine::database::DatabaseError,
    runner_engine::database::ReservedName,
    runner_engine::apply::ApplyError,
    runner_engine::backup::BackupError,
    runner_engine::record::RecordError,
    runner_engine::repeatable::RepeatableError,
    runner_engine::explain::ExplainError,
);

impl From<AppliedError> for Error {
    fn from(error: AppliedError) -> Self {
        Self::Import(error.into())
    }
}

impl Error {
    /// The exit that this asks for.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::Engine(error) => error.exit(),
            Self::Scaffold(error) => error.exit(),
            Self::Autogenerate(error) => error.exit(),
            Self::Config(_)
            | Self::Discover(_)
            | Self::Select(_)
            | Self::Source(_)
            | Self::Repair(RepairError::NoReason)
            | Self::Compile(
                CompileError::Discover(_)
                | CompileError::Source(_)
                | CompileError::NoLibrary { .. },
            ) => Exit::Usage,
            Self::Models(error) => of_models(error),
            Self::Repair(_) | Self::Compile(CompileError::Library(_)) => Exit::Refused,
            Self::Compile(CompileError::Cargo(error)) => error.exit(),
            Self::Compile(CompileError::Lock(error)) => error.exit(),
            Self::Compile(CompileError::Edited { .. }) => Exit::TryAgain,
            Self::Schema(error) => error.exit(),
            Self::Pack(error) => error.exit(),
            Self::Fake(error) => error.exit(),
            Self::Trial(error) => error.exit(),
            Self::Rehearsal(error) => error.exit(),
            Self::Testing(error) => error.exit(),
            Self::Import(error) => error.exit(),
            Self::Squash(error) => error.exit(),
        }
    }

    /// The errors behind it in words, the nearest first. The bare result code that rusqlite puts behind
    /// SQLite's words is not among them.
    #[must_use]
    pub fn causes(&self) -> Vec<String> {
        engine::causes(self)
    }

    /// The statement of SQL of a migration that failed, if it was one and is known.
    #[must_use]
    pub fn statement(&self) -> Option<&runner_engine::apply::FailedStatement> {
        match self {
            Self::Engine(error) => error.statement(),
            _ => None,
        }
    }

    /// What `runner explain` has to say about it.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::Engine(error) => error.code(),
            Self::Config(error) => error.code(),
            Self::Scaffold(error) => error.code(),
            Self::Autogenerate(error) => error.code(),
            Self::Discover(error) => error.code(),
            Self::Select(error) => error.code(),
            Self::Source(error) => error.code(),
            Self::Repair(error) => error.code(),
            Self::Fake(error) => error.code(),
            Self::Pack(error) => error.code(),
            Self::Compile(error) => error.code(),
            Self::Models(error) => error.code(),
            Self::Trial(error) => error.code(),
            Self::Rehearsal(error) => error.code(),
            Self::Testing(error) => error.code(),
            Self::Import(error) => error.code(),
            Self::Squash(error) => error.code(),
            Self::Schema(error) => error.code(),
        }
    }

    /// What to do next, where that is known.
    #[must_use]
    pub fn hint(&self) -> Option<Hint> {
        match self {
            Self::Engine(error) => error.hint(),
            Self::Config(error) => error.hint(),
            Self::Scaffold(error) => error.hint(),
            Self::Autogenerate(error) => error.hint(),
            Self::Discover(error) => error.hint(),
            Self::Select(error) => error.hint(),
            Self::Repair(error) => error.hint(),
            Self::Fake(error) => error.hint(),
            Self::Compile(error) => error.hint(),
            Self::Pack(error) => error.hint(),
            Self::Models(error) => error.hint(),
            Self::Source(error) => error.hint(),
            Self::Trial(error) => error.hint(),
            Self::Rehearsal(error) => error.hint(),
            Self::Testing(error) => error.hint(),
            Self::Import(error) => error.hint(),
            Self::Squash(error) => error.hint(),
            Self::Schema(error) => error.hint(),
        }
    }

    /// As [`runner_engine::Error::newer_database`].
    #[must_use]
    pub fn newer_database(&self) -> Option<&[MigrationId]> {
        match self {
            Self::Engine(error) => error.newer_database(),
            _ => None,
        }
    }
}

/// Models that are not usable are a mistake in the project; what fails on the way, a failure.
fn of_models(error: &ModelsError) -> Exit {
    match error {
        ModelsError::Cargo { source, .. } => source.exit(),
        ModelsError::Scratch(source) => exit::of_sqlite(source),
        ModelsError::Schema(error) => error.exit(),
        ModelsError::Edited { .. } => Exit::TryAgain,
        ModelsError::Load { reason: LoadReason::Failed(_), .. } => Exit::Failed,
        ModelsError::Load { .. } => Exit::Refused,
        _ => Exit::Usage,
    }
}
