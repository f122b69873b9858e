//! Whether views and triggers compile, in programs that have what SQLite and the application have. SQLite takes a view
//! whatever it reads, so that only this shows it.

use migration_api::schema::{Program, Verb};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OptionalExtension as _};

use crate::application::ApplicationNames;
use crate::apply::broken_statements::statement;
use crate::apply::schema_copy::{SchemaCopy, words};
use crate::repeatable::{ProgramKind, drop_program};
use crate::schema_objects::Objects;

/// Why those of `programs` that are in the main database of `connection` do not compile, each with its place among
/// them.
///
/// # Errors
/// SQLite's error, where it is not about a statement.
pub(super) fn refused(
    connection: &Connection,
    application: &ApplicationNames,
    programs: &[(ProgramKind, &str)],
) -> rusqlite::Result<Vec<(usize, String)>> {
    let here = refused_on(connection, programs.iter().copied().enumerate())?;
    if here.is_empty() {
        return Ok(here);
    }
    // What only the application has is no fault.
    let copy = SchemaCopy::of(&Objects::read(connection)?, application)?;
    let mut refused = Vec::new();
    for (at, _) in here {
        let alone = || -> rusqlite::Result<Vec<(usize, String)>> {
            drop_other_triggers(&copy.connection, programs[at])?;
            refused_on(&copy.connection, [(at, programs[at])].into_iter())
        };
        copy.connection.execute_batch("SAVEPOINT alone")?;
        let found = alone();
        copy.connection.execute_batch("ROLLBACK TO alone; RELEASE alone")?;
        refused.extend(found?);
    }
    Ok(refused)
}

fn refused_on<'p>(
    connection: &Connection,
    programs: impl Iterator<Item = (usize, (ProgramKind, &'p str))>,
) -> rusqlite::Result<Vec<(usize, String)>> {
    let _strict = NoStringsInDoubleQuotes::on(connection)?;
    let mut refused = Vec::new();
    for (at, (kind, name)) in programs {
        let sql = match kind {
            ProgramKind::View => statement(connection, name, "SELECT"),
            ProgramKind::Trigger => match Trigger::read(connection, name)? {
                Some(trigger) => {
                    // No statement changes a column that is not there, and so none would have it compiled.
                    if let Some(gone) = trigger.missing_column(connection)? {
                        refused.push((at, format!("no such column: {gone}")));
                        continue;
                    }
                    statement(connection, &trigger.table, trigger.verb)
                }
                None => continue,
            },
        };
        if let Err(error) = sql.and_then(|sql| connection.prepare(&sql).map(drop)) {
            refused.push((at, words(&error)));
        }
    }
    Ok(refused)
}

/// Drops the other triggers of the table, if the program is a trigger: a statement compiles those of its kind too.
fn drop_other_triggers(
    connection: &Connection,
    (kind, name): (ProgramKind, &str),
) -> rusqlite::Result<()> {
    let Some(trigger) = Trigger::read(connection, name)?.filter(|_| kind == ProgramKind::Trigger)
    else {
        return Ok(());
    };
    let others: Vec<String> = connection
        .prepare(
            "SELECT name FROM sqlite_schema WHERE type = 'trigger' AND name <> ?1 \
             AND tbl_name = ?2 COLLATE NOCASE",
        )?
        .query_map([&trigger.name, &trigger.table], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    others.iter().try_for_each(|other| drop_program(connection, kind, other))
}

/// While it lives, a name in double quotes that means nothing is an error and no string: a column that is gone must
/// not become its own name (<https://sqlite.org/quirks.html#dblquote>).
struct NoStringsInDoubleQuotes<'c> {
    connection: &'c Connection,
    was: bool,
}

const DOUBLE_QUOTES: DbConfig = DbConfig::SQLITE_DBCONFIG_DQS_DML;

impl<'c> NoStringsInDoubleQuotes<'c> {
    fn on(connection: &'c Connection) -> rusqlite::Result<Self> {
        let was = connection.db_config(DOUBLE_QUOTES)?;
        connection.set_db_config(DOUBLE_QUOTES, false)?;
        Ok(Self { connection, was })
    }
}

impl Drop for NoStringsInDoubleQuotes<'_> {
    fn drop(&mut self) {
        let _ = self.connection.set_db_config(DOUBLE_QUOTES, self.was);
    }
}

/// A trigger, and the statement that it runs by.
struct Trigger {
    name: String,
    table: String,
    verb: &'static str,
    /// The columns of UPDATE OF.
    columns: Vec<String>,
}

impl Trigger {
    fn read(connection: &Connection, name: &str) -> rusqlite::Result<Option<Self>> {
        let found = connection
            .query_row(
                "SELECT name, sql FROM main.sqlite_schema \
                 WHERE type = 'trigger' AND name = ?1 COLLATE NOCASE",
                [name],
                |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)),
            )
            .optional()?;
        Ok(found.and_then(|(name, sql)| match Program::parse(&sql) {
            Ok(Program::Trigger { table, verb, columns, .. }) => {
                let verb = match verb {
                    Verb::Insert => "INSERT",
                    Verb::Update => "UPDATE",
                    Verb::Delete => "DELETE",
                };
                Some(Self { name, table, verb, columns })
            }
            _ => None,
        }))
    }

    /// The first of its columns that its table does not have.
    fn missing_column(&self, connection: &Connection) -> rusqlite::Result<Option<&str>> {
        let there = "SELECT EXISTS (SELECT 1 FROM pragma_table_xinfo(?1, 'main') \
                     WHERE name = ?2 COLLATE NOCASE)";
        for column in &self.columns {
            if !connection.query_row(there, [&self.table, column], |row| row.get(0))? {
                return Ok(Some(column));
            }
        }
        Ok(None)
    }
}
