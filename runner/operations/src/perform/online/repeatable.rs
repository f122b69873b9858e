//! Values that are made of a row must be the same each time: the row may be copied again and again.

use rusqlite::Connection;

use super::unique_key::UniqueKey;
use super::{Result, not_online};
use crate::perform::connection_settings::{AS_WRITTEN, Configured};
use crate::perform::rebuild::{MovedTable, Source};
use crate::schema::name::{quote, same, unquote};
use crate::schema::{Column, ROWID, Table, sql};

/// SQLite's functions that ask the clock if they are called without an argument.
const OF_THE_CLOCK: [&str; 7] =
    ["date", "time", "datetime", "julianday", "unixepoch", "strftime", "timediff"];

/// Refuses values of `new` columns that are not the same twice.
pub(super) fn require_repeatable(
    connection: &Connection,
    old: &Table,
    new: &Table,
    moved: &MovedTable,
) -> Result {
    let judge = Judge::of(connection, old)?;
    for filled in &moved.columns {
        let text = match &filled.source {
            Source::Column(_) | Source::Converted(_) => continue,
            Source::Expression(text) => text.clone(),
            Source::Default => {
                let column = new.column(&filled.name);
                match column.and_then(Column::default_expression) {
                    Some(text) => text.into_owned(),
                    None => continue,
                }
            }
        };
        judge.require(&text, "give each row a value that is made of itself")?;
    }
    Ok(judge.end()?)
}

/// Refuses defaults in the unique `keys` of `table` that are not the same twice: where a NULL is written by REPLACE,
/// the default takes its place, and may displace another row.
pub(super) fn require_repeatable_defaults(
    connection: &Connection,
    table: &Table,
    keys: &[UniqueKey],
) -> Result {
    let judge = Judge::of(connection, table)?;
    let takes_no_null = |column: &&Column| column.is_not_null() || table.is_never_null_key(column);
    for column in table.columns.iter().filter(takes_no_null) {
        let is_used = keys.iter().any(|key| {
            key.columns().any(|own| same(own, &column.name))
                || key.expressions().any(|text| mentions(text, &column.name))
        });
        if let (true, Some(text)) = (is_used, column.default_expression()) {
            judge.require(&text, "it is the default of a column that must be unique")?;
        }
    }
    Ok(judge.end()?)
}

fn mentions(text: &str, column: &str) -> bool {
    sql::words(text).contains(&column.to_ascii_lowercase())
}

/// A table with the columns of another one and a row of NULLs, whose indexes SQLite lets be of nothing but what is
/// the same twice.
struct Judge<'t> {
    connection: &'t Connection,
    table: &'t Table,
    name: String,
}

impl<'t> Judge<'t> {
    fn of(connection: &'t Connection, table: &'t Table) -> Result<Self> {
        let name: String = connection.query_row(
            "SELECT 'migrating_' || lower(hex(randomblob(8)))",
            [],
            |row| row.get(0),
        )?;
        let _as_written = Configured::new(connection, &AS_WRITTEN)?;
        let rowid = ROWID.iter().filter(|name| table.column(name).is_none());
        let mut columns: Vec<_> = rowid.map(|name| (*name).to_owned()).collect();
        columns.extend(table.columns.iter().map(|column| {
            let collate =
                column.collate().map_or(String::new(), |name| format!(" COLLATE {}", quote(name)));
            format!("{} {}{collate}", quote(&column.name), column.declared_type)
        }));
        connection.execute_batch(&format!(
            "CREATE TABLE main.{name} ({}); INSERT INTO main.{name} DEFAULT VALUES",
            columns.join(", ")
        ))?;
        Ok(Self { connection, table, name })
    }

    fn require(&self, text: &str, way_out: &str) -> Result {
        let refuse = || {
            let shown = text.trim();
            not_online(&self.table.name, format!("`{shown}` may not be the same twice: {way_out}"))
        };
        if asks_the_clock(text) {
            return Err(refuse());
        }
        let _as_written = Configured::new(self.connection, &AS_WRITTEN)?;
        let name = &self.name;
        // A constant alone SQLite takes for the name of a column.
        let made = self.connection.execute_batch(&format!(
            "CREATE INDEX main.{name}_index ON {name} (((\n{text}\n) IS NULL)); DROP INDEX main.{name}_index"
        ));
        made.map_err(|_| refuse())
    }

    fn end(self) -> rusqlite::Result<()> {
        self.connection.execute_batch(&format!("DROP TABLE main.{}", self.name))
    }
}

/// Whether `text` asks for the time, as far as can be seen in it.
fn asks_the_clock(text: &str) -> bool {
    let tokens = sql::tokens(text).unwrap_or_default();
    let word = |at: usize| tokens.get(at).map_or("", |token| &text[token.span.clone()]);
    (0..tokens.len()).any(|at| {
        let is_now = word(at).starts_with('\'') && same(unquote(word(at)).trim(), "now");
        let is_call = OF_THE_CLOCK.iter().any(|name| same(name, word(at)));
        is_now || (is_call && word(at + 1) == "(" && word(at + 2) == ")")
    })
}
