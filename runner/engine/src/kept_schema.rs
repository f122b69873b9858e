//! The schema as the runner left it, in a table of its own: a row for each object, and one for the digest of
//! all. An older runner neither writes nor reads it; what it leaves there is known by the digest.

use rusqlite::Connection;

use crate::record::{self, SchemaNote, SchemaText, table_exists as exists};
use crate::schema_change::SchemaChange;
use crate::schema_objects::{Object, Objects};
use crate::sum::Sum;

/// The table.
const TABLE: &str = "_runner_schema";

/// The kind of the row that holds the digest: of no object.
const DIGEST: &str = "digest";

/// Its rows have the order of [`Objects`].
const CREATE: &str = "\
CREATE TABLE IF NOT EXISTS _runner_schema (
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  on_table TEXT NOT NULL,
  sql TEXT NOT NULL,
  PRIMARY KEY (name, kind)
) WITHOUT ROWID";

/// Keeps the schema as it is, in the transaction that notes its digest in the history. What is kept
/// already is not written. The newest entry of the log has found the schema so.
///
/// # Errors
/// SQLite's.
pub fn keep_schema(connection: &Connection) -> rusqlite::Result<()> {
    let now = Objects::read(connection)?;
    let digest = now.digest();
    note(connection, &now, &now)?;
    if is_kept(connection, &digest)? { Ok(()) } else { keep_all(connection, &now, &digest) }
}

/// As [`keep_schema`], where the schema is read already, as it was `before` and as it is `now`: where it is kept
/// as it was, only what changed is looked at. The newest entry of the log has changed it so.
#[doc(hidden)]
pub fn keep_after(
    connection: &Connection,
    before: &Objects,
    now: &Objects,
) -> rusqlite::Result<()> {
    let digest = now.digest();
    note(connection, before, now)?;
    if is_kept(connection, &digest)? {
        return Ok(());
    }
    let kept = before.digest();
    if !is_kept(connection, &kept)? {
        return keep_all(connection, now, &digest);
    }
    write(connection, before.changed_since(now), now.changed_since(before), &digest)?;
    // By its key: no other row is looked at, whatever the size of the schema.
    connection
        .execute("DELETE FROM _runner_schema WHERE name = ?1 AND kind = ?2", [&kept, DIGEST])
        .map(drop)
}

/// Has the log keep what the schema became.
fn note(connection: &Connection, before: &Objects, now: &Objects) -> rusqlite::Result<()> {
    let difference = || {
        let gone: Vec<_> = before.texts_changed_since(now).collect();
        let new: Vec<_> = now.texts_changed_since(before).collect();
        record::difference(&gone, &new)
    };
    let whole = || SchemaText::bytes(before.texts());
    let note = SchemaNote {
        before: &before.digest(),
        now: &now.digest(),
        whole: &whole,
        difference: &difference,
    };
    record::note_schema(connection, &note)
}

/// Compares what is kept with all that there is.
fn keep_all(connection: &Connection, now: &Objects, digest: &str) -> rusqlite::Result<()> {
    let is_there = exists(connection, TABLE)?;
    connection.execute_batch(CREATE)?;
    let kept = if is_there { kept_texts(connection)? } else { Vec::new() };
    let is_kept = |text: &[u8]| kept.binary_search_by(|it| it.as_slice().cmp(text)).is_ok();
    let gone = kept.iter().filter(|text| !now.contain(text)).map(|text| Object::read(text));
    let new = now.texts().filter(|text| !is_kept(text)).map(Object::read);
    write(connection, gone, new, digest)?;
    connection
        .execute("DELETE FROM _runner_schema WHERE kind = ?2 AND name <> ?1", [digest, DIGEST])
        .map(drop)
}

