//! The objects of a database, as `sqlite_schema` holds them. They are read once, and told of what changed after
//! each migration.

#[cfg(test)]
mod tests;

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use memchr::memmem::Finder;
use runner_operations::schema::{RowChanges, SchemaRow, SchemaRows};
use rusqlite::Connection;

use crate::checkpoint;
use crate::record;
pub use crate::schema_object::Object;
use crate::schema_object::words;
use crate::sum_checkpoints::Checkpoints;

/// Every table, index, trigger and view, except SQLite's own and the history.
pub struct Objects {
    /// All that is in `sqlite_schema`, in its order.
    rows: SchemaRows,
    /// The names of what a migration that is half done has there for itself.
    own: Vec<String>,
    /// Those that are objects here, in the order of their texts.
    by_text: Vec<Arc<SchemaRow>>,
    /// The same, in the order of their names in lower case.
    by_name: Vec<Arc<SchemaRow>>,
    /// Sums of the first texts, which others have computed.
    beginnings: Checkpoints,
    /// The digest, once it was asked for, and sums of the first texts.
    digest: OnceLock<(String, Checkpoints)>,
}

impl Objects {
    /// Reads the main database of `connection`.
    ///
    /// # Errors
    /// SQLite's error.
    pub fn read(connection: &Connection) -> rusqlite::Result<Self> {
        let rows = SchemaRows::read(connection)?;
        let own = own_names(connection, &rows)?;
        Ok(Self::of(rows, own))
    }

    /// The objects that `rows` are about, without those that a migration has for itself.
    pub(crate) fn of(rows: SchemaRows, own: Vec<String>) -> Self {
        let is_of_all = |row: &&Arc<SchemaRow>| is_object(row, &own);
        let by_text: Vec<_> = rows.iter().filter(is_of_all).cloned().collect();
        let mut objects = Self {
            rows,
            own,
            by_name: by_text.clone(),
            by_text,
            beginnings: Checkpoints::default(),
            digest: OnceLock::new(),
        };
        objects.by_text.sort_by(order_by_text);
        objects.by_name.sort_by(order_by_name);
        objects
    }

    /// The objects that `rows` are about, which were read after those of `self`: what did not change is neither
    /// sorted nor summed up again.
    pub(crate) fn after(&self, rows: SchemaRows, own: Vec<String>) -> Self {
        if own != self.own {
            return Self::of(rows, own);
        }
        let RowChanges { mut gone, mut new } = rows.changes_since(&self.rows);
        gone.retain(|row| is_object(row, &own));
        new.retain(|row| is_object(row, &own));
        if gone.len() + new.len() > self.by_text.len() / 2 {
            return Self::of(rows, own);
        }
        let mut first = self.by_text.len();
        let (mut by_text, mut by_name) = (self.by_text.clone(), self.by_name.clone());
        for row in &gone {
            first = first.min(remove(&mut by_text, row, order_by_text));
            remove(&mut by_name, row, order_by_name);
        }
        for row in &new {
            first = first.min(insert(&mut by_text, row, order_by_text));
            insert(&mut by_name, row, order_by_name);
        }
        let known = self.digest.get().map_or(&self.beginnings, |(_, beginnings)| beginnings);
        let beginnings = known.of_the_first(first);
        Self { rows, own, by_text, by_name, beginnings, digest: OnceLock::new() }
    }

    /// The digest of the schema. The order in which objects were made does not count; their text
    /// does, to the byte.
    pub fn digest(&self) -> String {
        self.digest.get_or_init(|| self.beginnings.sum(self.texts())).0.clone()
    }

    /// Whether there is a table of AUTOINCREMENT counters
    /// (<https://sqlite.org/fileformat2.html#seqtab>).
    pub fn have_counters(&self) -> bool {
        self.rows.iter().any(|row| row.name() == b"sqlite_sequence")
    }

    /// Whether there is a table of this name, which may be the runner's own.
    pub(crate) fn have_own_table(&self, name: &str) -> bool {
        self.rows.iter().any(|row| row.name() == name.as_bytes() && row.kind() == b"table")
    }

