//! Verifies a database: its pages, its tables, and its indexes against them.

use migration_api::schema::quote;
use rusqlite::Connection;
use serde::{Deserialize, Serialize};

use super::stored_tables::tables;
use crate::application::lacks;
use crate::unverified::Unverified;

/// How thoroughly a copy is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verification {
    /// `quick_check`, and every index of columns compared with its table in one pass over each.
    #[default]
    Usual,
    /// `integrity_check`: a search in each index for each row, partial ones and those over
    /// expressions too.
    Paranoid,
}

/// The result of verifying a database.
#[derive(Debug, PartialEq, Eq)]
pub enum Soundness {
    /// The first thing that is broken.
    Damaged(String),
    /// Nothing that was checked is broken.
    Sound(Vec<Unverified>),
}

/// Verifies a database; indexes are compared with their tables only by [`Verification::Paranoid`]. Rows
/// that break a constraint are no damage: they were let in, and are to be copied as they are.
///
/// # Errors
/// SQLite's, for what is no database at all.
pub fn look_through(
    connection: &Connection,
    verification: Verification,
) -> rusqlite::Result<Soundness> {
    connection.pragma_update(None, "ignore_check_constraints", true)?;
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    let check = match verification {
        Verification::Usual => "quick_check",
        Verification::Paranoid => "integrity_check",
    };
    let mut unverified = Vec::new();
    // The default ends after 100 rows that break a constraint, and would not come to the damage.
    let fault = match faults(connection, &format!("PRAGMA main.{check}(2000000000)")) {
        // One thing that only the application has keeps SQLite from looking at all the others.
        Err(error) if lacks(&error) => table_by_table(connection, check, &mut unverified)?,
        found => {
            // A virtual table whose module is unknown was passed over in silence.
            virtual_tables(
                connection,
                |name| connection.prepare(&reads(name)).map(|_| None),
                &mut unverified,
            )?;
            found?.damage
        }
    };
    if let Some(found) = fault {
        return Ok(Soundness::Damaged(found));
    }
    Ok(Soundness::Sound(unverified))
}

/// Checks one table after the other, and records those that SQLite cannot check.
fn table_by_table(
    connection: &Connection,
    check: &str,
    unverified: &mut Vec<Unverified>,
) -> rusqlite::Result<Option<String>> {
    for table in tables(connection)? {
        let look =
            |check| faults(connection, &format!("PRAGMA main.{check}({})", quote(&table.name)));
        let found = match look(check) {
            Err(error) if lacks(&error) => {
                unverified
                    .push(Unverified::Table { name: table.name.clone(), why: reason(&error) });
                continue;
            }
            found => found?,
        };
        if found.damage.is_some() {
            return Ok(found.damage);
        }
    }
    let look = |name: &str| {
        faults(connection, &format!("PRAGMA main.{check}({})", quote(name)))
            .map(|found| found.damage)
    };
    virtual_tables(connection, look, unverified)
}

/// Checks all virtual tables, and records those that cannot be checked. Returns the first damage.
fn virtual_tables(
    connection: &Connection,
    look: impl Fn(&str) -> rusqlite::Result<Option<String>>,
    unverified: &mut Vec<Unverified>,
) -> rusqlite::Result<Option<String>> {
    let mut names = connection.prepare(
        "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND rootpage = 0 ORDER BY name",
    )?;
    let names: Vec<String> = names.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    for name in names {
        match look(&name) {
            Err(error) if lacks(&error) => {
                let why = reason_of_search(connection, &name).unwrap_or_else(|| reason(&error));
                unverified.push(Unverified::VirtualTable { name, why });
            }
            Ok(None) => {}
            found => return found,
        }
    }
    Ok(None)
}

fn reads(table: &str) -> String {
    format!("SELECT 1 FROM main.{}", quote(table))
}

/// Why a full-text search in `table` fails: a tokenizer that is unknown has no name in any other error.
fn reason_of_search(connection: &Connection, table: &str) -> Option<String> {
    let search = format!("{} WHERE {} MATCH 'x'", reads(table), quote(table));
    let error = connection.prepare(&search).ok()?.exists([]).err()?;
    Some(reason(&error))
}

/// What SQLite itself says of a table one of whose indexes seems not to be what it should be.
pub(super) fn confirmed(
    connection: &Connection,
    table: &str,
    suspect: &str,
) -> rusqlite::Result<Option<String>> {
    const FAULTS_AT_MOST: usize = 100;
    let found = faults(connection, &format!("PRAGMA main.integrity_check({})", quote(table)))?;
    // So many rows that break a constraint kept it from coming to the index.
    let is_cut = found.damage.is_none() && found.constraints >= FAULTS_AT_MOST;
    let own = is_cut.then(|| format!("index {suspect} does not hold what its table holds"));
    Ok(found.damage.or(own))
}

/// What a check found.
struct Faults {
    damage: Option<String>,
    /// So many rows that break a constraint.
    constraints: usize,
}

fn faults(connection: &Connection, pragma: &str) -> rusqlite::Result<Faults> {
    let mut statement = connection.prepare(pragma)?;
    let mut rows = statement.query([])?;
    let mut constraints = 0;
    while let Some(row) = rows.next()? {
        let found: String = row.get(0)?;
        if breaks_a_constraint(&found) {
            constraints += 1;
        } else if found != "ok" {
            // SQLite begins with a line that says in which database.
            let found = found.lines().find(|line| !line.starts_with("***"));
            let damage = Some(found.unwrap_or("SQLite does not say what").to_owned());
            return Ok(Faults { damage, constraints });
        }
    }
    Ok(Faults { damage: None, constraints })
}

