//! Lets operations change the schema of a table, whose rows stay where they are.

use crate::operation::{Operation, OperationError};
use crate::perform::rebuild::MovedTable;
use crate::perform::run::{Before, carry_out, failed};
use crate::perform::session::{RowsOf, Session, find_table};
use crate::schema::Table;

/// A table in its new shape, which is empty, and where its rows are.
pub(super) struct Reshaped {
    pub(super) table: Table,
    pub(super) moved: MovedTable,
}

/// Whether it is to be proven that what belongs to the schema means what it meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Proof {
    Wanted,
    /// It was proven for the same operations on the same schema.
    Known,
}

/// Sets the table `name` aside as `aside`, and carries out `operations` on an empty one in its place. All that is
/// proven of an ordinary rebuild is proven here, but for what its rows are asked.
pub(super) fn reshape<'c>(
    session: &mut Session<'c>,
    name: &str,
    operations: &'c [Operation],
    aside: &str,
    proof: Proof,
) -> Result<Reshaped, OperationError> {
    let whole = |refusal| failed(operations, refusal);
    session.rows = RowsOf::Left { aside: aside.to_owned() };
    let before = match proof {
        Proof::Wanted => Some(Before::now(session, operations).map_err(whole)?),
        Proof::Known => None,
    };
    let schema = session.schema().map_err(whole)?;
    let old = find_table(&schema, name).map_err(whole)?;
    session.rebuild(old, &old.sql).map_err(whole)?;
    carry_out(session, operations)?;
    if let Some(before) = before {
        before.hold(session, operations).map_err(whole)?;
    }
    let moved = session.moved.pop().filter(|_| session.moved.is_empty());
    let moved = moved.ok_or_else(|| {
        whole(super::not_online(name, "its rows are not where they were; change it in a step"))
    })?;
    let schema = session.schema().map_err(whole)?;
    let table = find_table(&schema, &moved.table).map_err(whole)?.clone();
    Ok(Reshaped { table, moved })
}
