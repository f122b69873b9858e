//! Compares what the queries of an `expected.sql` give with what stands there, or writes it there.

use std::io;
use std::path::PathBuf;

use super::difference::{Moment, RowsDiffer};
use super::file::{ExpectedFile, Misread, Query};
use super::first;
use super::query::View;
use super::row::NO_ROWS;
use crate::discover::{EXPECTED, FIXTURE};
use crate::trial::attempt::Attempt;
use crate::trial::fixture::Tables;
use crate::trial::folder::{copy_database, open};
use crate::trial::outcome::Note;
use crate::trial::problem::{Pass, Problem};
use runner_engine::plan::Direction;
use runner_engine::{Database, regular_file, whole_file};

/// What is to become of rows that are not the expected ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnDifference {
    /// The migration fails.
    #[default]
    Fail,
    /// They are the expected ones from now on, and are written into `expected.sql`. Where there is none beside a
    /// `fixture.sql`, a first one is written.
    Accept,
}

/// A file of expectations whose queries have run.
pub(in crate::trial) struct Checked {
    /// What there is to say of it.
    pub(in crate::trial) note: Note,
    /// The file as it is to be, if rows were accepted.
    rewritten: Option<Rewritten>,
}

struct Rewritten {
    path: PathBuf,
    before: Option<String>,
    text: String,
}

/// Runs the queries that there are for a migration, on a database without made-up rows, and judges what they give.
/// `None`: none are expected of it.
///
/// # Errors
/// The file cannot be read; a query fails; rows differ and are not to be accepted.
pub(in crate::trial) fn check(
    attempt: &Attempt<'_>,
    on_difference: OnDifference,
) -> Result<Option<Checked>, Problem> {
    let path = attempt.source.join(EXPECTED);
    let before = match regular_file::read_text(&path, regular_file::TEXT) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(Problem::ExpectedUnreadable { message: error.to_string() }),
    };
    let accepts = on_difference == OnDifference::Accept;
    let file = ExpectedFile::read(before.as_deref().unwrap_or_default())?;
    if file.queries.is_empty() {
        let is_first = accepts && attempt.source.join(FIXTURE).exists();
        return match (before, is_first) {
            (before, true) => first_file(attempt, path, before, &file),
            (Some(_), false) => {
                Err(Misread { line: 1, message: "there is no query in it".to_owned() }.into())
            }
            (None, false) => Ok(None),
        };
    }
    let results = results(attempt, &file)?;
    let differing: Vec<(usize, RowsDiffer)> = file
        .queries
        .iter()
        .zip(&results)
        .enumerate()
        .filter_map(|(place, (query, given))| {
            let (lines, reordered) = RowsDiffer::between(&query.result, given)?;
            let (line, after, query) = (query.line, query.after, query.sql.clone());
            Some((place, RowsDiffer { line, after, query, lines, reordered }))
        })
        .collect();
    if differing.is_empty() {
        let note = Note::AsExpected { queries: results.len() };
        return Ok(Some(Checked { note, rewritten: None }));
    }
    let accepted: Vec<_> =
        differing.iter().map(|(place, _)| (*place, written(&results[*place]))).collect();
    let queries = differing.into_iter().map(|(_, differs)| differs).collect();
    if !accepts {
        return Err(Problem::OtherThanExpected { queries });
    }
    let text = file.with(&accepted);
    let rewritten = Some(Rewritten { path, before, text });
    Ok(Some(Checked { note: Note::Accepted { queries }, rewritten }))
}

/// A result as it is written.
fn written(result: &[String]) -> Vec<String> {
    let none = (result.len() == 1).then(|| NO_ROWS.to_owned());
    result.iter().cloned().chain(none).collect()
}

impl Checked {
    /// Writes the file, if rows were accepted: whole, or not at all.
    ///
    /// # Errors
    /// It cannot be written; somebody else wrote to it meanwhile.
    pub(in crate::trial) fn write(&self) -> Result<(), Problem> {
        let Some(Rewritten { path, before, text }) = &self.rewritten else { return Ok(()) };
        let refuse = |message: String| Problem::ExpectedUnwritable { message };
        let now = regular_file::read_text(path, regular_file::TEXT);
        let is_as_it_was = match (&now, before) {
            (Ok(now), Some(before)) => now == before,
            (Err(error), None) => error.kind() == io::ErrorKind::NotFound,
            _ => false,
        };
        if !is_as_it_was {
            return Err(refuse("it was edited meanwhile".to_owned()));
        }
        whole_file::write(path, text.as_bytes()).map_err(|error| refuse(error.to_string()))
    }
}

