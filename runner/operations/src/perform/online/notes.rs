//! Triggers that note the keys of rows which somebody changes.
//!
//! A statement of the application says what happens to a row that breaks a constraint, and says it for its triggers
//! too (<https://sqlite.org/lang_createtrigger.html>): so the table of notes has no constraint.
//!
//! A trigger of the application that fires AFTER a change and raises IGNORE or FAIL lets the change be and those behind
//! it not fire. So whatever is known BEFORE is noted then: all but the number that a new row gets. The trigger for
//! that is the newest of the table, and SQLite fires the newest first.

use rusqlite::Connection;

use super::Result;
use super::plan::{Plan, Planned};
use super::unique_key::{Candidate, ROW, UniqueKey, without_names_for_strings};
use crate::perform::connection_settings::{ALL_TAKES_PART, Configured, STRICTLY};
use crate::schema::name::quote;
use crate::schema::{Column, Table};

/// When a trigger fires, and the end of its name.
const EVENTS: [(&str, &str); 4] = [
    ("before_insert", "BEFORE INSERT"),
    ("after_insert", "AFTER INSERT"),
    ("before_update", "BEFORE UPDATE"),
    ("before_delete", "BEFORE DELETE"),
];

/// A table that is followed.
pub(super) struct Followed<'t> {
    pub(super) table: &'t Table,
    /// What must be unique in it, and so may displace a row.
    pub(super) keys: &'t [UniqueKey],
    /// The columns that are noted of a row, in SQL.
    pub(super) columns: Vec<&'t str>,
    pub(super) what: What,
    /// Where they are noted.
    pub(super) notes: &'t str,
    /// The table that holds one row of this one.
    pub(super) row: &'t str,
    /// What the names of its triggers begin with.
    pub(super) trigger: &'t str,
}

/// Which rows are noted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    /// All that come, change or go.
    Changed,
    /// Those whose columns are afterwards no longer what they were.
    Gone,
}

/// Makes what follows the table.
pub(super) fn make(connection: &Connection, planned: &Planned) -> Result {
    let Planned { plan, old, old_keys, .. } = planned;
    let names = &plan.names;
    follow(
        connection,
        &Followed {
            table: old,
            keys: old_keys,
            columns: plan.key.columns.iter().map(|column| column.name.as_str()).collect(),
            what: What::Changed,
            notes: &names.notes,
            row: &names.old_row,
            trigger: &names.trigger,
        },
    )
}

/// Makes a table of notes and the triggers.
pub(super) fn follow(connection: &Connection, followed: &Followed<'_>) -> Result {
    let Followed { table, what, .. } = followed;
    let columns = columns(followed.columns.len());
    connection.execute_batch(&format!("CREATE TABLE main.{} ({columns})", followed.notes))?;
    let displaced = followed.displaced();
    let (old, new) = (followed.noted("old", None), followed.noted("new", None));
    // An UPDATE of a row by its old key is one note.
    let moved = followed.noted("new", Some("old"));
    let left = followed.noted("old", Some("new"));
    let works_before = compiles(connection, table).is_ok();
    for (name, event) in EVENTS {
        let body = match (name, what) {
            ("before_insert", _) => displaced.clone(),
            ("after_insert", What::Changed) => new.clone(),
            ("after_insert", What::Gone) => String::new(),
            ("before_update", What::Changed) => format!("{old}{moved}{displaced}"),
            ("before_update", What::Gone) => format!("{left}{displaced}"),
            _ => old.clone(),
        };
        if !body.is_empty() {
            connection.execute_batch(&format!(
                "CREATE TRIGGER main.{}_{name} {event} ON {} BEGIN\n{body}END",
                followed.trigger,
                quote(&table.name)
            ))?;
        }
    }
    // A trigger that does not compile would stop the application, and CREATE TRIGGER does not say so.
    if works_before { Ok(compiles(connection, table)?) } else { Ok(()) }
}

/// Compiles one statement of each kind, with the triggers of `table`, where no name can be taken for a string.
fn compiles(connection: &Connection, table: &Table) -> rusqlite::Result<()> {
    let _all = Configured::new(connection, &ALL_TAKES_PART)?;
    let _strict = Configured::new(connection, &STRICTLY)?;
    let name = quote(&table.name);
    let stored = table.columns.iter().filter(|column| column.generated().is_none());
    let set = stored.map(|column| format!("{0} = {0}", quote(&column.name)));
    let set = set.collect::<Vec<_>>().join(", ");
    for sql in [
        format!("EXPLAIN INSERT INTO main.{name} DEFAULT VALUES"),
        format!("EXPLAIN UPDATE main.{name} SET {set}"),
        format!("EXPLAIN DELETE FROM main.{name}"),
    ] {
        connection.prepare(&sql)?;
    }
    Ok(())
}

