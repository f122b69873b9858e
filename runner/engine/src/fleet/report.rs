//! The report of a run: JSON lines, one for each database, appended when it is done with.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::error_text::ErrorText;
use super::queue::Turn;
use super::state::State;
use crate::fleet_plan::{FleetError, FleetPlan, PathText, line};
use crate::id::MigrationId;
use crate::regular_file;

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
    /// How many steps were taken.
    pub steps: usize,
    /// How long it took, in milliseconds.
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
            ms: 0,
            attempt,
            time: Timestamp::now(),
            migration: None,
            error: None,
        }
    }

    /// Notes that it came to `error`.
    pub(super) fn fail(&mut self, error: ErrorText) {
        self.state = State::after(&error);
        self.error = Some(error);
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

/// Several reports of one plan as one: of each database what was found last.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Merged {
    /// The entries, by the number of the database.
    pub entries: BTreeMap<usize, Entry>,
    /// Lines that were cut off, as a run leaves one that was killed.
    pub torn: usize,
}

impl Merged {
    /// Reads the reports at `paths`, all of which are of `plan`.
    ///
    /// # Errors
    /// One cannot be read, or is of another plan.
    pub fn read<'p>(
        paths: impl IntoIterator<Item = &'p Path>,
        plan: &FleetPlan,
    ) -> Result<Self, FleetError> {
        let mut merged = Self::default();
        for path in paths {
            each_line(path, plan, |line| match line {
                Some(entry) => merged.add(entry),
                None => merged.torn += 1,
            })?;
        }
        Ok(merged)
    }

    /// Refuses to go on with the report at `path` if another plan's run has begun it. There need not be one.
    ///
    /// # Errors
    /// It is of another plan, or cannot be read.
    pub fn refuse_other_plan(path: &Path, plan: &FleetPlan) -> Result<(), FleetError> {
        let mut first = Vec::new();
        let read = regular_file::open(path)
            .and_then(|file| BufReader::new(file).read_until(b'\n', &mut first));
        match (read, serde_json::from_slice::<Entry>(&first)) {
            (Err(error), _) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            (Err(source), _) => Err(FleetError::Unreadable { path: path.to_owned(), source }),
            (Ok(_), Ok(entry)) if !is_of(&entry, plan) => {
                Err(FleetError::OtherPlan { path: path.to_owned(), number: 1 })
            }
            (Ok(_), _) => Ok(()),
        }
    }

    /// The numbers of the databases of `plan` to which a run applied something, by the report at `path`. What
    /// later runs found there does not matter.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn applied_by(path: &Path, plan: &FleetPlan) -> Result<BTreeSet<usize>, FleetError> {
        let mut applied = BTreeSet::new();
        let mut note = |entry: Entry| {
            if entry.steps > 0 && entry.state != State::Reverted {
                applied.insert(entry.n);
            }
        };
        each_line(path, plan, |line| line.into_iter().for_each(&mut note))?;
        Ok(applied)
    }

    /// The numbers of the databases of `plan` that no report names.
    pub fn missing<'m>(&'m self, plan: &FleetPlan) -> impl Iterator<Item = usize> + 'm {
        (0..plan.tenants().len()).filter(|n| !self.entries.contains_key(n))
    }

    fn add(&mut self, entry: Entry) {
        let is_newer = |there: &Entry| there.time <= entry.time;
        if self.entries.get(&entry.n).is_none_or(is_newer) {
            self.entries.insert(entry.n, entry);
        }
    }
}

/// Passes each line of the report at `path` to `take`; `None`: one that was cut off.
fn each_line(
    path: &Path,
    plan: &FleetPlan,
    mut take: impl FnMut(Option<Entry>),
) -> Result<(), FleetError> {
    let unreadable = |source| FleetError::Unreadable { path: path.to_owned(), source };
    let mut text = BufReader::new(regular_file::open(path).map_err(unreadable)?);
    let mut bytes = Vec::new();
    for number in 1.. {
        bytes.clear();
        if text.read_until(b'\n', &mut bytes).map_err(unreadable)? == 0 {
            break;
        }
        match serde_json::from_slice::<Entry>(&bytes) {
            Ok(entry) if is_of(&entry, plan) => take(Some(entry)),
            Ok(_) => return Err(FleetError::OtherPlan { path: path.to_owned(), number }),
            Err(_) => take(None),
        }
    }
    Ok(())
}

fn is_of(entry: &Entry, plan: &FleetPlan) -> bool {
    entry.plan == plan.identity() && entry.n < plan.tenants().len()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::fleet_plan::Tenant;

    fn plan(names: &[&str]) -> FleetPlan {
        let tenant = |name: &&str| Tenant {
            path: format!("/srv/{name}.db").into(),
            bytes: 1,
            canary: false,
        };
        let target = "20250101_000000_a".parse().unwrap();
        FleetPlan::of_tenants("0a".into(), target, None, names.iter().map(tenant)).unwrap()
    }

    fn entry(plan: &FleetPlan, n: usize, state: State) -> Entry {
        Entry::of(plan, None, Turn::first(n), state)
    }

    #[test]
    fn a_line_that_was_cut_off_takes_no_other_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.jsonl");
        let plan = plan(&["a", "b", "c"]);
        let add = |n, state| ReportFile::open(&path).unwrap().add(&entry(&plan, n, state)).unwrap();
        add(0, State::Applied);
        add(1, State::Applied);
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, &text[..text.len() - 9]).unwrap();
        add(0, State::Already);
        let merged = Merged::read([path.as_path()], &plan).unwrap();
        assert_eq!((merged.torn, merged.entries.len()), (1, 1));
        assert_eq!(merged.entries[&0].state, State::Already);
        assert_eq!(merged.missing(&plan).collect::<Vec<_>>(), [1, 2]);
    }

    #[test]
    fn a_report_of_another_plan_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.jsonl");
        let (plan, other) = (plan(&["a", "b"]), plan(&["a", "c"]));
        ReportFile::open(&path).unwrap().add(&entry(&other, 1, State::Applied)).unwrap();
        let error = Merged::read([path.as_path()], &plan).unwrap_err();
        assert!(matches!(error, FleetError::OtherPlan { number: 1, .. }), "{error}");
    }
}
