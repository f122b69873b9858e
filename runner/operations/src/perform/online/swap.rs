//! Puts the shadow in the place of the table.

use rusqlite::Connection;

use super::Result;
use super::notes::drop_triggers;
use super::plan::{NewIndex, Plan};
use super::reshape::{Proof, Reshaped, reshape};
use crate::operation::{OperationError, Refusal, wire};
use crate::perform::alter::constraints::without_foreign_keys;
use crate::perform::alter::statistics;
use crate::perform::connection_settings::{AS_WRITTEN, Configured};
use crate::perform::rebuild::shared_pass::Passes;
use crate::perform::run::failed;
use crate::perform::session::Session;
use crate::perform::verify::attached::Attached;
use crate::schema::name::quote;
use crate::schema::{Catalog, Table};

/// Carries out the operations on the schema for good, with the shadow in the place of the table that they made. The
/// old table keeps its rows under another name.
pub(super) fn swap(
    connection: &Connection,
    plan: &Plan,
    proof: Proof,
) -> Result<(), OperationError> {
    let operations = wire::decode(&plan.operations)?;
    let whole = |refusal| failed(&operations, refusal);
    // First, or they would be taken for the application's and move to the new table.
    drop_triggers(connection, plan).map_err(whole)?;
    let mut catalog = Catalog::default();
    let mut session = Session::new(connection, &mut catalog, &Passes::Each);
    session.require_unenforced().map_err(whole)?;
    let reshaped = reshape(&mut session, &plan.table, &operations, &plan.names.aside, proof)?;
    require_as_planned(plan, &reshaped.table).map_err(whole)?;
    put_in_place(&session, plan, &reshaped).map_err(whole)
}

/// Refuses another shape than the one in which the shadow was made.
fn require_as_planned(plan: &Plan, table: &Table) -> Result {
    let changed = |what: String| Err(Refusal::ChangedMeanwhile { table: plan.table.clone(), what });
    if table.sql != plan.sql {
        return changed(format!("table `{}`", plan.table));
    }
    let indexes = table
        .indexes
        .iter()
        .filter_map(|index| Some(NewIndex { name: index.name.clone(), sql: index.sql.clone()? }));
    let indexes: Vec<_> = indexes.collect();
    match plan.indexes.iter().find(|index| !indexes.contains(index)) {
        Some(index) => changed(format!("index `{}`", index.name)),
        None if indexes.len() != plan.indexes.len() => changed("an index".to_owned()),
        None => Ok(()),
    }
}

fn put_in_place(session: &Session<'_>, plan: &Plan, reshaped: &Reshaped) -> Result {
    let Reshaped { table, moved } = reshaped;
    let (connection, names) = (session.connection, &plan.names);
    statistics::forget(connection, &names.shadow)?;
    let attached = Attached::take_off(session, &table.name)?;
    session.run(&format!("DROP TABLE main.{}", quote(&table.name)))?;
    {
        // So that what refers to the table goes on to do so.
        let _legacy = Configured::new(connection, &AS_WRITTEN)?;
        let name = quote(&table.name);
        session.run(&format!("ALTER TABLE main.{} RENAME TO {name}", names.shadow))?;
    }
    let own: Vec<_> = (0..plan.indexes.len()).map(|number| names.index(number)).collect();
    let indexes = own.iter().zip(&plan.indexes);
    let indexes = indexes.map(|(own, index)| (own.as_str(), &*index.name, &*index.sql));
    session.rewrite_indexes(&indexes.collect::<Vec<_>>())?;
    // With its foreign keys, and in the words that it has in the schema.
    session.rewrite(table, &plan.sql)?;
    session.keep_sequence(table, moved)?;
    attached.put_triggers_back(session)?;
    // With foreign keys, nobody who enforces them could delete a row that one in the old table points to.
    let old = session.set_aside_as(moved)?;
    let bare = without_foreign_keys(&old)?;
    if bare.sql == old.sql { Ok(()) } else { session.rewrite(&old, &bare.sql) }
}
