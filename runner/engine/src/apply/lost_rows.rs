//! Rows that vanished and that the migration did not delete: by a trigger of another table, by ON DELETE
//! of a foreign key that it enforced, or because a table was made anew without them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use migration_api::schema::quote;
use rusqlite::{Connection, OptionalExtension};

use super::activity::Activity;
use super::committed::Committed;

/// Rows of a table that would be gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LostRows {
    /// The table.
    pub table: String,
    /// How many; `None` where that cannot be told.
    pub rows: Option<u64>,
    /// By what.
    pub cause: LossCause,
}

/// What makes rows vanish.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum LossCause {
    /// The trigger of this name deletes them.
    Trigger(String),
    /// Foreign keys were enforced.
    ForeignKeys,
    /// The table was made anew without them.
    MadeAnew {
        /// How many rows it had.
        before: u64,
        /// How many it has.
        after: u64,
    },
}

/// The tables as they were before a step.
pub(super) struct TablesBefore<'b, 'c> {
    /// What is committed: not what a step before in the same transaction left.
    pub(super) committed: &'b Committed<'c>,
    /// What that left of the tables that it touched.
    pub(super) left: &'b Left,
}

/// What a step left of tables, by their names in lower case; `None`: there is no such table.
pub(super) type Left = BTreeMap<String, Option<TableLeft>>;

/// A table as a step left it, for the next step in the same transaction.
pub(super) struct TableLeft {
    rows: u64,
    root: i64,
    columns: Vec<Column>,
}

/// The name and the type of a column.
type Column = (String, String);

impl TablesBefore<'_, '_> {
    /// How many rows `table` had; `None`: there was no such table, or it was a virtual one.
    fn rows(&self, table: &str) -> rusqlite::Result<Option<u64>> {
        match self.left.get(table) {
            Some(left) => Ok(left.as_ref().map(|left| left.rows)),
            None if self.root(table)?.is_some() => {
                rows(self.committed.connection()?, table).map(Some)
            }
            None => Ok(None),
        }
    }

    fn root(&self, table: &str) -> rusqlite::Result<Option<i64>> {
        match self.left.get(table) {
            Some(left) => Ok(left.as_ref().map(|left| left.root)),
            None => root(self.committed.connection()?, table),
        }
    }

    fn columns(&self, table: &str) -> rusqlite::Result<Vec<Column>> {
        match self.left.get(table) {
            Some(left) => Ok(left.as_ref().map(|left| left.columns.clone()).unwrap_or_default()),
            None => columns(self.committed.connection()?, table),
        }
    }
}

impl fmt::Display for LostRows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.rows {
            Some(1) => f.write_str("1 row")?,
            Some(rows) => write!(f, "{rows} rows")?,
            None => f.write_str("some rows")?,
        }
        write!(f, " of `{}`, ", self.table)?;
        match &self.cause {
            LossCause::Trigger(trigger) => write!(f, "by the trigger `{trigger}`"),
            LossCause::ForeignKeys => f.write_str("while foreign keys were enforced"),
            LossCause::MadeAnew { before, after } => {
                write!(f, "which had {before} and was made anew with {after}")
            }
        }
    }
}

/// The rows that are lost on `connection`, where a migration ran that did what `seen` says.
/// A table is read as a whole only if a trigger deleted out of it, or it was written as a whole, and the
/// migration did not delete out of it.
///
/// # Errors
/// SQLite's error.
pub(super) fn find(
    connection: &Connection,
    before: &TablesBefore<'_, '_>,
    seen: &Activity,
) -> rusqlite::Result<Vec<LostRows>> {
    if seen.rows.keys_acted {
        let lost = |(table, rows): (&str, u64)| LostRows {
            table: table.to_owned(),
            rows: Some(rows),
            cause: LossCause::ForeignKeys,
        };
        return Ok(seen.rows.losers().map(lost).collect());
    }
    let mut lost = Vec::new();
    for (table, trigger) in &seen.triggers_delete_from {
        if seen.deletes_from.contains(table) || stands_for_a_view(connection, trigger)? {
            continue;
        }
        if let Some(rows) = lost_from(connection, before, seen, table)? {
            let cause = LossCause::Trigger(trigger.clone());
            lost.push(LostRows { table: table.clone(), rows, cause });
        }
    }
    lost.extend(lost_anew(connection, before, seen)?);
    lost.sort_by(|one, other| one.table.cmp(&other.table));
    lost.dedup_by(|one, other| one.table == other.table);
    Ok(lost)
}

