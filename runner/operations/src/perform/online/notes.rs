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
use super::key::Key;
use super::plan::{Plan, Planned};
use super::unique_key::{Candidate, UniqueKey, without_names_for_strings};
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

/// Makes the table of notes and the triggers.
pub(super) fn make(connection: &Connection, planned: &Planned) -> Result {
    let Planned { plan, old, old_keys, .. } = planned;
    let columns = columns(&plan.key);
    connection.execute_batch(&format!("CREATE TABLE main.{} ({columns})", plan.names.notes))?;
    let displaced = displaced(plan, old, old_keys);
    let new = noted(plan, "new", None);
    let old_key = noted(plan, "old", None);
    // An UPDATE of a row by its old key is one note.
    let moved = noted(plan, "new", Some("old"));
    let works_before = compiles(connection, old).is_ok();
    for (name, event) in EVENTS {
        let body = match name {
            "before_insert" => displaced.clone(),
            "after_insert" => new.clone(),
            "before_update" => format!("{old_key}{moved}{displaced}"),
            _ => old_key.clone(),
        };
        if !body.is_empty() {
            connection.execute_batch(&format!(
                "CREATE TRIGGER main.{} {event} ON {} BEGIN\n{body}END",
                trigger(plan, name),
                quote(&old.name)
            ))?;
        }
    }
    // A trigger that does not compile would stop the application, and CREATE TRIGGER does not say so.
    if works_before { Ok(compiles(connection, old)?) } else { Ok(()) }
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

/// The names of the columns that hold a key.
pub(super) fn columns(key: &Key) -> String {
    (0..key.columns.len()).map(|at| format!("k{at}")).collect::<Vec<_>>().join(", ")
}

/// Drops the triggers, wherever they are.
pub(super) fn drop_triggers(connection: &Connection, plan: &Plan) -> Result {
    for (name, _) in EVENTS {
        connection
            .execute_batch(&format!("DROP TRIGGER IF EXISTS main.{}", trigger(plan, name)))?;
    }
    Ok(())
}

fn trigger(plan: &Plan, name: &str) -> String {
    format!("{}_{name}", plan.names.trigger)
}

/// The statement that notes the key of the row `new` or `old`, unless `other` has the same.
fn noted(plan: &Plan, row: &str, other: Option<&str>) -> String {
    let columns = &plan.key.columns;
    let of = |row: &str| {
        columns.iter().map(|column| format!("{row}.{}", column.name)).collect::<Vec<_>>()
    };
    let (values, condition) = (
        of(row),
        other.map(|other| {
            let differ = of(row)
                .into_iter()
                .zip(of(other))
                .map(|(one, other)| format!("{one} IS NOT {other}"));
            format!(" WHERE {}", differ.collect::<Vec<_>>().join(" OR "))
        }),
    );
    format!(
        "  INSERT INTO {} ({}) SELECT {}{};\n",
        plan.names.notes,
        self::columns(&plan.key),
        values.join(", "),
        condition.unwrap_or_default()
    )
}

/// The statements that note the keys of the rows which REPLACE will delete for the row `new`. No trigger fires for
/// them unless `recursive_triggers` is on (<https://sqlite.org/lang_conflict.html>). A row with the key of `new` itself
/// is noted with it.
fn displaced(plan: &Plan, old: &Table, keys: &[UniqueKey]) -> String {
    let is_generated = |name: &str| old.column(name).is_some_and(|it| it.generated().is_some());
    let row = &plan.names.old_row;
    let value = |name: &str| match is_generated(name) {
        true => format!("(SELECT {} FROM {row})", quote(name)),
        false => written(old, name),
    };
    let candidate = Candidate { value: &value, alone_in: &plan.names.old_row };
    let noted = keys.iter().map(|key| {
        format!(
            "  INSERT INTO {} ({}) SELECT {} FROM {} WHERE {};\n",
            plan.names.notes,
            columns(&plan.key),
            plan.key.columns_of(&old.name),
            quote(&old.name),
            key.is_in_the_way(&old.name, &candidate)
        )
    });
    let noted: String = noted.collect();
    let is_computed = |key: &UniqueKey| key.has_expression() || key.columns().any(is_generated);
    if !keys.iter().any(is_computed) {
        return noted;
    }
    // An expression means what it means in a row of a table, whose columns have types and collations.
    let stored = old.columns.iter().filter(|column| column.generated().is_none());
    let (names, values): (Vec<_>, Vec<_>) =
        stored.map(|column| (quote(&column.name), written(old, &column.name))).unzip();
    format!(
        "  DELETE FROM {row};\n  INSERT INTO {row} ({}) SELECT {};\n{noted}  DELETE FROM {row};\n",
        names.join(", "),
        values.join(", ")
    )
}

/// The value that a column of the row `new` will have: where it may be no NULL, REPLACE writes the default.
fn written(table: &Table, name: &str) -> String {
    let value = format!("new.{}", quote(name));
    let column = table.column(name).filter(|column| column.is_not_null());
    match column.and_then(Column::default_expression) {
        Some(default) => {
            let default = without_names_for_strings(&default, &[]);
            format!("ifnull({value}, (\n{default}\n))")
        }
        None => value,
    }
}
