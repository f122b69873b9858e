//! What operations make of a table: found out by letting them change the schema, and taking that back.

use rusqlite::Connection;
use serde::{Deserialize, Serialize};

use super::foreign_keys::{NewKey, new_keys};
use super::key::{Key, KeyColumn};
use super::names::Names;
use super::only_table::only_table;
use super::repeatable::{require_repeatable, require_repeatable_defaults};
use super::reshape::{Proof, Reshaped, reshape};
use super::schema_only::is_schema_only;
use super::unique_key::{UniqueKey, Which};
use super::{Result, not_online};
use crate::operation::{Operation, OperationError, Refusal};
use crate::perform::new_names::require_names;
use crate::perform::rebuild::shared_pass::Passes;
use crate::perform::rebuild::{MovedTable, Source};
use crate::perform::run::failed;
use crate::perform::savepoint::{Ending, Frame};
use crate::perform::session::{Session, find_table};
use crate::schema::name::{quote, same};
use crate::schema::{Affinity, Catalog, Schema, Table};

/// What is to become of a table. It does not change while the table is copied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Plan {
    /// In their wire form.
    pub(super) operations: Vec<u8>,
    pub(super) names: Names,
    /// The name of the table before.
    pub(super) table: String,
    /// Its name afterwards.
    pub(super) new_table: String,
    /// Its text afterwards.
    pub(super) sql: String,
    pub(super) indexes: Vec<NewIndex>,
    /// The columns that are written, in SQL.
    pub(super) into: Vec<String>,
    /// The value of each, over a row of the old table.
    pub(super) from: Vec<String>,
    /// How the old table is called in these values.
    pub(super) called: String,
    /// By which the rows of the old table are found.
    pub(super) key: Key,
    /// By which the shadow finds the row that was made of one of them.
    pub(super) key_in_shadow: Key,
    /// By which the shadow finds its own rows.
    pub(super) own_key: Key,
    /// Whether the rows have no other key than a number that VACUUM may change.
    pub(super) is_renumbered_by_vacuum: bool,
    /// Its foreign keys that are to be checked.
    pub(super) new_keys: Vec<NewKey>,
    /// What must be unique in the new shape.
    pub(super) unique_keys: Vec<UniqueKey>,
}

/// An index of the table in its new shape.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct NewIndex {
    pub(super) name: String,
    pub(super) sql: String,
}

/// The plan, with the tables as they are before and afterwards.
pub(super) struct Planned {
    pub(super) plan: Plan,
    /// Whether no row is read or written.
    pub(super) is_schema_only: bool,
    pub(super) old: Table,
    /// What must be unique in the old shape, beside its key.
    pub(super) old_keys: Vec<UniqueKey>,
    pub(super) new: Table,
    /// The parents of new foreign keys, in their order, with what must be unique in each.
    pub(super) parents: Vec<(Table, Vec<UniqueKey>)>,
}

impl Plan {
    /// Finds out what `operations` make of the one table that they are about.
    pub(super) fn of(
        connection: &Connection,
        operations: &[Operation],
    ) -> Result<Planned, OperationError> {
        for operation in operations {
            require_names(operation)
                .map_err(|refusal| OperationError::new(operation.to_string(), refusal))?;
        }
        let whole = |refusal| failed(operations, refusal);
        let schema = Schema::read(connection).map_err(|error| whole(error.into()))?;
        let name = only_table(operations, &schema).map_err(whole)?;
        if schema.virtual_table(&name).is_some() {
            return Err(whole(not_online(&name, "it is a virtual table; change it in a step")));
        }
        let old = find_table(&schema, &name).map_err(whole)?.clone();
        let names = Names::choose(connection).map_err(whole)?;
        let trial = Frame::open(connection).map_err(|error| whole(error.into()))?;
        let is_schema_only = is_schema_only(connection, operations, &schema);
        let is_schema_only = is_schema_only.map_err(|error| whole(error.into()))?;
        let planned = Self::tried(connection, operations, names, old)
            .map(|planned| Planned { is_schema_only, ..planned });
        trial.close(Ending::Undo).map_err(|error| whole(error.into()))?;
        planned
    }

    fn tried(
        connection: &Connection,
        operations: &[Operation],
        names: Names,
        old: Table,
    ) -> Result<Planned, OperationError> {
        let whole = |refusal| failed(operations, refusal);
        let key = Key::of(connection, &old).map_err(|error| whole(error.into()))?;
        let old_keys = UniqueKey::of(connection, &old, Which::BesideTheKey);
        let old_keys = old_keys.map_err(|error| whole(error.into()))?;
        let mut catalog = Catalog::default();
        let mut session = Session::new(connection, &mut catalog, &Passes::Each);
        session.require_unenforced().map_err(whole)?;
        let before = session.schema().map_err(whole)?;
        let reshaped = reshape(&mut session, &old.name, operations, &names.aside, Proof::Wanted)?;
        let plan = || -> Result<Plan> {
            let Reshaped { table: new, moved } = &reshaped;
            let (into, from) = session.copied(new, moved)?;
            let key = key.ok_or_else(|| no_key(&old, "columns have all names of its rowid"))?;
            let own_key = Key::of(connection, new)?
                .ok_or_else(|| no_key(&old, "new columns have all names of its rowid"))?;
            let new_keys = new_keys(connection, &before, &old, new, moved)?;
            require_repeatable(connection, &old, new, moved)?;
            require_repeatable_defaults(connection, &old, &old_keys)?;
            let indexes = new.indexes.iter().filter_map(|index| {
                Some(NewIndex { name: index.name.clone(), sql: index.sql.clone()? })
            });
            Ok(Plan {
                operations: crate::operation::wire::encode(operations),
                names,
                table: old.name.clone(),
                new_table: new.name.clone(),
                sql: new.sql.clone(),
                indexes: indexes.collect(),
                into,
                from,
                called: moved.called.clone(),
                key_in_shadow: key_in_shadow(connection, &key, &old, new, moved)?,
                own_key,
                new_keys,
                is_renumbered_by_vacuum: !old.without_rowid && old.rowid_alias().is_none(),
                unique_keys: UniqueKey::of(connection, new, Which::All)?,
                key,
            })
        };
        let plan = plan().map_err(whole)?;
        let parents = plan.new_keys.iter().map(|key| {
            let parent = find_table(&before, &key.parent)?;
            let keys = UniqueKey::of(connection, parent, Which::All)?;
            require_repeatable_defaults(connection, parent, &keys)?;
            Ok((parent.clone(), keys))
        });
        let parents = parents.collect::<Result<_>>().map_err(whole)?;
        Ok(Planned { plan, is_schema_only: false, old, old_keys, new: reshaped.table, parents })
    }
}

fn no_key(table: &Table, why: &str) -> Refusal {
    not_online(&table.name, format!("its rows have no key by which they can be followed: {why}"))
}

/// How the row of the shadow is found that was made of a row of the old table.
fn key_in_shadow(
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
                let affinity = |column: &crate::schema::Column, table: &Table| {
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
