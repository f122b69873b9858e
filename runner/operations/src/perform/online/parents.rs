//! Follows the parents of new foreign keys.

use rusqlite::Connection;

use super::Result;
use super::notes::{self, Followed, What};
use super::plan::{Plan, Planned};
use super::shadow::make_row;
use crate::schema::name::quote;

/// Makes what notes the keys of rows that are gone from them.
pub(super) fn follow(connection: &Connection, planned: &Planned) -> Result {
    let Planned { plan, parents, .. } = planned;
    for (number, (key, (parent, unique_keys))) in plan.new_keys.iter().zip(parents).enumerate() {
        let notes = plan.names.parent(number);
        let (row, trigger) = (row(&notes), format!("{notes}_on"));
        make_row(connection, &row, parent)?;
        let quoted: Vec<_> = key.parent_columns.iter().map(|column| quote(column)).collect();
        notes::follow(
            connection,
            &Followed {
                table: parent,
                keys: unique_keys,
                columns: quoted.iter().map(String::as_str).collect(),
                what: What::Gone,
                notes: &notes,
                row: &row,
                trigger: &trigger,
            },
        )?;
    }
    Ok(())
}

/// The tables that this makes.
pub(super) fn tables(plan: &Plan) -> impl Iterator<Item = (String, String)> {
    let names = |number| {
        let notes = plan.names.parent(number);
        (notes.clone(), row(&notes))
    };
    (0..plan.new_keys.len()).map(names)
}

fn row(notes: &str) -> String {
    format!("{notes}_row")
}
