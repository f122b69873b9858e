//! The log: a row for each change of the history, written in its transaction and never changed or removed. The
//! history says what is so, the log how it came about.
//!
//! Of the schema it keeps in what it is another than after the entry before. Where it was another already, by a runner
//! that keeps no log or by hand, it is kept as it was found.

mod entry;
mod past;
mod schema_text;
mod schemas;
mod who;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, params};

pub use self::entry::{Entry, Happened, Known};
pub use self::past::past;
pub use self::schema_text::SchemaText;
pub(crate) use self::schema_text::difference;
pub use self::schemas::{Around, Schemas};
use self::who::Who;
use super::RecordError;
use super::rows::{Table, TableRow, exists, time_text};
use crate::id::MigrationId;
use crate::source_text::{PackedSource, SourceText};

/// The table. An older runner neither writes nor reads it.
const TABLE: Table = Table {
    name: "_runner_log",
    columns: &[
        "number",
        "happened_at",
        "what",
        "id",
        "old_id",
        "applied_at",
        "duration_us",
        "detail",
        "user",
        "host",
        "runner_version",
        "api_version",
        "sqlite_version",
        "source_digest",
        "schema_digest",
    ],
};

const CREATE: &str = "\
CREATE TABLE IF NOT EXISTS _runner_log (
  number INTEGER PRIMARY KEY,
  happened_at TEXT NOT NULL,
  what TEXT NOT NULL,
  id TEXT,
  old_id TEXT,
  applied_at TEXT,
  duration_us INTEGER,
  detail TEXT,
  user TEXT,
  host TEXT,
  runner_version TEXT NOT NULL,
  api_version TEXT,
  sqlite_version TEXT NOT NULL,
  source_digest TEXT,
  source BLOB,
  schema_digest TEXT,
  schema_found BLOB,
  schema_change BLOB
)";

/// What the log keeps of the schema, in the order of the entries: number, digest, what was found, what changed.
const SCHEMAS: &str = "\
SELECT number, schema_digest, schema_found, schema_change FROM _runner_log ORDER BY number";

/// An entry that is to be written.
pub(super) struct NewEntry<'e> {
    pub(super) what: Happened,
    pub(super) id: Option<&'e MigrationId>,
    pub(super) old_id: Option<&'e MigrationId>,
    pub(super) at: Timestamp,
    /// The moment in the row that goes.
    pub(super) applied_at: Option<String>,
    pub(super) duration_us: Option<u64>,
    pub(super) detail: Option<&'e str>,
    pub(super) api_version: Option<&'e str>,
    pub(super) source_digest: Option<&'e str>,
    /// The digest of the schema that it leaves; its text is kept by [`note_schema`].
    pub(super) schema_digest: &'e str,
}

impl<'e> NewEntry<'e> {
    /// That this happened just now.
    pub(super) fn now(what: Happened, schema_digest: &'e str) -> Self {
        Self {
            what,
            id: None,
            old_id: None,
            at: Timestamp::now(),
            applied_at: None,
            duration_us: None,
            detail: None,
            api_version: None,
            source_digest: None,
            schema_digest,
        }
    }
}

/// Adds an entry, and the table if it is the first. Runs in the transaction of what happened.
pub(super) fn append(connection: &Connection, entry: &NewEntry<'_>) -> rusqlite::Result<()> {
    // The digest of a schema whose text the log does not have is not written: the next entry would be a difference to
    // nothing.
    const INSERT: &str = "\
        INSERT INTO _runner_log (happened_at, what, id, old_id, applied_at, duration_us, detail, user, host, runner_version, \
        api_version, sqlite_version, source_digest, schema_digest) \
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, \
        (SELECT CASE schema_digest WHEN ?14 THEN ?14 END FROM _runner_log ORDER BY number DESC LIMIT 1))";
    let mut insert = match connection.prepare(INSERT) {
        Ok(insert) => insert,
        Err(_) => {
            connection.execute_batch(CREATE)?;
            connection.prepare(INSERT)?
        }
    };
    let Who { user, host } = Who::here();
    let duration = entry.duration_us.map(|it| i64::try_from(it).unwrap_or(i64::MAX));
    let written = insert.execute(params![
        time_text(entry.at),
        entry.what.word(),
        entry.id.map(MigrationId::as_str),
        entry.old_id.map(MigrationId::as_str),
        entry.applied_at,
        duration,
        entry.detail,
        user,
        host,
        env!("CARGO_PKG_VERSION"),
        entry.api_version,
        rusqlite::version(),
        entry.source_digest,
        entry.schema_digest,
    ]);
    written.map(drop)
}

