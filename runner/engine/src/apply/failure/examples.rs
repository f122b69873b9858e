//! One error of each kind, for the catalogue of messages.

use std::io;
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::ffi;

use super::migration::{Cause, Obstacle};
use super::{ApplyError, FailedStatement, MigrationFailure, Unfinished, WithOthers};
use crate::application::Missing;
use crate::apply::batched::{BatchedError, LeftHalfDone};
use crate::apply::broken_statements::BrokenStatement;
use crate::apply::denied::{Denied, DeniedStatement};
use crate::apply::lost_objects::LostObject;
use crate::apply::lost_rows::{LossCause, LostRows};
use crate::apply::redirected_references::RedirectedReference;
use crate::apply::replaced_builtins::ReplacedBuiltin;
use crate::backup::BackupError;
use crate::database::DatabaseError;
use crate::direction::Direction;
use crate::exit::{self, Exit};
use crate::kept::KeptError;
use crate::messages::{self, Examples, each_variant, id, refused};
use crate::premise::StalePlan;
use crate::record::RecordError;
use crate::repeatable::RepeatableError;
use crate::started::Started;

impl Examples for ApplyError {
    fn examples() -> Vec<Self> {
        let mut examples = each_variant!(ApplyError:
            Database(DatabaseError::example()),
            Record(RecordError::example()),
            OtherUnfinished(started()),
            Batched(BatchedError::example()),
            LeftHalfDone(LeftHalfDone {
                direction: Direction::Forward,
                error: Box::new(ApplyError::Stopped { id: id() }),
            }),
            LeftHalfDone(LeftHalfDone {
                direction: Direction::Backward,
                error: Box::new(ApplyError::Stopped { id: id() }),
            }),
            StalePlan(StalePlan::example()),
            Backup(BackupError::example()),
            Kept(Box::new(KeptError::example())),
            Migration { id: id(), direction: Direction::Forward, failure: failure(false) },
            Migration { id: id(), direction: Direction::Backward, failure: failure(true) },
            Migration { id: id(), direction: Direction::Forward, failure: blocked() },
            Migration { id: id(), direction: Direction::Forward, failure: without_room() },
            Migration { id: id(), direction: Direction::Forward, failure: vacuuming() },
            Migration { id: id(), direction: Direction::Forward, failure: in_the_way_of_a_view() },
                PartlyReplaced { id: messages::other_id(), missing: vec![messages::id()] },
            Irreversible { id: id(), declared: true },
            Irreversible { id: id(), declared: false },
            TimedOut { id: id(), after: Duration::from_secs(60) },
            Stopped { id: id() },
            Moved { id: id() },
            Denied { id: id(), denied: vec![Denied::example().into()] },
            Denied { id: id(), denied: script() },
            TransactionLost { id: id() },
            Escaped { id: id() },
            LockLost { id: id() },
            StatementLeft { id: id(), sql: "SELECT name FROM player".into() },
            BlobLeft { id: id() },
            ForeignKeys {
                id: id(),
                violations: vec!["row 7 of `player` points to no row of `team`".into()],
                count: 3,
                unusable: false,
            },
            ForeignKeys {
                id: id(),
                violations: vec![
                    "no row of `player` can point to `team`: the foreign key names columns of it that \
                     are neither its primary key nor unique"
                        .into(),
                ],
                count: 1,
                unusable: true,
            },
            BuiltinLeft { id: id(), replaced: vec!["the function `lower`".into()] },
            Repeatable(RepeatableError::examples().swap_remove(2)),
            RowsLost { id: id(), lost: LostRows::examples() },
            RowsLost { id: id(), lost: vec![LostRows::example()] },
            StatementsBroken { id: id(), broken: BrokenStatement::examples() },
            StatementsBroken { id: id(), broken: vec![BrokenStatement::by_a_trigger()] },
            BuiltinReplaced { id: id(), written: ReplacedBuiltin::examples() },
            ReferencesRedirected { id: id(), redirected: RedirectedReference::examples() },
            ReferencesRedirected { id: id(), redirected: vec![RedirectedReference::dropped()] },
            ObjectsLost { id: id(), lost: vec![LostObject::example()] },
            ObjectsLost { id: id(), lost: LostObject::others().collect() },
            SchemaLeft { id: id() },
            Unfinished(Unfinished { error: Box::new(Self::SchemaLeft { id: id() }) }),
            WithOthers(WithOthers { error: Box::new(Self::LockLost { id: id() }), others: 1 }),
            WithOthers(WithOthers { error: Box::new(Self::LockLost { id: id() }), others: 2 }),
            Unfinished(Unfinished { error: Box::new(Self::LockLost { id: id() }) }),
            TransactionLeft { id: id() },
            Unfinished(Unfinished { error: Box::new(Self::TransactionLeft { id: id() }) }),
            Unfinished(Unfinished { error: Box::new(Self::Moved { id: id() }) }),
            NotStartedAnyMore { id: id() },
            Unfinished(Unfinished { error: Box::new(Self::NotStartedAnyMore { id: id() }) }),
            NotInOneTransaction { id: id() },
            Sqlite { doing: "commit `20250106_090000_add_level`".into(), source: messages::full() },
            Sqlite { doing: "look at the database `/srv/game/app.db`".into(), source: messages::corrupt() },
            Sqlite { doing: "look at the database `/srv/game/app.db`".into(), source: messages::io_error() },
            OutcomeUnknown { id: id(), source: messages::io_error() },
            NoScratchFolder(refused()),
            NoScratchFolder(io::ErrorKind::StorageFull.into()),
        );
        examples.extend(BatchedError::others().map(Self::Batched));
        examples.extend(KeptError::others().map(Self::from));
        examples.extend(StalePlan::others().map(Self::StalePlan));
        examples.extend(
            Denied::others().map(|denied| Self::Denied { id: id(), denied: vec![denied.into()] }),
        );
        examples
    }
}

