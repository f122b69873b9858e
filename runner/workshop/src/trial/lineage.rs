//! Which losses are of what a migration drops by name, as one had to that is older than declarations.

use super::outcome::Loss;
use crate::lineage::{Lineage, Table};

impl Lineage {
    /// Whether `loss` is of something that was dropped by name. `between` are the tables that there
    /// are after the way forward.
    pub(super) fn drops_by_name(&self, loss: &Loss, between: &[Table]) -> bool {
        match loss {
            Loss::Table { table } => self.drops_table(table),
            Loss::Column { table, column } => self.drops_column(table, column, between),
            Loss::Rows { .. } | Loss::Values { .. } => false,
            // One that falls back without a word is refused before COMMIT.
            Loss::Counter { .. } => true,
        }
    }
}
