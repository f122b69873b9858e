//! What a program can do for the one who uses it.

use std::fmt::{self, Display, Formatter};
use std::path::PathBuf;

use crate::id::MigrationId;

/// What a hint asks for. Not all of it can be done by this library; what only the command line does is here too,
/// so that there is one place in which a program puts it into words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Show what is applied, what is pending and what drifted.
    ShowStatus,
    /// Show how each drift is repaired.
    ShowRepairs,
    /// List the codes of errors.
    ListCodes,
    /// Apply what is pending.
    Migrate,
    /// Apply what is pending to a database that is made for it.
    MigrateNewDatabase,
    /// Apply what is pending, also what is older than the last applied.
    MigrateOutOfOrder,
    /// Apply what is pending, and make no backup before.
    MigrateWithoutBackup,
    /// Revert the last migrations and apply them again.
    Redo {
        /// How many.
        steps: usize,
    },
    /// Record that an edit changed nothing.
    AcceptEdit(MigrationId),
    /// Write the rows that the queries of a migration's author give into the file with the queries.
    AcceptRows(MigrationId),
    /// Record that the schema is to be as it is.
    AcceptSchema,
    /// Record as applied what is pending, since what it does is there.
    RecordAsApplied,
    /// Drop a migration from the history.
    Forget(MigrationId),
    /// Record that a migration has another name.
    RecordRename {
        /// The name in the history.
        id: MigrationId,
        /// The name that it has.
        to: MigrationId,
    },
    /// Record that the work of a migration is done.
    RecordFinished(MigrationId),
    /// Record that a migration did not start.
    RecordNotStarted(MigrationId),
    /// Take away what a migration that is half done has made for a change online.
    Abandon(MigrationId),
    /// Give a migration that is applied nowhere a later timestamp.
    GiveLaterTimestamp(Option<MigrationId>),
    /// Revert what was applied last.
    RevertLast,
    /// Make a backup.
    Backup {
        /// Of this database.
        database: PathBuf,
    },
    /// Bring a backup back.
    Restore,
    /// Take what is pending on a copy of the database.
    Rehearse,
    /// The same, with the copy in another folder.
    RehearseIn,
    /// The same, without the way back.
    RehearseWithoutWayBack,
    /// Make a folder.
    MakeFolder(PathBuf),
    /// Remove a file.
    RemoveFile(PathBuf),
    /// Make a bundle.
    Bundle,
    /// Make a bundle, in a file that has a name.
    BundleInto,
    /// Make a bundle anew, in the file that it is in.
    BundleAnew(PathBuf),
    /// Make a bundle for another platform.
    BundleFor {
        /// The platform, as rustc names it.
        target: String,
    },
    /// Make a bundle and its signature.
    SignBundle,
    /// Try migrations on scratch databases.
    TryMigrations,
    /// Make a project.
    MakeProject,
    /// Write a migration that does nothing yet.
    WriteMigration,
    /// Write the migration that leads to the models, and ask before it loses values.
    WriteMigrationForModels,
    /// Write the migration that leads to the models, whatever it loses.
    WriteLossyMigrationForModels,
    /// Write the migration that leads to the database.
    WriteMigrationForDatabase,
    /// Show the schema of a database.
    ShowSchema,
    /// Import the history of the tool for which this word stands.
    ImportFrom(&'static str),
    /// Import the history of another tool, and agree to what is asked.
    ImportAgreed,
    /// Apply what is pending, and keep nothing of what is lost.
    MigrateWithoutKeeping,
    /// Name the file that values were kept in.
    NameKeptFile,
    /// Let go of what was kept of a migration.
    PurgeKept(MigrationId),
}

impl Display for Action {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::ShowStatus => f.write_str("`Deployment::status`"),
            Self::ShowRepairs => f.write_str("`repair` of the command line"),
            Self::ListCodes => f.write_str("`Code::ALL`"),
            Self::Migrate => f.write_str("`Deployment::migrate`"),
            Self::MigrateNewDatabase => f.write_str("`Bundle::migrate`"),
            Self::MigrateOutOfOrder => f.write_str("`Order::Any`"),
            Self::MigrateWithoutBackup => f.write_str("`backups: None`"),
            Self::Redo { .. } => f.write_str("`redo` of the command line"),
            Self::AcceptEdit(id) => write!(f, "a repair that accepts the edit of `{id}`"),
            Self::AcceptRows(_) => f.write_str("`OnDifference::Accept`"),
            Self::AcceptSchema => f.write_str("a repair that accepts the schema"),
            Self::RecordAsApplied => f.write_str("`fake` of the command line"),
            Self::Forget(id) => write!(f, "a repair that forgets `{id}`"),
            Self::RecordRename { id, to } => write!(f, "a repair that records `{id}` as `{to}`"),
            Self::RecordFinished(id) => write!(f, "a repair that records `{id}` as finished"),
            Self::RecordNotStarted(id) => write!(f, "a repair that records `{id}` as not started"),
            Self::Abandon(_) => f.write_str("`apply::abandon`"),
            Self::GiveLaterTimestamp(_) => f.write_str("`rebase` of the command line"),
            Self::RevertLast => f.write_str("`Target::Back`"),
            Self::Backup { .. } => f.write_str("`backup::backup`"),
            Self::Restore => f.write_str("`backup::restore`"),
            Self::Rehearse | Self::RehearseIn | Self::RehearseWithoutWayBack => {
                f.write_str("`rehearse` of the command line")
            }
            Self::MakeFolder(folder) => write!(f, "the folder `{}`", folder.display()),
            Self::RemoveFile(file) => write!(f, "the file `{}`", file.display()),
            Self::Bundle | Self::BundleInto => f.write_str("`bundle` of the command line"),
            Self::BundleAnew(file) => {
                write!(f, "`bundle` of the command line, into `{}`", file.display())
            }
            Self::BundleFor { target } => write!(f, "`bundle` of the command line, for `{target}`"),
            Self::SignBundle => f.write_str("`bundle` of the command line with a key"),
            Self::TryMigrations => f.write_str("`test` of the command line"),
            Self::MakeProject => f.write_str("`init` of the command line"),
            Self::WriteMigration
            | Self::WriteMigrationForModels
            | Self::WriteLossyMigrationForModels
            | Self::WriteMigrationForDatabase => f.write_str("`create` of the command line"),
            Self::ShowSchema => f.write_str("`schema` of the command line"),
            Self::ImportFrom(tool) => write!(f, "`import` of the command line, from {tool}"),
            Self::ImportAgreed => f.write_str("`Consent::Given`"),
            Self::MigrateWithoutKeeping => f.write_str("`KeptOf::None`"),
            Self::NameKeptFile => f.write_str("`KeepLost::moved_to`"),
            Self::PurgeKept(_) => f.write_str("`kept::purge`"),
        }
    }
}
