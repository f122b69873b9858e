//! What happens while a command runs, as events, and what was done according to them. The library prints
//! nothing: it emits these.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize, Serializer};

use crate::direction::Direction;
use crate::id::MigrationId;
use crate::issuer::Issuer;
use crate::kept::{Kept, PutBack};
use crate::loss_name::LossName;
use crate::measured::Measured;
use crate::repeatable::Change;
use crate::unverified::Unverified;

/// A thing that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// Cargo starts to build this many migrations.
    Building {
        /// How many.
        count: usize,
    },
    /// A merge left conflicts in the lock file of the migrations, and it was put right: both sides only added to it.
    LockMerged {
        /// The lock file.
        #[serde(serialize_with = "for_people")]
        path: PathBuf,
    },
    /// Cargo is called.
    Cargo {
        /// Its arguments.
        arguments: Vec<String>,
    },
    /// Cargo is at these crates: when it begins with others, and every second.
    Compiling {
        /// How many parts of what is to be built are ready; a crate may have several.
        done: usize,
        /// How many there are in all; 0 when not known.
        total: usize,
        /// The crates.
        packages: Vec<String>,
        /// For how long cargo has run.
        since: Duration,
    },
    /// Cargo waits until another cargo is done with the same folder: when it begins to wait, and every second.
    WaitingForCargo {
        /// For how long it has waited.
        since: Duration,
    },
    /// Cargo has finished a crate: one of the migrations, or a dependency.
    Compiled {
        /// The crate.
        package: String,
        /// Whether it is one of those that were asked for.
        wanted: bool,
        /// Whether it was up to date.
        fresh: bool,
    },
    /// The library of a migration does not say which source it was built from, since its migration-api
    /// is too old for that. Cargo's report was believed.
    SourceNotRecorded {
        /// The migration.
        id: MigrationId,
    },
    /// Cargo is done, and nothing failed.
    Built,
    /// The library of a migration was inspected and opened.
    Loaded {
        /// The migration.
        id: MigrationId,
        /// What it says that it takes away on its way forward.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        loses: Vec<LossName>,
        /// Whether it says that it has no way back.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        irreversible: bool,
    },
    /// The database is copied for a rehearsal.
    Copying {
        /// Pages done.
        done: u64,
        /// Pages in all.
        total: u64,
    },
    /// Rows are compared with what they were before a step.
    Comparing {
        /// The migration.
        id: MigrationId,
    },
    /// The database is copied.
    BackingUp {
        /// Pages done.
        done: u64,
        /// Pages in all.
        total: u64,
    },
    /// The database was backed up.
    BackedUp {
        /// The file.
        #[serde(serialize_with = "for_people")]
        path: PathBuf,
    },
    /// Others write on after the backup that was just made: what they write is not in it.
    WritersGoOn,
    /// Something in the backup just made could not be verified.
    NotVerified {
        /// What, and why not.
        what: Unverified,
    },
    /// A backup is copied into the database.
    Restoring {
        /// Pages done.
        done: u64,
        /// Pages in all.
        total: u64,
    },
    /// Another runner is at a migration without a transaction, or at a batched one, and its end is waited for.
    Waiting {
        /// That migration.
        id: MigrationId,
    },
    /// The transaction of a migration is open and its code is about to run.
    Started {
        /// The migration.
        id: MigrationId,
        /// Its direction.
        direction: Direction,
    },
    /// The migration logged a message.
    Log {
        /// The migration.
        id: MigrationId,
        /// The message, unchanged. A program that shows it on a terminal must escape control
        /// characters.
        message: String,
    },
    /// The migration reported its progress.
    Progress {
        /// The migration.
        id: MigrationId,
        /// Units done.
        done: u64,
        /// Units in all; 0 when not known.
        total: u64,
    },
    /// The migration ran a statement; only in a dry run, or where that is asked for.
    Statement {
        /// The migration.
        id: MigrationId,
        /// The statement, with its parameters filled in.
        sql: String,
        /// Who ran it.
        #[serde(default)]
        issuer: Issuer,
    },
    /// The code of the migration has returned. What it left is still to be checked and committed.
    Returned {
        /// The migration.
        id: MigrationId,
    },
    /// The code of the migration, or a part of it, has written to tables, whose names are in lower case, as they were
    /// then. A statement that found no row counts. Only where steps are [measured](Self::Measured).
    Wrote {
        /// The migration.
        id: MigrationId,
        /// The tables whose rows it inserted, updated or deleted.
        tables: BTreeSet<String>,
        /// How many statements altered each table. SQLite may do so by writing each row anew.
        #[serde(default)]
        altered: BTreeMap<String, u64>,
    },
    /// The migration and its history row are committed. Of a new database this is emitted at the end, once the
    /// file is on the disk and has its name.
    Finished {
        /// The migration.
        id: MigrationId,
        /// Its direction.
        direction: Direction,
        /// How long its own code ran.
        took: Duration,
        /// How many migrations it was recorded in the place of, without being run; 0: it ran.
        #[serde(default)]
        replaced: usize,
    },
    /// What a step took, which is committed; only where that is asked for. It comes after [`Self::Finished`], but of a
    /// new database, where that waits for the end of all.
    Measured {
        /// The migration.
        id: MigrationId,
        /// Its direction.
        direction: Direction,
        /// What it took.
        measured: Measured,
    },
    /// A view or a trigger was made anew, or taken away, as the files say. It is committed.
    Redefined(Change),
    /// What a step took away was kept. It is committed.
    Kept(Kept),
    /// What was kept of a migration was put back by its way back, as far as it could be. It is committed.
    PutBack(PutBack),
    /// A step of a trial runs. Emitted when it begins, and again when it takes long.
    Trying {
        /// The migration.
        id: MigrationId,
        /// Which way it goes.
        direction: Direction,
        /// How long it has run; zero when it begins.
        since: Duration,
    },
    /// A migration was tried.
    Tried {
        /// The migration.
        id: MigrationId,
        /// How many are done.
        done: usize,
        /// How many there are in all.
        total: usize,
    },
    /// There was nothing left to do: another process did it since the plan was made.
    AlreadyDone {
        /// The migration.
        id: MigrationId,
        /// Its direction.
        direction: Direction,
    },
    /// The thread that migrates in the background has ended. All is applied, unless there is an error.
    BackgroundEnded {
        /// The error, with its causes.
        error: Option<String>,
    },
}

