//! A stage over the rows of a table: batch after batch, each with its checkpoint in one transaction. A batch reads its
//! rows under the write lock in which it writes them, so that nothing that others write is lost.

use std::collections::BTreeSet;
use std::time::Instant;

use jiff::Timestamp;
use rusqlite::Connection;

use super::batch_size::BatchSize;
use super::commit::NotCommitted;
use super::stages::{Ended, Stages, Worked};
use crate::apply::activity::Activity;
use crate::apply::failure::ApplyError;
use crate::apply::guard::Area;
use crate::apply::host_services::HostServices;
use crate::apply::lost_objects::Inventory;
use crate::apply::lost_rows::{LossCause, LostRows};
use crate::event::Event;
use crate::failed_rows::{self, FailedRow};
use crate::ffi::{BatchAnswer, BatchRequest, StageRequest};

/// What is known of a stage over rows while it runs.
struct Pass {
    size: BatchSize,
    /// The size of the next batch, where it is not by time.
    limit: Option<u64>,
    /// How often COMMIT gave way in a row.
    gave_way: u32,
    rules: Rules,
}

/// What the rows of a batch may not do to others. Seen when statements are compiled, which they are once for all
/// batches.
#[derive(Default)]
pub(super) struct Rules {
    /// The version of the schema that was found to be as the migration left it.
    schema_version: Option<i64>,
    /// What was in it.
    pub(super) inventory: Option<Inventory>,
    /// Tables from which foreign keys may delete, in lower case.
    children: BTreeSet<String>,
    /// Tables from which triggers delete, each with the trigger.
    triggers_delete_from: BTreeSet<(String, String)>,
}

impl Rules {
    /// The rows that were deleted by a batch that deletes none itself.
    fn lost(&mut self, seen: &Activity) -> Vec<LostRows> {
        self.triggers_delete_from.extend(seen.triggers_delete_from.iter().cloned());
        let trigger = |table: &str| {
            let mut all = self.triggers_delete_from.iter();
            all.find(|(from, _)| from.eq_ignore_ascii_case(table))
                .map(|(_, trigger)| trigger.clone())
        };
        let lost = seen.rows.losers().filter_map(|(table, rows)| {
            let cause = match trigger(table) {
                Some(trigger) => LossCause::Trigger(trigger),
                None if self.children.contains(&table.to_ascii_lowercase()) => {
                    LossCause::ForeignKeys
                }
                // What a virtual table does with its own tables is its own business.
                None => return None,
            };
            Some(LostRows { table: table.to_owned(), rows: Some(rows), cause })
        });
        lost.collect()
    }
}

/// Settings of the connection while rows are changed in batches: foreign keys are enforced, since they are then
/// checked by the key of each row that changes, and a full check after each batch would read all rows each time; what a
/// batch changes stays in memory until COMMIT, since in a rollback journal it could not be written into the file while
/// others read; and the pages of indexes, which are written in no order, are kept from one batch to the next.
pub(super) struct InBatches<'c> {
    connection: &'c Connection,
    /// The size of the cache before, in SQLite's own measure.
    cache: i64,
}

/// The size of the cache: in KiB.
const CACHE: i64 = 32 << 10;

impl<'c> InBatches<'c> {
    pub(super) fn on(connection: &'c Connection, keys: bool) -> rusqlite::Result<Self> {
        let cache = connection.pragma_query_value(None, "cache_size", |row| row.get(0))?;
        connection.pragma_update(None, "foreign_keys", keys)?;
        connection.pragma_update(None, "cache_spill", false)?;
        connection.pragma_update(None, "cache_size", -CACHE)?;
        leave_log_to_pace(connection)?;
        Ok(Self { connection, cache })
    }
}

impl Drop for InBatches<'_> {
    fn drop(&mut self) {
        let _ = self.connection.pragma_update(None, "foreign_keys", false);
        let _ = self.connection.pragma_update(None, "cache_spill", true);
        let _ = self.connection.pragma_update(None, "cache_size", self.cache);
        let _ = autocheckpoint(self.connection, 1000);
    }
}

/// Has COMMIT not copy the log into the file: it does so after it has let the lock go, but a batch would seem to have
/// held it, and the next would be smaller.
fn leave_log_to_pace(connection: &Connection) -> rusqlite::Result<()> {
    autocheckpoint(connection, 0)
}

fn autocheckpoint(connection: &Connection, pages: i64) -> rusqlite::Result<()> {
    connection.pragma_update_and_check(None, "wal_autocheckpoint", pages, |_| Ok(()))
}