/// The rows that tables have fewer of since they were made anew under the same name. A DELETE of the
/// migration says that rows are to go: out of the table, or out of one that was there on the way.
fn lost_anew(
    connection: &Connection,
    before: &TablesBefore<'_, '_>,
    seen: &Activity,
) -> rusqlite::Result<Vec<LostRows>> {
    let mut lost = Vec::new();
    for table in seen.may_be_anew() {
        let is_plain =
            matches!(kind(connection, table)?, Some(Kind::WithRowids | Kind::WithoutRowids));
        if !is_plain
            || seen.deletes_from.contains(table)
            || !(seen.makes(table) || root(connection, table)? != before.root(table)?)
        {
            continue;
        }
        let Some(had) = before.rows(table)? else { continue };
        let after = rows(connection, table)?;
        if after < had
            && !deletes_on_the_way(connection, seen)?
            && !is_kept_elsewhere(connection, before, table, had)?
        {
            let (rows, cause) = (Some(had - after), LossCause::MadeAnew { before: had, after });
            lost.push(LostRows { table: table.clone(), rows, cause });
        }
    }
    Ok(lost)
}

/// Whether the table that had this name `before` is there under another one, with its columns and the rows
/// that it `had`: it was renamed, and its name given to a new table.
fn is_kept_elsewhere(
    connection: &Connection,
    before: &TablesBefore<'_, '_>,
    table: &str,
    had: u64,
) -> rusqlite::Result<bool> {
    let Some(old_root) = before.root(table)? else { return Ok(false) };
    let renamed: Option<String> = connection
        .query_row(
            "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND rootpage = ?1",
            [old_root],
            |row| row.get(0),
        )
        .optional()?;
    let Some(renamed) = renamed.filter(|name| !name.eq_ignore_ascii_case(table)) else {
        return Ok(false);
    };
    // A page that is free again may be the root of a table that has nothing to do with it.
    Ok(columns(connection, &renamed)? == before.columns(table)?
        && rows(connection, &renamed)? >= had)
}

/// Where the rows of a table begin in the file: a rename does not change it. A virtual table has none there.
fn root(connection: &Connection, table: &str) -> rusqlite::Result<Option<i64>> {
    connection
        .query_row(
            "SELECT rootpage FROM main.sqlite_schema \
             WHERE type = 'table' AND rootpage > 0 AND name = ?1 COLLATE NOCASE",
            [table],
            |row| row.get(0),
        )
        .optional()
}

