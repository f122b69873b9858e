//! Foreign keys are not enforced while a migration runs, and are checked before it is committed:
//! what is new and broken fails, what was broken before does not.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use rusqlite::Connection;

/// A broken reference, as `PRAGMA foreign_key_check` tells it
/// (<https://sqlite.org/pragma.html#pragma_foreign_key_check>).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Violation {
    /// A row points to a row that is not there.
    Dangling { child: String, rowid: Option<i64>, parent: String, key: i64 },
    /// The key cannot work for any row: the columns that it points to are not there or not unique.
    Mismatch { child: String, message: String },
}

impl Violation {
    fn child(&self) -> &str {
        match self {
            Self::Dangling { child, .. } | Self::Mismatch { child, .. } => child,
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dangling { child, rowid: Some(rowid), parent, .. } => {
                write!(f, "row {rowid} of `{child}` points to a row that `{parent}` does not have")
            }
            Self::Dangling { child, rowid: None, parent, .. } => {
                write!(f, "a row of `{child}` points to a row that `{parent}` does not have")
            }
            Self::Mismatch { message, .. } => f.write_str(message),
        }
    }
}

/// Violations, each with how often it was found: rows without a rowid look alike.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Violations {
    found: BTreeMap<Violation, u64>,
    /// The tables that were read for this.
    checked: BTreeSet<String>,
}

impl Violations {
    /// Those of `self` that `before` does not have.
    pub(super) fn new_since(&self, before: &Self) -> Vec<Violation> {
        self.found
            .iter()
            .filter(|(violation, count)| before.found.get(violation).is_none_or(|old| old < count))
            .map(|(violation, _)| violation.clone())
            .collect()
    }

    /// Brings `self` up to date where `now` has looked.
    pub(super) fn update(&mut self, now: Self) {
        self.found.retain(|violation, _| !now.checked.contains(violation.child()));
        self.found.extend(now.found);
    }
}

/// Every violation in the database.
///
/// # Errors
/// SQLite's error.
pub(super) fn all(connection: &Connection) -> rusqlite::Result<Violations> {
    let mut violations = Violations::default();
    for child in children(connection)? {
        check(connection, child, &mut violations)?;
    }
    Ok(violations)
}

/// The violations in tables that are touched, point to one that is, or point to one that is gone.
/// No other table can have new ones, and none of them is read.
///
/// # Errors
/// SQLite's error.
pub(super) fn around(
    connection: &Connection,
    touched: &BTreeSet<String>,
) -> rusqlite::Result<Violations> {
    let mut violations = Violations::default();
    if touched.is_empty() {
        return Ok(violations);
    }
    for child in children(connection)? {
        if touched.contains(&child.to_ascii_lowercase())
            || has_parent_among(connection, &child, touched)?
        {
            check(connection, child, &mut violations)?;
        }
    }
    Ok(violations)
}

/// The tables that have foreign keys: a definition cannot have one without this word.
fn children(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    connection
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND sql LIKE '%references%'")?
        .query_map([], |row| row.get(0))?
        .collect()
}

