//! Tables that were parsed before.
//!
//! A run of operations reads the schema again and again, and most of its texts are those of the last
//! time. To find the parts of a table in its text was most of the time that a run took without rows.

use std::cell::RefCell;
use std::collections::HashMap;

use super::sql::SyntaxError;
use super::table::Table;

/// How many texts are kept; then all are forgotten, so that a long life holds no memory.
const MOST: usize = 1000;

thread_local! {
    static KNOWN: RefCell<HashMap<String, Table>> = RefCell::default();
}

/// What [`Table::parse`] gives for `sql`.
pub(super) fn table(sql: &str) -> Result<Table, SyntaxError> {
    if let Some(table) = KNOWN.with_borrow(|known| known.get(sql).cloned()) {
        return Ok(table);
    }
    let table = Table::parse(sql)?;
    KNOWN.with_borrow_mut(|known| {
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(sql.to_owned(), table.clone());
    });
    Ok(table)
}
