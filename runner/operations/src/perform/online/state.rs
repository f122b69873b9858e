//! How far an online change is, and its form as bytes.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::key::KeyValues;
use super::plan::Plan;
use crate::operation::{Operation, wire};

/// A change of a table while others write it.
///
/// It lives in the database and in bytes: who commits a piece of work commits [`to_bytes`](Self::to_bytes) with it, and
/// after a crash [`from_bytes`](Self::from_bytes) goes on from what was committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Online {
    pub(super) plan: Plan,
    pub(super) position: Position,
}

/// What changes from piece to piece.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Position {
    pub(super) stage: Stage,
    /// The key of the last row that was copied.
    pub(super) cursor: Option<KeyValues>,
    /// The key of the last row of the shadow whose foreign keys were checked.
    pub(super) checked: Option<KeyValues>,
    pub(super) rows_done: u64,
    pub(super) rows_total: Option<u64>,
    /// How many times copying began again.
    pub(super) restarts: u32,
    /// The version of the schema for which the change was proven.
    pub(super) proven_version: i64,
    /// What the schema was when it was looked at last.
    pub(super) schema_version: i64,
    pub(super) root_page: i64,
    /// What it was at the beginning.
    pub(super) objects: Vec<Object>,
    /// The names of what it has made in the schema.
    pub(super) made: Vec<String>,
}

/// An object of the schema, and the text that made it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Object {
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) sql: Option<String>,
}

/// What the next piece of work is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Stage {
    /// The operations are carried out as they are: they are about no row.
    AtOnce,
    Copying,
    /// The shadow is emptied, to be filled from the beginning.
    Clearing,
    /// Rows are asked whether what they point to is there.
    Checking,
    Replaying,
    /// The shadow is in its place, and the old table is emptied.
    Emptying,
    Abandoning,
    Done,
}

/// The form of the bytes. Another version means something else by them.
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Form<P, Q> {
    version: u32,
    plan: P,
    position: Q,
}

/// Why bytes are no online change.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StateError {
    /// They are something else, or of another version.
    #[error("these bytes are no online change that this version knows")]
    Malformed(#[source] serde_json::Error),
    /// They are of another version.
    #[error(
        "the online change was begun by a version that keeps it in form {0}, and this one knows form {VERSION}"
    )]
    Version(u32),
}

impl Online {
    /// The state as bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let form = Form { version: VERSION, plan: &self.plan, position: &self.position };
        // There is no map in it whose keys are no text, and nothing else can fail.
        serde_json::to_vec(&form).unwrap_or_default()
    }

    /// The state that `bytes` say.
    ///
    /// # Errors
    /// They are something else, or of another version.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, StateError> {
        #[derive(Deserialize)]
        struct Versioned {
            version: u32,
        }
        let Versioned { version } = serde_json::from_slice(bytes).map_err(StateError::Malformed)?;
        if version != VERSION {
            return Err(StateError::Version(version));
        }
        let Form { plan, position, .. } =
            serde_json::from_slice(bytes).map_err(StateError::Malformed)?;
        Ok(Self { plan, position })
    }

    /// The exact names of all that it has in the schema now: the shadow, the notes, the triggers, tables that hold one
    /// row, the old table that is put aside, and the indexes of these. They are not the application's.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.position.made
    }

    /// Whether it was begun for these `operations`.
    #[must_use]
    pub fn is_for(&self, operations: &[Operation]) -> bool {
        self.plan.operations == wire::encode(operations)
    }

    /// Whether the table has its new shape already, and only what was put aside is left to be removed.
    #[must_use]
    pub fn is_in_place(&self) -> bool {
        self.position.stage == Stage::Emptying
    }

    /// The table that is changed, by the name that it had when this began.
    #[must_use]
    pub fn table(&self) -> &str {
        &self.plan.table
    }
}
