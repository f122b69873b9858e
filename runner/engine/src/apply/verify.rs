//! What a migration leaves, compared with what was there before it.

use std::collections::BTreeSet;

use super::activity::Activity;
use super::broken_statements::Statements;
use super::committed::Committed;
use super::denied::Denied;
use super::failure::ApplyError;
use super::foreign_keys::{self, Violations};
use super::invoke::Ran;
use super::lost_objects::Standing;
use super::lost_rows::{self, Left, TablesBefore};
use super::redirected_references;
use super::replaced_builtins;
use super::transaction::{Stepper, Transaction};
use crate::direction::Direction;
use crate::id::MigrationId;
use crate::record::Made;
use crate::safeguard::Safeguard;

/// What was there before a step.
pub(super) struct Before {
    /// The state of the file that it belongs to.
    pub(super) version: i64,
    pub(super) standing: Standing,
    /// The broken references.
    pub(super) violations: Violations,
    /// The tables that were touched by the steps before in the same transaction.
    pub(super) left: Left,
    /// What the step made that left all this.
    pub(super) made: Made,
}

impl Stepper<'_> {
    /// What is there before a step. It is read once, and again only if another program has written
    /// since. References are looked at before only if that was found to be needed.
    pub(super) fn before(&mut self, transaction: &Transaction) -> Result<Before, ApplyError> {
        let version = transaction.version;
        if let Some(mut before) = self.before.take().filter(|before| before.version == version) {
            if transaction.is_new {
                before.left.clear();
            }
            return Ok(before);
        }
        let standing = Standing::read(&self.connection).map_err(self.failing_to(LOOK))?;
        let violations = if self.looks_first {
            foreign_keys::all(&self.connection, &standing.objects).map_err(self.failing_to(LOOK))?
        } else {
            Violations::default()
        };
        Ok(Before { version, standing, violations, left: Left::new(), made: Made::default() })
    }

    /// Whether all that was there before the migration `id` is still there, except for what it took
    /// away itself, and no reference is newly broken.
    pub(super) fn verify(
        &self,
        id: &MigrationId,
        ran: &Ran,
        before: Before,
    ) -> Result<Before, ApplyError> {
        self.without_patience(|| self.compare(id, ran, before))
    }

    fn compare(&self, id: &MigrationId, ran: &Ran, before: Before) -> Result<Before, ApplyError> {
        let seen = &ran.seen;
        let committed = Committed::outside_of(&self.connection, &self.witness, self.stop);
        let tables = TablesBefore { committed: &committed, left: &before.left };
        let lost =
            lost_rows::find(&self.connection, &tables, seen).map_err(self.failing_to(LOOK))?;
        if !lost.is_empty() && Safeguard::RowGuard.is_on() {
            return Err(ApplyError::RowsLost { id: id.clone(), lost });
        }
        let standing = Standing::read(&self.connection).map_err(self.failing_to(LOOK))?;
        let is_unseen =
            !seen.changes_the_schema() && !standing.objects.are(&before.standing.objects);
        if is_unseen && Safeguard::Authorizer.is_on() {
            return Err(ApplyError::Denied { id: id.clone(), denied: Denied::SchemaEdit });
        }
        self.verify_references(id, &before.standing, &standing, ran)?;
        let made = match ran.direction {
            Direction::Forward => Made::default(),
            Direction::Backward => Made::by(&self.connection, id).map_err(self.failing_to(LOOK))?,
        };
        let lost = before.standing.lost_in(&standing, seen, &made);
        if !lost.is_empty() && Safeguard::ObjectGuard.is_on() {
            return Err(ApplyError::ObjectsLost { id: id.clone(), lost });
        }
        self.verify_statements(id, &before.standing, &standing, ran)?;
        let made = before.standing.made_in(&standing);
        let Before { version, standing: old, mut violations, mut left, .. } = before;
        let now = self.broken_around(&standing, seen)?;
        violations.look_back(&now, &committed).map_err(self.failing_to(LOOK))?;
        if !self.options.single_transaction {
            return judge(id, now, Before { version, standing, violations, left, made });
        }
        // For the next step, what this one leaves is what was there before, and is committed nowhere: also
        // a table that has only another name now.
        let new = standing.objects.not_in(&old.objects).filter(|new| new.kind() == "table");
        let names: BTreeSet<String> = new.map(|new| new.name().to_ascii_lowercase()).collect();
        let looked_at = seen.touched.union(&names).cloned().collect();
        let tables = lost_rows::left_in(&self.connection, &looked_at);
        left.extend(tables.map_err(self.failing_to(LOOK))?);
        let mut left = judge(id, now, Before { version, standing, violations, left, made })?;
        let around = foreign_keys::around(&self.connection, &left.standing.objects, &names);
        left.violations.update(around.map_err(self.failing_to(LOOK))?);
        Ok(left)
    }

    /// Whether no reference is newly broken after the migration `id`, which ran on its own, and what
    /// compiled still does.
    pub(super) fn verify_alone(
        &self,
        id: &MigrationId,
        ran: &Ran,
        before: Before,
    ) -> Result<Before, ApplyError> {
        let seen = &ran.seen;
        let standing = Standing::read(&self.connection).map_err(self.failing_to(LOOK))?;
        self.verify_references(id, &before.standing, &standing, ran)?;
        self.verify_statements(id, &before.standing, &standing, ran)?;
        let now = self.broken_around(&standing, seen)?;
        judge(id, now, Before { standing, ..before })
    }

    /// Whether foreign keys point to where they did. It is asked before their rows are: those would
    /// only tell what follows from it.
    fn verify_references(
        &self,
        id: &MigrationId,
        before: &Standing,
        now: &Standing,
        ran: &Ran,
    ) -> Result<(), ApplyError> {
        let (before, now) = (&before.objects, &now.objects);
        let redirected = redirected_references::find(before, now, &ran.seen, ran.direction);
        if !redirected.is_empty() && Safeguard::ForeignKeyCheck.is_on() {
            return Err(ApplyError::ReferencesRedirected { id: id.clone(), redirected });
        }
        Ok(())
    }

    /// Whether what is done to tables compiles as it did, in programs that have nothing of what the
    /// migration registered, and none of it is in an index in the place of SQLite's.
    fn verify_statements(
        &self,
        id: &MigrationId,
        before: &Standing,
        now: &Standing,
        ran: &Ran,
    ) -> Result<(), ApplyError> {
        let Ran { seen, own, .. } = ran;
        let (before, now, application) = (&before.objects, &now.objects, self.application);
        let connection = &self.connection;
        let statements = Statements { connection, before, now, seen, own, application };
        let found = statements.find().map_err(self.failing_to(LOOK))?;
        if !Safeguard::StatementCheck.is_on() {
            return Ok(());
        }
        let written = replaced_builtins::find(now, seen, own, &found.removed, application);
        if !written.is_empty() {
            return Err(ApplyError::BuiltinReplaced { id: id.clone(), written });
        }
        match found.broken {
            broken if broken.is_empty() => Ok(()),
            broken => Err(ApplyError::StatementsBroken { id: id.clone(), broken }),
        }
    }

    fn broken_around(
        &self,
        standing: &Standing,
        seen: &Activity,
    ) -> Result<Violations, ApplyError> {
        foreign_keys::around(&self.connection, &standing.objects, &seen.touched)
            .map_err(self.failing_to(LOOK))
    }
}

/// What stands, if none of what is broken `now` is new.
fn judge(id: &MigrationId, now: Violations, mut stands: Before) -> Result<Before, ApplyError> {
    let new = now.new_since(&stands.violations);
    if !new.is_empty() && Safeguard::ForeignKeyCheck.is_on() {
        return Err(ApplyError::foreign_keys(id, &new));
    }
    stands.violations.update(now);
    Ok(stands)
}

pub(super) const LOOK: &str = "look at what a migration leaves in";