/// The names of the columns of notes.
pub(super) fn columns(count: usize) -> String {
    (0..count).map(|at| format!("k{at}")).collect::<Vec<_>>().join(", ")
}

/// Drops the triggers, wherever they are.
pub(super) fn drop_triggers(connection: &Connection, plan: &Plan) -> Result {
    for name in plan.names.triggers(connection)? {
        connection.execute_batch(&format!("DROP TRIGGER main.{name}"))?;
    }
    Ok(())
}

impl Followed<'_> {
    /// The statement that notes the row `new` or `old`, unless `other` has the same in its columns.
    fn noted(&self, row: &str, other: Option<&str>) -> String {
        let of = |row: &str| -> Vec<_> {
            self.columns.iter().map(|column| self.value(row, column)).collect()
        };
        let differs = other.map(|other| {
            let pairs = of(row).into_iter().zip(of(other));
            let differs: Vec<_> =
                pairs.map(|(one, other)| format!("{one} IS NOT {other}")).collect();
            format!(" WHERE {}", differs.join(" OR "))
        });
        format!(
            "  INSERT INTO {} ({}) SELECT {}{};\n",
            self.notes,
            columns(self.columns.len()),
            of(row).join(", "),
            differs.unwrap_or_default()
        )
    }

    /// The value of a column in the row `new` or `old`, which is given in SQL: of `new`, what will be stored.
    fn value(&self, row: &str, column: &str) -> String {
        let named = self.table.columns.iter().find(|known| quote(&known.name) == column);
        match named {
            Some(named) if row == "new" && named.generated().is_none() => {
                written(self.table, &named.name)
            }
            _ => format!("{row}.{column}"),
        }
    }

    /// The statements that note the rows which REPLACE will delete for the row `new`. No trigger fires for them unless
    /// `recursive_triggers` is on (<https://sqlite.org/lang_conflict.html>).
    fn displaced(&self) -> String {
        let Self { table, row, keys, .. } = *self;
        let is_generated =
            |name: &str| table.column(name).is_some_and(|it| it.generated().is_some());
        let value = |name: &str| match is_generated(name) {
            true => format!("(SELECT {} FROM {row})", quote(name)),
            false => written(table, name),
        };
        let candidate = Candidate { value: &value, alone_in: row };
        let own = self.columns.iter().map(|column| format!("{ROW}.{column}"));
        let own = own.collect::<Vec<_>>().join(", ");
        let noted = keys.iter().map(|key| {
            format!(
                "  INSERT INTO {} ({}) SELECT {own} FROM {} AS {ROW} WHERE {};\n",
                self.notes,
                columns(self.columns.len()),
                quote(&table.name),
                key.is_in_the_way(&candidate)
            )
        });
        let noted: String = noted.collect();
        let is_computed = |key: &UniqueKey| key.has_expression() || key.columns().any(is_generated);
        if !keys.iter().any(is_computed) {
            return noted;
        }
        // An expression means what it means in a row of a table, whose columns have types and collations.
        let stored = table.columns.iter().filter(|column| column.generated().is_none());
        let (names, values): (Vec<_>, Vec<_>) =
            stored.map(|column| (quote(&column.name), written(table, &column.name))).unzip();
        format!(
            "  DELETE FROM {row};\n  INSERT INTO {row} ({}) SELECT {};\n{noted}  DELETE FROM {row};\n",
            names.join(", "),
            values.join(", ")
        )
    }
}

/// The value that a column of the row `new` will have: where it may be no NULL, REPLACE writes the default.
fn written(table: &Table, name: &str) -> String {
    let value = format!("new.{}", quote(name));
    let takes_no_null = |column: &&Column| column.is_not_null() || table.is_never_null_key(column);
    let column = table.column(name).filter(takes_no_null);
    match column.and_then(Column::default_expression) {
        Some(default) => {
            let default = without_names_for_strings(&default, &[]);
            format!("ifnull({value}, (\n{default}\n))")
        }
        None => value,
    }
}
