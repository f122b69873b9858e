//! Reports as they are read again: several of one plan as one.

use std::collections::{BTreeMap, BTreeSet, HashMap, hash_map};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::{self, BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use serde::Deserialize;

use super::error_text::ErrorText;
use super::report::Entry;
use super::state::State;
use super::undo::{Applied, Trail};
use crate::fleet_plan::{FleetError, FleetPlan, ReportFlaw};
use crate::id::MigrationId;
use crate::regular_file;

/// Several reports of one plan as one: of each database what was found last.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Merged {
    /// What is known of the databases, by their numbers in the plan.
    pub found: BTreeMap<usize, Found>,
    /// The databases that a run began and never finished: their runner was killed.
    pub unfinished: BTreeSet<usize>,
    /// Lines that were cut off, as a run leaves one that was killed.
    pub torn: usize,
    /// Other lines that are none of a report.
    pub unreadable: usize,
}

/// What the last line about a database says: as little as is needed of a hundred thousand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The state.
    pub state: State,
    /// The last migration applied, as far as it is known.
    pub to: Option<MigrationId>,
    /// When it was found.
    pub time: Timestamp,
    /// How long the run took that took longest with it, in milliseconds.
    pub ms: u64,
    /// How many steps were taken in that run.
    pub steps: usize,
    /// What went wrong. Databases in which the same did share it.
    pub failure: Option<Arc<FoundFailure>>,
}

/// What went wrong in a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundFailure {
    /// The migration that the error is about.
    pub migration: Option<MigrationId>,
    /// The error, without the statement that it is about.
    pub error: ErrorText,
}

/// The failures that were read, by what they say, so that each is kept once.
#[derive(Default)]
struct Failures(HashMap<u64, Arc<FoundFailure>>);

impl Failures {
    /// `failure`, or the same that is there.
    fn share(&mut self, failure: FoundFailure) -> Arc<FoundFailure> {
        let mut hasher = DefaultHasher::new();
        (&failure.error.message, &failure.error.causes).hash(&mut hasher);
        let there = self.0.entry(hasher.finish());
        match there {
            hash_map::Entry::Occupied(there) if **there.get() == failure => there.get().clone(),
            there => there.insert_entry(Arc::new(failure)).get().clone(),
        }
    }
}

impl Merged {
    /// Reads the reports at `paths`, all of which are of `plan`.
    ///
    /// # Errors
    /// One cannot be read, is none, or is of another plan.
    pub fn read<'p>(
        paths: impl IntoIterator<Item = &'p Path>,
        plan: &FleetPlan,
    ) -> Result<Self, FleetError> {
        let mut merged = Self::default();
        let mut begun: BTreeMap<usize, Timestamp> = BTreeMap::new();
        let mut failures = Failures::default();
        for path in paths {
            each_line_of(path, plan, |line| match line {
                Line::Entry(entry) if entry.state == State::Begun => {
                    let time = begun.entry(entry.n).or_insert(entry.time);
                    *time = entry.time.max(*time);
                }
                Line::Entry(entry) => merged.add(*entry, &mut failures),
                Line::Torn => merged.torn += 1,
                Line::Unreadable => merged.unreadable += 1,
                Line::Empty => {}
            })?;
        }
        // A run that only passed over a database has not seen how the one before it ended.
        let is_over = |n: &usize, time: &Timestamp| {
            merged.found.get(n).is_some_and(|it| it.state != State::Skipped && it.time >= *time)
        };
        begun.retain(|n, time| !is_over(n, time));
        merged.unfinished = begun.into_keys().collect();
        merged.found.retain(|n, _| !merged.unfinished.contains(n));
        Ok(merged)
    }

    /// Refuses to go on with the report at `path` unless all of it is of `plan`; `None`: of any. There need not
    /// be one.
    ///
    /// # Errors
    /// It is no report, is of another plan, or cannot be read.
    pub fn refuse_other_than(path: &Path, plan: Option<&FleetPlan>) -> Result<(), FleetError> {
        match each_line(path, plan, |_| {}) {
            Err(FleetError::Unreadable { source, .. })
                if source.kind() == io::ErrorKind::NotFound =>
            {
                Ok(())
            }
            outcome => outcome.map(drop),
        }
    }

    /// What the runs of the report at `path` applied, by the number of the database in `plan`, for a bundle with the
    /// migrations `known`, oldest first. What other runs did there is not among it.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn applied_by(
        path: &Path,
        plan: &FleetPlan,
        known: &[MigrationId],
    ) -> Result<BTreeMap<usize, Applied>, FleetError> {
        let mut trails: BTreeMap<usize, Trail> = BTreeMap::new();
        each_line_of(path, plan, |line| {
            if let Line::Entry(entry) = line {
                trails.entry(entry.n).or_default().follow(&entry, known);
            }
        })?;
        let applied = |(n, trail): (usize, Trail)| Some((n, trail.applied()?));
        Ok(trails.into_iter().filter_map(applied).collect())
    }

    /// The numbers of the databases of `plan` that no report names.
    pub fn missing<'m>(&'m self, plan: &FleetPlan) -> impl Iterator<Item = usize> + 'm {
        let is_there = |n: &usize| self.found.contains_key(n) || self.unfinished.contains(n);
        (0..plan.tenants().len()).filter(move |n| !is_there(n))
    }

    fn add(&mut self, entry: Entry, failures: &mut Failures) {
        let gives_way = |there: &Found| match (there.state, entry.state) {
            // Whoever never came to a database has found nothing that could be newer.
            (State::Skipped, State::Skipped) => there.time <= entry.time,
            (State::Skipped, _) => true,
            (_, State::Skipped) => entry.to.is_some() && there.time <= entry.time,
            _ => there.time <= entry.time,
        };
        let longest = match self.found.get_mut(&entry.n) {
            Some(there) if there.ms >= entry.ms => (there.ms, there.steps),
            Some(there) => {
                (there.ms, there.steps) = (entry.ms, entry.steps);
                (entry.ms, entry.steps)
            }
            None => (entry.ms, entry.steps),
        };
        if self.found.get(&entry.n).is_none_or(gives_way) {
            let Entry { n, state, to, time, migration, error, .. } = entry;
            let failure = error.map(|error| {
                let error = ErrorText { statement: None, ..error };
                failures.share(FoundFailure { migration, error })
            });
            let (ms, steps) = longest;
            self.found.insert(n, Found { state, to, time, ms, steps, failure });
        }
    }
}

