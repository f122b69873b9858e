//! What a statement is to the runner.

use runner_engine::apply::Denied;

use crate::import::Tool;
use crate::import::finding::What;

/// What a statement is to the runner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Class {
    /// A statement like any other.
    Usual,
    /// BEGIN or COMMIT.
    Transaction,
    /// A pragma about the enforcement of foreign keys.
    ForeignKeys,
    /// A setting of the connection.
    Setting,
    /// It is about the table in which the tool keeps its history.
    OwnTable,
    /// What SQLite does only outside of a transaction.
    OutsideOfTransaction,
    /// The guard would deny it.
    Denied(Denied),
    /// It needs what only the application has.
    OfTheApplication { words: String },
    /// SQLite refuses it.
    Refused { words: String },
    /// SQLite refuses it, perhaps since it has refused one before that it needs.
    Consequence,
}

impl Class {
    /// Whether it is in the migration.
    pub(super) fn stays(&self) -> bool {
        !self.is_taken_out()
    }

    /// Whether it is taken out.
    pub(super) fn is_taken_out(&self) -> bool {
        matches!(self, Self::Transaction | Self::ForeignKeys | Self::Setting | Self::OwnTable)
    }

    /// What is found. `alone`: nothing else in the file needs a transaction.
    pub(super) fn what(&self, alone: bool, tool: Tool) -> Option<What> {
        Some(match self {
            Self::Usual | Self::Consequence => return None,
            Self::Transaction => What::Transaction,
            Self::ForeignKeys => What::ForeignKeys,
            Self::Setting => What::Setting,
            Self::OwnTable => What::OwnTable { tool },
            Self::OutsideOfTransaction if alone => What::OutsideOfTransaction,
            Self::OutsideOfTransaction => What::AmongOthers,
            Self::Denied(denied) => What::Denied(denied.clone()),
            Self::OfTheApplication { words } => What::OfTheApplication { words: words.clone() },
            Self::Refused { words } => What::NotSqlite { words: words.clone() },
        })
    }
}