/// Keeps in the newest entry the source of its migration, which has the digest that is there. Runs in the same
/// transaction.
///
/// # Errors
/// SQLite's.
pub fn note_source(connection: &Connection, source: &PackedSource) -> rusqlite::Result<()> {
    let note =
        "UPDATE _runner_log SET source = ?1 WHERE number = (SELECT max(number) FROM _runner_log)";
    connection.prepare(note)?.execute([source.bytes()]).map(drop)
}

/// The source with `digest` that `id` had when it was applied or accepted; `None`: it was not kept, as by an older runner.
///
/// # Errors
/// SQLite's.
pub fn source(
    connection: &Connection,
    id: &MigrationId,
    digest: &str,
) -> Result<Option<SourceText>, RecordError> {
    if !exists(connection, TABLE.name)? {
        return Ok(None);
    }
    let select = "SELECT source FROM _runner_log \
                  WHERE id = ?1 AND source_digest = ?2 AND source IS NOT NULL ORDER BY number DESC LIMIT 1";
    let read = |row: &rusqlite::Row<'_>| Ok(PackedSource::of(row.get_ref(0)?.as_blob()?));
    let packed = connection.query_row(select, [id.as_str(), digest], read).optional()?;
    Ok(packed.and_then(|packed| packed.unpack()))
}

/// When the schema was last seen to have `digest`, if no other was seen since. A repair that is about a migration alone
/// takes the digest from the history, and looks at no schema.
///
/// # Errors
/// SQLite's error; a row that is none of ours.
pub(crate) fn left_at(
    connection: &Connection,
    digest: &str,
) -> Result<Option<Timestamp>, RecordError> {
    let table = Table { name: TABLE.name, columns: &["number", "happened_at", "schema_digest"] };
    let select = "SELECT number, happened_at, schema_digest FROM _runner_log \
                  WHERE what NOT IN ('accept', 'forget', 'renamed', 'not_started', 'purged') \
                  ORDER BY number DESC LIMIT 1";
    let newest = table.read(connection, select, |row| {
        let is_it = row.optional(2, TableRow::text)? == Some(digest);
        Ok(is_it.then_some(row.time(1)?))
    })?;
    Ok(newest.into_iter().flatten().next())
}

/// A schema that is there now, and how it came about.
pub(crate) struct SchemaNote<'n> {
    /// The digest of the schema before.
    pub(crate) before: &'n str,
    /// The digest of the schema now.
    pub(crate) now: &'n str,
    /// The bytes of the schema before.
    pub(crate) whole: &'n dyn Fn() -> Vec<u8>,
    /// The bytes of the difference.
    pub(crate) difference: &'n dyn Fn() -> Vec<u8>,
}

/// Keeps in the newest entry what the schema became. Runs in the same transaction.
///
/// # Errors
/// SQLite's.
pub(crate) fn note_schema(connection: &Connection, note: &SchemaNote<'_>) -> rusqlite::Result<()> {
    let Some((number, kept, known)) = newest(connection)? else { return Ok(()) };
    // What came back to it by a step from another one is no stillness.
    if note.before == note.now && kept.as_deref() == Some(note.now) {
        return Ok(());
    }
    let found = (known.as_deref() != Some(note.before)).then(note.whole);
    let change = (note.before != note.now).then(note.difference);
    connection
        .prepare(
            "UPDATE _runner_log SET schema_digest = ?2, schema_found = ?3, schema_change = ?4 \
             WHERE number = ?1",
        )?
        .execute(params![number, note.now, found, change])
        .map(drop)
}

/// The newest entry: its number, the schema that it has, and that of the entry before.
type Newest = (i64, Option<String>, Option<String>);

