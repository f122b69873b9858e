//! The changes that are measured.

use migration_api::operation::{Column, Operation, WhichConstraint};
use rusqlite::Connection;

/// A change of the table, by a name that a worker is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    /// Another affinity, for which the rows are moved.
    Type,
    /// The same, by the best SQL that a person would write.
    TypeByHand,
    /// The same, and four more of which each alone reads or writes all rows.
    Five,
    /// The same five the other way round: first comes the one that SQLite alone would do.
    FiveReordered,
    AddColumn,
    DropNotNull,
    RenameColumn,
    DropCheck,
    /// The affinity stays.
    TypeText,
}

impl Change {
    const ALL: [Self; 9] = [
        Self::Type,
        Self::TypeByHand,
        Self::Five,
        Self::FiveReordered,
        Self::AddColumn,
        Self::DropNotNull,
        Self::RenameColumn,
        Self::DropCheck,
        Self::TypeText,
    ];

    pub(crate) fn name(self) -> String {
        format!("{self:?}")
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|change| change.name() == name)
    }

    /// Whether it is one for which all rows are written anew.
    pub(crate) fn moves_rows(self) -> bool {
        matches!(self, Self::Type | Self::TypeByHand | Self::Five | Self::FiveReordered)
    }

    /// Makes the change.
    pub(crate) fn make(self, connection: &Connection) {
        if self == Self::TypeByHand {
            return connection.execute_batch(TYPE_BY_HAND).unwrap();
        }
        migration_api::Migrator::new(connection).run(self.operations()).unwrap();
    }

    fn operations(self) -> Vec<Operation> {
        match self {
            Self::Type => vec![Operation::alter_column_type("player", "level", "INTEGER")],
            Self::TypeByHand => vec![],
            Self::Five => five(),
            Self::FiveReordered => five().into_iter().rev().collect(),
            Self::AddColumn => {
                let column = Column::integer("experience").not_null().default(0);
                vec![Operation::add_column("player", column)]
            }
            Self::DropNotNull => vec![Operation::drop_not_null("player", "email")],
            Self::RenameColumn => vec![Operation::rename_column("player", "score", "points")],
            Self::DropCheck => {
                let fair = WhichConstraint::Named("fair".to_owned());
                vec![Operation::drop_constraint("player", fair)]
            }
            Self::TypeText => {
                vec![Operation::alter_column_type("player", "email", "VARCHAR(200)")]
            }
        }
    }
}

fn five() -> Vec<Operation> {
    let experience = Column::integer("experience").not_null().backfill("score * 10");
    vec![
        Operation::alter_column_type("player", "level", "INTEGER"),
        Operation::add_column("player", experience),
        Operation::set_default("player", "score", 0),
        Operation::set_not_null("player", "score"),
        Operation::drop_column("player", "note"),
    ]
}

/// The order that SQLite's manual advises (<https://sqlite.org/lang_altertable.html#otheralter>):
/// indexes are made from all rows at once, from pages that the old table has left.
const TYPE_BY_HAND: &str = "BEGIN IMMEDIATE;
CREATE TABLE player_new (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    email VARCHAR(80) NOT NULL,
    score INTEGER,
    level INTEGER,
    note TEXT,
    CONSTRAINT fair CHECK (score >= 0)
);
INSERT INTO player_new SELECT id, name, email, score, level, note FROM player;
DROP TABLE player;
ALTER TABLE player_new RENAME TO player;
CREATE INDEX player_name ON player (name);
CREATE INDEX player_score ON player (score);
COMMIT";
