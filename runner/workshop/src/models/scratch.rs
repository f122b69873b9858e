//! A database in memory, where the statements of models are run one at a time, within limits: making a schema
//! takes no time, unless what is read has no end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use migration_api::difference::Rename;
use rusqlite::fallible_iterator::FallibleIterator as _;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::{Batch, Connection, ErrorCode};

use super::failure::ModelsError;
use super::old_names;
use super::script::{Script, first_statement};
use super::set_aside::{SetAside, Visible};
use crate::described::{SourceLine, Sql};
use runner_engine::record;

/// The database, and where each of its objects was made.
pub(super) struct Scratch {
    pub(super) connection: Connection,
    pub(super) made: Vec<Made>,
    pub(super) renames: Vec<Rename>,
    /// The last row of the schema that is noted in `made`.
    noted: i64,
    limits: Limits,
    /// What is not in the schema while more is made; `None`: all is in it.
    set_aside: Option<SetAside>,
    /// Whether SQLite has compiled a query since this was last set to false. It compiles those of views
    /// and triggers only later.
    queries: Arc<AtomicBool>,
}

/// An object, and the statement that made it.
pub(super) struct Made {
    pub(super) name: String,
    pub(super) place: SourceLine,
}

impl Scratch {
    /// One that keeps to `limits`, where what is `visible` of the schema is there while more is made.
    pub(super) fn new(limits: Limits, visible: Visible) -> Result<Self, ModelsError> {
        let mut connection = Connection::open_in_memory().map_err(ModelsError::Scratch)?;
        let queries = Arc::new(AtomicBool::new(false));
        let noted = Arc::clone(&queries);
        let note = move |context: AuthContext<'_>| {
            if matches!(context.action, AuthAction::Select) {
                noted.store(true, Ordering::Relaxed);
            }
            Authorization::Allow
        };
        connection
            .authorizer(Some(note))
            .and_then(|()| limits.bind(&mut connection))
            .map_err(ModelsError::Scratch)?;
        let set_aside = match visible {
            Visible::All => None,
            Visible::Newest => Some(SetAside::default()),
        };
        let (made, renames) = (Vec::new(), Vec::new());
        Ok(Self { connection, made, renames, noted: 0, limits, set_aside, queries })
    }

    /// The database, without limits, and the old names.
    pub(super) fn finish(mut self) -> Result<(Connection, Vec<Rename>), ModelsError> {
        self.connection
            .authorizer(None::<fn(AuthContext<'_>) -> Authorization>)
            .and_then(|()| Limits::lift(&mut self.connection))
            .map_err(ModelsError::Scratch)?;
        Ok((self.connection, self.renames))
    }

    /// Runs the statements of all of `sql`. Then all that they made is there.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub(super) fn run_all(&mut self, sql: &[Sql]) -> Result<(), ModelsError> {
        sql.iter().try_for_each(|sql| self.run(sql))?;
        let Some(set_aside) = &mut self.set_aside else { return Ok(()) };
        set_aside.put_back(&self.connection).map_err(|error| self.failed(error))
    }

    /// Whether an `error` may be due to what is not in the schema while more is made.
    pub(super) fn is_doubtful(&self, error: &ModelsError) -> bool {
        self.set_aside.as_ref().is_some_and(|it| it.was_used)
            && !matches!(error, ModelsError::TookTooLong { .. })
    }

    /// Runs the statements of `sql`, which may only make tables, indexes, views and triggers.
    ///
    /// # Errors
    /// The first that is something else, or that SQLite refuses, with its line.
    fn run(&mut self, sql: &Sql) -> Result<(), ModelsError> {
        let script = Script::new(sql)?;
        let text = script.text();
        let mut done = 0;
        while let Some(statement) = self.execute(&script, done)? {
            let Statement { offset, text: own } = statement;
            let end = offset + own.len();
            self.renames.extend(old_names::renames(text, offset..end, |at| script.place(at))?);
            let place = script.place(statement.start());
            self.note(&place)?;
            if let Some(set_aside) = &mut self.set_aside {
                let taken = set_aside.take_at_times(&self.connection);
                taken.map_err(|error| self.failed_at(error, &place))?;
            }
            done = end;
        }
        old_names::renames(text, done..text.len(), |at| script.place(at)).map(drop)
    }

    /// Runs the first statement of `script` behind `done`.
    fn execute<'t>(
        &self,
        script: &'t Script<'_>,
        done: usize,
    ) -> Result<Option<Statement<'t>>, ModelsError> {
        let rest = script.rest(done);
        let start = done + first_statement(rest);
        self.queries.store(false, Ordering::Relaxed);
        let mut prepared = match Batch::new(&self.connection, rest).next() {
            Ok(None) => return Ok(None),
            Ok(Some(prepared)) => prepared,
            Err(error) => return Err(self.cannot_prepare(script, start, error)),
        };
        script.require_create(start)?;
        let place = || script.place(start);
        if self.queries.load(Ordering::Relaxed) {
            return Err(ModelsError::OfRows { place: place() });
        }
        let refused = |error| {
            self.beyond_limits(&error, place()).unwrap_or_else(|| script.refused(start, error))
        };
        if prepared.parameter_count() > 0 {
            let count = prepared.parameter_count();
            return Err(refused(rusqlite::Error::InvalidParameterCount(0, count)));
        }
        // What SQLite took for the statement, with the blanks and comments before it.
        let taken = prepared.expanded_sql().filter(|taken| !taken.is_empty());
        let found = taken.and_then(|taken| Some((rest.find(&taken)?, taken.len())));
        let (offset, length) = found.ok_or_else(|| refused(rusqlite::Error::InvalidQuery))?;
        prepared.raw_execute().map_err(refused)?;
        Ok(Some(Statement { offset: done + offset, text: &rest[offset..offset + length] }))
    }

    /// What is wrong with a statement at `start` that SQLite does not understand, or that cannot be.
    fn cannot_prepare(
        &self,
        script: &Script<'_>,
        start: usize,
        error: rusqlite::Error,
    ) -> ModelsError {
        // What is no SQL at all, SQLite tells better.
        if !error.to_string().contains("syntax error")
            && let Err(other) = script.require_create(start)
        {
            return other;
        }
        let at = script.position(&error, start);
        self.beyond_limits(&error, script.place(at)).unwrap_or_else(|| script.refused(at, error))
    }

    /// The error of a statement at `place` that was stopped, as what stopped it.
    fn beyond_limits(&self, error: &rusqlite::Error, place: SourceLine) -> Option<ModelsError> {
        match error.sqlite_error_code()? {
            ErrorCode::OperationInterrupted => {
                Some(ModelsError::TookTooLong { place, limit: self.limits.time })
            }
            ErrorCode::DiskFull => Some(ModelsError::TooLarge { place }),
            _ => None,
        }
    }

    /// The error of a query about what was made, up to `place`.
    fn failed_at(&self, error: rusqlite::Error, place: &SourceLine) -> ModelsError {
        self.beyond_limits(&error, place.clone()).unwrap_or(ModelsError::Scratch(error))
    }

    /// The error of a query about all that was made.
    pub(super) fn failed(&self, error: rusqlite::Error) -> ModelsError {
        match self.made.last() {
            Some(made) => self.failed_at(error, &made.place),
            None => ModelsError::Scratch(error),
        }
    }

    /// Notes what the last statement made, and that it is at `place`.
    fn note(&mut self, place: &SourceLine) -> Result<(), ModelsError> {
        let temporary: Option<String> = self
            .connection
            .prepare_cached("SELECT min(name) FROM sqlite_temp_schema")
            .and_then(|mut query| query.query_row([], |row| row.get(0)))
            .map_err(|error| self.failed_at(error, place))?;
        if let Some(name) = temporary {
            return Err(ModelsError::Temporary { place: place.clone(), name });
        }
        // Only what is new is looked at: all of it after each statement would be the square of it.
        let new: Vec<(i64, String)> = self
            .connection
            .prepare_cached(
                "SELECT rowid, name FROM sqlite_schema \
                 WHERE rowid > ?1 AND (type <> 'index' OR sql IS NOT NULL) ORDER BY rowid",
            )
            .and_then(|mut query| {
                query.query_map([self.noted], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
            })
            .map_err(|error| self.failed_at(error, place))?;
        for (row, name) in new {
            if record::is_history(&name) {
                return Err(ModelsError::OfTheRunner { place: place.clone(), name });
            }
            self.made.push(Made { name, place: place.clone() });
            self.noted = row;
        }
        Ok(())
    }

    /// Where the object `name` is made.
    pub(super) fn place_of(&self, name: &str) -> Option<SourceLine> {
        let made = self.made.iter().find(|made| made.name.eq_ignore_ascii_case(name));
        made.map(|made| made.place.clone())
    }
}

