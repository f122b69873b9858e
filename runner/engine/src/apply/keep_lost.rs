//! What a step takes away is set aside after its code has run, and what was kept of it comes back after its way back, in
//! the same transaction.

use rusqlite::OptionalExtension as _;

use super::activity::Activity;
use super::committed::Committed;
use super::failure::ApplyError;
use super::fresh_connection::drop_temporary_objects;
use super::invoke::Ran;
use super::registered_names::RegisteredNames;
use super::transaction::Stepper;
use super::verify::Before;
use crate::application::ApplicationNames;
use crate::direction::Direction;
use crate::id::MigrationId;
use crate::kept::{
    self, Fate, Found, Keeping, Kept, KeptError, KeptSet, Lost, PutBack, Shape, ToPutBack,
};
use crate::load::Loaded;
use crate::loss_name::LossName;
use crate::schema_objects::Objects;

/// What is to be done about the losses of a step.
pub(super) enum Losses {
    /// To set aside what it takes away.
    Keep(Vec<Lost>),
    /// To put back what was kept.
    PutBack(Vec<ToPutBack>),
}

impl Stepper<'_> {
    /// Before the code of `migration` runs: what it says that it takes away, if that is to be kept, and otherwise what
    /// was kept of it, if it goes back.
    ///
    /// # Errors
    /// What is to be kept is not there, or cannot be; what was kept cannot be read; SQLite's.
    pub(super) fn losses(
        &self,
        migration: &Loaded,
        direction: Direction,
        before: &Before,
    ) -> Result<Losses, ApplyError> {
        let id = &migration.artifact.id;
        match direction {
            Direction::Forward if self.keep.of.covers(id) => {
                Ok(Losses::Keep(self.lost(migration, before)?))
            }
            Direction::Forward => Ok(Losses::Keep(Vec::new())),
            Direction::Backward => {
                let moved_to = self.keep.moved_to.as_deref();
                let begin = |set| ToPutBack::begin(&self.connection, set, moved_to);
                let sets = kept::of(&self.connection, id)?;
                let begun: Result<Vec<_>, KeptError> = sets.into_iter().map(begin).collect();
                Ok(Losses::PutBack(begun?))
            }
        }
    }

    fn lost(&self, migration: &Loaded, before: &Before) -> Result<Vec<Lost>, KeptError> {
        let id = &migration.artifact.id;
        let mut all: Vec<Lost> = Vec::new();
        for loss in &migration.loses {
            let at = match all.iter().position(|it| is(&it.table.name, loss.table())) {
                Some(at) => at,
                None => {
                    all.push(self.lost_table(id, loss, before)?);
                    all.len() - 1
                }
            };
            let lost = &mut all[at];
            match loss.column() {
                None => lost.rows = true,
                // It is computed from what is there.
                Some(column) if lost.table.computes(column) => {}
                Some(column) => match lost.table.column(column) {
                    Some(column) if lost.columns.iter().any(|it| it == column) => {}
                    Some(column) => lost.columns.push(column.to_owned()),
                    None => {
                        let (id, table) = (id.clone(), lost.table.name.clone());
                        return Err(KeptError::NoColumn { id, loss: loss.to_string(), table });
                    }
                },
            }
        }
        all.retain(|lost| lost.rows || !lost.columns.is_empty());
        if let Some(file) = self.keep.file.as_ref().filter(|_| !all.is_empty()) {
            file.check()?;
        }
        for lost in &all {
            if lost.table.apart_from(&lost.columns).is_none() {
                let (id, table) = (id.clone(), lost.table.name.clone());
                return Err(KeptError::KeyGone { id, table });
            }
        }
        Ok(all)
    }

    /// The table of `loss`, still without what is lost of it.
    fn lost_table(
        &self,
        id: &MigrationId,
        loss: &LossName,
        before: &Before,
    ) -> Result<Lost, KeptError> {
        let (id, objects) = (id.clone(), &before.inventory.objects);
        let table = loss.table().to_owned();
        let Some(definition) = objects.definition("table", &table) else {
            return Err(KeptError::NoTable { id, loss: loss.to_string(), table });
        };
        let shape = match Shape::find(&self.connection, &table)? {
            Found::Table(shape) => shape,
            Found::Virtual => return Err(KeptError::Virtual { id, table }),
            Found::Nothing => return Err(KeptError::NoTable { id, loss: loss.to_string(), table }),
        };
        // What is committed is not what this step found there.
        if before.left.contains_key(&table.to_ascii_lowercase()) {
            return Err(KeptError::ChangedBefore { id, table });
        }
        let counter = match objects.have_counters() {
            true => {
                let look = "SELECT seq FROM main.sqlite_sequence WHERE name = ?1";
                self.connection
                    .query_row(look, [&shape.name], |row| row.get::<_, i64>(0))
                    .optional()?
            }
            false => None,
        };
        let definition = definition.to_owned();
        Ok(Lost { table: shape, definition, counter, rows: false, columns: Vec::new() })
    }

    /// After the code of `id` on its way back: puts back what was kept.
    ///
    /// # Errors
    /// The migration left functions or collations in the place of SQLite's; SQLite's.
    pub(super) fn put_back_kept(
        &self,
        id: &MigrationId,
        sets: Vec<ToPutBack>,
        ran: &mut Ran,
    ) -> Result<Vec<PutBack>, ApplyError> {
        if sets.is_empty() {
            return Ok(Vec::new());
        }
        self.forget_what_it_left(id)?;
        let put_back = kept::put_back(&self.connection, sets)?;
        // The checks of the step are about what is put back as well.
        ran.seen.touched.extend(put_back.iter().map(|it| it.table.to_ascii_lowercase()));
        Ok(put_back)
    }

    /// After the checks of `id`, which went forward, did what was `seen` and left the objects `now`: sets aside what is
    /// gone of `lost`, and lets go of what is over the limits.
    ///
    /// # Errors
    /// As [`Self::put_back_kept`]; what is gone cannot be told; a file that cannot be written.
    pub(super) fn keep(
        &self,
        id: &MigrationId,
        lost: &[Lost],
        seen: &Activity,
        (before, now): (&Objects, &Objects),
    ) -> Result<Vec<Kept>, ApplyError> {
        if before.have_own_table(kept::TABLE_NAME) {
            kept::leave_all_of(&self.connection, id).map_err(KeptError::from)?;
        } else if lost.is_empty() {
            return Ok(Vec::new());
        }
        let sets = match lost.is_empty() {
            true => Vec::new(),
            false => self.set_aside(id, lost, seen, (before, now))?,
        };
        kept::apply_retention(&self.connection, self.keep.retention, |number| {
            sets.iter().any(|set| set.number == number)
        })?;
        Ok(sets.iter().map(Kept::from).collect())
    }

    fn set_aside(
        &self,
        id: &MigrationId,
        lost: &[Lost],
        seen: &Activity,
        (before, now): (&Objects, &Objects),
    ) -> Result<Vec<KeptSet>, ApplyError> {
        self.forget_what_it_left(id)?;
        let fates = lost.iter().map(|lost| self.fate(lost, seen, (before, now)));
        let fates: Vec<Fate> = fates.collect::<Result<_, KeptError>>()?;
        let committed = Committed::outside_of(&self.connection, &self.witness, self.stop);
        let write = |into: &rusqlite::Connection| {
            let before = committed.connection()?;
            let keeping = Keeping { id, before, now: &self.connection, into };
            let mut sets = Vec::new();
            for (lost, fate) in lost.iter().zip(&fates) {
                sets.extend(keeping.keep(lost, fate)?);
            }
            Ok(sets)
        };
        let connection = &self.connection;
        let sets = self.without_patience(|| match &self.keep.file {
            Some(file) => {
                let sets = file.write(id, &self.database.path, write)?;
                sets.into_iter().map(|set| kept::record(connection, set)).collect()
            }
            None if kept::writes_beside_readers(connection)? => write(connection),
            None => {
                let stage = kept::stage()?;
                let sets = write(&stage)?;
                kept::unload(&stage, sets, connection)
            }
        })?;
        Ok(sets)
    }

    /// What has become of a table.
    fn fate(
        &self,
        lost: &Lost,
        seen: &Activity,
        (before, now): (&Objects, &Objects),
    ) -> Result<Fate, KeptError> {
        let name = &lost.table.name;
        let name = match now.have("table", name) {
            true => Some(name.as_str()),
            // A page that is free again may be the root of another table.
            false if seen.dropped(name) => None,
            false => before.root_page(name).and_then(|page| now.table_on(page)),
        };
        Ok(match name.map(|name| Shape::find(&self.connection, name)).transpose()? {
            Some(Found::Table(shape)) => Fate::Stays(shape),
            Some(Found::Virtual | Found::Nothing) | None => Fate::Dropped,
        })
    }

    /// Takes away what the migration left on the connection that would be in the way of what the runner writes: triggers
    /// of the temporary schema fire whatever is set.
    fn forget_what_it_left(&self, id: &MigrationId) -> Result<(), ApplyError> {
        let preparing = || self.failing_to("prepare a connection to");
        drop_temporary_objects(&self.connection).map_err(preparing())?;
        let names = RegisteredNames::of(&self.connection).map_err(preparing())?;
        let replaced: Vec<_> =
            names.replaced(ApplicationNames::NONE).map(ToString::to_string).collect();
        match replaced.is_empty() {
            true => Ok(()),
            false => Err(ApplyError::BuiltinLeft { id: id.clone(), replaced }),
        }
    }
}

fn is(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
}
