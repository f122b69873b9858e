//! How the shadow finds the row that was made of one of the old table.

use rusqlite::Connection;

use super::key::{Key, KeyColumn};
use super::{Result, not_online};
use crate::operation::Refusal;
use crate::perform::rebuild::{MovedTable, Source};
use crate::schema::name::{quote, same};
use crate::schema::{Affinity, Column, Table};

pub(super) fn no_key(table: &Table, why: &str) -> Refusal {
    not_online(&table.name, format!("its rows have no key by which they can be followed: {why}"))
}

/// How the row of the shadow is found that was made of a row of the old table.
pub(super) fn key_in_shadow(
    connection: &Connection,
    key: &Key,
    old: &Table,
    new: &Table,
    moved: &MovedTable,
) -> Result<Key> {
    let number = |column: &str| Key { columns: vec![KeyColumn::rowid(quote(column))] };
    // A column that gets the values of an old one, and stores and compares them as that does.
    let kept = |name: &str| {
        let from = old.column(name)?;
        moved.columns.iter().find_map(|filled| match &filled.source {
            Source::Column(source) | Source::Converted(source) if same(source, name) => {
                let to = new.column(&filled.name)?;
                let affinity = |column: &Column, table: &Table| {
                    Affinity::in_table(&column.declared_type, table.strict)
                };
                (affinity(from, old) == affinity(to, new)).then_some(to)
            }
            _ => None,
        })
    };
    let new_number = new.rowid_alias();
    if !old.without_rowid && old.rowid_alias().is_none() {
        let bare = old.rowid_name().zip(new.rowid_name());
        return match (new_number, bare) {
            (None, Some((_, name))) => Ok(Key { columns: vec![KeyColumn::rowid(name)] }),
            (Some(alias), Some((name, _))) if is_rowid(moved, &alias.name, name) => {
                Ok(number(&alias.name))
            }
            _ => Err(no_key(
                old,
                "the number of a row is not kept; give it an INTEGER PRIMARY KEY first",
            )),
        };
    }
    let lost = |column: &str| no_key(old, &format!("`{column}` of its key is not kept as it is"));
    let columns = match old.rowid_alias() {
        Some(alias) => {
            let column = kept(&alias.name).ok_or_else(|| lost(&alias.name))?;
            if new_number.is_some_and(|number| number.name == column.name) {
                return Ok(number(&column.name));
            }
            vec![KeyColumn {
                name: quote(&column.name),
                collation: Some("BINARY".to_owned()),
                descending: false,
            }]
        }
        None => {
            let pairs = old.primary_key().into_iter().zip(&key.columns);
            let columns = pairs.map(|(part, own)| {
                let column = kept(&part.name).ok_or_else(|| lost(&part.name))?;
                Ok(KeyColumn { name: quote(&column.name), ..own.clone() })
            });
            columns.collect::<Result<Vec<_>>>()?
        }
    };
    if let (Some(alias), [only]) = (new_number, &columns[..])
        && only.name == quote(&alias.name)
    {
        return Ok(number(&alias.name));
    }
    if let Some(number) = new_number {
        require_number(old, moved, &number.name)?;
    }
    let in_shadow = Key { columns };
    if is_indexed(connection, &in_shadow, new)? {
        Ok(in_shadow)
    } else {
        Err(no_key(old, "no index of its new shape begins with the columns of its key"))
    }
}

fn is_rowid(moved: &MovedTable, column: &str, rowid: &str) -> bool {
    moved.columns.iter().any(|filled| {
        same(&filled.name, column)
            && matches!(&filled.source, Source::Expression(text) if same(text, rowid))
    })
}

/// Refuses a new rowid that could be NULL: SQLite would number such a row without a word.
fn require_number(old: &Table, moved: &MovedTable, number: &str) -> Result {
    let filled = moved.columns.iter().find(|filled| same(&filled.name, number));
    let is_set = match filled.map(|filled| &filled.source) {
        Some(Source::Column(name) | Source::Converted(name)) => {
            old.column(name).is_some_and(|column| {
                column.is_not_null()
                    || old.is_never_null_key(column)
                    || old.rowid_alias() == Some(column)
            })
        }
        _ => false,
    };
    if is_set {
        return Ok(());
    }
    Err(not_online(
        &old.name,
        format!("`{number}` would be its rowid, and may be NULL; make it NOT NULL first"),
    ))
}

/// Whether an index of `table`, which is in the main schema, begins with the columns of `key`.
fn is_indexed(connection: &Connection, key: &Key, table: &Table) -> Result<bool> {
    let mut statement = connection.prepare(
        "SELECT list.name, part.name, part.coll FROM pragma_index_list(?1, 'main') AS list, \
         pragma_index_xinfo(list.name, 'main') AS part \
         WHERE NOT list.partial AND part.seqno < ?2 ORDER BY list.seq, part.seqno",
    )?;
    let width = key.columns.len();
    let parts = statement.query_map((&table.name, width as i64), |row| {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?))
    })?;
    let parts: Vec<(String, Option<String>, Option<String>)> = parts.collect::<Result<_, _>>()?;
    Ok(parts.chunk_by(|one, other| one.0 == other.0).any(|parts| {
        key.columns.iter().all(|column| {
            parts.iter().any(|(_, name, collation)| {
                name.as_ref().is_some_and(|name| same(&quote(name), &column.name))
                    && collation
                        .as_deref()
                        .unwrap_or("BINARY")
                        .eq_ignore_ascii_case(column.collation.as_deref().unwrap_or("BINARY"))
            })
        })
    }))
}
