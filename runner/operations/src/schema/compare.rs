//! Compares what was read from a table's text with what SQLite has read from it.

use rusqlite::Connection;

use super::SchemaError;
use super::name;
use super::table::Table;

/// What `table_xinfo` says of a column (<https://sqlite.org/pragma.html#pragma_table_xinfo>).
struct Info {
    name: String,
    default: Option<String>,
    /// Its place in the primary key, from 1; 0: none.
    key: i64,
    generated: bool,
}

/// Compares `table` with what SQLite's pragmas say.
///
/// # Errors
/// SQLite's; a difference.
pub(super) fn compare(connection: &Connection, table: &Table) -> Result<(), SchemaError> {
    let differs =
        |difference: String| Err(SchemaError::Disagrees { table: table.name.clone(), difference });
    let infos: Vec<Info> = connection
        .prepare(
            "SELECT name, dflt_value, pk, hidden IN (2, 3) FROM pragma_table_xinfo(?1, 'main') \
             ORDER BY cid",
        )?
        .query_map([&table.name], |row| {
            Ok(Info {
                name: row.get(0)?,
                default: row.get(1)?,
                key: row.get(2)?,
                generated: row.get(3)?,
            })
        })?
        .collect::<rusqlite::Result<_>>()?;
    if infos.len() != table.columns.len() {
        return differs(format!("{} columns, not {}", infos.len(), table.columns.len()));
    }
    let key = table.primary_key();
    for (column, info) in table.columns.iter().zip(&infos) {
        let place = key.iter().position(|key| name::same(&key.name, &column.name));
        if column.name != info.name {
            return differs(format!("column `{}` is called `{}`", column.name, info.name));
        }
        if place.map_or(0, |place| place + 1) != usize::try_from(info.key).unwrap_or(0) {
            return differs(format!("the primary key, at `{}`", info.name));
        }
        if column.generated().is_some() != info.generated {
            return differs(format!("whether `{}` is generated", info.name));
        }
        if column.default().is_some() != info.default.is_some() && !info.generated {
            return differs(format!("the default of `{}`", info.name));
        }
    }
    Ok(())
}
