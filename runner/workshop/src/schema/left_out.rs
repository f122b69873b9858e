//! The objects of a database that cannot be made again without the application.

use std::fmt;

use serde::Serialize;

/// A virtual table that was left out of a schema: it needs a module or a tokenizer that only the
/// application has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    /// Whose schema it is.
    pub of: String,
    /// The virtual table.
    pub name: String,
    /// SQLite's reason.
    pub why: String,
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "left out of {}: the virtual table `{}` ({})", self.of, self.name, self.why)
    }
}

/// Whether `sql` makes a virtual table.
pub(crate) fn is_virtual(sql: &str) -> bool {
    const START: &str = "CREATE VIRTUAL";
    sql.get(..START.len()).is_some_and(|start| start.eq_ignore_ascii_case(START))
}
