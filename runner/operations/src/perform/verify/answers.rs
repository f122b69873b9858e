//! What SQLite says to statements that are compiled and never run.

use std::collections::HashMap;
use std::rc::Rc;

use rusqlite::Connection;
use rusqlite::config::DbConfig;
use sqlite3_parser::ast::{Stmt, TriggerEvent};

use crate::perform::connection_settings::{Configured, STRICTLY, WITH_KEYS, WITHOUT_KEYS};
use crate::perform::sqlite_error::Blame;
use crate::schema::name::{quote, same, unquote};
use crate::schema::{Trigger, sql};

/// SQLite's answer to each statement that needs an object, by the kind of statement.
#[derive(Default)]
pub(in crate::perform) struct Answers(Vec<(String, Rc<Answer>)>);

/// Answers of a connection while nothing is changed: a statement that fires a hundred triggers is
/// compiled with all of them, and so compiled once and not for each.
#[derive(Default)]
pub(in crate::perform) struct Asked(HashMap<String, Rc<Answer>>);

impl Asked {
    fn ask(&mut self, connection: &Connection, sql: &str) -> rusqlite::Result<Rc<Answer>> {
        if let Some(answer) = self.0.get(sql) {
            return Ok(Rc::clone(answer));
        }
        let answer = Rc::new(Answer::to(connection, sql)?);
        self.0.insert(sql.to_owned(), Rc::clone(&answer));
        Ok(answer)
    }
}

/// What SQLite says to a statement with foreign keys and without them. An application may have it
/// either way, and a key that is a mismatch would hide with them whatever else is wrong.
struct Answer {
    with_keys: Said,
    without_keys: Said,
}

/// SQLite's answers, with unknown names in double quotes as errors, and as the connection is set.
struct Said {
    strictly: Option<rusqlite::Error>,
    leniently: Option<rusqlite::Error>,
}

impl Answers {
    /// Compiles a query of a view.
    pub(in crate::perform) fn of_view(
        connection: &Connection,
        schema: &str,
        name: &str,
    ) -> rusqlite::Result<Self> {
        let query = format!("SELECT * FROM {schema}.{}", quote(name));
        Ok(Self(vec![("read".to_owned(), Rc::new(Answer::to(connection, &query)?))]))
    }

    /// Compiles each kind of change that fires a trigger.
    pub(in crate::perform) fn of_trigger(
        connection: &Connection,
        Trigger { table, sql, .. }: &Trigger,
        asked: &mut Asked,
    ) -> rusqlite::Result<Self> {
        let columns = Columns::of(connection, table);
        let mut answers = Vec::new();
        for (what, change) in changes(table, &columns, &Fires::on(sql)) {
            let answer = asked.ask(connection, &change)?;
            // Another trigger or key may be broken that only some columns concern.
            let apart = answer.is_broken() && what == UPDATE;
            answers.push((what.to_owned(), answer));
            for column in columns.settable.iter().filter(|_| apart) {
                let change = update(table, [column]);
                let what = format!("{UPDATE} of {}", column.to_ascii_lowercase());
                answers.push((what, asked.ask(connection, &change)?));
            }
        }
        Ok(Self(answers))
    }

    /// The error of a statement that compiled in `self` and does not in `now`.
    pub(in crate::perform) fn lost(&self, now: &Self) -> Option<rusqlite::Error> {
        now.0.iter().find_map(|(what, after)| {
            let (_, before) = self.0.iter().find(|(same, _)| same == what)?;
            before.lost(after).map(copy_of)
        })
    }
}

impl Answer {
    fn to(connection: &Connection, sql: &str) -> rusqlite::Result<Self> {
        let said = |keys: &[(DbConfig, bool)]| {
            let _keys = Configured::new(connection, keys)?;
            Said::to(connection, sql)
        };
        Ok(Self { with_keys: said(&WITH_KEYS)?, without_keys: said(&WITHOUT_KEYS)? })
    }

    fn is_broken(&self) -> bool {
        self.with_keys.leniently.is_some() || self.without_keys.leniently.is_some()
    }

    fn lost<'a>(&self, after: &'a Self) -> Option<&'a rusqlite::Error> {
        let without = self.without_keys.lost(&after.without_keys);
        without.or_else(|| self.with_keys.lost(&after.with_keys))
    }
}

impl Said {
    fn to(connection: &Connection, sql: &str) -> rusqlite::Result<Self> {
        let leniently = refused(connection, sql)?;
        let _strict = Configured::new(connection, &STRICTLY)?;
        Ok(Self { strictly: refused(connection, sql)?, leniently })
    }

    fn lost<'a>(&self, after: &'a Self) -> Option<&'a rusqlite::Error> {
        if self.strictly.is_none() {
            after.strictly.as_ref()
        } else if self.leniently.is_none() {
            after.leniently.as_ref()
        } else {
            None
        }
    }
}