/// A path in JSON, which must be UTF-8, as a path need not be.
fn for_people<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&path.to_string_lossy())
}

/// Receives events. Use `&mut |_| {}` to ignore them.
pub type Observer<'o> = dyn FnMut(Event) + 'o;

/// What a job did.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Report {
    /// The steps that this job did, in order.
    pub done: Vec<Done>,
    /// The steps that another process had done already.
    pub already_done: Vec<MigrationId>,
    /// The views and triggers that were made anew, or taken away.
    #[serde(default)]
    pub redefined: Vec<Change>,
    /// What was kept of what the steps took away.
    #[serde(default)]
    pub kept: Vec<Kept>,
    /// What came of what was kept before.
    #[serde(default)]
    pub put_back: Vec<PutBack>,
}

/// A step that was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// The migration.
    pub id: MigrationId,
    /// Its direction.
    pub direction: Direction,
    /// How long its own code ran.
    pub took: Duration,
    /// How many migrations it was recorded in the place of, without being run; 0: it ran.
    #[serde(default)]
    pub replaced: usize,
}

impl Report {
    /// Adds the step that `event` reports as done.
    pub fn follow(&mut self, event: &Event) {
        match event {
            Event::Finished { id, direction, took, replaced } => self.done.push(Done {
                id: id.clone(),
                direction: *direction,
                took: *took,
                replaced: *replaced,
            }),
            Event::AlreadyDone { id, .. } => self.already_done.push(id.clone()),
            Event::Redefined(change) => self.redefined.push(change.clone()),
            Event::Kept(kept) => self.kept.push(kept.clone()),
            Event::PutBack(put_back) => self.put_back.push(put_back.clone()),
            _ => {}
        }
    }
}