/// A database on which the migration runs between the fixture's rows and the queries.
struct Course<'a> {
    attempt: &'a Attempt<'a>,
    before: Database,
    work: Database,
    /// The tables that the fixture writes to.
    authors: Tables,
}

impl<'a> Course<'a> {
    /// Takes the migration forward.
    fn forward(attempt: &'a Attempt<'a>) -> Result<Self, Problem> {
        let before = copy_database(attempt.beginning, attempt.path("fixture"))?;
        let (_, authors) = attempt.run_fixture(&before)?;
        let work = copy_database(&before.path, attempt.path("expected"))?;
        attempt.step(&work, Direction::Forward).map_err(Problem::step(Pass::Forward))?;
        Ok(Self { attempt, before, work, authors })
    }

    /// Takes it backward. `false`: there is no way back.
    fn backward(&self) -> Result<bool, Problem> {
        match self.attempt.step(&self.work, Direction::Backward) {
            Ok(_) => Ok(true),
            Err(failure) if failure.irreversible.is_some() => Ok(false),
            Err(failure) => Err(Problem::step(Pass::Backward)(failure)),
        }
    }

    /// What the queries of `file` for this moment give.
    fn results(&self, file: &ExpectedFile, after: Moment) -> Result<Vec<Vec<String>>, Problem> {
        let Attempt { application, options, stop, .. } = *self.attempt;
        let view = View::open(&self.work, application, options.timeout, stop)?;
        let queries = file.queries.iter().filter(|query| query.after == after);
        let results = queries.map(|query| view.result(query)).collect::<Result<_, _>>();
        if stop.is_requested() {
            return Err(Problem::Stopped);
        }
        Ok(results?)
    }
}

/// What the queries of `file` give, in its order.
fn results(attempt: &Attempt<'_>, file: &ExpectedFile) -> Result<Vec<Vec<String>>, Problem> {
    let course = Course::forward(attempt)?;
    let mut forward = course.results(file, Moment::Forward)?.into_iter();
    let first = file.queries.iter().find(|query| query.after == Moment::Backward);
    let mut backward = match first {
        None => Vec::new(),
        Some(_) if course.backward()? => course.results(file, Moment::Backward)?,
        Some(query) => {
            let message = "this runs after backward, and there is no way back".to_owned();
            return Err(Misread { line: query.line, message }.into());
        }
    }
    .into_iter();
    let next = |query: &Query| match query.after {
        Moment::Forward => forward.next(),
        Moment::Backward => backward.next(),
    };
    Ok(file.queries.iter().filter_map(next).collect())
}

/// The first file: queries for the tables that the fixture or the migration writes to, behind what is there.
fn first_file(
    attempt: &Attempt<'_>,
    path: PathBuf,
    before: Option<String>,
    file: &ExpectedFile,
) -> Result<Option<Checked>, Problem> {
    let reading = Problem::scratch("read the scratch database");
    let course = Course::forward(attempt)?;
    let look = |database: &Database| open(&database.path);
    let (was, is) =
        (look(&course.before).map_err(&reading)?, look(&course.work).map_err(&reading)?);
    let mut tables = course.authors.clone();
    tables.extend(first::changed(&was, &is).map_err(&reading)?);
    let mut text = first::part(&is, Moment::Forward, &tables).map_err(&reading)?;
    drop(is);
    let forward = ExpectedFile::read(&text)?;
    let mut results = course.results(&forward, Moment::Forward)?;
    if course.backward()? {
        let after = look(&course.work).map_err(&reading)?;
        let part = first::part(&after, Moment::Backward, &tables).map_err(&reading)?;
        drop(after);
        results.extend(course.results(&ExpectedFile::read(&part)?, Moment::Backward)?);
        text += &part;
    }
    if results.is_empty() {
        return Ok(None);
    }
    let whole = ExpectedFile::read(&file.followed_by(&text))?;
    let accepted: Vec<_> =
        results.iter().enumerate().map(|(place, result)| (place, written(result))).collect();
    let text = format!("{}\n", whole.with(&accepted).trim_end());
    let note = Note::WroteExpected { queries: results.len() };
    Ok(Some(Checked { note, rewritten: Some(Rewritten { path, before, text }) }))
}
