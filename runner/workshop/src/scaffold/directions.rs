//! The forward and backward directions of a migration, as operations.

use minijinja::{Value, context};

use super::code::Position;
use super::operations::{Written, body, comment};

/// What stands in `migrate_forward` and, if there is one, in `migrate_backward`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directions {
    /// The way forward.
    pub forward: Vec<Written>,
    /// The way back.
    pub backward: Backward,
}

/// The way back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Backward {
    /// These operations.
    Operations(Vec<Written>),
    /// None, for nothing is known of a column but its name.
    Irreversible {
        /// The column.
        column: String,
    },
    /// None, for what was there cannot be made by operations.
    Underivable {
        /// Why not, a sentence each.
        reasons: Vec<String>,
    },
}

impl Directions {
    /// What the template is filled in with.
    pub(super) fn values(&self) -> Value {
        let forward = body(&self.forward);
        let (backward, irreversible, reasons) = match &self.backward {
            Backward::Operations(back) => (Some(body(back)), None, Vec::new()),
            Backward::Irreversible { column } => (None, Some(column), Vec::new()),
            Backward::Underivable { reasons } => {
                let lines =
                    reasons.iter().flat_map(|it| comment(&format!("- {it}"), Position::Body));
                (None, None, lines.collect())
            }
        };
        context! { forward, backward, irreversible, reasons }
    }
}
