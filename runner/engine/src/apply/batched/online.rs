//! A stage that gives a table another shape while others write to it, piece by piece, each with its checkpoint in one
//! transaction.

use std::time::Instant;

use migration_api::operation::{Operation, OperationError};
use migration_api::perform::online::{Budget, Online, Phase, Progress};

use super::batch_size::BatchSize;
use super::commit::NotCommitted;
use super::failure::{BatchedError, sqlite_error};
use super::rows::{InBatches, Rules};
use super::stages::{Ended, Stages};
use crate::apply::failure::ApplyError;
use crate::apply::host_services::HostServices;
use crate::apply::write_lock::is_busy;
use crate::event::Event;
use crate::kept_schema;

impl Stages<'_, '_> {
    /// Carries out `operations` on a table that others go on writing to.
    pub(super) fn online(
        &self,
        services: &HostServices<'_, '_>,
        words: &str,
        operations: &[Operation],
    ) -> Result<(), Ended> {
        // Its tables are not the application's, and what they hold points to nothing.
        let _settings = InBatches::on(self.connection(), false).map_err(self.saving())?;
        let mut online = match self.checkpoint().cursor.as_slice() {
            [] => self.begin_online(words, operations)?,
            cursor => Online::from_bytes(cursor)
                .map_err(|source| BatchedError::Unreadable { id: self.id().clone(), source })?,
        };
        if !online.is_for(operations) {
            let expected = format!("{words} with other operations");
            let (id, found) = (self.id().clone(), "these".to_owned());
            return Err(BatchedError::OtherStages { id, expected, found }.into());
        }
        self.advance(&mut online, services)
    }

    /// Makes what follows the table.
    fn begin_online(&self, words: &str, operations: &[Operation]) -> Result<Online, Ended> {
        self.until_committed(|gave_way| {
            self.begin()?;
            self.look_at_schema(&mut Rules::default())?;
            let online = Online::begin(self.connection(), operations);
            let online = online.map_err(|source| self.refused(source, false))?;
            self.save(|checkpoint| {
                words.clone_into(&mut checkpoint.stage);
                checkpoint.cursor = online.to_bytes();
                checkpoint.own_names = online.names().to_vec();
            })?;
            self.commit_at_once(gave_way, 1)?;
            Ok(online)
        })
    }

    /// Does piece after piece, and lets others in between.
    fn advance(&self, online: &mut Online, services: &HostServices<'_, '_>) -> Result<(), Ended> {
        let mut size = BatchSize::within(self.stepper.options.lock_time);
        let (mut rules, mut notes_left) = (Rules::default(), 0);
        loop {
            self.pace.borrow_mut().pause(self.stepper.stop);
            self.judge_over(services)?;
            let before = online.clone();
            let progress = self.until_committed(|gave_way| {
                if gave_way > 0 {
                    online.clone_from(&before);
                    size.halve();
                }
                self.piece(online, &mut size, &mut rules, gave_way, services)
            })?;
            if progress.phase == Phase::Done {
                return Ok(());
            }
            // Others write faster than it is replayed: until that has changed, they get in less often.
            if progress.notes_left > notes_left.max(size.rows()) {
                self.pace.borrow_mut().leave_out_the_next();
            }
            notes_left = progress.notes_left;
            self.empty_log(services);
        }
    }

    /// One piece, in a transaction with its checkpoint.
    fn piece(
        &self,
        online: &mut Online,
        size: &mut BatchSize,
        rules: &mut Rules,
        gave_way: u32,
        services: &HostServices<'_, '_>,
    ) -> Result<Progress, NotCommitted> {
        let outside = self.begin()?;
        let held = Instant::now();
        self.pace.borrow_mut().begins_at(Some(outside));
        self.look_at_schema(rules)?;
        let checkpoint = self.checkpoint();
        let budget = Budget { rows: size.rows(), until: held + size.time() };
        let progress = online
            .advance(self.connection(), &budget)
            .map_err(|source| NotCommitted::from(self.refused(source, true)))?;
        let worked = held.elapsed();
        self.verify_transaction()?;
        if progress.phase == Phase::Swapped {
            self.record_swap(online, rules)?;
        }
        let total = progress.rows_total.unwrap_or_default().max(progress.rows_done);
        self.save(|next| {
            next.cursor = online.to_bytes();
            next.own_names = online.names().to_vec();
            (next.rows_done, next.rows_total) = (progress.rows_done, total);
            next.ran(worked);
            if progress.phase == Phase::Done {
                next.end_stage(&checkpoint.stage);
            }
        })?;
        if self.stepper.another_wrote_since(outside) {
            return Err(ApplyError::LockLost { id: self.id().clone() }.into());
        }
        self.commit_at_once(gave_way, 1)?;
        size.took(budget.rows, worked, held.elapsed());
        if progress.phase != Phase::Done {
            let (id, done) = (self.id().clone(), progress.rows_done);
            services.emit(Event::Progress { id, done, total });
        }
        Ok(progress)
    }

    /// The schema is another now, and this migration has made it so.
    fn record_swap(&self, online: &Online, rules: &Rules) -> Result<(), Ended> {
        // First: whoever reads the schema leaves out the names that are saved here.
        self.save(|checkpoint| checkpoint.own_names = online.names().to_vec())?;
        let now = self.stepper.inventory(None)?;
        let made = rules.inventory.as_ref().map(|before| before.made_in(&now));
        if let Some(before) = &rules.inventory {
            self.stepper.measure.changed(&before.objects, &now.objects, None);
        }
        let digest = now.objects.digest();
        self.log_stage(&self.checkpoint().stage, &digest)?;
        self.forget_before();
        match &rules.inventory {
            Some(before) => {
                kept_schema::keep_after(self.connection(), &before.objects, &now.objects)
            }
            None => kept_schema::keep_schema(self.connection()),
        }
        .map_err(self.saving())?;
        self.save(|checkpoint| {
            checkpoint.schema_digest = digest;
            checkpoint.made.extend(made.unwrap_or_default());
        })
    }

    /// What SQLite says, or the operations, of which something is in the database if they have `begun`.
    fn refused(&self, source: OperationError, begun: bool) -> Ended {
        let id = self.id().clone();
        if sqlite_error(&source).is_some_and(is_busy) {
            let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY);
            let source = rusqlite::Error::SqliteFailure(code, None);
            let doing = format!("go on with `{id}`");
            return ApplyError::Sqlite {
                doing,
                source: self.stepper.database.with_holders(source),
            }
            .into();
        }
        BatchedError::Online { id, begun, source }.into()
    }
}