fn breaks_a_constraint(found: &str) -> bool {
    const WORDS: [&str; 4] =
        ["NULL value in ", "NUMERIC value in ", "TEXT value in ", "CHECK constraint "];
    WORDS.iter().any(|words| found.starts_with(words))
        || found.starts_with("non-") && found.contains(" value in ")
}

/// What SQLite says, without the statement.
pub(super) fn reason(error: &rusqlite::Error) -> String {
    match error {
        rusqlite::Error::SqliteFailure(_, Some(message)) => message.clone(),
        rusqlite::Error::SqlInputError { msg, .. } => msg.clone(),
        other => other.to_string(),
    }
}

/// The index that SQLite says is not what it should be.
pub(super) fn damaged_index(found: &str) -> Option<&str> {
    const BEFORE: [&str; 4] = [
        " missing from index ",
        "wrong # of entries in index ",
        "non-unique entry in index ",
        " of index ",
    ];
    let after = |words| found.split_once(words).map(|(_, name)| name);
    BEFORE.into_iter().find_map(after).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(sql: &str) -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(sql).unwrap();
        connection
    }

    /// Makes SQLite read the schema as `with`, as if the application had made it so.
    fn pretend(connection: &Connection, what: &str, with: &str) {
        connection
            .execute_batch(&format!(
                "PRAGMA writable_schema = ON;
                 UPDATE sqlite_schema SET sql = replace(sql, '{what}', '{with}');
                 PRAGMA writable_schema = RESET"
            ))
            .unwrap();
    }

    #[track_caller]
    fn sound(connection: &Connection, verification: Verification) -> Vec<String> {
        match look_through(connection, verification).unwrap() {
            Soundness::Sound(unverified) => unverified.iter().map(ToString::to_string).collect(),
            Soundness::Damaged(found) => panic!("{found}"),
        }
    }

    const BOTH: [Verification; 2] = [Verification::Usual, Verification::Paranoid];

    #[test]
    fn rows_that_break_a_constraint_are_no_damage_and_hide_none() {
        let connection = filled(
            "CREATE TABLE a (a CHECK (a > 1), b, c INTEGER);
             PRAGMA ignore_check_constraints = ON;
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)
             INSERT INTO a SELECT 0, NULL, 'x' FROM n;
             PRAGMA ignore_check_constraints = OFF;
             CREATE TABLE b (v); CREATE TABLE c (v); CREATE INDEX c_v ON c (v);
             INSERT INTO b VALUES (1); INSERT INTO c VALUES (1), (2)",
        );
        pretend(&connection, ", b,", ", b NOT NULL,");
        for verification in BOTH {
            assert_eq!(sound(&connection, verification), [""; 0]);
        }
        connection
            .execute_batch(
                "PRAGMA writable_schema = ON;
                 UPDATE sqlite_schema SET rootpage =
                 (SELECT rootpage FROM sqlite_schema WHERE name = 'b') WHERE name = 'c';
                 PRAGMA writable_schema = RESET",
            )
            .unwrap();
        for verification in BOTH {
            let found = look_through(&connection, verification).unwrap();
            assert!(matches!(found, Soundness::Damaged(_)), "{found:?}");
        }
    }

    #[test]
    fn what_only_the_application_has_is_named_and_all_else_looked_at() {
        for (make, what, with, named) in [
            (
                "CREATE TABLE t (a TEXT); CREATE INDEX i ON t (a)",
                "TEXT",
                "TEXT COLLATE mine",
                "the pages and indexes of `t` were not looked at: no such collation sequence: mine",
            ),
            (
                "CREATE VIRTUAL TABLE t USING fts5 (a); INSERT INTO t VALUES ('word')",
                "fts5 (a)",
                "fts5 (a, tokenize = app_words)",
                "virtual table `t` was not opened: ",
            ),
            (
                "CREATE VIRTUAL TABLE t USING fts5 (a)",
                "fts5 (a)",
                "app_module (a)",
                "virtual table `t` was not opened: no such module: app_module",
            ),
        ] {
            let connection = filled(&format!(
                "{make}; CREATE TABLE u (b); CREATE INDEX u_b ON u (b); INSERT INTO u VALUES (1), (2)"
            ));
            pretend(&connection, what, with);
            for verification in BOTH {
                let unverified = sound(&connection, verification);
                assert!(unverified.iter().any(|said| said.starts_with(named)), "{unverified:?}");
            }
            pretend(&connection, "(b)", "(b DESC)");
            let found = look_through(&connection, Verification::Paranoid).unwrap();
            assert!(matches!(found, Soundness::Damaged(_)), "{with}: {found:?}");
        }
    }

    #[test]
    fn an_index_that_is_damaged_is_named() {
        for (found, name) in [
            ("row 3 missing from index by name", Some("by name")),
            ("wrong # of entries in index i", Some("i")),
            ("non-unique entry in index i", Some("i")),
            ("Tree 3 page 3: btreeInitPage() returns error code 11", None),
        ] {
            assert_eq!(damaged_index(found), name, "{found}");
        }
    }
}
