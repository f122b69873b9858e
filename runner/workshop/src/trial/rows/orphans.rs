//! Rows that point to nothing: where keys go round in a circle, a row is made before what it points to, and
//! that may come out otherwise.

use std::sync::Arc;

use migration_api::schema::{ForeignKey, Schema, Table, quote};
use rusqlite::Connection;

/// The statements that delete such rows, but for tables that had some before.
pub(super) struct Orphans {
    deletions: Vec<String>,
}

impl Orphans {
    pub(super) fn of(schema: &Schema, connection: &Connection) -> rusqlite::Result<Self> {
        let had_some = broken(connection)?;
        let has_none = |table: &&Table| !had_some.contains(&table.name.to_ascii_lowercase());
        let tables = schema.tables.iter().map(Arc::as_ref).filter(has_none);
        let keys = tables
            .flat_map(|table| table.foreign_keys().map(move |key| deletion(schema, table, key)));
        Ok(Self { deletions: keys.collect() })
    }

    /// Deletes until nothing more is to be deleted: a row may have been what another one pointed to.
    pub(super) fn remove(&self, connection: &Connection) -> rusqlite::Result<()> {
        /// Triggers may make such rows faster than they go.
        const PASSES: usize = 1000;
        for _ in 0..PASSES {
            if broken(connection)?.is_empty() {
                break;
            }
            // A trigger may refuse: then the row stays, as it does for anybody.
            let deleted = |deletion: &String| connection.execute(deletion, []).unwrap_or(0);
            if self.deletions.iter().map(deleted).sum::<usize>() == 0 {
                break;
            }
        }
        Ok(())
    }
}

/// The tables with rows that point to nothing, in lower case.
fn broken(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let checked = connection
        .prepare("SELECT DISTINCT lower(\"table\") FROM pragma_foreign_key_check")
        .and_then(|mut check| check.query_map([], |row| row.get(0))?.collect());
    match checked {
        // A key that is on no columns of its parent is an error and no broken row. SQLite has no code of
        // its own for it, only the words.
        Err(rusqlite::Error::SqliteFailure(_, Some(words)))
            if words.starts_with("foreign key mismatch") =>
        {
            Ok(Vec::new())
        }
        other => other,
    }
}

fn deletion(schema: &Schema, table: &Table, key: &ForeignKey) -> String {
    let child = quote(&table.name);
    let columns: Vec<_> =
        key.columns.iter().map(|name| format!("{child}.{}", quote(name))).collect();
    let set: Vec<_> = columns.iter().map(|column| format!("{column} IS NOT NULL")).collect();
    let set = set.join(" AND ");
    let Some(parent) = schema.table(&key.parent) else {
        return format!("DELETE FROM main.{child} WHERE {set}");
    };
    let wanted = match &key.parent_columns[..] {
        [] => parent.primary_key().into_iter().map(|key| key.name).collect(),
        named => named.to_vec(),
    };
    let same: Vec<_> = wanted
        .iter()
        .zip(&columns)
        .map(|(wanted, column)| format!("parent.{} = {column}", quote(wanted)))
        .collect();
    format!(
        "DELETE FROM main.{child} WHERE {set} AND NOT EXISTS \
         (SELECT 1 FROM main.{} AS parent WHERE {})",
        quote(&parent.name),
        same.join(" AND ")
    )
}