fn has_parent_among(
    connection: &Connection,
    child: &str,
    touched: &BTreeSet<String>,
) -> rusqlite::Result<bool> {
    let mut statement = connection.prepare(
        "SELECT DISTINCT lower(k.\"table\"), EXISTS (SELECT 1 FROM sqlite_schema s \
         WHERE s.type = 'table' AND s.name = k.\"table\" COLLATE NOCASE) \
         FROM pragma_foreign_key_list(?1) k",
    )?;
    let mut rows = statement.query([child])?;
    while let Some(row) = rows.next()? {
        let (parent, is_there): (String, bool) = (row.get(0)?, row.get(1)?);
        if !is_there || touched.contains(&parent) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn check(
    connection: &Connection,
    child: String,
    violations: &mut Violations,
) -> rusqlite::Result<()> {
    let mut statement = connection.prepare("SELECT * FROM pragma_foreign_key_check(?1)")?;
    let mut rows = statement.query([&child])?;
    loop {
        let violation = match rows.next() {
            Ok(None) => break,
            Ok(Some(row)) => Violation::Dangling {
                child: row.get(0)?,
                rowid: row.get(1)?,
                parent: row.get(2)?,
                key: row.get(3)?,
            },
            // SQLite has no code of its own for this, only the words.
            Err(rusqlite::Error::SqliteFailure(_, Some(message)))
                if message.starts_with("foreign key mismatch") =>
            {
                let violation = Violation::Mismatch { child: child.clone(), message };
                violations.found.insert(violation, 1);
                break;
            }
            Err(error) => return Err(error),
        };
        *violations.found.entry(violation).or_default() += 1;
    }
    violations.checked.insert(child);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAMILY: &str = "PRAGMA foreign_keys = OFF;
        CREATE TABLE parent (id INTEGER PRIMARY KEY, code TEXT);
        CREATE TABLE child (id INTEGER PRIMARY KEY, p REFERENCES Parent);
        CREATE TABLE other (id INTEGER PRIMARY KEY, c TEXT REFERENCES parent (code));
        CREATE TABLE apart (a);
        INSERT INTO parent VALUES (1, 'x'); INSERT INTO child VALUES (7, 1), (8, 2);";

    fn family(more: &str) -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(FAMILY).unwrap();
        connection.execute_batch(more).unwrap();
        connection
    }

    fn words(violations: &Violations) -> Vec<String> {
        violations.found.keys().map(ToString::to_string).collect()
    }

    fn around_names(connection: &Connection, touched: &[&str]) -> Vec<String> {
        let touched = touched.iter().map(|name| (*name).to_owned()).collect();
        words(&around(connection, &touched).unwrap())
    }

    const DANGLING: &str = "row 8 of `child` points to a row that `parent` does not have";

    #[test]
    fn dangling_rows_and_unusable_keys_are_told() {
        assert_eq!(
            words(&all(&family("INSERT INTO other VALUES (1, 'x')")).unwrap()),
            [
                "row 8 of `child` points to a row that `Parent` does not have",
                "foreign key mismatch - \"other\" referencing \"parent\""
            ]
        );
    }

    #[test]
    fn only_what_is_near_a_touched_table_is_read() {
        let connection = family("DROP TABLE other");
        let told = vec![DANGLING.replace("`parent`", "`Parent`")];
        assert_eq!(around_names(&connection, &["child"]), told);
        assert_eq!(around_names(&connection, &["parent"]), told);
        assert!(around_names(&connection, &["apart"]).is_empty());
        assert!(around_names(&connection, &[]).is_empty());
    }

    #[test]
    fn a_parent_that_is_gone_is_near_everything() {
        let connection = family("DROP TABLE other; DROP TABLE parent");
        assert_eq!(around_names(&connection, &["apart"]).len(), 2);
    }

    #[test]
    fn only_what_is_worse_than_before_is_new() {
        let connection = family("DROP TABLE other");
        let mut before = all(&connection).unwrap();
        assert_eq!(before.new_since(&before), []);
        connection.execute_batch("INSERT INTO child VALUES (9, 3)").unwrap();
        let now = all(&connection).unwrap();
        let new: Vec<_> = now.new_since(&before).iter().map(ToString::to_string).collect();
        assert_eq!(new, ["row 9 of `child` points to a row that `Parent` does not have"]);

        before.update(now);
        connection.execute_batch("DELETE FROM child").unwrap();
        before.update(all(&connection).unwrap());
        assert!(before.found.is_empty());
    }

    #[test]
    fn rows_without_a_rowid_are_counted() {
        let connection = family(
            "DROP TABLE other; CREATE TABLE bare (a PRIMARY KEY, p REFERENCES parent) WITHOUT ROWID;
             INSERT INTO bare VALUES (1, 5)",
        );
        let before = all(&connection).unwrap();
        connection.execute_batch("INSERT INTO bare VALUES (2, 5)").unwrap();
        let new = all(&connection).unwrap().new_since(&before);
        assert_eq!(
            new.iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["a row of `bare` points to a row that `parent` does not have"]
        );
    }
}
