//! The objects of a database, as `sqlite_schema` holds them: read once after each migration.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::OnceLock;

use memchr::memchr2_iter;
use memchr::memmem::Finder;
use rusqlite::Connection;

use crate::record;
use crate::sum::Sum;

/// Every table, index, trigger and view, except SQLite's own and the history.
pub struct Objects {
    /// All texts in one piece of memory: this is read after every migration.
    texts: Vec<u8>,
    /// Where in it each object lies, in the order of their texts.
    objects: Vec<Range<usize>>,
    /// Whether there is a table of AUTOINCREMENT counters.
    counters: bool,
    /// Whether there is a virtual table.
    virtual_tables: bool,
    /// The digest, once it was asked for.
    digest: OnceLock<String>,
}

impl Objects {
    /// Reads the main database of `connection`.
    ///
    /// # Errors
    /// SQLite's error.
    pub fn read(connection: &Connection) -> rusqlite::Result<Self> {
        // One column is a third of the work of four. A NUL stands in no text of a schema. No function is
        // called: a migration may have put its own in the place of any.
        let mut statement = connection.prepare(
            "SELECT name || ?1 || type || ?1 || tbl_name || ?1 || \
             CASE WHEN sql IS NULL THEN '' ELSE sql END FROM main.sqlite_schema",
        )?;
        let mut rows = statement.query(["\0"])?;
        let (mut texts, mut objects) = (Vec::new(), Vec::new());
        let (mut counters, mut virtual_tables) = (false, false);
        while let Some(row) = rows.next()? {
            let text = row.get_ref(0)?.as_bytes()?;
            let object = Object::read(text);
            if !object.name.starts_with(b"sqlite_") && !record::is_history(object.table()) {
                objects.push(texts.len()..texts.len() + text.len());
                texts.extend_from_slice(text);
            }
            counters |= object.name == b"sqlite_sequence";
            virtual_tables |= object.is_virtual();
        }
        objects.sort_by(|a, b| texts[a.clone()].cmp(&texts[b.clone()]));
        Ok(Self { texts, objects, counters, virtual_tables, digest: OnceLock::new() })
    }

    /// The digest of the schema. The order in which objects were made does not count; their text
    /// does, to the byte.
    pub fn digest(&self) -> String {
        let digest = || {
            let mut sum = Sum::new();
            for text in self.texts() {
                sum.part(text);
            }
            sum.hex()
        };
        self.digest.get_or_init(digest).clone()
    }

    /// Whether there is a table of AUTOINCREMENT counters
    /// (<https://sqlite.org/fileformat2.html#seqtab>).
    pub fn have_counters(&self) -> bool {
        self.counters
    }

    /// Whether there is a virtual table.
    pub fn have_virtual_tables(&self) -> bool {
        self.virtual_tables
    }

    /// Whether there is a `kind` of this name.
    pub fn have(&self, kind: &str, name: &str) -> bool {
        self.definition(kind, name).is_some()
    }

    /// The text that made the `kind` of this name.
    pub fn definition(&self, kind: &str, name: &str) -> Option<&str> {
        self.iter()
            .find(|object| object.kind() == kind && object.name().eq_ignore_ascii_case(name))
            .map(|object| object.sql())
    }

    /// The objects whose kind and name are not in `other`.
    pub fn not_in<'s>(&'s self, other: &'s Self) -> impl Iterator<Item = Object<'s>> {
        self.changed_since(other).filter(|object| {
            !other.iter().any(|one| (one.name, one.kind) == (object.name, object.kind))
        })
    }

    /// The objects that are not in `before`, or say something else there.
    pub fn changed_since<'s>(&'s self, before: &'s Self) -> impl Iterator<Item = Object<'s>> {
        let mut others = before.texts().peekable();
        // Both are in order, and most texts are the same in both.
        let is_new = move |text: &&[u8]| {
            while others.next_if(|other| other < text).is_some() {}
            others.peek() != Some(text)
        };
        self.texts().filter(is_new).map(Object::read)
    }

    /// The names of the tables that may have foreign keys: a definition cannot have one without the
    /// word REFERENCES.
    pub fn that_may_have_foreign_keys(&self) -> impl Iterator<Item = String> {
        self.children().map(|object| object.name().to_owned())
    }

    /// Those that are among `tables`, which are in lower case, or may point to one of them: a
    /// definition has the names of its parents in it, unless a quote in one is spelled twice.
    pub fn that_may_have_foreign_keys_around(
        &self,
        tables: &BTreeSet<String>,
    ) -> impl Iterator<Item = String> {
        let is_spelled_otherwise = tables.iter().any(|table| table.contains(['"', '\'', '`']));
        let finders: Vec<_> = tables.iter().map(Finder::new).collect();
        self.children()
            .filter(move |child| {
                is_spelled_otherwise || tables.contains(&child.name().to_ascii_lowercase()) || {
                    let definition = child.sql.to_ascii_lowercase();
                    finders.iter().any(|finder| finder.find(&definition).is_some())
                }
            })
            .map(|child| child.name().to_owned())
    }

