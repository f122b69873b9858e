//! What an author asks for.

use std::panic::Location;

use rusqlite::Connection;

use super::cores;
use super::function::Work;
use super::row::Row;
use super::staged;
use super::values::{NewRow, NewValues};
use super::whole::{self, Progress};
use crate::Result;
use crate::host::Host;
use crate::stage::Mode;

/// A pass over the rows of a table: [`Migrator::rows`](crate::Migrator::rows).
#[must_use = "nothing is done before `update` or `for_each`"]
pub struct Rows<'m> {
    connection: &'m Connection,
    host: &'m dyn Host,
    mode: Mode,
    spec: Spec,
}

/// A pass whose function runs on all cores: [`Rows::on_all_cores`].
#[must_use = "nothing is done before `update`"]
pub struct RowsOnAllCores<'m>(Rows<'m>);

/// What is asked for, as data.
#[derive(Debug)]
pub(crate) struct Spec {
    pub(super) table: String,
    pub(super) read: Vec<String>,
    pub(super) new: Vec<String>,
    pub(super) purpose: Purpose,
    pub(super) filter: Option<String>,
    pub(crate) progress: Progress,
    /// How many rows that fail are skipped.
    pub(crate) skipped_failures: u64,
    /// The line of the migration.
    pub(crate) location: &'static Location<'static>,
}

/// What a pass is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Rows get new values.
    Update,
    /// Rows are read alone.
    Read,
}

impl<'m> Rows<'m> {
    pub(crate) fn new(
        connection: &'m Connection,
        host: &'m dyn Host,
        mode: Mode,
        table: String,
    ) -> Self {
        let spec = Spec {
            table,
            read: Vec::new(),
            new: Vec::new(),
            purpose: Purpose::Update,
            filter: None,
            progress: Progress::Hidden,
            skipped_failures: 0,
            location: Location::caller(),
        };
        Self { connection, host, mode, spec }
    }

    /// The columns that the function reads; generated ones and the rowid may be among them. Called again, it
    /// adds columns.
    pub fn read(mut self, columns: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.spec.read.extend(columns.into_iter().map(Into::into));
        self
    }

    /// Which rows the function gets: a condition in SQL, as after WHERE. It is about the row as it is when it is read.
    pub fn filter(mut self, condition: impl Into<String>) -> Self {
        self.spec.filter = Some(condition.into());
        self
    }

    /// Shows how many rows are done, of how many, as [`Migrator::progress`](crate::Migrator::progress) does. The rows are counted first.
    pub fn with_progress(mut self) -> Self {
        self.spec.progress = Progress::Shown;
        self
    }

    /// Leaves out up to `most` rows that fail, in a migration whose batches are recorded, where they are listed with the reason.
    /// In one transaction it is refused.
    pub fn skip_failures(mut self, most: u64) -> Self {
        self.spec.skipped_failures = most;
        self
    }

    /// Runs the function on a thread for each core. Reading and writing stay on this one: while it writes what is
    /// ready, in the order of the key, the others compute. Worth it where the function takes longer than SQLite, some
    /// microseconds a row.
    pub fn on_all_cores(self) -> RowsOnAllCores<'m> {
        RowsOnAllCores(self)
    }

    /// Has `function` go over the rows. What it returns are the new values of `columns`, or `None` for a row that stays
    /// as it is. Gives the number of rows that were written; in a [batched](crate::Migration::BATCHED) migration, by
    /// this run, and the rows are counted when it begins.
    ///
    /// # Errors
    /// What the function returns, with the row and its values, as a [`RowError`](super::RowError); what SQLite says of a row
    /// that cannot be written, likewise; a table or column that is not there or cannot be written, as a
    /// [`RowsError`](super::RowsError). Rows before it are written then, in the transaction that there was; under
    /// the runner all is rolled back. Where there was none, nothing is written.
    ///
    /// # Panics
    /// If the function does; the message names the row.
    #[track_caller]
    pub fn update<V: NewValues>(
        mut self,
        columns: impl IntoIterator<Item = impl Into<String>>,
        mut function: impl FnMut(&Row<'_>) -> Result<Option<V>>,
    ) -> Result<u64> {
        self.spec.new = columns.into_iter().map(Into::into).collect();
        self.spec.location = Location::caller();
        self.run(Work::Here(&mut |row, new| put(function(row)?, new)))
    }

    /// Has `function` see the rows, and writes none of them: what it makes of them it writes elsewhere, with
    /// [`Migrator::execute`](crate::Migrator::execute) or statements of its own. Rows that are added to the table meanwhile
    /// are not seen; in a [batched](crate::Migration::BATCHED) migration they may be.
    ///
    /// # Errors
    /// As [`Self::update`].
    ///
    /// # Panics
    /// If the function does; the message names the row.
    #[track_caller]
    pub fn for_each(mut self, mut function: impl FnMut(&Row<'_>) -> Result) -> Result {
        self.spec.purpose = Purpose::Read;
        self.spec.location = Location::caller();
        self.run(Work::Here(&mut |row, _| function(row).map(|()| false))).map(drop)
    }

    /// [`Self::update`] and [`Self::for_each`], compiled once.
    fn run(&self, work: Work<'_>) -> Result<u64> {
        match self.mode {
            Mode::Whole => whole::run(self.connection, self.host, &self.spec, work),
            Mode::Stages => {
                staged::run(self.connection, self.host, &self.spec, work).inspect_err(staged::go_on)
            }
        }
    }
}

impl RowsOnAllCores<'_> {
    /// As [`Rows::read`].
    pub fn read(self, columns: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self(self.0.read(columns))
    }

    /// As [`Rows::filter`].
    pub fn filter(self, condition: impl Into<String>) -> Self {
        Self(self.0.filter(condition))
    }

    /// As [`Rows::with_progress`].
    pub fn with_progress(self) -> Self {
        Self(self.0.with_progress())
    }

    /// As [`Rows::skip_failures`].
    pub fn skip_failures(self, most: u64) -> Self {
        Self(self.0.skip_failures(most))
    }

    /// Has `function` go over the rows, on all cores, as [`Rows::update`] does on one. It must not depend on the order
    /// of the rows; the first row in the order of the key that fails is the one that is told.
    ///
    /// # Errors
    /// As [`Rows::update`].
    ///
    /// # Panics
    /// If the function does; the message names the row.
    #[track_caller]
    pub fn update<V: NewValues>(
        self,
        columns: impl IntoIterator<Item = impl Into<String>>,
        function: impl Fn(&Row<'_>) -> Result<Option<V>> + Sync,
    ) -> Result<u64> {
        let Self(mut rows) = self;
        rows.spec.new = columns.into_iter().map(Into::into).collect();
        rows.spec.location = Location::caller();
        rows.run(Work::Cores(&|row, new| put(function(row)?, new), cores::run))
    }
}

fn put<V: NewValues>(values: Option<V>, new: &mut NewRow<'_>) -> Result<bool> {
    match values {
        Some(values) => values.put(new).map(|()| true),
        None => Ok(false),
    }
}

#[cfg(test)]
impl Rows<'_> {
    pub(super) fn into_spec(self) -> Spec {
        self.spec
    }
}