/// A line of a report.
enum Line {
    Entry(Box<Entry>),
    /// One that was cut off.
    Torn,
    Empty,
    Unreadable,
}

/// As [`each_line`], of a report that has at least one entry, unless it is empty.
fn each_line_of(
    path: &Path,
    plan: &FleetPlan,
    mut take: impl FnMut(Line),
) -> Result<(), FleetError> {
    let mut is_empty = true;
    let entries = each_line(path, Some(plan), |line| {
        is_empty = false;
        take(line);
    })?;
    match entries {
        0 if !is_empty => {
            Err(FleetError::BadReport { path: path.to_owned(), flaw: ReportFlaw::NotAReport })
        }
        _ => Ok(()),
    }
}

/// The beginning of every line.
const BEGINNING: &[u8] = b"{\"plan\":\"";

/// What a line may have. A file of another kind may be one line of any length.
const LONGEST: u64 = 64 << 20;

/// Passes each line of the report at `path`, which is of `plan`, to `take`. Gives how many entries there were.
fn each_line(
    path: &Path,
    plan: Option<&FleetPlan>,
    mut take: impl FnMut(Line),
) -> Result<usize, FleetError> {
    let unreadable = |source| FleetError::Unreadable { path: path.to_owned(), source };
    let mut text = BufReader::new(regular_file::open(path).map_err(unreadable)?);
    let (mut bytes, mut entries) = (Vec::new(), 0);
    for number in 1.. {
        bytes.clear();
        if text.by_ref().take(LONGEST).read_until(b'\n', &mut bytes).map_err(unreadable)? == 0 {
            break;
        }
        let text = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
        let line = line(text, number)
            .map_err(|flaw| FleetError::BadReport { path: path.to_owned(), flaw })?;
        if let Line::Entry(entry) = &line {
            if plan.is_some_and(|plan| !is_of(entry, plan)) {
                return Err(FleetError::OtherPlan { path: path.to_owned(), number });
            }
            entries += 1;
        }
        take(line);
    }
    Ok(entries)
}

/// Reads the line `text`.
fn line(text: &[u8], number: usize) -> Result<Line, ReportFlaw> {
    /// What every runner writes.
    #[derive(Deserialize)]
    struct Any {
        state: String,
    }
    let error = match serde_json::from_slice::<Entry>(text) {
        Ok(entry) => return Ok(Line::Entry(Box::new(entry))),
        Err(error) => error,
    };
    let begins = text.starts_with(BEGINNING) || BEGINNING.starts_with(text);
    if begins && error.is_eof() {
        // Two runs that begin at once may both end the half line of a third: one ends nothing.
        return Ok(if text.is_empty() { Line::Empty } else { Line::Torn });
    }
    match serde_json::from_slice::<Any>(text) {
        Ok(Any { state }) if begins && State::ALL.iter().all(|known| known.name() != state) => {
            Err(ReportFlaw::State { number, state })
        }
        Ok(_) if begins => Err(ReportFlaw::Line { number, source: error }),
        // It is of another kind, and was none that something was written into.
        _ if number == 1 => Err(ReportFlaw::NotAReport),
        _ => Ok(Line::Unreadable),
    }
}

