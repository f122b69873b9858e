//! What operations make of a table: found out by letting them change the schema, and taking that back.

use rusqlite::Connection;
use serde::{Deserialize, Serialize};

use super::foreign_keys::{NewKey, new_keys};
use super::kept_key::{key_in_shadow, no_key};
use super::key::Key;
use super::names::Names;
use super::only_table::only_table;
use super::repeatable::{require_repeatable, require_repeatable_defaults};
use super::reshape::{Proof, Reshaped, reshape};
use super::schema_only::is_schema_only;
use super::unique_key::{UniqueKey, Which};
use super::{Result, not_online};
use crate::operation::{Operation, OperationError};
use crate::perform::new_names::require_names;
use crate::perform::rebuild::shared_pass::Passes;
use crate::perform::run::failed;
use crate::perform::savepoint::{Ending, Frame};
use crate::perform::session::{Session, find_table};
use crate::schema::{Catalog, Schema, Table};

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
