//! Runs a query that only reads, with an end to its time and to its result.

use std::time::{Duration, Instant};

use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::file::{Misread, Query};
use super::row;
use crate::trial::problem::Problem;
use runner_engine::schema_objects::Objects;
use runner_engine::{ApplicationNames, Database, Stop};

/// How many rows a query may give: more are no longer read by anybody.
const ROWS: usize = 1000;

/// How many bytes they may take.
const BYTES: usize = 1 << 20;

/// How many instructions of SQLite's are between two looks at the clock.
const BETWEEN_LOOKS: i32 = 10_000;

/// A database that is only looked at.
pub(super) struct View<'a> {
    connection: Connection,
    application: &'a ApplicationNames,
}

impl<'a> View<'a> {
    /// Opens `database`; nothing that runs there may write. A query ends after `limit`, or when `stop` is requested.
    pub(super) fn open(
        database: &Database,
        application: &'a ApplicationNames,
        limit: Option<Duration>,
        stop: &Stop,
    ) -> Result<Self, Problem> {
        let reading = Problem::scratch("read the scratch database");
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection =
            Connection::open_with_flags(&database.path, flags).map_err(&reading)?;
        Objects::read(&connection)
            .and_then(|objects| {
                let definitions = objects.iter().map(|object| object.sql());
                application.register_substitutes(&connection, definitions)
            })
            .and_then(|()| connection.authorizer(Some(read_only)))
            .map_err(&reading)?;
        let (end, stop) = (limit.and_then(|limit| Instant::now().checked_add(limit)), stop.clone());
        let is_over = move || stop.is_requested() || end.is_some_and(|end| end <= Instant::now());
        connection.progress_handler(BETWEEN_LOOKS, Some(is_over)).map_err(&reading)?;
        Ok(Self { connection, application })
    }

    /// The heading and the rows that `query` gives.
    ///
    /// # Errors
    /// It is no query, or would write; it fails, or does not end; it gives too much.
    pub(super) fn result(&self, query: &Query) -> Result<Vec<String>, Misread> {
        let refuse = |message: String| Misread { line: query.line, message };
        let fail = |error: rusqlite::Error| failure(query, &error);
        self.application
            .register_substitutes(&self.connection, [query.sql.as_str()])
            .map_err(fail)?;
        let mut statement = self.connection.prepare(&query.sql).map_err(fail)?;
        if statement.column_count() == 0 || !statement.readonly() {
            return Err(refuse("this is no query: it gives no rows, or would write".to_owned()));
        }
        let width = statement.column_count();
        let mut result = vec![row::heading(&statement)];
        let mut bytes = 0;
        let mut rows = statement.query([]).map_err(fail)?;
        while let Some(found) = rows.next().map_err(fail)? {
            bytes += row::size(found, width).map_err(fail)?;
            if result.len() > ROWS || bytes > BYTES {
                return Err(refuse(format!(
                    "it gives more than {ROWS} rows or {} KiB: ask for fewer, or count them",
                    BYTES >> 10
                )));
            }
            result.push(row::row(&self.connection, found, width).map_err(fail)?);
        }
        Ok(result)
    }
}

/// Lets nothing but queries run.
fn read_only(context: AuthContext<'_>) -> Authorization {
    match context.action {
        AuthAction::Attach { .. } | AuthAction::Detach { .. } => Authorization::Deny,
        _ => Authorization::Allow,
    }
}

/// The error of `query`, on the line that SQLite names.
fn failure(query: &Query, error: &rusqlite::Error) -> Misread {
    let (offset, message) = match error {
        rusqlite::Error::SqlInputError { msg, offset, .. } => {
            (usize::try_from(*offset).unwrap_or(0), msg.clone())
        }
        rusqlite::Error::InvalidParameterCount(..) => {
            (0, "it has a parameter, which nobody binds".to_owned())
        }
        rusqlite::Error::SqliteFailure(code, _) if code.code == ErrorCode::OperationInterrupted => {
            (0, "it does not end within the time that a step has".to_owned())
        }
        rusqlite::Error::SqliteFailure(_, Some(words)) => (0, words.clone()),
        other => (0, other.to_string()),
    };
    let before = query.sql.get(..offset).unwrap_or_default();
    Misread { line: query.line + before.matches('\n').count(), message }
}
