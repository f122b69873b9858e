//! Changes the text of a table where this changes the meaning of no stored value and no index.

use std::collections::BTreeMap;

use crate::perform::alter::indexes::renamed;
use crate::perform::alter::statistics;
use crate::perform::connection_settings::{AS_WRITTEN, Configured, SCHEMA_WRITABLE};
use crate::perform::session::{Result, RowsOf, Session};
use crate::perform::verify::attached::in_schema;
use crate::schema::name::unquote;
use crate::schema::{Draft, SchemaError, Table, sql};

/// The statements by which operations write the text of the schema. The runner's guard lets through no other
/// that does. One that was here stays: migrations that were built with their own executor use it.
pub const SCHEMA_EDITS: [&str; 3] = [EDIT_TABLE, EDIT_INDEX, EDIT_OBJECT];

/// Gives a table the text `?1`.
const EDIT_TABLE: &str =
    "UPDATE main.sqlite_schema SET sql = ?1 WHERE type = 'table' AND name = ?2";

/// Gives an index the name `?1` and the text `?2`.
const EDIT_INDEX: &str =
    "UPDATE main.sqlite_schema SET name = ?1, sql = ?2 WHERE type = 'index' AND name = ?3";

/// Gives an object the text `?1`.
const EDIT_OBJECT: &str = "UPDATE main.sqlite_schema SET sql = ?1 WHERE type = ?2 AND name = ?3";

impl Session<'_> {
    /// Gives `table` the text `text`, and reads the schema again.
    ///
    /// First a table is made from `text` under another name, so that SQLite itself checks it. Renaming
    /// that table also makes SQLite read the whole schema again, and other connections too, without a
    /// pragma; then it is dropped.
    ///
    /// # Errors
    /// SQLite's, about `text`.
    pub(in crate::perform) fn rewrite(&self, table: &Table, text: &str) -> Result {
        let trial = self.free_name()?;
        {
            let _as_written = Configured::new(self.connection, &AS_WRITTEN)?;
            self.run(&in_schema(&under_name(text, &trial)?, "main"))?;
        }
        let _writable = Configured::new(self.connection, &SCHEMA_WRITABLE)?;
        self.connection.execute(EDIT_TABLE, [text, &table.name])?;
        self.reload(&trial)
    }

    /// Removes the table's name before columns from the text of `table`: under another name, SQLite
    /// would not find `t.a` in the CHECKs of a former `t`.
    pub(in crate::perform) fn unqualify(&self, table: &Table) -> Result {
        let mut bare = Draft::of(table);
        bare.unqualify();
        let bare = bare.finish();
        if bare == table.sql { Ok(()) } else { self.rewrite(table, &bare) }
    }

    /// Removes it from the indexes of `table`.
    pub(in crate::perform) fn unqualify_indexes(&self, table: &Table) -> Result {
        for index in &table.indexes {
            let Some(text) = &index.sql else { continue };
            let bare = sql::unqualified(text, &table.name);
            if bare != *text {
                self.rewrite_index(&index.name, &index.name, &bare)?;
            }
        }
        Ok(())
    }

    /// Gives an index the name `to` and the text `text`.
    pub(in crate::perform) fn rewrite_index(&self, name: &str, to: &str, text: &str) -> Result {
        self.rewrite_indexes(&[(name, to, text)])
    }

    /// Gives each index, by its name, another name and another text.
    pub(in crate::perform) fn rewrite_indexes(&self, indexes: &[(&str, &str, &str)]) -> Result {
        if indexes.is_empty() {
            return Ok(());
        }
        let trial = self.free_name()?;
        self.run(&format!("CREATE TABLE main.{trial} (x)"))?;
        let _writable = Configured::new(self.connection, &SCHEMA_WRITABLE)?;
        for (name, to, text) in indexes {
            self.connection.execute(EDIT_INDEX, [to, text, name])?;
        }
        self.reload(&trial)?;
        for (name, to, _) in indexes {
            statistics::rename_index(self.connection, name, to)?;
        }
        Ok(())
    }

    /// Gives every index of `table` that has a text a name that is free. The index no longer names its
    /// table before columns, because the table gets another name.
    pub(in crate::perform) fn rename_indexes_away(&self, table: &str) -> Result {
        let indexes: Vec<(String, String)> = self
            .connection
            .prepare(
                "SELECT name, sql FROM main.sqlite_schema \
                 WHERE type = 'index' AND tbl_name = ?1 COLLATE NOCASE AND sql IS NOT NULL",
            )?
            .query_map([table], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<rusqlite::Result<_>>()?;
        if indexes.is_empty() {
            return Ok(());
        }
        let trial = self.free_name()?;
        self.run(&format!("CREATE TABLE main.{trial} (x)"))?;
        let _writable = Configured::new(self.connection, &SCHEMA_WRITABLE)?;
        for (number, (name, text)) in indexes.into_iter().enumerate() {
            let away = match &self.rows {
                RowsOf::Moved => self.free_name()?,
                RowsOf::Left { aside } => format!("{aside}_index_{number}"),
            };
            self.connection.execute(
                EDIT_INDEX,
                [&away, &renamed(&sql::unqualified(&text, table), &away), &name],
            )?;
        }
        self.reload(&trial)
    }

    /// Makes `change`, and restores the texts of objects that SQLite only respelled on the way: it
    /// writes `'a'` for each `"a"` that is a string, in the whole schema.
    pub(in crate::perform) fn keeping_spelling(&self, change: impl FnOnce() -> Result) -> Result {
        let before = self.texts()?;
        change()?;
        let respelled: Vec<_> = self
            .texts()?
            .into_iter()
            .filter_map(|(object, now)| {
                let old = before.get(&object)?;
                (*old != now && words(old) == words(&now)).then(|| (object, old.clone()))
            })
            .collect();
        if respelled.is_empty() {
            return Ok(());
        }
        let trial = self.free_name()?;
        self.run(&format!("CREATE TABLE main.{trial} (x)"))?;
        let _writable = Configured::new(self.connection, &SCHEMA_WRITABLE)?;
        for ((kind, name), text) in respelled {
            self.connection.execute(EDIT_OBJECT, [text, kind, name])?;
        }
        self.reload(&trial)
    }

    /// The text of each object, by what it is and its name.
    fn texts(&self) -> Result<BTreeMap<(String, String), String>> {
        Ok(self
            .connection
            .prepare("SELECT type, name, sql FROM main.sqlite_schema WHERE sql IS NOT NULL")?
            .query_map([], |row| Ok(((row.get(0)?, row.get(1)?), row.get(2)?)))?
            .collect::<rusqlite::Result<_>>()?)
    }

    fn reload(&self, trial: &str) -> Result {
        let again = self.free_name()?;
        self.run(&format!("ALTER TABLE main.{trial} RENAME TO {again}; DROP TABLE main.{again}"))
    }
}

