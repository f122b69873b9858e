//! What another tool has applied of a folder, set against the database: the proof, and what is to be recorded.

use std::time::Duration;

use jiff::Timestamp;
use migration_api::schema::normal::ColumnOrder;
use runner_engine::MigrationId;
use rusqlite::Connection;

use crate::config::Config;
use crate::error::Error;
use crate::import::applied::OldHistory;
use crate::import::applied::PlainReplay;
use crate::import::applied::read;
use crate::import::applied::{AppliedError, Checksum};
use crate::import::applied::{Matched, matching};
use crate::import::applied::{OtherSchema, Position};
use crate::import::{ForeignHistory, ForeignMigration};
use crate::schema::{Blueprint, Diff, ExcludedTables};
use runner_engine::record::{self, RecordError};

/// What a database has of the history of a tool.
#[derive(Debug)]
pub enum Found {
    /// Nothing, and nothing is missed: it is empty, or its history says already what of the folder is applied.
    Empty,
    /// Nothing, and it has tables: what is applied is not known.
    Unknown,
    /// This.
    History(Box<Takeover>),
}

/// What is to be recorded as applied in a database.
#[derive(Debug)]
pub struct Takeover {
    /// What the tool's table says.
    pub(super) old: OldHistory,
    /// What is recorded already.
    pub(super) recorded: Vec<MigrationId>,
    /// What is not, oldest first.
    pub(super) unrecorded: Vec<Taken>,
    /// The schema that all of it must give; `None`: nothing is to be recorded, or a person says why.
    pub(super) expected: Option<Blueprint>,
    /// Why the schema need not be that one.
    pub(super) reason: Option<String>,
    other_files: Vec<OtherFile>,
    /// How many migrations of the folder are not applied.
    pending: usize,
}

/// A migration that is applied there, and is to be applied here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// What it is called here.
    pub id: MigrationId,
    /// What the tool calls it.
    pub version: String,
    /// When it was applied, if the tool notes that.
    pub applied_at: Option<Timestamp>,
    /// How long that took, if the tool notes it.
    pub duration: Option<Duration>,
}

/// A file that is not the one that was applied, by the checksum that the tool keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherFile {
    /// What the tool calls the migration.
    pub version: String,
    /// The file.
    pub file: String,
    /// The checksum in the tool's table.
    pub recorded: Checksum,
}

/// How it is proven that migrations are applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    /// By the schema, which must be what they give.
    Schema,
    /// A person says why, whatever the schema is.
    Reason(String),
}

impl Proof {
    /// What the person says.
    pub(super) fn reason(&self) -> Option<String> {
        match self {
            Self::Schema => None,
            Self::Reason(reason) => Some(reason.clone()),
        }
    }
}

impl Takeover {
    /// What the database of `connection`, in a transaction of the caller, has applied of `folder`. Never writes.
    ///
    /// # Errors
    /// A table that is not understood; a migration that is not done, or is not in the folder; a history here that
    /// goes on with others; SQL that does not run from nothing; a schema that is not what the applied ones give.
    pub fn find(
        connection: &Connection,
        folder: &ForeignHistory,
        config: &Config,
        proof: &Proof,
    ) -> Result<Found, Error> {
        let database = config.database.path.display().to_string();
        let Some(old) = read(connection, folder.tool)? else {
            let recorded = record::ids(connection)?;
            let is_known = folder.migrations.iter().any(|it| recorded.contains(&it.id));
            let is_empty = is_known || is_empty(connection, &config.exclude_tables)?;
            return Ok(if is_empty { Found::Empty } else { Found::Unknown });
        };
        let matched = matching(&old, folder).map_err(|versions| {
            let (database, place) = (database.clone(), old.place());
            AppliedError::NotInFolder { database, place, versions }
        })?;
        let recorded = recorded(connection)?;
        let other_files = matched.iter().filter_map(OtherFile::of).collect();
        let is_new = |it: &&Matched<'_>| !recorded.contains(&it.migration.id);
        let new: Vec<_> = matched.iter().filter(is_new).map(Taken::of).collect();
        refuse_two_histories(folder, &recorded, &new, &database)?;
        let of_all = |migration: &&ForeignMigration| {
            let is_new = || new.iter().any(|taken| taken.id == migration.id);
            recorded.contains(&migration.id) || is_new()
        };
        let applied: Vec<_> = folder.migrations.iter().filter(of_all).collect();
        let excluded = config.exclude_tables.and(&old.tables);
        let expected = match proof {
            Proof::Schema if !new.is_empty() => {
                Some(replayed(&applied, folder, connection, config, &excluded)?)
            }
            _ => None,
        };
        let reason = proof.reason();
        let pending = folder.migrations.len() - applied.len();
        let found = Self { old, recorded, unrecorded: new, expected, reason, other_files, pending };
        if let Some(diff) = found.difference(connection, config)? {
            let newest = applied.last().map(|it| it.version.clone()).unwrap_or_default();
            let position = Position::of(connection, folder, &config.application, &excluded)?;
            let place = found.old.place();
            let edited = found.other_files.iter().map(|file| file.version.clone()).collect();
            let other = OtherSchema { database, place, newest, position, edited, diff };
            return Err(AppliedError::OtherSchema(Box::new(other)).into());
        }
        Ok(Found::History(Box::new(found)))
    }

