//! The trial of one migration.

use std::collections::BTreeSet;
use std::path::Path;

use rusqlite::Connection;

use super::compare::{Difference, compare};
use super::declared::{Losses, Rule};
use super::expected::{self, OnDifference};
use super::fixture::{self, Tables};
use super::folder::{copy_database, open};
use super::judge::{Judgement, counters};
use super::outcome::{Loss, Note, Outcome, Trial};
use super::problem::{Pass, Problem};
use super::rows::{self, Filled, Variety};
use super::schema::same_schema;
use super::step::{Apply, StepFailure};
use super::table::Table;
use super::taken_away::taken_away;
use crate::lineage::Lineage;
use runner_engine::ApplicationNames;
use runner_engine::Bundle;
use runner_engine::Database;
use runner_engine::Event;
use runner_engine::LossName;
use runner_engine::Stop;
use runner_engine::Verdict;
use runner_engine::apply::ApplyOptions;
use runner_engine::job::{BuiltStep, Job};
use runner_engine::kept::KeepLost;
use runner_engine::load::Artifact;
use runner_engine::plan::Direction;
use runner_engine::schema_objects::Objects;
use runner_engine::verdict::WayBack;

/// All that it takes to try a migration.
pub(super) struct Attempt<'a> {
    pub(super) artifact: &'a Artifact,
    /// Where its library is, unless it is a file.
    pub(super) bundle: Option<&'a Bundle>,
    /// Its crate.
    pub(super) source: &'a Path,
    /// The database that the migrations before it have made.
    pub(super) beginning: &'a Path,
    pub(super) options: ApplyOptions,
    pub(super) rule: Rule,
    pub(super) application: &'a ApplicationNames,
    pub(super) apply: &'a Apply<'a>,
    pub(super) stop: &'a Stop,
    pub(super) on_difference: OnDifference,
    /// Gets each step that begins.
    pub(super) began: &'a dyn Fn(Direction),
}

/// What an attempt has shown of a migration that does not fail.
struct Shown {
    outcome: Outcome,
    verdict: Verdict,
    notes: Vec<Note>,
}

/// What is to be known of a step that was taken.
pub(super) struct Taken {
    statements: Vec<String>,
    /// What the migration declares to lose.
    loses: Vec<LossName>,
}

impl Attempt<'_> {
    /// Tries the migration with all sorts of rows. If it fails and some of them hold values that do
    /// not suit their columns' types, its outcome is that for the others, and the failure is a note.
    pub(super) fn try_out(&self) -> Trial {
        let mut filled = Filled::default();
        let mut shown = self.with(Variety::Any, &mut filled);
        if let Err(problem) = &shown
            && filled.stray > 0
            && *problem != Problem::Stopped
        {
            let typed = self.with(Variety::Typed, &mut filled);
            let note = Note::Stray { problem: problem.clone() };
            shown = typed.map(|mut shown| {
                shown.notes.push(note);
                shown
            });
        }
        let seen = shown.as_ref().ok().map(|shown| shown.verdict.clone());
        let shown = shown.and_then(|shown| self.check_expected(shown));
        let (id, source_digest) = (self.artifact.id.clone(), self.artifact.source_digest.clone());
        let mut trial = match shown {
            Ok(Shown { outcome, verdict, notes }) => {
                Trial { id, outcome, verdict: Some(verdict), source_digest, notes }
            }
            Err(problem) => Trial::failed(id, source_digest, problem),
        };
        if let (Some(verdict), Some(seen)) = (&mut trial.verdict, seen) {
            *verdict = Verdict { failed: verdict.failed, ..seen };
        }
        if !filled.empty.is_empty() {
            trial.notes.push(Note::Empty { tables: filled.empty });
        }
        trial
    }

    fn with(&self, variety: Variety, filled: &mut Filled) -> Result<Shown, Problem> {
        let mut notes = Vec::new();
        let before = copy_database(self.beginning, self.path("before"))?;
        let (rows, unmade) = self.fill(&before, variety)?;
        *filled = rows;
        notes.extend(unmade);

        let work = copy_database(&before.path, self.path("work"))?;
        let taken = self.step(&work, Direction::Forward).map_err(Problem::step(Pass::Forward))?;
        let forward = copy_database(&work.path, self.path("forward"))?;
        let back = self.step(&work, Direction::Backward);
        let [before, forward] = [&before, &forward].map(|database| open(&database.path));
        let looking = Problem::scratch("read the scratch database");
        let (before, forward) = (before.map_err(&looking)?, forward.map_err(&looking)?);
        let lineage = Lineage::by(&taken.statements);
        let judge_losses = |losses: &BTreeSet<Loss>, way_back| {
            let losses = Losses { losses, way_back, loses: &taken.loses };
            let verdict = losses.judge(self.rule, &lineage, &forward)?;
            Ok::<_, Problem>((verdict, losses.not_lost()))
        };
        match back {
            Err(StepFailure { irreversible: Some(declared), .. }) => {
                let losses = taken_away(&before, (&forward, &lineage)).map_err(&looking)?;
                let way_back = if declared { WayBack::DeclaredMissing } else { WayBack::Missing };
                let (verdict, not_lost) = judge_losses(&losses, way_back)?;
                notes.extend(not_lost);
                let losses = losses.into_iter().collect();
                let outcome = Outcome::Irreversible { declared, losses };
                return Ok(Shown { outcome, verdict, notes });
            }
            other => drop(other.map_err(Problem::step(Pass::Backward))?),
        }
        let (judgement, came_back) = judge(&before, (&forward, &lineage), &work)?;

        self.step(&work, Direction::Forward).map_err(Problem::step(Pass::Again))?;
        let again = open(&work.path).map_err(&looking)?;
        let difference = same_schema(&forward, &again)?;
        refuse(Pass::Again, difference)?;
        if came_back {
            notes.extend(same_rows(&forward, &again)?);
        }
        let (verdict, not_lost) = judge_losses(&judgement.losses, WayBack::Works)?;
        notes.extend(not_lost);
        let losses = judgement.losses.into_iter().collect();
        Ok(Shown { outcome: Outcome::Reversible { losses }, verdict, notes })
    }

    /// Looks whether it gives the rows that its author expects, too.
    fn check_expected(&self, mut shown: Shown) -> Result<Shown, Problem> {
        if let Some(checked) = expected::check(self, self.on_difference)? {
            checked.write()?;
            shown.notes.push(checked.note);
        }
        Ok(shown)
    }

    /// The author's rows first, which may ask for keys of their own; then rows for the other tables.
    fn fill(&self, before: &Database, variety: Variety) -> Result<(Filled, Option<Note>), Problem> {
        let (connection, authors) = self.run_fixture(before)?;
        match rows::fill(&connection, variety, &authors) {
            Ok(filled) => Ok((filled, None)),
            Err(error) => {
                let message = error.to_string();
                Ok((Filled::default(), Some(Note::NoRows { message })))
            }
        }
    }

    /// Puts the author's rows alone into `before`.
    pub(super) fn run_fixture(&self, before: &Database) -> Result<(Connection, Tables), Problem> {
        let opened = open(&before.path);
        let mut connection = opened.map_err(Problem::scratch("open the scratch database"))?;
        Objects::read(&connection)
            .and_then(|objects| {
                self.application
                    .register_substitutes(&connection, objects.iter().map(|object| object.sql()))
            })
            .map_err(Problem::scratch("open the scratch database"))?;
        let authors = fixture::run(&mut connection, self.source)?;
        Ok((connection, authors))
    }

    pub(super) fn path(&self, name: &str) -> std::path::PathBuf {
        self.beginning.with_extension(name)
    }

    pub(super) fn step(
        &self,
        database: &Database,
        direction: Direction,
    ) -> Result<Taken, StepFailure> {
        (self.began)(direction);
        let steps = vec![BuiltStep { direction, artifact: self.artifact.clone() }];
        let database = database.clone();
        // What a way back leaves is judged here, and told with what it is.
        let options = ApplyOptions {
            report_statements: true,
            leave_schema: true,
            on_a_copy: true,
            ..self.options
        };
        let mut taken = Taken { statements: Vec::new(), loses: Vec::new() };
        let observe = &mut |event| match event {
            Event::Statement { sql, .. } => taken.statements.push(sql),
            Event::Loaded { loses, .. } => taken.loses = loses,
            _ => {}
        };
        let application = self.application.clone();
        let bundle = self.bundle.cloned();
        let job = Job {
            database,
            steps,
            premise: None,
            options,
            application,
            bundle,
            backups: None,
            definitions: None,
            keep: KeepLost::default(),
        };
        (self.apply)(&job, observe)?;
        Ok(taken)
    }
}