fn started() -> Started {
    let started_at = Timestamp::UNIX_EPOCH;
    Started { id: id(), direction: Direction::Forward, started_at }
}

/// What a migration said that waited for the runner's own lock.
fn blocked() -> MigrationFailure {
    let message = "database is locked".into();
    MigrationFailure {
        message,
        place: None,
        obstacle: Some(Obstacle::Lock),
        cause: None,
        ..failure(false)
    }
}

/// What a migration said for whose copy of a table the disk had no room.
fn without_room() -> MigrationFailure {
    let full = messages::full();
    let cause = Some(Box::new(Cause { message: full.to_string(), next: None }));
    MigrationFailure {
        message: "cannot change the order of columns of table `player`".into(),
        sqlite_code: ffi::SQLITE_FULL,
        exit: exit::of_sqlite(&full),
        cause,
        ..failure(false)
    }
}

/// What a migration said that vacuums in the transaction of the runner.
fn vacuuming() -> MigrationFailure {
    let message = "cannot VACUUM from within a transaction".into();
    let obstacle = Some(Obstacle::Transaction);
    MigrationFailure { message, place: None, obstacle, cause: None, ..failure(false) }
}

/// What a migration said that changes what a view reads.
fn in_the_way_of_a_view() -> MigrationFailure {
    let message = "error in view ranks after drop column: no such column: score".into();
    let obstacle = Some(Obstacle::Program);
    MigrationFailure { message, place: None, obstacle, cause: None, ..failure(false) }
}

/// What a migration said that failed in SQLite, or panicked.
fn failure(panicked: bool) -> MigrationFailure {
    let cause = Cause { message: "UNIQUE constraint failed: player.name".into(), next: None };
    MigrationFailure {
        message: "cannot level the players".into(),
        place: Some((format!("{}/src/lib.rs", id()), 52, 9)),
        panicked,
        obstacle: None,
        sqlite_code: 0,
        exit: Exit::Failed,
        cause: (!panicked).then(|| Box::new(cause)),
        statement: None,
    }
}