    /// Whether there is a virtual table.
    pub fn have_virtual_tables(&self) -> bool {
        self.rows.iter().any(|row| Object::of(row).is_virtual())
    }

    /// Whether there is a `kind` of this name.
    pub fn have(&self, kind: &str, name: &str) -> bool {
        self.get(kind, name).is_some()
    }

    /// The text that made the `kind` of this name.
    pub fn definition(&self, kind: &str, name: &str) -> Option<&str> {
        self.get(kind, name).map(|object| object.sql())
    }

    /// The `kind` of this name.
    pub(crate) fn get(&self, kind: &str, name: &str) -> Option<Object<'_>> {
        self.called(name).find(|object| object.kind() == kind)
    }

    /// What has this name, in whatever case it is written.
    pub(crate) fn called(&self, name: &str) -> impl Iterator<Item = Object<'_>> {
        let name = name.to_owned().into_bytes();
        let before = |row: &Arc<SchemaRow>| lower_case(row.name(), &name).is_lt();
        let start = self.by_name.partition_point(before);
        self.by_name[start..]
            .iter()
            .take_while(move |row| row.name().eq_ignore_ascii_case(&name))
            .map(|row| Object::of(row))
    }

    /// The page where the rows of `table` begin, which may be SQLite's own: a rename does not change it. A virtual
    /// table has none.
    pub(crate) fn root_page(&self, table: &str) -> Option<i64> {
        let is_it = |row: &&Arc<SchemaRow>| {
            row.root_page > 0
                && row.kind() == b"table"
                && row.name().eq_ignore_ascii_case(table.as_bytes())
        };
        self.rows.iter().find(is_it).map(|row| row.root_page)
    }

    /// The table whose rows begin on `page`.
    pub(crate) fn table_on(&self, page: i64) -> Option<&str> {
        let is_it = |row: &&Arc<SchemaRow>| row.root_page == page && row.kind() == b"table";
        self.rows.iter().find(is_it).map(|row| Object::of(row).name())
    }

    /// The objects whose kind and name are not in `other`.
    pub fn not_in<'s>(&'s self, other: &'s Self) -> impl Iterator<Item = Object<'s>> {
        self.changed_since(other)
            .filter(move |object| !other.called(object.name()).any(|it| it.is_called_as(object)))
    }

    /// The objects that are not in `before`, or say something else there.
    pub fn changed_since<'s>(&'s self, before: &'s Self) -> impl Iterator<Item = Object<'s>> {
        self.rows_changed_since(before).map(|row| Object::of(row))
    }

    /// The texts of those.
    pub(crate) fn texts_changed_since<'s>(
        &'s self,
        before: &'s Self,
    ) -> impl Iterator<Item = &'s [u8]> {
        self.rows_changed_since(before).map(|row| row.text())
    }

    fn rows_changed_since<'s>(
        &'s self,
        before: &'s Self,
    ) -> impl Iterator<Item = &'s Arc<SchemaRow>> {
        let mut others = before.by_text.iter().peekable();
        // Both are in order, and most rows are one in memory in both.
        let is_new = move |row: &&Arc<SchemaRow>| {
            if others.next_if(|other| Arc::ptr_eq(other, row)).is_some() {
                return false;
            }
            while others.next_if(|other| other.text() < row.text()).is_some() {}
            others.peek().is_none_or(|other| other.text() != row.text())
        };
        self.by_text.iter().filter(is_new)
    }

    /// The names of the tables that may have foreign keys: a definition cannot have one without the
    /// word REFERENCES.
    pub fn that_may_have_foreign_keys(&self) -> impl Iterator<Item = String> {
        self.children().map(|row| Object::of(row).name().to_owned())
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
            .map(|row| (Object::of(row).name(), row.lower_case_sql()))
            .filter(move |(name, definition)| {
                is_spelled_otherwise
                    || tables.contains(&name.to_ascii_lowercase())
                    || finders.iter().any(|finder| finder.find(definition).is_some())
            })
            .map(|(name, _)| name.to_owned())
    }

    /// Those that are not in `before`, or say something else there.
    pub(crate) fn changed_that_may_have_foreign_keys<'s>(
        &'s self,
        before: &'s Self,
    ) -> impl Iterator<Item = String> + 's {
        let changed = self.rows_changed_since(before).filter(is_child);
        changed.map(|row| Object::of(row).name().to_owned())
    }

    fn children(&self) -> impl Iterator<Item = &Arc<SchemaRow>> {
        self.by_text.iter().filter(is_child)
    }

    /// The triggers and views, each with the text that made it in lower case.
    pub(crate) fn programs(&self) -> impl Iterator<Item = (Object<'_>, &str)> {
        let programs = self.by_text.iter().filter(|row| matches!(row.kind(), b"trigger" | b"view"));
        programs.map(|row| (Object::of(row), words(row.lower_case_sql())))
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = Object<'_>> {
        self.by_text.iter().map(|row| Object::of(row))
    }

    /// Whether `other` are the same, to the byte.
    pub fn are(&self, other: &Self) -> bool {
        let same = |(one, other): (&Arc<SchemaRow>, &Arc<SchemaRow>)| {
            Arc::ptr_eq(one, other) || one.text() == other.text()
        };
        self.by_text.len() == other.by_text.len()
            && self.by_text.iter().zip(&other.by_text).all(same)
    }

    /// Whether `text` is one of them.
    pub(crate) fn contain(&self, text: &[u8]) -> bool {
        self.by_text.binary_search_by(|row| row.text().cmp(text)).is_ok()
    }

    /// The text of each, in their order.
    pub fn texts(&self) -> impl Iterator<Item = &[u8]> {
        self.by_text.iter().map(|row| row.text())
    }
}