    /// In what the schema of the database is another than it must be.
    pub(super) fn difference(
        &self,
        connection: &Connection,
        config: &Config,
    ) -> Result<Option<Diff>, Error> {
        let Some(expected) = &self.expected else { return Ok(None) };
        let live = self.live(connection, config)?;
        Ok(Diff::between(expected, &live, ColumnOrder::Any)?)
    }

    /// The schema of the database, without the tool's tables.
    fn live(&self, connection: &Connection, config: &Config) -> Result<Blueprint, Error> {
        let of = format!("the database `{}`", config.database.path.display());
        let excluded = config.exclude_tables.and(&self.old.tables);
        Ok(Blueprint::copy(connection, of, &config.application, &excluded)?)
    }

    /// What is to be recorded, oldest first.
    #[must_use]
    pub fn unrecorded(&self) -> &[Taken] {
        &self.unrecorded
    }

    /// How many migrations of the folder are not applied.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.pending
    }

    /// What the tool's table says.
    #[must_use]
    pub fn old(&self) -> &OldHistory {
        &self.old
    }

    /// The files that are not those that were applied.
    #[must_use]
    pub fn other_files(&self) -> &[OtherFile] {
        &self.other_files
    }
}

impl Taken {
    fn of(matched: &Matched<'_>) -> Self {
        let Matched { migration, row } = matched;
        Self {
            id: migration.id.clone(),
            version: migration.version.clone(),
            applied_at: row.applied_at,
            duration: row.duration,
        }
    }
}

impl OtherFile {
    /// The file of `matched`, if it is not the one that was applied.
    fn of(matched: &Matched<'_>) -> Option<Self> {
        let Matched { migration, row } = matched;
        let recorded = row.checksum.clone().filter(|checksum| !checksum.is_of(migration))?;
        let file = migration.forward.file.display().to_string();
        Some(Self { version: migration.version.clone(), file, recorded })
    }
}

/// What the history here has, or has had before something replaced it.
pub(super) fn recorded(connection: &Connection) -> Result<Vec<MigrationId>, RecordError> {
    let rows = record::read(connection)?;
    Ok(rows.into_iter().flat_map(|row| [vec![row.id], row.replaces].concat()).collect())
}

/// The schema that `applied` give, with the views and triggers of `connection` that are applied anew whenever they
/// change: of these nothing is to be recorded.
fn replayed(
    applied: &[&ForeignMigration],
    folder: &ForeignHistory,
    connection: &Connection,
    config: &Config,
    excluded: &ExcludedTables,
) -> Result<Blueprint, Error> {
    let replay = PlainReplay::new(&config.application, excluded)?;
    applied.iter().try_for_each(|migration| replay.run(migration))?;
    for script in &folder.repeatable {
        replay.copy_repeatable(script, connection)?;
    }
    Ok(replay.schema("the migrations that are applied")?)
}

/// Refuses to record `new` where the history goes on with migrations that are not in `folder`: what they changed
/// could not be told from what the tool did.
fn refuse_two_histories(
    folder: &ForeignHistory,
    recorded: &[MigrationId],
    new: &[Taken],
    database: &str,
) -> Result<(), AppliedError> {
    let is_foreign = |id: &&MigrationId| folder.migrations.iter().any(|it| it.id == **id);
    match recorded.iter().find(|id| !is_foreign(id)) {
        Some(id) if !new.is_empty() => Err(AppliedError::TwoHistories {
            database: database.to_owned(),
            id: id.clone(),
            tool: folder.tool,
            versions: new.iter().map(|taken| taken.version.clone()).collect(),
        }),
        _ => Ok(()),
    }
}

/// Whether the database holds nothing but what is the runner's, SQLite's, or excluded.
fn is_empty(connection: &Connection, excluded: &ExcludedTables) -> Result<bool, AppliedError> {
    let mut tables = connection.prepare(
        "SELECT tbl_name FROM main.sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
    )?;
    let mut tables = tables.query([])?;
    while let Some(row) = tables.next()? {
        let table: String = row.get(0)?;
        if !record::is_history(&table) && !excluded.contain(&table) {
            return Ok(false);
        }
    }
    Ok(true)
}
