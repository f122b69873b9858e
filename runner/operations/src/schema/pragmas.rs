//! What SQLite has read from the text of a table, beside what was read from it here.

use rusqlite::{Connection, Statement};

use super::SchemaError;
use super::index::{Index, IndexColumn, IndexTerm};
use super::mention::Mentions;
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

/// SQLite's pragmas about tables and indexes, each compiled once for all of them.
pub(super) struct Pragmas<'c> {
    connection: &'c Connection,
    columns: Option<Statement<'c>>,
    index_columns: Option<Statement<'c>>,
}

impl<'c> Pragmas<'c> {
    pub(super) fn of(connection: &'c Connection) -> Self {
        Self { connection, columns: None, index_columns: None }
    }

    /// Compares `table` with what SQLite says of it.
    ///
    /// # Errors
    /// SQLite's; a difference.
    pub(super) fn compare(&mut self, table: &Table) -> Result<(), SchemaError> {
        let differs = |difference: String| {
            Err(SchemaError::Disagrees { table: table.name.clone(), difference })
        };
        let infos = self.infos(&table.name)?;
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

    fn infos(&mut self, table: &str) -> rusqlite::Result<Vec<Info>> {
        compiled(
            &mut self.columns,
            self.connection,
            "SELECT name, dflt_value, pk, hidden IN (2, 3) FROM pragma_table_xinfo(?1, 'main') \
             ORDER BY cid",
        )?
        .query_map([table], |row| {
            Ok(Info {
                name: row.get(0)?,
                default: row.get(1)?,
                key: row.get(2)?,
                generated: row.get(3)?,
            })
        })?
        .collect()
    }

    /// An index that PRIMARY KEY or UNIQUE made has no text; SQLite knows it
    /// (<https://sqlite.org/pragma.html#pragma_index_xinfo>).
    pub(super) fn automatic_index(&mut self, name: &str, table: &str) -> rusqlite::Result<Index> {
        let columns = compiled(
            &mut self.index_columns,
            self.connection,
            "SELECT name, \"desc\", coll FROM pragma_index_xinfo(?1, 'main') \
             WHERE key = 1 ORDER BY seqno",
        )?
        .query_map([name], |row| {
            Ok(IndexColumn {
                term: IndexTerm::Column(row.get(0)?),
                descending: row.get(1)?,
                collate: row.get(2)?,
            })
        })?
        .collect::<rusqlite::Result<_>>()?;
        Ok(Index {
            name: name.to_owned(),
            table: table.to_owned(),
            sql: None,
            unique: true,
            columns,
            condition: None,
            mentions: Mentions::default(),
        })
    }
}

fn compiled<'s, 'c>(
    slot: &'s mut Option<Statement<'c>>,
    connection: &'c Connection,
    sql: &str,
) -> rusqlite::Result<&'s mut Statement<'c>> {
    Ok(match slot {
        Some(statement) => statement,
        None => slot.insert(connection.prepare(sql)?),
    })
}
