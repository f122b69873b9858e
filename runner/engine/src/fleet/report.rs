//! The report of a run: JSON lines, one for each database when it is done with, and one before its first step.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::error_text::ErrorText;
use super::queue::Turn;
use super::state::State;
use crate::fleet_plan::{FleetError, FleetPlan, PathText, line};
use crate::id::MigrationId;

/// What came of a database in a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The [identity](FleetPlan::identity) of the plan.
    pub plan: String,
    /// The shard that it was in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<String>,
    /// Its number in the plan.
    pub n: usize,
    #[serde(flatten)]
    path: PathText,
    /// The state.
    pub state: State,
    /// The last migration applied before; `None`: there was none, or it was not found out.
    pub from: Option<MigrationId>,
    /// The last migration applied afterwards, as `from`.
    pub to: Option<MigrationId>,
    /// How many steps were taken, in all attempts of the run.
    pub steps: usize,
    /// The migrations after `from` that another runner applied meanwhile.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub by_others: Vec<MigrationId>,
    /// How long it took, in milliseconds, in all attempts of the run.
    pub ms: u64,
    /// Which attempt of the run this was, counted from 1.
    pub attempt: u32,
    /// When it was done with.
    pub time: Timestamp,
    /// The migration that `error` is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub migration: Option<MigrationId>,
    /// What went wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<ErrorText>,
}

impl Entry {
    /// Of the database of `plan` whose `turn` it is, which nothing was done to.
    pub(super) fn of(plan: &FleetPlan, shard: Option<String>, turn: Turn, state: State) -> Self {
        let Turn { n, attempt, .. } = turn;
        Self {
            plan: plan.identity().to_owned(),
            shard,
            n,
            path: PathText::of(&plan.tenants()[n].path),
            state,
            from: None,
            to: None,
            steps: 0,
            by_others: Vec::new(),
            ms: 0,
            attempt,
            time: Timestamp::now(),
            migration: None,
            error: None,
        }
    }

    /// Of the same database before its first step, with `at` as the last migration applied.
    pub(super) fn begun(&self, at: Option<&MigrationId>) -> Self {
        let (from, to) = (at.cloned(), at.cloned());
        let (state, time) = (State::Begun, Timestamp::now());
        Self { state, from, to, time, steps: 0, ms: 0, by_others: Vec::new(), ..self.clone() }
    }

    /// Notes that it came to `error`.
    pub(super) fn fail(&mut self, error: ErrorText) {
        self.state = State::after(&error);
        self.error = Some(error.kept());
    }

    /// Notes what an `earlier` attempt of the same run did before this one looked at the database; `known` are the
    /// migrations of the bundle.
    pub(super) fn follow(&mut self, earlier: &Self, known: &[MigrationId]) {
        let is_known = |entry: &Self| entry.from.is_some() || entry.to.is_some();
        self.ms = self.ms.saturating_add(earlier.ms);
        if !is_known(earlier) && earlier.migration.is_none() {
            // It was not found out what it was.
            return;
        }
        self.steps = earlier.steps;
        self.by_others.clone_from(&earlier.by_others);
        if self.from > earlier.to {
            let is_between = |id: &&MigrationId| {
                Some(*id) > earlier.to.as_ref() && Some(*id) <= self.from.as_ref()
            };
            let between = known.iter().filter(is_between);
            // A process that ended may have finished a step that it did not come to tell of.
            match earlier.state {
                State::Crashed => self.steps += between.count(),
                _ => self.by_others.extend(between.cloned()),
            }
        } else if self.error.is_some() && !is_known(self) {
            self.to.clone_from(&earlier.to);
        }
        self.from.clone_from(&earlier.from);
        if self.state == State::Already && self.steps > 0 {
            self.state = if self.to < self.from { State::Reverted } else { State::Applied };
        }
    }

    /// The database; `None`: the system has no such path.
    #[must_use]
    pub fn path(&self) -> Option<PathBuf> {
        self.path.clone().path()
    }
}

/// A report that is being written.
#[derive(Debug)]
pub(super) struct ReportFile {
    path: PathBuf,
    file: File,
}

impl ReportFile {
    /// Opens the file at `path`, which is made if it is not there. Lines are added at its end.
    ///
    /// # Errors
    /// The system refuses.
    pub(super) fn open(path: &Path) -> Result<Self, FleetError> {
        let open = || -> io::Result<File> {
            let mut file = File::options().read(true).append(true).create(true).open(path)?;
            // A run that was killed may have left the beginning of a line, which must not swallow the next.
            if file.seek(SeekFrom::End(0))? > 0 {
                file.seek(SeekFrom::End(-1))?;
                let mut last = [0];
                file.read_exact(&mut last)?;
                if last != *b"\n" {
                    file.write_all(b"\n")?;
                }
            }
            Ok(file)
        };
        let unwritable = |source| FleetError::Unwritable { path: path.to_owned(), source };
        Ok(Self { file: open().map_err(unwritable)?, path: path.to_owned() })
    }

    /// Adds `entry`, by one write: of two runs that write here, neither splits the other's line.
    ///
    /// # Errors
    /// The system refuses.
    pub(super) fn add(&mut self, entry: &Entry) -> Result<(), FleetError> {
        let unwritable = |source| FleetError::Unwritable { path: self.path.clone(), source };
        self.file.write_all(line(entry).as_bytes()).map_err(unwritable)
    }
}
