//! What a migration leaves, compared with what was there before it.

use super::failure::ApplyError;
use super::foreign_keys::{self, Violations};
use super::lost_objects::Standing;
use super::lost_rows;
use super::seen::Seen;
use super::transaction::{Stepper, Transaction};
use crate::id::MigrationId;

/// What was there before a step.
pub(super) struct Before {
    /// The state of the file that it belongs to.
    version: i64,
    pub(super) standing: Standing,
    /// The broken references.
    violations: Violations,
}

impl Stepper<'_> {
    /// What is there before this step. It is looked for in the whole database once, and again only
    /// if another program has written since.
    pub(super) fn before(&mut self, transaction: &Transaction) -> Result<Before, ApplyError> {
        let version = transaction.version;
        if let Some(before) = self.before.take().filter(|before| before.version == version) {
            return Ok(before);
        }
        let standing = Standing::read(&self.connection).map_err(looking)?;
        let violations = foreign_keys::all(&self.connection, &standing.objects).map_err(looking)?;
        Ok(Before { version, standing, violations })
    }

    /// Whether all that was there before the migration `id` is still there, except for what it took
    /// away itself, and no reference is newly broken. Gives what is there now.
    pub(super) fn verify(
        &self,
        id: &MigrationId,
        transaction: &Transaction,
        seen: &Seen,
        before: Before,
    ) -> Result<Before, ApplyError> {
        // It sees what is committed: not what a step before this one in the transaction left.
        let witness = transaction.is_new.then_some(&self.witness);
        let lost = lost_rows::find(&self.connection, witness, seen);
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
        self.keys(id, seen, Before { standing, ..before })
    }

    /// Whether no reference is newly broken after the migration `id`. Gives what is there now.
    pub(super) fn verify_keys(
        &self,
        id: &MigrationId,
        seen: &Seen,
        before: Before,
    ) -> Result<Before, ApplyError> {
        let standing = Standing::read(&self.connection).map_err(looking)?;
        self.keys(id, seen, Before { standing, ..before })
    }

    /// Checks the references of what stands now against those that were broken before.
    fn keys(&self, id: &MigrationId, seen: &Seen, mixed: Before) -> Result<Before, ApplyError> {
        let Before { version, standing, mut violations } = mixed;
        let now = foreign_keys::around(&self.connection, &standing.objects, &seen.touched)
            .map_err(looking)?;
        let new = now.new_since(&violations);
        if !new.is_empty() {
            return Err(ApplyError::foreign_keys(id, new));
        }
        violations.update(now);
        Ok(Before { version, standing, violations })
    }
}

fn looking(source: rusqlite::Error) -> ApplyError {
    ApplyError::Sqlite { doing: "look at what a migration leaves", source }
}
