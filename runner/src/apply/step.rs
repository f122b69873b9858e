//! One step: a transaction that holds a migration and its history row, or nothing.

use std::time::Duration;

use jiff::Timestamp;
use rusqlite::Connection;

use super::ApplyOptions;
use super::failure::ApplyError;
use super::foreign_keys::{self, Violations};
use super::guard::Guard;
use super::lost_objects::Standing;
use super::lost_rows;
use super::run::{Stage, data_version};
use super::seen::Seen;
use super::trace::Trace;
use crate::database::{Database, DatabaseError};
use crate::event::{Event, Observer};
use crate::exit::{self, Exit};
use crate::id::MigrationId;
use crate::load::Loaded;
use crate::objects::Objects;
use crate::plan::Direction;
use crate::record::{self, Record};

/// Takes steps on one database, one after the other.
pub(crate) struct Stepper<'d> {
    database: &'d Database,
    options: ApplyOptions,
    connection: Connection,
    /// Looks at the file from outside.
    witness: Connection,
    guard: Guard,
    trace: Trace,
    before: Option<Before>,
}

/// What was there before a step.
struct Before {
    /// The state of the file that it belongs to.
    version: i64,
    standing: Standing,
    /// The broken references.
    violations: Violations,
}

impl<'d> Stepper<'d> {
    /// Opens `database` with the settings that migrations run under.
    ///
    /// # Errors
    /// A database that cannot be written.
    pub(crate) fn open(
        database: &'d Database,
        options: ApplyOptions,
    ) -> Result<Self, DatabaseError> {
        let mut connection = database.open_to_migrate(options.busy_timeout)?;
        let witness = database.open_witness(options.busy_timeout)?;
        let trace = Trace::default();
        let guard = Guard::default();
        if options.dry_run {
            trace
                .listen(&mut connection, &guard)
                .map_err(|source| database.sqlite_error(source))?;
        }
        Ok(Self { database, options, connection, witness, guard, trace, before: None })
    }

    /// Takes one step. Gives how long the migration's code ran, or `None` if the history says that
    /// the step is taken: the history is read again inside the transaction, where nobody else can
    /// change it.
    ///
    /// # Errors
    /// The step failed, and nothing of it is in the database; or the error says otherwise.
    pub(crate) fn take(
        &mut self,
        migration: &Loaded,
        direction: Direction,
        observe: &mut Observer<'_>,
    ) -> Result<Option<Duration>, ApplyError> {
        self.forget_the_last_migration()?;
        self.connection
            .execute_batch("BEGIN IMMEDIATE")
            .map_err(|error| self.database.sqlite_error(error))?;
        match self.inside(migration, direction, observe) {
            Ok(Some(took)) => {
                self.commit(&migration.artifact.id, direction)?;
                Ok(Some(took))
            }
            Ok(None) => {
                self.roll_back()?;
                Ok(None)
            }
            Err(error) => {
                // The first error is the one to tell. If rolling back fails too, SQLite does it when
                // the connection is closed.
                let _ = self.roll_back();
                Err(error)
            }
        }
    }

    /// A migration must not depend on which one ran before it on the same connection: what one has
    /// set on the connection, or left in its temporary schema, is gone for the next.
    fn forget_the_last_migration(&mut self) -> Result<(), ApplyError> {
        let mut prepare = || {
            self.guard.stand_on(&mut self.connection)?;
            self.connection.busy_timeout(self.options.busy_timeout)?;
            self.connection.query_row(
                "SELECT EXISTS (SELECT 1 FROM sqlite_temp_schema)",
                [],
                |row| row.get::<_, bool>(0),
            )
        };
        let left_something = prepare()
            .map_err(|source| ApplyError::Sqlite { doing: "prepare the connection", source })?;
        if left_something {
            *self = Self::open(self.database, self.options)?;
            return self.forget_the_last_migration();
        }
        Ok(())
    }

    /// Everything between BEGIN and COMMIT.
    fn inside(
        &mut self,
        migration: &Loaded,
        direction: Direction,
        observe: &mut Observer<'_>,
    ) -> Result<Option<Duration>, ApplyError> {
        let id = &migration.artifact.id;
        let applied = record::contains(&self.connection, id).map_err(reading_history)?;
        if applied == (direction == Direction::Forward) {
            return Ok(None);
        }
        // Nobody else can write from here to COMMIT, so this number stays.
        let version = data_version(&self.connection).map_err(looking)?;
        let before = self.before(version)?;
        observe(Event::Started { id: id.clone(), direction });
        let stage = Stage {
            connection: &self.connection,
            witness: &self.witness,
            guard: &self.guard,
            trace: &self.trace,
            timeout: self.options.timeout,
        };
        let ran = stage.run(migration, direction, observe)?;

        let now = self.verify(id, &ran.seen, before)?;
        self.record(migration, direction, ran.took, &now.standing.objects)
            .map_err(|source| ApplyError::Sqlite { doing: "record the migration", source })?;
        self.before = Some(now);
        if self.another_wrote_since(ran.outside) {
            return Err(ApplyError::LockLost { id: id.clone() });
        }
        Ok(Some(ran.took))
    }

