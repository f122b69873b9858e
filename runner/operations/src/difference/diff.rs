//! Finds the changes from one schema to another.

use rusqlite::Connection;

use super::change::{Beyond, Change, Difference};
use super::error::DifferenceError;
use super::obstacles::Obstacles;
use super::options::Options;
use super::plan::plan;
use super::rename_guess::perhaps_renamed;
use super::renames::rename;
use super::trial::{Pass, Trial};
use crate::schema::Schema;
use crate::schema::normal::{ColumnOrder, Normal};

/// How often the remaining difference is planned: a change may bring another with it, as a new primary key does
/// for the foreign keys that refer to it without naming its columns.
const ROUNDS: usize = 3;

/// The changes from the schema `from` to the schema `to`.
///
/// Nothing is read or written but an empty database in memory. Every operation is tried there, and together they
/// give what `to` means; what they do not give is in [`Difference::beyond`]. Rows may still stop them
/// ([`Loss::Refusal`](super::Loss::Refusal)). The way back is `between(to, from,
/// &options.back(&forward))`.
///
/// # Errors
/// A rename that makes no sense; a schema that SQLite does not make without the application's own
/// functions, collations or modules; a change that is refused even without rows.
pub fn between(
    from: &Schema,
    to: &Schema,
    options: &Options,
) -> Result<Difference, DifferenceError> {
    let connection = Connection::open_in_memory().map_err(DifferenceError::Scratch)?;
    between_on(connection, from, to, options)
}

/// As [`between`], on `connection`, whose database is empty. The caller has registered the functions and
/// collations of the application that the schemas use, or substitutes for them.
///
/// # Errors
/// As [`between`].
pub fn between_on(
    connection: Connection,
    from: &Schema,
    to: &Schema,
    options: &Options,
) -> Result<Difference, DifferenceError> {
    let target = to.normal();
    let trial = Trial::of(connection, from)?;
    let renamed = rename(&trial, &target, options)?;
    let mut changes: Vec<Change> = renamed.operations.into_iter().map(Change::new).collect();
    let perhaps_renamed = perhaps_renamed(&trial.schema()?.normal(), &target);
    for _ in 0..ROUNDS {
        let more = round(&trial, &target, options.column_order)?;
        if more.is_empty() {
            break;
        }
        changes.extend(more);
    }
    let beyond = beyond(&trial.schema()?.normal(), &target, options.column_order);
    Ok(Difference { changes, renamed: renamed.done, perhaps_renamed, beyond })
}

/// The changes from the present schema of the trial to `target`, which are carried out there.
fn round(
    trial: &Trial,
    target: &Normal,
    order: ColumnOrder,
) -> Result<Vec<Change>, DifferenceError> {
    let schema = trial.schema()?;
    let current = schema.normal();
    let mut obstacles = Obstacles::default();
    loop {
        let changes = plan(&schema, &current, target, order, &obstacles);
        let around = |operation: &_, refusal: &_| obstacles.learn(&current, operation, refusal);
        if trial.run_all(&changes, around)? == Pass::Done {
            return Ok(changes);
        }
    }
}

/// What still differs.
fn beyond(current: &Normal, target: &Normal, order: ColumnOrder) -> Vec<Beyond> {
    let mut beyond = Vec::new();
    for table in &target.tables {
        let found = current.table(table.name.as_str());
        if !found.is_some_and(|found| found.same_as(table, order)) {
            beyond.push(Beyond::Table(String::from(&table.name)));
        }
    }
    let name = String::from;
    let tables = target.virtual_tables.iter().filter(|it| !current.virtual_tables.contains(it));
    beyond.extend(tables.map(|table| Beyond::VirtualTable(name(&table.name))));
    let views = target.views.iter().filter(|it| !current.views.contains(it));
    beyond.extend(views.map(|view| Beyond::View(name(&view.name))));
    let triggers = target.triggers.iter().filter(|it| !current.triggers.contains(it));
    beyond.extend(triggers.map(|trigger| Beyond::Trigger(name(&trigger.name))));
    beyond
}