/// A copy of the error.
fn copy_of(error: &rusqlite::Error) -> rusqlite::Error {
    match error {
        rusqlite::Error::SqliteFailure(code, words) => {
            rusqlite::Error::SqliteFailure(*code, words.clone())
        }
        rusqlite::Error::SqlInputError { error, msg, sql, offset } => {
            let (error, msg, sql, offset) = (*error, msg.clone(), sql.clone(), *offset);
            rusqlite::Error::SqlInputError { error, msg, sql, offset }
        }
        other => {
            let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_ERROR);
            rusqlite::Error::SqliteFailure(code, Some(other.to_string()))
        }
    }
}

/// The error of the statement `sql`, if it does not compile.
///
/// # Errors
/// It could not be compiled for another reason: memory, the file, an interruption.
fn refused(connection: &Connection, sql: &str) -> rusqlite::Result<Option<rusqlite::Error>> {
    match connection.prepare(sql) {
        Ok(_) => Ok(None),
        Err(error) if Blame::of(&error) == Blame::Circumstances => Err(error),
        Err(error) => Ok(Some(error)),
    }
}

/// What a trigger fires on.
pub(in crate::perform) enum Fires {
    Insert,
    /// An update of these columns; of any, where there are none.
    Update(Vec<String>),
    Delete,
    /// It was not understood.
    Perhaps,
}

impl Fires {
    pub(in crate::perform) fn on(trigger: &str) -> Self {
        sql::statement(trigger, |statement| match statement {
            Stmt::CreateTrigger { event, .. } => match event {
                TriggerEvent::Insert => Self::Insert,
                TriggerEvent::Update => Self::Update(Vec::new()),
                TriggerEvent::UpdateOf(columns) => {
                    Self::Update(columns.iter().map(|column| unquote(column.0)).collect())
                }
                TriggerEvent::Delete => Self::Delete,
            },
            _ => Self::Perhaps,
        })
        .unwrap_or(Self::Perhaps)
    }
}

const UPDATE: &str = "update";

/// The names of the columns of a table or view.
pub(in crate::perform) struct Columns {
    /// Those that an UPDATE can set.
    settable: Vec<String>,
    generated: Vec<String>,
}

impl Columns {
    pub(in crate::perform) fn of(connection: &Connection, table: &str) -> Self {
        // <https://sqlite.org/pragma.html#pragma_table_xinfo>: 1 is hidden, 2 and 3 are generated.
        let names = |hidden: &str| {
            let query =
                format!("SELECT name FROM pragma_table_xinfo(?1, 'main') WHERE hidden {hidden}");
            let mut statement = connection.prepare(&query)?;
            statement.query_map([table], |row| row.get(0))?.collect::<rusqlite::Result<_>>()
        };
        // A view that does not work has no columns to tell.
        Self {
            settable: names("= 0").unwrap_or_default(),
            generated: names("IN (2, 3)").unwrap_or_default(),
        }
    }

    pub(in crate::perform) fn names(&self) -> impl Iterator<Item = &str> {
        self.settable.iter().chain(&self.generated).map(String::as_str)
    }

    fn is_generated(&self, column: &str) -> bool {
        self.generated.iter().any(|generated| same(generated, column))
    }
}

/// A statement for each kind of change of `table` that could fire a trigger. A view takes no change that
/// no trigger of its own stands for.
pub(in crate::perform) fn changes(
    table: &str,
    columns: &Columns,
    fires: &Fires,
) -> Vec<(&'static str, String)> {
    let insert = || ("insert", format!("INSERT INTO main.{} DEFAULT VALUES", quote(table)));
    let delete = || ("delete", format!("DELETE FROM main.{}", quote(table)));
    let set = || (UPDATE, update(table, &columns.settable));
    match fires {
        Fires::Insert => vec![insert()],
        Fires::Update(watched) if watched.is_empty() => vec![set()],
        Fires::Update(watched) => {
            // A trigger may watch a generated column. SQLite looks only for what an UPDATE sets, so
            // that one never fires it.
            let fired_by: Vec<_> =
                watched.iter().filter(|column| !columns.is_generated(column)).collect();
            match fired_by[..] {
                [] => Vec::new(),
                _ => vec![(UPDATE, update(table, fired_by))],
            }
        }
        Fires::Delete => vec![delete()],
        Fires::Perhaps => vec![insert(), set(), delete()],
    }
}

fn update<'c>(table: &str, columns: impl IntoIterator<Item = &'c String>) -> String {
    let sets = columns.into_iter().map(|column| format!("{0} = {0}", quote(column)));
    format!("UPDATE main.{} SET {}", quote(table), sets.collect::<Vec<_>>().join(", "))
}