    /// Whether another program has written since the witness saw the file as `outside`. It can if
    /// this process has lost its lock, which happens when any code of it opens the file and closes
    /// it again (<https://sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_>).
    /// Where a lock of our own keeps the witness from reading, it cannot tell.
    fn another_wrote_since(&self, outside: i64) -> bool {
        let seen = self
            .witness
            .busy_timeout(Duration::ZERO)
            .and_then(|()| data_version(&self.witness))
            .unwrap_or(outside);
        let _ = self.witness.busy_timeout(self.options.busy_timeout);
        seen != outside
    }

    /// What is there before this step. It is looked for in the whole database once, and again only
    /// if another program has written since.
    fn before(&mut self, version: i64) -> Result<Before, ApplyError> {
        if let Some(before) = self.before.take().filter(|before| before.version == version) {
            return Ok(before);
        }
        let standing = Standing::read(&self.connection).map_err(looking)?;
        let violations = foreign_keys::all(&self.connection, &standing.objects).map_err(looking)?;
        Ok(Before { version, standing, violations })
    }

    /// Whether all that was there before the migration `id` is still there, except for what it took
    /// away itself, and no reference is newly broken. Gives what is there now.
    fn verify(&self, id: &MigrationId, seen: &Seen, before: Before) -> Result<Before, ApplyError> {
        let lost = lost_rows::find(&self.connection, &self.witness, seen);
        let _ = self.witness.busy_timeout(self.options.busy_timeout);
        let lost = lost.map_err(looking)?;
        if !lost.is_empty() {
            return Err(ApplyError::RowsLost { id: id.clone(), lost });
        }
        let standing = Standing::read(&self.connection).map_err(looking)?;
        let lost = before.standing.lost_in(&standing, seen);
        if !lost.is_empty() {
            return Err(ApplyError::ObjectsLost { id: id.clone(), lost });
        }
        let mut violations = before.violations;
        let now = foreign_keys::around(&self.connection, &standing.objects, &seen.touched)
            .map_err(looking)?;
        let new = now.new_since(&violations);
        if !new.is_empty() {
            return Err(ApplyError::foreign_keys(id, new));
        }
        violations.update(now);
        Ok(Before { version: before.version, standing, violations })
    }

    /// Writes or removes the history row.
    fn record(
        &self,
        migration: &Loaded,
        direction: Direction,
        took: Duration,
        objects: &Objects,
    ) -> rusqlite::Result<()> {
        let id = &migration.artifact.id;
        if direction == Direction::Backward {
            return record::delete(&self.connection, id);
        }
        let record = Record {
            id: id.clone(),
            applied_at: Timestamp::now(),
            duration_us: u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
            source_digest: migration.artifact.source_digest.clone(),
            schema_digest: objects.digest(),
            runner_version: env!("CARGO_PKG_VERSION").to_owned(),
            api_version: migration.api_version.clone(),
            sqlite_version: rusqlite::version().to_owned(),
        };
        record::insert(&self.connection, &record)
    }

    /// Commits. After an error the outcome is not known, so the file is opened anew and asked.
    fn commit(&mut self, id: &MigrationId, direction: Direction) -> Result<(), ApplyError> {
        let Err(source) = self.connection.execute_batch("COMMIT") else {
            return Ok(());
        };
        if self.roll_back().is_ok() && exit::of_sqlite(&source) == Exit::TryAgain {
            return Err(ApplyError::Sqlite { doing: "commit the migration", source });
        }
        let applied = Self::open(self.database, self.options).ok().and_then(|reopened| {
            *self = reopened;
            record::contains(&self.connection, id).ok()
        });
        match applied {
            Some(applied) if applied == (direction == Direction::Forward) => Ok(()),
            Some(_) => Err(ApplyError::Sqlite { doing: "commit the migration", source }),
            None => Err(ApplyError::OutcomeUnknown { id: id.clone(), source }),
        }
    }

    fn roll_back(&self) -> Result<(), ApplyError> {
        if self.connection.is_autocommit() {
            return Ok(());
        }
        self.connection
            .execute_batch("ROLLBACK")
            .map_err(|source| ApplyError::Sqlite { doing: "roll back", source })
    }
}

fn reading_history(source: rusqlite::Error) -> ApplyError {
    ApplyError::Sqlite { doing: "read the history of migrations", source }
}

fn looking(source: rusqlite::Error) -> ApplyError {
    ApplyError::Sqlite { doing: "look at what a migration leaves", source }
}