impl Stages<'_, '_> {
    /// Goes through the rows of `table`.
    pub(super) fn rows(
        &self,
        request: &StageRequest<'_>,
        services: &HostServices<'_, '_>,
        words: &str,
        table: &str,
        skip_failures: u64,
    ) -> Result<(), Ended> {
        self.count(request, services, words)?;
        let lock_time = self.stepper.options.lock_time;
        let mut pass = Pass {
            size: BatchSize::within(lock_time),
            limit: None,
            gave_way: 0,
            rules: Rules::default(),
        };
        let _settings = InBatches::on(self.connection(), true).map_err(self.saving())?;
        loop {
            self.pace.borrow_mut().pause(self.stepper.stop);
            let rows = pass.limit.take().unwrap_or(pass.size.rows());
            let before = self.checkpoint();
            let attempt = self.batch(&mut pass, request, services, words, rows);
            if attempt.is_err() {
                self.roll_back().map_err(self.saving())?;
                self.put_back(before);
            }
            match attempt {
                Ok(answer) => {
                    pass.gave_way = 0;
                    if answer.ended {
                        return Ok(());
                    }
                    self.empty_log(services);
                }
                // The rows before it are fine: they come first, so that all that is done stays.
                Err(NotCommitted::ByItself(answer)) if answer.names_a_row() && answer.seen > 0 => {
                    pass.limit = Some(answer.seen);
                }
                Err(NotCommitted::ByItself(answer)) if answer.names_a_row() => {
                    if self.checkpoint().rows_failed >= skip_failures {
                        return Err(Ended::ByItself);
                    }
                    self.pass_over(services, table, &answer)?;
                }
                Err(NotCommitted::ByItself(_)) => return Err(Ended::ByItself),
                Err(NotCommitted::Broken(_, rows)) if rows > 1 => pass.limit = Some(rows / 2),
                Err(NotCommitted::Broken(error, _)) => {
                    self.pass_over_broken(request, services, table, skip_failures, error)?;
                }
                Err(NotCommitted::Busy) => {
                    pass.gave_way += 1;
                    pass.size.halve();
                    self.pace.borrow_mut().give_way(pass.gave_way, self.stepper.stop);
                }
                Err(NotCommitted::Ended(ended)) => return Err(ended),
            }
        }
    }

    /// Has the rows counted, unless the stage is under way. Its name does not say so: the stage before may have been one
    /// over the same table.
    fn count(
        &self,
        request: &StageRequest<'_>,
        services: &HostServices<'_, '_>,
        words: &str,
    ) -> Result<(), Ended> {
        if !self.checkpoint().cursor.is_empty() {
            return Ok(());
        }
        let Worked { result: total, seen, running, .. } =
            self.work(Area::Between, services, || request.count());
        self.judge_over(services)?;
        self.judge_between(&seen)?;
        self.judge_running(running)?;
        let total = total.ok_or(Ended::ByItself)?;
        self.until_committed(|gave_way| {
            self.begin()?;
            self.save(|checkpoint| {
                words.clone_into(&mut checkpoint.stage);
                checkpoint.rows_total = total;
            })?;
            self.commit_at_once(gave_way, 1)
        })
    }

    /// One batch: changes the next `rows` and commits how far it came.
    fn batch(
        &self,
        pass: &mut Pass,
        request: &StageRequest<'_>,
        services: &HostServices<'_, '_>,
        words: &str,
        rows: u64,
    ) -> Result<BatchAnswer, NotCommitted> {
        let outside = self.begin()?;
        let held = Instant::now();
        self.pace.borrow_mut().begins_at(Some(outside));
        self.look_at_schema(&mut pass.rules)?;
        let checkpoint = self.checkpoint();
        let time = Some(pass.size.time());
        let asked = BatchRequest { cursor: &checkpoint.cursor, rows, time, pass_over: false };
        let Worked { result, seen, took, running } =
            self.work(Area::Rows, services, || request.work(&asked));
        leave_log_to_pace(self.connection()).map_err(self.saving())?;
        let lost = pass.rules.lost(&seen);
        let answer = match (self.judge_work(&seen, running, result.is_err(), services), result) {
            (Ok(()), Ok(answer)) => answer,
            (Err(Ended::ByItself) | Ok(()), Err(answer)) => {
                return Err(NotCommitted::ByItself(answer));
            }
            (Err(ended), _) => return Err(NotCommitted::Ended(ended)),
        };
        if !lost.is_empty() {
            let error = ApplyError::RowsLost { id: self.id().clone(), lost };
            return Err(NotCommitted::Broken(error, answer.seen));
        }
        // A migration that looks at nothing and does not end would be asked for ever.
        let ended = answer.ended || answer.seen == 0;
        self.save(|checkpoint| {
            checkpoint.cursor.clone_from(&answer.cursor);
            checkpoint.rows_done += answer.read;
            checkpoint.ran(took);
            if ended {
                checkpoint.end_stage(words);
            }
        })?;
        if self.stepper.another_wrote_since(outside) {
            return Err(ApplyError::LockLost { id: self.id().clone() }.into());
        }
        self.commit_at_once(pass.gave_way, answer.seen)?;
        pass.size.took(answer.seen, took, held.elapsed());
        let (done, total) = (checkpoint.rows_done + answer.read, checkpoint.rows_total);
        services.emit(Event::Progress { id: self.id().clone(), done, total: total.max(done) });
        Ok(BatchAnswer { ended, ..answer })
    }

