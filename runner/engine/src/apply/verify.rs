//! Compares the database after a migration with what was there before.

use std::collections::BTreeSet;

use super::activity::Activity;
use super::broken_statements::Statements;
use super::committed::Committed;
use super::denied::Denied;
use super::failure::ApplyError;
use super::foreign_keys::{self, Violations};
use super::invoke::Ran;
use super::lost_objects::Inventory;
use super::lost_rows::{self, Left, TablesBefore, TablesNow};
use super::redirected_references;
use super::replaced_builtins;
use super::transaction::{Stepper, Transaction};
use crate::direction::Direction;
use crate::id::MigrationId;
use crate::record::Made;
use crate::safeguard::Safeguard;
use crate::schema_objects::{Objects, own_names};

/// The state before a step.
pub(super) struct Before {
    /// The version of the file that it was read from.
    pub(super) version: i64,
    pub(super) inventory: Inventory,
    /// The broken references.
    pub(super) violations: Violations,
    /// The tables that earlier steps in the same transaction touched.
    pub(super) left: Left,
    /// What the last step made.
    pub(super) made: Made,
}

impl Stepper<'_> {
    /// The state before a step. It is read once, and again only if another program has written since.
    /// References are checked before a step only if that was found to be needed.
    pub(super) fn before(&mut self, transaction: &Transaction) -> Result<Before, ApplyError> {
        let version = transaction.version;
        if let Some(mut before) = self.before.take().filter(|before| before.version == version) {
            if transaction.is_new {
                before.left.clear();
            }
            return Ok(before);
        }
        let before = self.look_before(version)?;
        let violations = if self.looks_first {
            foreign_keys::all(&self.connection, &before.inventory.objects)
                .map_err(self.failing_to(LOOK))?
        } else {
            Violations::default()
        };
        Ok(Before { violations, ..before })
    }

    /// The state of the database, whose file has this `version`, without its references.
    pub(super) fn look_before(&self, version: i64) -> Result<Before, ApplyError> {
        let inventory = self.inventory(None)?;
        let violations = Violations::default();
        Ok(Before { version, inventory, violations, left: Left::new(), made: Made::default() })
    }

    /// The objects and counters as they are now, told of what changed since `before`. All rows of `sqlite_schema`
    /// are looked at, whoever wrote them and however: what did not change is compared and nothing else.
    pub(super) fn inventory(&self, before: Option<&Inventory>) -> Result<Inventory, ApplyError> {
        let rows = self.performer.borrow_mut().schema_rows(&self.connection);
        let inventory = rows.and_then(|rows| {
            let own = own_names(&self.connection, &rows)?;
            let objects = match before {
                Some(before) => before.objects.after(rows, own),
                None => Objects::of(rows, own),
            };
            Inventory::of(objects, &self.connection)
        });
        inventory.map_err(self.failing_to(LOOK))
    }

    /// Checks that everything from before the migration `id` is still there, except for what it dropped
    /// itself, and that no reference is newly broken.
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
        let looked_after = self.bring_back(seen)?;
        let committed = Committed::outside_of(&self.connection, &self.witness, self.stop);
        let inventory = self.inventory(Some(&before.inventory))?;
        let objects = &before.inventory.objects;
        let was = TablesBefore { objects, committed: &committed, left: &before.left };
        let is = TablesNow { objects: &inventory.objects, connection: &self.connection };
        let lost = lost_rows::find(&was, &is, seen).map_err(self.failing_to(LOOK))?;
        if !lost.is_empty() && Safeguard::RowGuard.is_on() {
            return Err(ApplyError::RowsLost { id: id.clone(), lost });
        }
        // What changed the schema went past the authorizer, and the checks that follow rely on what that saw.
        let is_unseen =
            !seen.changes_the_schema() && !inventory.objects.are(&before.inventory.objects);
        if is_unseen && Safeguard::Authorizer.is_on() {
            return Err(ApplyError::Denied {
                id: id.clone(),
                denied: vec![Denied::SchemaEdit.into()],
            });
        }
        self.verify_references(id, &before.inventory, &inventory, ran)?;
        let mut made = match ran.direction {
            Direction::Forward => Made::default(),
            // Now, since it is in the row that the step removes.
            Direction::Backward => Made::by(&self.connection, id).map_err(self.failing_to(LOOK))?,
        };
        made.extend(looked_after);
        let lost = before.inventory.lost_in(&inventory, seen, &made);
        if !lost.is_empty() && Safeguard::ObjectGuard.is_on() {
            return Err(ApplyError::ObjectsLost { id: id.clone(), lost });
        }
        self.verify_statements(id, &before.inventory, &inventory, ran)?;
        let made = before.inventory.made_in(&inventory);
        let Before { version, inventory: old, mut violations, mut left, .. } = before;
        let now = self.broken_around(&inventory, seen)?;
        violations.look_back(&now, &committed).map_err(self.failing_to(LOOK))?;
        if !self.options.single_transaction {
            return judge(id, now, Before { version, inventory, violations, left, made });
        }
        // For the next step, what this one leaves is what was there before, and is committed nowhere: also
        // a table that has only another name now.
        let new = inventory.objects.not_in(&old.objects).filter(|new| new.kind() == "table");
        let names: BTreeSet<String> = new.map(|new| new.name().to_ascii_lowercase()).collect();
        let looked_at = seen.touched.union(&names).cloned().collect();
        let is = TablesNow { objects: &inventory.objects, connection: &self.connection };
        left.extend(is.leave(&looked_at).map_err(self.failing_to(LOOK))?);
        let mut left = judge(id, now, Before { version, inventory, violations, left, made })?;
        // Not judged: a table that was only renamed has under its new name what was broken before.
        let around = foreign_keys::around(&self.connection, &left.inventory.objects, &names);
        left.violations.update(around.map_err(self.failing_to(LOOK))?);
        Ok(left)
    }

    /// Checks after the migration `id`, which ran without a transaction, that no reference is newly
    /// broken and that all that compiled still does.
    pub(super) fn verify_alone(
        &self,
        id: &MigrationId,
        ran: &Ran,
        before: Before,
    ) -> Result<Before, ApplyError> {
        let seen = &ran.seen;
        let inventory = self.inventory(Some(&before.inventory))?;
        self.verify_references(id, &before.inventory, &inventory, ran)?;
        self.verify_statements(id, &before.inventory, &inventory, ran)?;
        let now = self.broken_around(&inventory, seen)?;
        judge(id, now, Before { inventory, ..before })
    }

    /// Checks that foreign keys point where they did. This comes before the check of rows, whose
    /// violations would only be its consequence.
    fn verify_references(
        &self,
        id: &MigrationId,
        before: &Inventory,
        now: &Inventory,
        ran: &Ran,
    ) -> Result<(), ApplyError> {
        let (before, now) = (&before.objects, &now.objects);
        let redirected = redirected_references::find(before, now, &ran.seen, ran.direction);
        if !redirected.is_empty() && Safeguard::ForeignKeyCheck.is_on() {
            return Err(ApplyError::ReferencesRedirected { id: id.clone(), redirected });
        }
        Ok(())
    }

    /// Checks that statements on tables compile as before in programs that have nothing of what the
    /// migration registered, and that no index was written with a replacement of what SQLite has.
    fn verify_statements(
        &self,
        id: &MigrationId,
        before: &Inventory,
        now: &Inventory,
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
        inventory: &Inventory,
        seen: &Activity,
    ) -> Result<Violations, ApplyError> {
        foreign_keys::around(&self.connection, &inventory.objects, &seen.touched)
            .map_err(self.failing_to(LOOK))
    }
}

/// The present state, if nothing in `now` is newly broken.
fn judge(id: &MigrationId, now: Violations, mut present: Before) -> Result<Before, ApplyError> {
    let new = now.new_since(&present.violations);
    if !new.is_empty() && Safeguard::ForeignKeyCheck.is_on() {
        return Err(ApplyError::foreign_keys(id, &new));
    }
    present.violations.update(now);
    Ok(present)
}

pub(super) const LOOK: &str = "look at what a migration leaves in";