fn columns(connection: &Connection, table: &str) -> rusqlite::Result<Vec<Column>> {
    connection
        .prepare("SELECT name, type FROM pragma_table_xinfo(?1, 'main') ORDER BY cid")?
        .query_map([table], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}

/// Whether the migration deletes out of a table that it made, or that is called otherwise by now.
fn deletes_on_the_way(connection: &Connection, seen: &Activity) -> rusqlite::Result<bool> {
    // To drop a table, SQLite deletes out of tables of its own.
    for table in seen.deletes_from.iter().filter(|table| !table.starts_with("sqlite_")) {
        if seen.makes(table) || kind(connection, table)?.is_none() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// What there is now of the `tables` that a step touched, for the next step in the same transaction.
///
/// # Errors
/// SQLite's error.
pub(super) fn left_in(
    connection: &Connection,
    tables: &BTreeSet<String>,
) -> rusqlite::Result<Left> {
    let look = |table: &String| {
        let Some(root) = root(connection, table)? else { return Ok((table.clone(), None)) };
        let (rows, columns) = (rows(connection, table)?, columns(connection, table)?);
        Ok((table.clone(), Some(TableLeft { rows, root, columns })))
    };
    tables.iter().map(look).collect()
}

/// How many rows `table` lost: `None` for none, `Some(None)` for a number that cannot be told.
fn lost_from(
    connection: &Connection,
    before: &TablesBefore<'_, '_>,
    seen: &Activity,
    table: &str,
) -> rusqlite::Result<Option<Option<u64>>> {
    let counted = seen.rows.lost(table);
    match kind(connection, table)? {
        // The rows of a virtual table are its own business: a search index follows its table.
        Some(Kind::Virtual) => return Ok(None),
        Some(Kind::WithRowids) if counted == 0 => return Ok(None),
        Some(Kind::WithRowids | Kind::WithoutRowids) => {}
        None if seen.dropped(table) => return Ok(None),
        // It was renamed meanwhile.
        None => return Ok((counted > 0).then_some(Some(counted))),
    }
    // Counted rows may be there again, after a savepoint was rolled back or a statement failed.
    match before.rows(table)? {
        Some(before) => {
            let lost = before.saturating_sub(rows(connection, table)?);
            Ok((lost > 0).then_some(Some(lost)))
        }
        // What came and went meanwhile was not there before.
        None if counted == 0 && seen.makes(table) => Ok(None),
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
            "SELECT type, wr FROM pragma_table_list WHERE schema = 'main' AND name = ?1 COLLATE NOCASE",
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

#[cfg(test)]
mod tests {
    use rusqlite::config::DbConfig;

    use super::*;
    use crate::apply::guard::Guard;
    use crate::stop::Stop;

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
        guard.install_on(&mut connection).unwrap();
        connection.execute_batch("BEGIN IMMEDIATE").unwrap();
        guard.arm();
        migration(&connection);
        let seen = guard.disarm();
        let stop = Stop::default();
        let committed = Committed::outside_of(&connection, &witness, &stop);
        let before = TablesBefore { committed: &committed, left: &Left::new() };
        let lost = find(&connection, &before, &seen).unwrap();
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
    fn rows_that_a_trigger_deletes_without_a_condition_are_lost() {
        let empties = "CREATE TRIGGER parent_changes AFTER UPDATE ON parent BEGIN
            DELETE FROM child; END;";
        assert_eq!(
            lost(empties, sql("UPDATE parent SET id = 7 WHERE id = 3")),
            ["3 rows of `child`, by the trigger `parent_changes`"]
        );
    }

    #[test]
    fn rows_of_a_table_that_is_put_away_under_another_name_are_not_lost() {
        let archive = "ALTER TABLE child RENAME TO child_2025;
            CREATE TABLE child (id INTEGER PRIMARY KEY, p REFERENCES parent ON DELETE CASCADE);";
        assert!(lost("", sql(archive)).is_empty());
        let dropped = format!("{archive} DROP TABLE child_2025;");
        assert_eq!(
            lost("", sql(&dropped)),
            ["3 rows of `child`, which had 3 and was made anew with 0"]
        );
        let page_used_again =
            "DROP TABLE child; CREATE TABLE other (a); CREATE TABLE child (id, p);
            INSERT INTO other VALUES (1), (2), (3);";
        assert_eq!(
            lost("", sql(page_used_again)),
            ["3 rows of `child`, which had 3 and was made anew with 0"]
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
    fn a_new_table_has_no_rows_to_lose() {
        let new = "CREATE TABLE tag (p PRIMARY KEY) WITHOUT ROWID; INSERT INTO tag VALUES (1), (2);
            CREATE TRIGGER untag AFTER DELETE ON parent BEGIN DELETE FROM tag WHERE p = old.id; END;
            DELETE FROM parent WHERE id = 2;";
        assert!(lost("", sql(new)).is_empty());
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

    /// Table `child` made anew, with the rows that this query gives.
    fn anew(rows: &str) -> [String; 3] {
        let new = "CREATE TABLE new (id INTEGER PRIMARY KEY, p REFERENCES parent);";
        let away = "ALTER TABLE child RENAME TO child_old";
        let made = new.replace("new", "child");
        let from_away = rows.replace("child", "child_old");
        [
            format!(
                "{new} INSERT INTO new {rows}; DROP TABLE child; ALTER TABLE new RENAME TO child"
            ),
            format!("{away}; {made} INSERT INTO child {from_away}; DROP TABLE child_old"),
            format!(
                "{new} INSERT INTO new {rows}; {away}; ALTER TABLE new RENAME TO child; \
                 DROP TABLE child_old"
            ),
        ]
    }

    #[test]
    fn rows_that_a_table_was_made_anew_without_are_lost() {
        for sql_of in anew("SELECT id, p FROM child WHERE p = 1") {
            let told = ["1 row of `child`, which had 3 and was made anew with 2"];
            assert_eq!(lost("DROP VIEW children;", sql(&sql_of)), told, "{sql_of}");
        }
        for sql_of in anew("SELECT id, p FROM child") {
            assert!(lost("DROP VIEW children;", sql(&sql_of)).is_empty(), "{sql_of}");
        }
        let emptied = "DROP TABLE bare; CREATE TABLE bare (p PRIMARY KEY) WITHOUT ROWID";
        assert_eq!(
            lost("", sql(emptied)),
            ["2 rows of `bare`, which had 2 and was made anew with 0"]
        );
    }

    #[test]
    fn rows_that_the_migration_deletes_on_the_way_are_not_lost() {
        let delete = "DELETE FROM child WHERE p = 2;";
        for rest in anew("SELECT id, p FROM child") {
            assert!(lost("DROP VIEW children;", sql(&format!("{delete} {rest}"))).is_empty());
        }
        let new = "CREATE TABLE new (id INTEGER PRIMARY KEY, p);
            INSERT INTO new SELECT id, p FROM child; DELETE FROM new WHERE p = 2;
            DROP TABLE child; ALTER TABLE new RENAME TO child";
        assert!(lost("DROP VIEW children;", sql(new)).is_empty());
    }

    #[test]
    fn tables_that_change_and_stay_are_not_counted() {
        let changes = "ALTER TABLE child ADD COLUMN note; CREATE TABLE more (a);
            CREATE TABLE IF NOT EXISTS child (a); INSERT INTO child VALUES (9, 1, 'x');";
        assert!(lost("", sql(changes)).is_empty());
        assert!(lost("", sql("DROP TABLE bare; DROP TABLE search;")).is_empty());
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