/// Writes the objects that are new and the digest, and removes the objects that are gone; the digests before stay.
fn write<'o>(
    connection: &Connection,
    gone: impl Iterator<Item = Object<'o>>,
    new: impl Iterator<Item = Object<'o>>,
    digest: &str,
) -> rusqlite::Result<()> {
    // First what is gone: what changed is among both.
    let mut forget =
        connection.prepare("DELETE FROM _runner_schema WHERE name = ?1 AND kind = ?2")?;
    for gone in gone {
        forget.execute([gone.name(), gone.kind()])?;
    }
    let mut add =
        connection.prepare("INSERT OR REPLACE INTO _runner_schema VALUES (?1, ?2, ?3, ?4)")?;
    for new in new {
        add.execute([new.name(), new.kind(), new.table(), new.sql()])?;
    }
    add.execute([digest, DIGEST, "", ""]).map(drop)
}

/// In what the schema is another `now` than the one with the digest `recorded`; nothing where that one is
/// not kept.
///
/// # Errors
/// SQLite's.
pub(crate) fn changes(
    connection: &Connection,
    recorded: &str,
    now: &Objects,
) -> rusqlite::Result<Vec<SchemaChange>> {
    if !exists(connection, TABLE)? {
        return Ok(Vec::new());
    }
    let kept = kept_texts(connection)?;
    let mut sum = Sum::new();
    kept.iter().for_each(|text| sum.part(text));
    if sum.hex() != recorded {
        return Ok(Vec::new());
    }
    let before: Vec<_> = kept.iter().map(|text| Object::read(text)).collect();
    Ok(SchemaChange::between(&before, &now.iter().collect::<Vec<_>>()))
}

/// Whether the schema that is kept has this digest: one row is looked at, whatever the size of the schema.
fn is_kept(connection: &Connection, digest: &str) -> rusqlite::Result<bool> {
    let sql = "SELECT 1 FROM main._runner_schema WHERE name = ?1 AND kind = 'digest'";
    match connection.prepare(sql) {
        Ok(mut statement) => statement.exists([digest]),
        // There is no table yet. What else may be wrong stops the next statement as well.
        Err(_) => Ok(false),
    }
}

/// The objects, as [`Objects`] has them and in its order.
fn kept_texts(connection: &Connection) -> rusqlite::Result<Vec<Vec<u8>>> {
    let mut statement = connection.prepare(
        "SELECT CAST(name || ?1 || kind || ?1 || on_table || ?1 || sql AS BLOB) \
         FROM _runner_schema WHERE kind <> 'digest' ORDER BY name, kind",
    )?;
    let texts = statement.query_map(["\0"], |row| row.get(0))?;
    texts.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(sql: &str) -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(sql).unwrap();
        connection
    }

    fn told(connection: &Connection, recorded: &str) -> Vec<String> {
        let now = Objects::read(connection).unwrap();
        let changes = changes(connection, recorded, &now).unwrap();
        changes.iter().flat_map(SchemaChange::lines).collect()
    }

    #[test]
    fn only_what_changed_is_written_and_what_is_not_the_recorded_schema_is_not_told() {
        let connection =
            open("CREATE TABLE a (x); CREATE TABLE \"b c\" (x); CREATE VIEW v AS SELECT 1;");
        keep_schema(&connection).unwrap();
        let first = Objects::read(&connection).unwrap().digest();
        assert_eq!(told(&connection, &first), [""; 0]);
        let writes = |connection: &Connection| {
            let before = connection.total_changes();
            keep_schema(connection).unwrap();
            connection.total_changes() - before
        };
        assert_eq!(writes(&connection), 0);
        connection
            .execute_batch("ALTER TABLE a ADD COLUMN y TEXT; DROP VIEW v; CREATE INDEX i ON a (y);")
            .unwrap();
        assert_eq!(
            told(&connection, &first),
            [
                "in the table `a`:",
                "  + y TEXT",
                "+ CREATE INDEX i ON a (y)",
                "- CREATE VIEW v AS SELECT 1"
            ]
        );
        assert_eq!(told(&connection, "another"), [""; 0]);
        // Two that are gone, two that are new, and the digest twice.
        assert_eq!(writes(&connection), 6);
        let second = Objects::read(&connection).unwrap().digest();
        assert_eq!(told(&connection, &second), [""; 0]);
        assert_eq!(told(&connection, &first), [""; 0]);
    }
}
