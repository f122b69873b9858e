//! Foreign keys are not enforced while a migration runs. They are checked before it is committed: what
//! is newly broken fails, what was broken before does not. Tables that have nothing to do with what the
//! migration touched are not read.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::Connection;

use super::committed::Committed;
use crate::record;
use crate::schema_objects::Objects;

/// Which reference is broken. The name of the parent is not a part of it: renaming a table breaks
/// nothing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Reference {
    child: String,
    /// `None` in a table without rowids, and where a key can hold for no row.
    rowid: Option<i64>,
    /// The number of the foreign key in its table; `None` where SQLite does not report it.
    key: Option<i64>,
}

/// How the reference is broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Violation {
    /// How many rows: without a rowid they cannot be distinguished.
    count: u64,
    pub(super) words: String,
    /// Whether the key itself is wrong, so that no row can satisfy it.
    pub(super) is_of_the_key: bool,
}

/// The broken references in some tables.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Violations {
    found: BTreeMap<Reference, Violation>,
    /// The tables that were checked.
    checked: BTreeSet<String>,
}

impl Violations {
    /// The violations that `before` does not have.
    pub(super) fn new_since(&self, before: &Self) -> Vec<Violation> {
        let is_new = |reference: &Reference, now: &Violation| {
            before.found.get(reference).is_none_or(|old| old.count < now.count)
        };
        self.found
            .iter()
            .filter(|(reference, violation)| is_new(reference, violation))
            .map(|(_, violation)| violation.clone())
            .collect()
    }

    /// Adds the committed violations of tables where `now` found something and that `self` has not
    /// checked. A table that was not `committed` had no rows.
    ///
    /// # Errors
    /// SQLite's error.
    pub(super) fn look_back(
        &mut self,
        now: &Self,
        committed: &Committed<'_>,
    ) -> rusqlite::Result<()> {
        let children: BTreeSet<&String> =
            now.found.keys().map(|reference| &reference.child).collect();
        for child in children {
            if self.checked.insert(child.clone()) {
                let connection = committed.connection()?;
                if record::table_exists(connection, child)? {
                    check(connection, child.clone(), self)?;
                }
            }
        }
        Ok(())
    }

    /// Replaces what `self` knows of the tables that `now` has checked.
    pub(super) fn update(&mut self, now: Self) {
        self.found.retain(|reference, _| !now.checked.contains(&reference.child));
        self.found.extend(now.found);
        self.checked.extend(now.checked);
    }

    fn add(&mut self, reference: Reference, words: String) {
        let is_of_the_key = reference.key.is_none();
        let first = Violation { count: 0, words, is_of_the_key };
        self.found.entry(reference).or_insert(first).count += 1;
    }
}

/// Every violation in the database.
///
/// # Errors
/// SQLite's error.
pub(super) fn all(connection: &Connection, objects: &Objects) -> rusqlite::Result<Violations> {
    let mut violations = Violations::default();
    for child in objects.that_may_have_foreign_keys() {
        check(connection, child, &mut violations)?;
    }
    Ok(violations)
}

/// The violations in tables of `objects` that are touched, or that refer to one that is; a table that
/// is gone was touched too. No other table can have new violations, so none of them is read.
///
/// # Errors
/// SQLite's error.
pub(super) fn around(
    connection: &Connection,
    objects: &Objects,
    touched: &BTreeSet<String>,
) -> rusqlite::Result<Violations> {
    let mut violations = Violations::default();
    if touched.is_empty() {
        return Ok(violations);
    }
    for child in objects.that_may_have_foreign_keys_around(touched) {
        if touched.contains(&child.to_ascii_lowercase())
            || has_parent_among(connection, &child, touched)?
        {
            check(connection, child, &mut violations)?;
        }
    }
    Ok(violations)
}