/// What a script tried that another tool has written.
fn script() -> Vec<DeniedStatement> {
    let at = |denied: Denied, line, sql: &str| DeniedStatement {
        denied,
        statement: Some(FailedStatement {
            file: Some("forward.sql".into()),
            line: Some(line),
            column: Some(1),
            sql: sql.into(),
            detail: None,
        }),
    };
    let pragma = Denied::Pragma { name: "journal_mode".into(), value: "WAL".into() };
    vec![
        at(pragma, 1, "PRAGMA journal_mode = WAL"),
        at(Denied::Transaction("BEGIN a transaction"), 2, "BEGIN"),
        at(Denied::Transaction("COMMIT"), 40, "COMMIT"),
    ]
}

impl Examples for Denied {
    fn examples() -> Vec<Self> {
        let mut examples = each_variant!(Denied:
            Transaction("COMMIT"),
            Attach,
            Pragma { name: "writable_schema".into(), value: "ON".into() },
            History,
            Setting { name: "SQLITE_DBCONFIG_DEFENSIVE", to: 0 },
            SchemaEdit,
            OutsideOfStep,
        );
        examples.push(Self::Pragma { name: "legacy_alter_table".into(), value: "ON".into() });
        examples
    }
}

impl Examples for LostRows {
    fn examples() -> Vec<Self> {
        let lost = |rows, cause| Self { table: "player".into(), rows, cause };
        let causes = each_variant!(LossCause:
            Trigger("tidy".into()),
            ForeignKeys,
            MadeAnew { before: 5, after: 2 },
        );
        let rows = [Some(1), Some(2), Some(3)].into_iter();
        rows.chain([None])
            .zip(causes.iter().cycle())
            .map(|(rows, cause)| lost(rows, cause.clone()))
            .collect()
    }
}

impl Examples for LostObject {
    fn examples() -> Vec<Self> {
        let table = || Some("player".to_owned());
        each_variant!(LostObject:
            Object { kind: "index".into(), name: "by_name".into(), table: table() },
            Object { kind: "view".into(), name: "board".into(), table: None },
            Counter { table: "player".into(), before: 7, after: Some(3), wanted: true },
            Counter { table: "player".into(), before: 7, after: None, wanted: false },
        )
    }
}

impl RedirectedReference {
    fn dropped() -> Self {
        Self::Dropped { child: "item".into(), parent: "player".into() }
    }
}

impl Examples for RedirectedReference {
    fn examples() -> Vec<Self> {
        let renamed = |exists| Self::Renamed {
            child: "item".into(),
            parent: "player".into(),
            to: "player_old".into(),
            exists,
        };
        vec![renamed(false), renamed(true), Self::dropped()]
    }
}

impl BrokenStatement {
    fn by_a_trigger() -> Self {
        Self {
            table: "item".into(),
            verbs: vec!["DELETE".into()],
            reason: "no such table: main.log".into(),
            missing: None,
        }
    }
}

impl Examples for BrokenStatement {
    fn examples() -> Vec<Self> {
        let missing = |missing: Missing, reason: &str| Self {
            table: "player".into(),
            verbs: vec!["INSERT".into(), "UPDATE".into()],
            reason: reason.into(),
            missing: Some(missing),
        };
        let mut examples = each_variant!(Missing:
            Function("slug".into()),
            Collation("de".into()),
            Tokenizer("stem".into()),
            Module("series".into()),
        );
        let words = ["function", "collation sequence", "tokenizer", "module"];
        examples
            .drain(..)
            .zip(words)
            .map(|(what, word)| {
                let reason = format!("no such {word}: {}", what.name());
                missing(what, &reason)
            })
            .chain([Self::by_a_trigger()])
            .collect()
    }
}

impl Examples for ReplacedBuiltin {
    fn examples() -> Vec<Self> {
        let written = |kind: &str, name: &str, builtin| Self {
            kind: kind.into(),
            name: name.into(),
            table: "player".into(),
            builtin,
        };
        vec![
            written("index", "by_name", Missing::Function("lower".into())),
            written("table", "player", Missing::Collation("NOCASE".into())),
        ]
    }
}
