//! Rows that vanished and that the migration did not delete: by a trigger of another table, or by
//! ON DELETE of a foreign key that it enforced.

use std::fmt;

use migration_api::schema::quote;
use rusqlite::{Connection, OptionalExtension};

use super::seen::Seen;

/// Rows of a table that would be gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LostRows {
    /// The table.
    pub table: String,
    /// How many; `None` where that cannot be told.
    pub rows: Option<u64>,
    /// The trigger that deletes them; `None`: foreign keys were enforced.
    pub trigger: Option<String>,
}

impl fmt::Display for LostRows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.rows {
            Some(1) => f.write_str("1 row")?,
            Some(rows) => write!(f, "{rows} rows")?,
            None => f.write_str("some rows")?,
        }
        write!(f, " of `{}`, ", self.table)?;
        match &self.trigger {
            Some(trigger) => write!(f, "by the trigger `{trigger}`"),
            None => f.write_str("while foreign keys were enforced"),
        }
    }
}

/// The rows that are lost on `connection`, where a migration ran that did what `seen` says.
/// `witness`, if there is one, sees the database as it was before. A table is read as a whole only if a trigger
/// deleted out of it and the migration did not.
///
/// # Errors
/// SQLite's error.
pub(super) fn find(
    connection: &Connection,
    witness: Option<&Connection>,
    seen: &Seen,
) -> rusqlite::Result<Vec<LostRows>> {
    if seen.rows.keys_acted {
        let lost = |(table, rows): (&str, u64)| LostRows {
            table: table.to_owned(),
            rows: Some(rows),
            trigger: None,
        };
        return Ok(seen.rows.losers().map(lost).collect());
    }
    let mut lost = Vec::new();
    for (table, trigger) in &seen.triggers_delete_from {
        if seen.deletes_from.contains(table) || stands_for_a_view(connection, trigger)? {
            continue;
        }
        if let Some(rows) = lost_from(connection, witness, seen, table)? {
            lost.push(LostRows { table: table.clone(), rows, trigger: Some(trigger.clone()) });
        }
    }
    lost.dedup_by(|one, other| one.table == other.table);
    Ok(lost)
}

/// How many rows `table` lost: `None` for none, `Some(None)` for a number that cannot be told.
fn lost_from(
    connection: &Connection,
    witness: Option<&Connection>,
    seen: &Seen,
    table: &str,
) -> rusqlite::Result<Option<Option<u64>>> {
    let counted = seen.rows.lost(table);
    match kind(connection, table)? {
        // The rows of a virtual table are its own business: a search index follows its table.
        Some(Kind::Virtual) => return Ok(None),
        Some(Kind::WithRowids) if counted == 0 => return Ok(None),
        Some(Kind::WithRowids | Kind::WithoutRowids) => {}
        // It was dropped or renamed meanwhile.
        None => return Ok((counted > 0).then_some(Some(counted))),
    }
    // Counted rows may be there again, after a savepoint was rolled back or a statement failed.
    match rows_before(witness, table) {
        Some(before) => {
            let lost = before.saturating_sub(rows(connection, table)?);
            Ok((lost > 0).then_some(Some(lost)))
        }
        None => Ok(Some((counted > 0).then_some(counted))),
    }
}

enum Kind {
    WithRowids,
    WithoutRowids,
    Virtual,
}

fn kind(connection: &Connection, table: &str) -> rusqlite::Result<Option<Kind>> {
    connection
        .query_row(
            "SELECT type, wr FROM pragma_table_list WHERE schema = 'main' AND lower(name) = ?1",
            [table],
            |row| {
                let (kind, without_rowids): (String, bool) = (row.get(0)?, row.get(1)?);
                Ok(match (kind.as_str(), without_rowids) {
                    ("table", false) => Kind::WithRowids,
                    ("table", true) => Kind::WithoutRowids,
                    _ => Kind::Virtual,
                })
            },
        )
        .optional()
}

/// Whether `trigger` is how a view is deleted from: the statement that set it off says so.
fn stands_for_a_view(connection: &Connection, trigger: &str) -> rusqlite::Result<bool> {
    connection.query_row(
        "SELECT EXISTS (SELECT 1 FROM main.sqlite_schema t JOIN main.sqlite_schema v \
         ON v.type = 'view' AND v.name = t.tbl_name COLLATE NOCASE \
         WHERE t.type = 'trigger' AND t.name = ?1 COLLATE NOCASE)",
        [trigger],
        |row| row.get(0),
    )
}

fn rows(connection: &Connection, table: &str) -> rusqlite::Result<u64> {
    let sql = format!("SELECT count(*) FROM main.{}", quote(table));
    let count: i64 = connection.query_row(&sql, [], |row| row.get(0))?;
    Ok(count.unsigned_abs())
}

