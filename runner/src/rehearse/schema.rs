//! Whether two databases have the same schema.

use std::collections::BTreeMap;

use migration_api::schema::{same_definition, same_words};
use rusqlite::Connection;

/// What is different in `after` from `before`, in words; `None`: nothing. The order of columns does not
/// count, nor does layout.
pub(super) fn same_schema(
    before: &Connection,
    after: &Connection,
) -> rusqlite::Result<Option<String>> {
    let (before, after) = (objects(before)?, objects(after)?);
    let mut differences = Vec::new();
    for ((kind, name), sql) in &before {
        match after.get(&(kind.clone(), name.clone())) {
            None => differences.push(format!("the {kind} `{name}` is gone")),
            Some(now) if !is_same(kind, sql, now) => {
                differences.push(format!("the {kind} `{name}` was\n  {sql}\nand is now\n  {now}"));
            }
            Some(_) => {}
        }
    }
    let added = after.keys().filter(|object| !before.contains_key(*object));
    differences.extend(added.map(|(kind, name)| format!("the {kind} `{name}` was not there")));
    Ok((!differences.is_empty()).then(|| differences.join("\n")))
}

/// The texts of the objects, by kind and name; SQLite's own and the runner's are not among them.
fn objects(connection: &Connection) -> rusqlite::Result<BTreeMap<(String, String), String>> {
    connection
        .prepare(
            "SELECT type, name, sql FROM main.sqlite_schema \
             WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT LIKE '\\_runner\\_%' ESCAPE '\\' \
             AND sql IS NOT NULL",
        )?
        .query_map([], |row| Ok(((row.get(0)?, row.get(1)?), row.get(2)?)))?
        .collect()
}

fn is_same(kind: &str, one: &str, other: &str) -> bool {
    if kind == "table" { same_definition(one, other) } else { same_words(one, other) }
}