/// Whether it is a table that may have foreign keys.
fn is_child(row: &&Arc<SchemaRow>) -> bool {
    row.mentions_references() && row.kind() == b"table"
}

/// The names of what a migration that is half done has in the schema for itself, by its checkpoint.
pub(crate) fn own_names(
    connection: &Connection,
    rows: &SchemaRows,
) -> rusqlite::Result<Vec<String>> {
    match rows.iter().any(|row| row.name() == checkpoint::TABLE_NAME.as_bytes()) {
        true => checkpoint::own_names(connection),
        false => Ok(Vec::new()),
    }
}

/// Whether it is neither SQLite's, nor the runner's, nor among the names that a migration has for itself.
fn is_object(row: &Arc<SchemaRow>, own: &[String]) -> bool {
    !row.name().starts_with(b"sqlite_")
        && !record::is_history(row.table())
        && !own.iter().any(|name| name.as_bytes() == row.name())
}

fn order_by_text(one: &Arc<SchemaRow>, other: &Arc<SchemaRow>) -> Ordering {
    one.text().cmp(other.text())
}

fn order_by_name(one: &Arc<SchemaRow>, other: &Arc<SchemaRow>) -> Ordering {
    lower_case(one.name(), other.name()).then_with(|| order_by_text(one, other))
}

fn lower_case(one: &[u8], other: &[u8]) -> Ordering {
    let lower = u8::to_ascii_lowercase;
    one.iter().map(lower).cmp(other.iter().map(lower))
}

type Order = fn(&Arc<SchemaRow>, &Arc<SchemaRow>) -> Ordering;

/// Puts `row` among `rows`, which are in `order`, and gives where.
fn insert(rows: &mut Vec<Arc<SchemaRow>>, row: &Arc<SchemaRow>, order: Order) -> usize {
    let place = rows.partition_point(|it| order(it, row).is_lt());
    rows.insert(place, Arc::clone(row));
    place
}

/// Takes `row` out of `rows`, which are in `order`, and gives where it was.
fn remove(rows: &mut Vec<Arc<SchemaRow>>, row: &Arc<SchemaRow>, order: Order) -> usize {
    let start = rows.partition_point(|it| order(it, row).is_lt());
    // Whoever writes `sqlite_schema` may have written one text twice.
    let place = rows[start..].iter().position(|it| Arc::ptr_eq(it, row)).map(|at| start + at);
    if let Some(place) = place {
        rows.remove(place);
    }
    place.unwrap_or(start)
}