/// The time and the memory that the statements of models may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub(super) time: Duration,
    /// Pages of the database in memory, of 4 KiB each.
    pub(super) pages: u32,
}

impl Limits {
    /// Thousands of tables take a second, and some megabytes.
    pub(super) const USUAL: Self = Self { time: Duration::from_secs(60), pages: 16 * 1024 };

    /// Has `connection` keep to them, from now on: what takes longer is interrupted, and what needs more
    /// is refused.
    pub(super) fn bind(self, connection: &mut Connection) -> rusqlite::Result<()> {
        // SQLite does not ask while it compiles a view to see that it can be, which takes some steps for
        // each: so that it asks between two of them.
        const STEPS_BETWEEN: i32 = 10;
        let begin = Instant::now();
        connection.pragma_update_and_check(None, "max_page_count", self.pages, |_| Ok(()))?;
        connection.progress_handler(STEPS_BETWEEN, Some(move || begin.elapsed() > self.time))
    }

    /// Lets `connection` work without them again.
    pub(super) fn lift(connection: &mut Connection) -> rusqlite::Result<()> {
        // The most that there can be.
        connection.pragma_update_and_check(None, "max_page_count", u32::MAX - 1, |_| Ok(()))?;
        connection.progress_handler(0, None::<fn() -> bool>)
    }
}