    fn children(&self) -> impl Iterator<Item = Object<'_>> {
        self.iter().filter(|object| object.kind == b"table" && mentions_references(object.sql))
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = Object<'_>> {
        self.texts().map(Object::read)
    }

    /// Whether `other` are the same, to the byte.
    pub fn are(&self, other: &Self) -> bool {
        self.texts().eq(other.texts())
    }

    /// Whether `text` is one of them.
    pub(crate) fn contain(&self, text: &[u8]) -> bool {
        self.objects.binary_search_by(|place| self.texts[place.clone()].cmp(text)).is_ok()
    }

    /// The text of each, in their order.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &[u8]> {
        self.objects.iter().map(|place| &self.texts[place.clone()])
    }
}

/// One row of `sqlite_schema`.
pub struct Object<'t> {
    name: &'t [u8],
    kind: &'t [u8],
    table: &'t [u8],
    sql: &'t [u8],
}

impl<'t> Object<'t> {
    /// Takes the row apart again.
    pub(crate) fn read(text: &'t [u8]) -> Self {
        let mut parts = text.splitn(4, |byte| *byte == 0);
        let mut next = || parts.next().unwrap_or_default();
        Self { name: next(), kind: next(), table: next(), sql: next() }
    }

    pub fn name(&self) -> &'t str {
        words(self.name)
    }

    pub fn kind(&self) -> &'t str {
        words(self.kind)
    }

    /// The table or view that it is on; for a table or view, its name.
    pub fn table(&self) -> &'t str {
        words(self.table)
    }

    pub fn sql(&self) -> &'t str {
        words(self.sql)
    }

    /// Whether it is a virtual table: SQLite itself writes these words before what its definition says.
    pub fn is_virtual(&self) -> bool {
        const START: &[u8] = b"CREATE VIRTUAL";
        let start = self.sql.get(..START.len());
        self.kind == b"table" && start.is_some_and(|start| start.eq_ignore_ascii_case(START))
    }
}

/// As far as it is UTF-8, as SQLite demands of a text.
fn words(bytes: &[u8]) -> &str {
    str::from_utf8(bytes)
        .unwrap_or_else(|error| str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default())
}

/// Whether the letters of REFERENCES stand in `sql`, in whatever case.
fn mentions_references(sql: &[u8]) -> bool {
    const WORD: &[u8] = b"REFERENCES";
    // The F is the rarest of them, and this reads every definition after every migration.
    const BEFORE_F: usize = 2;
    memchr2_iter(b'f', b'F', sql).any(|at| {
        let start = at.checked_sub(BEFORE_F);
        let letters = start.and_then(|start| sql.get(start..start + WORD.len()));
        letters.is_some_and(|letters| letters.eq_ignore_ascii_case(WORD))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(sql: &str) -> String {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(sql).unwrap();
        Objects::read(&connection).unwrap().digest()
    }

    #[test]
    fn order_of_making_does_not_count_and_text_does() {
        let both = digest("CREATE TABLE a (x); CREATE TABLE b (x);");
        assert_eq!(both, digest("CREATE TABLE b (x); CREATE TABLE a (x);"));
        assert_ne!(both, digest("CREATE TABLE a (x); CREATE TABLE b (y);"));
        assert_ne!(both, digest("CREATE TABLE a (x);"));
    }

    #[test]
    fn rows_statistics_and_the_history_do_not_count() {
        assert_eq!(
            digest("CREATE TABLE a (x); CREATE INDEX i ON a (x);"),
            digest(
                "CREATE TABLE a (x); CREATE INDEX i ON a (x); INSERT INTO a VALUES (1); ANALYZE; \
                 CREATE TABLE _runner_migrations (id TEXT);"
            )
        );
    }

    #[test]
    fn a_word_is_found_in_whatever_case_it_is_written() {
        let connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch(
                "CREATE TABLE a (x); CREATE TABLE b (x references a); CREATE TABLE c (y REFERENCES b);
                 CREATE VIEW v AS SELECT x AS \"references\" FROM a;
                 CREATE TABLE _runner_migrations (x REFERENCES a)",
            )
            .unwrap();
        let objects = Objects::read(&connection).unwrap();
        let names: Vec<_> = objects.that_may_have_foreign_keys().collect();
        assert_eq!(names, ["b", "c"]);
    }
}
