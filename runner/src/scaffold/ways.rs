//! The two ways of a migration, as operations.

use minijinja::{Value, context};

use super::operations::{Written, body};

/// What stands in `migrate_forward` and, if there is one, in `migrate_backward`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ways {
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
}

impl Ways {
    /// What the template is filled in with.
    pub(super) fn values(&self) -> Value {
        let forward = body(&self.forward);
        match &self.backward {
            Backward::Operations(back) => {
                context! { forward, backward => body(back), irreversible => () }
            }
            Backward::Irreversible { column } => {
                context! { forward, backward => (), irreversible => column }
            }
        }
    }
}
