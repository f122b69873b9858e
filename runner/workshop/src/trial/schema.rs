//! Whether two scratch databases have the same schema.

use migration_api::schema::normal::ColumnOrder;
use rusqlite::Connection;

use crate::schema::{Diff, SchemaError, normal};

/// In what the schemas differ, in words; `None`: in nothing. Neither the order of columns counts nor
/// how anything is spelled.
pub(crate) fn same_schema(
    before: &Connection,
    after: &Connection,
) -> Result<Option<String>, SchemaError> {
    let (was, is) = ("before", "after");
    let diff = Diff::of(was, &normal(before, was)?, is, &normal(after, is)?, ColumnOrder::Any);
    Ok(diff.map(|diff| diff.to_string()))
}