/// A statement in a text, with what is before it.
struct Statement<'t> {
    offset: usize,
    text: &'t str,
}

impl Statement<'_> {
    /// Where in the whole text its first word is.
    fn start(&self) -> usize {
        self.offset + first_statement(self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::Origin;

    const LARGE: Limits = Limits { time: Duration::MAX, pages: u32::MAX - 1 };

    fn read(text: &str, limits: Limits) -> Result<(), ModelsError> {
        let mut scratch = Scratch::new(limits, Visible::Newest)?;
        let origin = Origin::File("schema.sql".into());
        scratch.run_all(&[Sql { origin, text: text.into() }])?;
        scratch.prove()
    }

    /// Views that each read the one before twice: the last is the first, thousands of times.
    fn views_of_views() -> String {
        let view = |at: usize| {
            format!(
                "CREATE VIEW v{} AS SELECT a FROM v{at} UNION ALL SELECT a FROM v{at};\n",
                at + 1
            )
        };
        let views: String = (0..14).map(view).collect();
        format!("CREATE VIEW v0 AS SELECT 1 AS a;\n{views}")
    }

    #[test]
    fn a_schema_that_takes_for_ever_to_compile_is_given_up() {
        let short = Limits { time: Duration::from_millis(1), ..LARGE };
        let error = read(&views_of_views(), short).unwrap_err();
        assert!(matches!(error, ModelsError::TookTooLong { .. }), "{error:?}");
    }

    #[test]
    fn a_schema_that_has_no_end_is_given_up() {
        let few = Limits { pages: 10, ..LARGE };
        let tables: String = (0..100).map(|at| format!("CREATE TABLE t{at} (a);\n")).collect();
        let error = read(&tables, few).unwrap_err();
        assert!(matches!(error, ModelsError::TooLarge { .. }), "{error}");
        read(&tables, Limits::USUAL).unwrap();
    }
}