/// Judges what the way back left in `work`, and returns whether that is in everything what was `before`.
fn judge(
    before: &Connection,
    (forward, lineage): (&Connection, &Lineage),
    work: &Database,
) -> Result<(Judgement, bool), Problem> {
    let reading = Problem::scratch("compare the scratch databases");
    let after = open(&work.path).map_err(&reading)?;
    refuse(Pass::Backward, same_schema(before, &after)?)?;
    let digests = [before, forward, &after].map(|it| Objects::read(it).map(|it| it.digest()));
    let [was, made, left] = digests.map(|digest| digest.map_err(&reading));
    let made = made?;
    if made != was? && made == left? {
        return Err(Problem::SchemaLeft);
    }
    let judgement = Judgement::of(before, (forward, lineage), &after).map_err(&reading)?;
    if let Some(problem) = judgement.problem() {
        return Err(problem);
    }
    let counted = [before, &after].map(counters);
    let [before, after] = counted;
    let came_back =
        judgement.losses.is_empty() && before.map_err(&reading)? == after.map_err(&reading)?;
    Ok((judgement, came_back))
}

fn refuse(pass: Pass, difference: Option<String>) -> Result<(), Problem> {
    match difference {
        Some(difference) => Err(Problem::Schema { pass, difference }),
        None => Ok(()),
    }
}

/// From the same beginning, forward must give as many rows as before. That their values differ is
/// chance, or the clock, and worth a note.
fn same_rows(forward: &Connection, again: &Connection) -> Result<Option<Note>, Problem> {
    let reading = Problem::scratch("compare the scratch databases");
    let (mut places, mut changes) = (BTreeSet::new(), Vec::new());
    for table in Table::all(forward).map_err(&reading)? {
        let [once, twice] = [forward, again].map(|connection| table.count(connection));
        let (once, twice) = (once.map_err(&reading)?, twice.map_err(&reading)?);
        if once != twice {
            changes.push(format!("`{}` had {once} rows, and has {twice} now", table.name));
            continue;
        }
        let see = &mut |difference| {
            places.insert(match difference {
                Difference::Changed { column, .. } => format!("{}.{column}", table.name),
                Difference::Gone { .. } | Difference::New { .. } => table.name.clone(),
            });
            Ok(())
        };
        compare(&table, forward, again, see).map_err(&reading)?;
    }
    match (changes.is_empty(), places.is_empty()) {
        (false, _) => Err(Problem::OtherRows { changes }),
        (true, false) => Ok(Some(Note::Varies { places: places.into_iter().collect() })),
        (true, true) => Ok(None),
    }
}