fn has_parent_among(
    connection: &Connection,
    child: &str,
    touched: &BTreeSet<String>,
) -> rusqlite::Result<bool> {
    let mut statement =
        connection.prepare("SELECT DISTINCT \"table\" FROM pragma_foreign_key_list(?1)")?;
    let mut rows = statement.query([child])?;
    while let Some(row) = rows.next()? {
        if touched.contains(&row.get::<_, String>(0)?.to_ascii_lowercase()) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Adds what `PRAGMA foreign_key_check` finds in `child`
/// (<https://sqlite.org/pragma.html#pragma_foreign_key_check>).
fn check(
    connection: &Connection,
    child: String,
    violations: &mut Violations,
) -> rusqlite::Result<()> {
    let mut statement =
        connection.prepare("SELECT rowid, parent, fkid FROM pragma_foreign_key_check(?1)")?;
    let mut rows = statement.query([&child])?;
    loop {
        match rows.next() {
            Ok(None) => break,
            Ok(Some(row)) => {
                let (rowid, parent): (Option<i64>, String) = (row.get(0)?, row.get(1)?);
                let row_name = rowid.map_or("a row".to_owned(), |rowid| format!("row {rowid}"));
                let words = format!(
                    "{row_name} of `{child}` points to a row that `{parent}` does not have"
                );
                violations.add(Reference { child: child.clone(), rowid, key: row.get(2)? }, words);
            }
            // SQLite has no code of its own for this, only the words.
            Err(rusqlite::Error::SqliteFailure(_, Some(message)))
                if message.starts_with("foreign key mismatch") =>
            {
                let reference = Reference { child: child.clone(), rowid: None, key: None };
                violations.add(reference, unusable(&child, &message));
                break;
            }
            Err(error) => return Err(error),
        }
    }
    violations.checked.insert(child);
    Ok(())
}

/// What SQLite means by `foreign key mismatch - "child" referencing "parent"`
/// (<https://sqlite.org/foreignkeys.html#fk_indexes>).
fn unusable(child: &str, message: &str) -> String {
    let parent =
        message.split_once("\" referencing \"").map(|(_, rest)| rest.trim_end_matches('"'));
    match parent {
        Some(parent) => format!(
            "no row of `{child}` can point to `{parent}`: the foreign key names columns of it that are \
             neither its primary key nor unique"
        ),
        None => message.to_owned(),
    }
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

    fn all(connection: &Connection) -> rusqlite::Result<Violations> {
        super::all(connection, &Objects::read(connection)?)
    }

    fn words(violations: &Violations) -> Vec<String> {
        violations.found.values().map(|violation| violation.words.clone()).collect()
    }

    fn new_words(now: &Violations, before: &Violations) -> Vec<String> {
        now.new_since(before).into_iter().map(|violation| violation.words).collect()
    }

    fn around_names(connection: &Connection, touched: &[&str]) -> Vec<String> {
        let touched = touched.iter().map(|name| (*name).to_owned()).collect();
        words(&around(connection, &Objects::read(connection).unwrap(), &touched).unwrap())
    }

    const DANGLING: &str = "row 8 of `child` points to a row that `parent` does not have";

    #[test]
    fn dangling_rows_and_unusable_keys_are_told() {
        assert_eq!(
            words(&all(&family("INSERT INTO other VALUES (1, 'x')")).unwrap()),
            [
                "row 8 of `child` points to a row that `Parent` does not have",
                "no row of `other` can point to `parent`: the foreign key names columns of it that are \
                 neither its primary key nor unique"
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
    fn what_points_to_a_parent_that_is_gone_is_near_it() {
        let connection = family("DROP TABLE other; DROP TABLE parent");
        assert_eq!(around_names(&connection, &["parent"]).len(), 2);
    }

    #[test]
    fn a_parent_is_found_however_its_name_is_spelled() {
        let connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch(
                "PRAGMA foreign_keys = OFF; CREATE TABLE \"a\"\"b\" (id INTEGER PRIMARY KEY);
                 CREATE TABLE Upper (id INTEGER PRIMARY KEY);
                 CREATE TABLE c (x REFERENCES \"a\"\"b\"); CREATE TABLE d (x REFERENCES [UPPER]);
                 INSERT INTO c VALUES (1); INSERT INTO d VALUES (1);",
            )
            .unwrap();
        assert_eq!(around_names(&connection, &["a\"b"]).len(), 1);
        assert_eq!(around_names(&connection, &["upper"]).len(), 1);
    }

    #[test]
    fn only_what_is_worse_than_before_is_new() {
        let connection = family("DROP TABLE other");
        let mut before = all(&connection).unwrap();
        assert!(before.new_since(&before).is_empty());
        connection.execute_batch("INSERT INTO child VALUES (9, 3)").unwrap();
        let now = all(&connection).unwrap();
        assert_eq!(
            new_words(&now, &before),
            ["row 9 of `child` points to a row that `Parent` does not have"]
        );

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
        let new = new_words(&all(&connection).unwrap(), &before);
        assert_eq!(new, ["a row of `bare` points to a row that `parent` does not have"]);
    }

    #[test]
    fn renaming_a_parent_breaks_nothing_new() {
        let connection = family("DROP TABLE other");
        let before = all(&connection).unwrap();
        connection.execute_batch("ALTER TABLE parent RENAME TO ancestor").unwrap();
        assert!(all(&connection).unwrap().new_since(&before).is_empty());
    }
}