    /// Checks that the schema is as the migration left it, which is read again only if its version is another.
    pub(super) fn look_at_schema(&self, rules: &mut Rules) -> Result<(), Ended> {
        let version: i64 = self
            .connection()
            .pragma_query_value(None, "schema_version", |row| row.get(0))
            .map_err(self.saving())?;
        if rules.schema_version == Some(version) {
            return Ok(());
        }
        let inventory = self.stepper.inventory(None)?;
        let objects = &inventory.objects;
        self.check_schema(&objects.digest())?;
        rules.children =
            objects.that_may_have_foreign_keys().map(|name| name.to_ascii_lowercase()).collect();
        rules.schema_version = Some(version);
        rules.inventory = Some(inventory);
        Ok(())
    }

    /// Notes the row that the migration failed at, and passes over it.
    fn pass_over(
        &self,
        services: &HostServices<'_, '_>,
        table: &str,
        failed: &BatchAnswer,
    ) -> Result<(), Ended> {
        self.until_committed(|gave_way| {
            self.begin()?;
            self.note_failed(table, failed)?;
            self.commit_at_once(gave_way, 1)
        })?;
        let BatchAnswer { key, reason, .. } = failed;
        let message = format!("passed over {key} of `{table}`: {reason}");
        services.emit(Event::Log { id: self.id().clone(), message });
        Ok(())
    }

    /// Passes over the next row, which breaks a rule, if that is allowed.
    fn pass_over_broken(
        &self,
        request: &StageRequest<'_>,
        services: &HostServices<'_, '_>,
        table: &str,
        skip_failures: u64,
        error: ApplyError,
    ) -> Result<(), Ended> {
        if self.checkpoint().rows_failed >= skip_failures {
            return Err(error.into());
        }
        self.begin()?;
        let checkpoint = self.checkpoint();
        let asked =
            BatchRequest { cursor: &checkpoint.cursor, rows: 1, time: None, pass_over: true };
        let Worked { result, seen, running, .. } =
            self.work(Area::Rows, services, || request.work(&asked));
        self.judge_work(&seen, running, result.is_err(), services)?;
        self.roll_back().map_err(self.saving())?;
        let Ok(row) = result else { return Err(Ended::ByItself) };
        self.pass_over(services, table, &BatchAnswer { reason: error.to_string(), ..row })
    }

    /// Writes down the row, and the place behind it.
    fn note_failed(&self, table: &str, failed: &BatchAnswer) -> Result<(), Ended> {
        let row = FailedRow {
            id: self.id().clone(),
            table: table.to_owned(),
            key: failed.key.clone(),
            values: failed.values.clone(),
            reason: failed.reason.clone(),
            failed_at: Timestamp::now(),
            settled: None,
        };
        failed_rows::insert(self.connection(), &row).map_err(self.saving())?;
        self.save(|checkpoint| {
            checkpoint.cursor.clone_from(&failed.cursor);
            checkpoint.rows_done += 1;
            checkpoint.rows_failed += 1;
        })
    }

    /// Empties the write-ahead log if it has grown.
    pub(super) fn empty_log(&self, services: &HostServices<'_, '_>) {
        let database = self.stepper.database;
        let line = self.pace.borrow_mut().empty_log(self.connection(), database);
        let _ = self.connection().busy_timeout(self.stepper.options.busy_timeout);
        if let Some(message) = line {
            services.emit(Event::Log { id: self.id().clone(), message });
        }
    }
}