fn is_of(entry: &Entry, plan: &FleetPlan) -> bool {
    entry.plan == plan.identity() && entry.n < plan.tenants().len()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use super::super::queue::Turn;
    use super::super::report::ReportFile;
    use super::*;
    use crate::exit::Exit;
    use crate::explain::Code;
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

    struct Scene {
        _folder: tempfile::TempDir,
        path: PathBuf,
        plan: FleetPlan,
    }

    impl Scene {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("report.jsonl");
            Self { _folder: folder, path, plan: plan(&["a", "b", "c"]) }
        }

        fn add(&self, n: usize, state: State) {
            ReportFile::open(&self.path).unwrap().add(&entry(&self.plan, n, state)).unwrap();
        }

        fn text(&self) -> String {
            fs::read_to_string(&self.path).unwrap()
        }

        fn read(&self) -> Result<Merged, FleetError> {
            Merged::read([self.path.as_path()], &self.plan)
        }
    }

    #[test]
    fn a_line_that_was_cut_off_takes_no_other_with_it() {
        let scene = Scene::new();
        scene.add(0, State::Applied);
        let whole = scene.text();
        for length in 1..whole.len() {
            fs::write(&scene.path, format!("{whole}{}", &whole[..length])).unwrap();
            scene.add(0, State::Already);
            let merged = scene.read().unwrap();
            let is_half = usize::from(length < whole.len() - 1);
            assert_eq!((merged.torn, merged.unreadable), (is_half, 0), "{length}");
            assert_eq!(merged.found[&0].state, State::Already);
            assert_eq!(merged.missing(&scene.plan).collect::<Vec<_>>(), [1, 2]);
        }
    }

    #[test]
    fn a_report_of_another_plan_is_refused() {
        let scene = Scene::new();
        scene.add(1, State::Applied);
        let other = plan(&["a", "c"]);
        ReportFile::open(&scene.path).unwrap().add(&entry(&other, 1, State::Applied)).unwrap();
        for error in [
            scene.read().unwrap_err(),
            Merged::refuse_other_than(&scene.path, Some(&scene.plan)).unwrap_err(),
        ] {
            assert!(matches!(error, FleetError::OtherPlan { number: 2, .. }), "{error}");
        }
    }

    #[test]
    fn what_was_passed_over_covers_nothing_that_was_found() {
        let scene = Scene::new();
        scene.add(1, State::Skipped);
        for state in [State::Applied, State::Skipped] {
            scene.add(0, state);
            scene.add(1, state);
        }
        let found = scene.read().unwrap().found;
        assert_eq!([found[&0].state, found[&1].state], [State::Applied; 2]);
    }

    #[test]
    fn a_database_that_was_begun_and_not_finished_has_no_outcome() {
        let scene = Scene::new();
        for (n, states) in [
            (0, &[State::Busy, State::Begun, State::Skipped][..]),
            (1, &[State::Begun, State::Applied]),
            (2, &[State::Begun]),
        ] {
            states.iter().for_each(|state| scene.add(n, *state));
        }
        let merged = scene.read().unwrap();
        assert_eq!(merged.unfinished, BTreeSet::from([0, 2]));
        assert_eq!(merged.found.keys().collect::<Vec<_>>(), [&1]);
        assert_eq!(merged.missing(&scene.plan).count(), 0);
    }

    #[test]
    fn what_many_databases_failed_with_is_kept_once() {
        let scene = Scene::new();
        for (n, message) in ["this", "this", "that"].into_iter().enumerate() {
            let mut entry = entry(&scene.plan, n, State::Failed);
            let code = Code::MigrationFailed;
            let (message, exit) = (message.to_owned(), Exit::Failed);
            entry.fail(ErrorText {
                exit,
                code,
                message,
                causes: Vec::new(),
                hint: None,
                statement: None,
            });
            ReportFile::open(&scene.path).unwrap().add(&entry).unwrap();
        }
        let found = scene.read().unwrap().found;
        let [one, two, three] = [0, 1, 2].map(|n| found[&n].failure.as_ref().unwrap());
        assert!(Arc::ptr_eq(one, two) && !Arc::ptr_eq(two, three));
    }

    #[test]
    fn only_a_report_is_read_as_one() {
        let scene = Scene::new();
        scene.add(0, State::Applied);
        let line = scene.text();
        for (text, what) in [
            ("{\"plan\":1,\"bundle\":\"0a\"}\n".to_owned(), "it is not the report of a fleet"),
            ("SQLite format 3\0".to_owned(), "it is not the report of a fleet"),
            (format!("\0\0\n{line}"), "it is not the report of a fleet"),
            (line[..40].to_owned(), "it is not the report of a fleet"),
            (
                line.clone() + &line.replace("applied", "frozen"),
                "line 2 of it has the state `frozen`, which this runner does not know",
            ),
            (line.replace("\"steps\":0", "\"steps\":\"none\""), "line 1 of it is not right"),
        ] {
            fs::write(&scene.path, &text).unwrap();
            let FleetError::BadReport { flaw, .. } = scene.read().unwrap_err() else {
                panic!("{text}")
            };
            assert_eq!(flaw.to_string(), what);
        }
        fs::write(&scene.path, format!("{line}\n\0\0\n{line}")).unwrap();
        let merged = scene.read().unwrap();
        assert_eq!((merged.torn, merged.unreadable, merged.found.len()), (0, 1, 1));
        // A run that was killed in its first line is one that may be gone on with.
        fs::write(&scene.path, &line[..40]).unwrap();
        Merged::refuse_other_than(&scene.path, Some(&scene.plan)).unwrap();
        fs::write(&scene.path, "").unwrap();
        assert_eq!(scene.read().unwrap(), Merged::default());
    }
}