fn newest(connection: &Connection) -> rusqlite::Result<Option<Newest>> {
    // There may be no table, where nothing was ever written.
    let newest = "SELECT number, schema_digest, (SELECT schema_digest FROM main._runner_log AS before \
                  WHERE before.number < newest.number ORDER BY before.number DESC LIMIT 1) \
                  FROM main._runner_log AS newest ORDER BY number DESC LIMIT 1";
    match connection.prepare(newest) {
        Ok(mut statement) => {
            statement.query_row([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).optional()
        }
        Err(error) => match exists(connection, TABLE.name)? {
            true => Err(error),
            false => Ok(None),
        },
    }
}

/// Every entry, in the order in which they were written.
///
/// # Errors
/// SQLite's error; a row that is none of ours.
pub(super) fn read(connection: &Connection) -> Result<Vec<Entry>, RecordError> {
    let select = format!("SELECT {} FROM _runner_log ORDER BY number", TABLE.columns.join(", "));
    let text = |row: &TableRow<'_>, column| -> Result<Option<String>, RecordError> {
        Ok(row.optional(column, TableRow::text)?.map(str::to_owned))
    };
    TABLE.read(connection, &select, |row| {
        Ok(Entry {
            number: Some(row.count(0)?),
            known: Known::Logged,
            at: Some(row.time(1)?),
            what: Happened::called(row.text(2)?),
            id: row.optional(3, TableRow::id)?,
            old_id: row.optional(4, TableRow::id)?,
            applied_at: row.optional(5, TableRow::time)?,
            duration_us: row.optional(6, TableRow::count)?,
            detail: text(row, 7)?,
            user: text(row, 8)?,
            host: text(row, 9)?,
            runner_version: text(row, 10)?,
            api_version: text(row, 11)?,
            sqlite_version: text(row, 12)?,
            source_digest: text(row, 13)?,
            schema_digest: text(row, 14)?,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kept_schema::{keep_after, keep_schema};
    use crate::schema_objects::Objects;

    fn step(connection: &Connection, what: Happened, sql: &str) {
        let before = Objects::read(connection).unwrap();
        connection.execute_batch(sql).unwrap();
        let now = Objects::read(connection).unwrap();
        append(connection, &NewEntry::now(what, &now.digest())).unwrap();
        keep_after(connection, &before, &now).unwrap();
    }

    fn schema(connection: &Connection) -> SchemaText {
        SchemaText::of(Objects::read(connection).unwrap().texts())
    }

    #[test]
    fn the_schema_after_each_entry_is_known_and_kept_as_differences() {
        let connection = Connection::open_in_memory().unwrap();
        let mut after = vec![schema(&connection)];
        let mut columns = String::new();
        for number in 0..40 {
            columns += &format!(", column_with_a_long_name_{number} TEXT NOT NULL DEFAULT ''");
            let sql = match number {
                0 => format!("CREATE TABLE t (a{columns})"),
                5 => "CREATE INDEX i ON t (a)".into(),
                7 => "DROP INDEX i".into(),
                9 => "INSERT INTO t DEFAULT VALUES".into(),
                _ => {
                    format!("ALTER TABLE t ADD COLUMN c{number} TEXT NOT NULL DEFAULT 'something'")
                }
            };
            step(&connection, Happened::Applied, &sql);
            after.push(schema(&connection));
        }
        let mut schemas = Schemas::read(&connection).unwrap();
        for (number, pair) in (1..).zip(after.windows(2)) {
            let [before, after] = [0, 1].map(|place: usize| Some(pair[place].clone()));
            let expected = Around { left: before.clone(), before, after };
            assert_eq!(schemas.around(number), expected, "{number}");
        }
        assert_eq!(schemas.around(41), Around::default());
        let largest: i64 = connection
            .query_row("SELECT max(length(schema_change)) FROM _runner_log", [], |row| row.get(0))
            .unwrap();
        assert!(largest < 120, "{largest}");
        assert_eq!(read(&connection).unwrap().len(), 40);
    }

    #[test]
    fn what_others_changed_in_between_is_kept_as_it_was_found() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE before_the_log (a)").unwrap();
        step(&connection, Happened::Applied, "CREATE TABLE a (x)");
        connection.execute_batch("CREATE TABLE by_others (a)").unwrap();
        // What changes no schema knows that it is another.
        let digest = Objects::read(&connection).unwrap().digest();
        append(&connection, &NewEntry::now(Happened::BackedUp, &digest)).unwrap();
        step(&connection, Happened::Applied, "CREATE TABLE b (x)");
        connection.execute_batch("CREATE TABLE by_hand (a)").unwrap();
        let digest = Objects::read(&connection).unwrap().digest();
        append(&connection, &NewEntry::now(Happened::Stage, &digest)).unwrap();
        keep_schema(&connection).unwrap();
        let names = |schema: Option<SchemaText>| {
            let schema = schema?;
            let name =
                |text: &[u8]| String::from_utf8_lossy(text).split('\0').next().unwrap().to_owned();
            Some(schema.texts().map(name).collect::<Vec<_>>().join(" "))
        };
        let mut schemas = Schemas::read(&connection).unwrap();
        let known: Vec<_> = (1..=4)
            .map(|number| schemas.around(number))
            .map(|Around { left, before, after }| [left, before, after].map(names))
            .map(|all| all.map(|it| it.unwrap_or_else(|| "?".into())))
            .collect();
        assert_eq!(
            known,
            [
                ["", "before_the_log", "a before_the_log"],
                ["?", "?", "?"],
                ["?", "a before_the_log by_others", "a b before_the_log by_others"],
                [
                    "a b before_the_log by_others",
                    "a b before_the_log by_hand by_others",
                    "a b before_the_log by_hand by_others"
                ],
            ]
        );
        connection
            .execute("UPDATE _runner_log SET schema_change = x'0011' WHERE number = 3", [])
            .unwrap();
        assert_eq!(Schemas::read(&connection).unwrap().around(3), Around::default());
    }
}