/// The words of `text`, without their quotes; nothing where it cannot be read.
fn words(text: &str) -> Vec<String> {
    let tokens = sql::tokens(text).unwrap_or_default();
    tokens.into_iter().map(|token| unquote(&text[token.span])).collect()
}

/// The text of a table, under another name.
pub(in crate::perform) fn under_name(text: &str, name: &str) -> Result<String> {
    let table =
        Table::parse(text).map_err(|source| SchemaError::Text { name: name.to_owned(), source })?;
    let mut draft = Draft::of(&table);
    draft.rename(name);
    draft.unqualify();
    Ok(draft.finish())
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use crate::operation::WhichConstraint;
    use migration_api::Migrator;

    #[test]
    fn other_connections_learn_of_a_text_that_changed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("app.db");
        let [one, other] = [(); 2].map(|()| Connection::open(&path).unwrap());
        one.execute_batch("CREATE TABLE t (a NOT NULL /* why */, b CHECK (b > 0))").unwrap();
        other.execute_batch("INSERT INTO t VALUES (NULL, 1)").unwrap_err();
        let mut migrator = Migrator::new(&one);
        migrator.drop_not_null("t", "a").unwrap();
        migrator.drop_constraint("t", WhichConstraint::Check("b>0".into())).unwrap();
        other.execute_batch("INSERT INTO t VALUES (NULL, -1)").unwrap();
        let sql: String =
            other.query_row("SELECT sql FROM sqlite_schema", [], |row| row.get(0)).unwrap();
        assert_eq!(sql, "CREATE TABLE t (a /* why */, b)");
    }

    #[test]
    fn a_text_that_sqlite_does_not_take_never_becomes_the_schemas() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE t (a, b); INSERT INTO t VALUES (1, 2)").unwrap();
        let mut migrator = Migrator::new(&connection);
        migrator.add_check("t", "a IN (SELECT 1)").unwrap_err();
        migrator.add_check("t", "count(*) > a").unwrap_err();
        connection.execute_batch("UPDATE t SET a = 2; PRAGMA integrity_check").unwrap();
    }
}