/// `None` where a lock of our own keeps the witness out, and for a table that is not committed yet.
fn rows_before(witness: Option<&Connection>, table: &str) -> Option<u64> {
    let witness = witness?;
    rows(witness, table).ok()
}

#[cfg(test)]
mod tests {
    use rusqlite::config::DbConfig;

    use super::*;
    use crate::apply::guard::Guard;

    const GROUND: &str = "
        CREATE TABLE parent (id INTEGER PRIMARY KEY);
        CREATE TABLE child (id INTEGER PRIMARY KEY, p REFERENCES parent ON DELETE CASCADE);
        CREATE TABLE bare (p PRIMARY KEY) WITHOUT ROWID;
        CREATE VIRTUAL TABLE search USING fts5 (word);
        CREATE VIEW children AS SELECT * FROM child;
        CREATE TRIGGER of_view INSTEAD OF DELETE ON children
        BEGIN DELETE FROM child WHERE id = old.id; END;
        INSERT INTO parent VALUES (1), (2), (3);
        INSERT INTO child VALUES (1, 1), (2, 1), (3, 2);
        INSERT INTO bare VALUES (1), (2); INSERT INTO search VALUES ('a'), ('b');";
    const CASCADE: &str = "CREATE TRIGGER parent_goes AFTER DELETE ON parent BEGIN
        DELETE FROM child WHERE p = old.id; DELETE FROM bare WHERE p = old.id;
        DELETE FROM search WHERE rowid = old.id; END;";

    /// What is lost when a migration does this to a database in a file.
    fn lost(triggers: &str, migration: impl FnOnce(&Connection)) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let mut connection = Connection::open(folder.path().join("a.db")).unwrap();
        connection.pragma_update(None, "foreign_keys", false).unwrap();
        connection.execute_batch(&[GROUND, triggers].concat()).unwrap();
        let witness = Connection::open(folder.path().join("a.db")).unwrap();
        let guard = Guard::default();
        guard.stand_on(&mut connection).unwrap();
        connection.execute_batch("BEGIN IMMEDIATE").unwrap();
        guard.arm();
        migration(&connection);
        let seen = guard.disarm();
        let lost = find(&connection, Some(&witness), &seen).unwrap();
        lost.iter().map(ToString::to_string).collect()
    }

    fn sql(sql: &str) -> impl FnOnce(&Connection) {
        move |connection| connection.execute_batch(sql).unwrap()
    }

    #[test]
    fn rows_that_a_trigger_deletes_are_lost_and_a_search_index_is_not() {
        assert_eq!(
            lost(CASCADE, sql("DELETE FROM parent WHERE id = 1")),
            [
                "1 row of `bare`, by the trigger `parent_goes`",
                "2 rows of `child`, by the trigger `parent_goes`"
            ]
        );
    }

    #[test]
    fn rows_that_the_migration_deletes_are_not_lost() {
        let all = "DELETE FROM child; DELETE FROM bare; DELETE FROM parent;";
        assert!(lost(CASCADE, sql(all)).is_empty());
        assert!(lost("", sql("DELETE FROM children WHERE p = 1")).is_empty());
    }

    #[test]
    fn a_trigger_that_deletes_nothing_loses_nothing() {
        assert!(lost(CASCADE, sql("DELETE FROM parent WHERE id = 3")).is_empty());
    }

    #[test]
    fn rows_that_are_back_are_not_lost() {
        let undone = "SAVEPOINT s; DELETE FROM parent; ROLLBACK TO s; RELEASE s";
        assert!(lost(CASCADE, sql(undone)).is_empty());
        let replaced = "DELETE FROM parent WHERE id = 1; INSERT INTO child VALUES (8, 1), (9, 1);
            INSERT INTO bare VALUES (1)";
        assert!(lost(CASCADE, sql(replaced)).is_empty());
    }

    #[test]
    fn rows_of_a_table_that_is_renamed_are_missed_too() {
        let renamed = "DELETE FROM parent WHERE id = 1; INSERT INTO bare VALUES (1);
            ALTER TABLE child RENAME TO kid";
        assert_eq!(
            lost(CASCADE, sql(renamed)),
            ["2 rows of `child`, by the trigger `parent_goes`"]
        );
    }

    #[test]
    fn on_delete_cascade_is_seen_however_short_foreign_keys_are_on() {
        let told = lost("", |connection| {
            let enforce = |on| {
                connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY, on).unwrap();
            };
            enforce(true);
            connection.execute_batch("DELETE FROM parent WHERE id = 1").unwrap();
            enforce(false);
        });
        assert_eq!(
            told,
            [
                "1 row of `parent`, while foreign keys were enforced",
                "2 rows of `child`, while foreign keys were enforced"
            ]
        );
    }
}
