//! The rows that a row refers to.

use migration_api::schema::{ForeignKey, Schema, Table, quote};
use rusqlite::Connection;
use rusqlite::types::Value;

/// A foreign key of a table that is being filled, by the places of its columns.
pub(super) struct Reference {
    /// The columns that point.
    pub(super) columns: Vec<usize>,
    /// Whether all of them may be NULL.
    pub(super) may_be_null: bool,
    /// The columns of the same row that they may point to, in a table that points to itself.
    pub(super) own: Option<Vec<usize>>,
    /// Asks for what may be pointed to; `None`: there is no such table.
    query: Option<String>,
}

impl Reference {
    /// How many rows of a parent are pointed to.
    const PARENTS: usize = 8;

    pub(super) fn of(schema: &Schema, table: &Table, key: &ForeignKey) -> Option<Self> {
        let places = |names: &[String]| -> Option<Vec<usize>> {
            names.iter().map(|name| table.position(name)).collect()
        };
        let columns = places(&key.columns)?;
        let parent = schema.table(&key.parent);
        let wanted = match &key.parent_columns[..] {
            [] => parent
                .map_or(Vec::new(), Table::primary_key)
                .into_iter()
                .map(|key| key.name)
                .collect(),
            named => named.to_vec(),
        };
        let may_be_null = columns.iter().all(|place| !table.columns[*place].is_not_null())
            && !(table.without_rowid && is_in_key(table, &key.columns));
        let own = key.parent.eq_ignore_ascii_case(&table.name).then(|| places(&wanted)).flatten();
        let query = parent.filter(|_| wanted.len() == columns.len()).map(|parent| {
            let names: Vec<_> = wanted.iter().map(|name| quote(name)).collect();
            let set: Vec<_> = names.iter().map(|name| format!("{name} IS NOT NULL")).collect();
            format!(
                "SELECT {} FROM main.{} WHERE {} LIMIT {}",
                names.join(", "),
                quote(&parent.name),
                set.join(" AND "),
                Self::PARENTS
            )
        });
        Some(Self { columns, may_be_null, own, query })
    }

    /// What may be pointed to now. None, where the parent cannot be asked.
    pub(super) fn targets(&self, connection: &Connection) -> Vec<Vec<Value>> {
        let Some(query) = &self.query else { return Vec::new() };
        let read = || -> rusqlite::Result<Vec<Vec<Value>>> {
            let width = self.columns.len();
            connection
                .prepare_cached(query)?
                .query_map([], |row| (0..width).map(|column| row.get(column)).collect())?
                .collect()
        };
        read().unwrap_or_default()
    }
}

fn is_in_key(table: &Table, columns: &[String]) -> bool {
    table
        .primary_key()
        .iter()
        .any(|key| columns.iter().any(|name| name.eq_ignore_ascii_case(&key.name)))
}
