//! The states of the schema, as far as the log has them, and as it is now.

use std::collections::BTreeSet;
use std::sync::Arc;

use migration_api::schema::Table;
use runner_engine::record::SchemaText;
use serde::Serialize;

use super::tables::{Rewritten, Tables};
use crate::config::Config;
use crate::schema::diagram::Evolution;

/// The schema from its first known state to that of now.
#[derive(Debug, Clone, Serialize)]
pub struct SchemaHistory {
    /// Where each table is in the picture, and what it was.
    #[serde(flatten)]
    pub evolution: Evolution,
    /// What each state is of.
    pub of: Vec<StateOf>,
    /// The tables that could not be read, and are not in the picture.
    pub unread: Vec<String>,
}

/// What a state of the schema is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum StateOf {
    /// As the log found it when it began.
    Beginning,
    /// As something that keeps no log had changed it.
    Found {
        /// The number of what happened next.
        before: usize,
    },
    /// As it was after something that happened.
    After {
        /// The number of it.
        happening: usize,
    },
    /// As it is, and not as the last entry of the log left it.
    Now,
}

/// The states as they are read.
pub(super) struct States<'c> {
    tables: Tables<'c>,
    states: Vec<Vec<Arc<Table>>>,
    of: Vec<StateOf>,
}

impl<'c> States<'c> {
    /// None.
    pub(super) fn none(config: &'c Config) -> Self {
        Self { tables: Tables::none(config), states: Vec::new(), of: Vec::new() }
    }

    /// The schema that was read last.
    pub(super) fn schema(&self) -> &SchemaText {
        self.tables.schema()
    }

    /// Adds a state. Gives the tables that became others, and its number.
    pub(super) fn add(&mut self, schema: SchemaText, of: StateOf) -> (Rewritten, usize) {
        let rewritten = self.tables.become_as(schema);
        self.states.push(self.tables.all());
        self.of.push(of);
        (rewritten, self.states.len() - 1)
    }

    /// All of them in one picture.
    pub(super) fn drawn(self) -> SchemaHistory {
        let unread: BTreeSet<&str> = self.tables.unread().collect();
        SchemaHistory {
            evolution: Evolution::of(&self.states),
            of: self.of,
            unread: unread.into_iter().map(str::to_owned).collect(),
        }
    }
}
