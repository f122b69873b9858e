//! The statements that write the text of the schema.

/// The statements by which operations write the text of the schema. The runner's guard lets through no other
/// that does. One that was here stays: migrations that were built with their own executor use it.
pub const SCHEMA_EDITS: [&str; 3] = [EDIT_TABLE, EDIT_INDEX, EDIT_OBJECT];

/// Gives a table the text `?1`.
pub(super) const EDIT_TABLE: &str =
    "UPDATE main.sqlite_schema SET sql = ?1 WHERE type = 'table' AND name = ?2";

/// Gives an index the name `?1` and the text `?2`.
pub(super) const EDIT_INDEX: &str =
    "UPDATE main.sqlite_schema SET name = ?1, sql = ?2 WHERE type = 'index' AND name = ?3";

/// Gives an object the text `?1`.
pub(super) const EDIT_OBJECT: &str =
    "UPDATE main.sqlite_schema SET sql = ?1 WHERE type = ?2 AND name = ?3";
