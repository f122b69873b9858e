//! What worked before an operation, and the proof that it still works.

pub(super) mod affected;
pub(super) mod answers;
pub(super) mod attached;
pub(super) mod column_order;
pub(super) mod dependents;
pub(super) mod duplicates;
pub(super) mod joins;
pub(super) mod keys;
pub(super) mod meaning;
pub(super) mod name_changes;
pub(super) mod object_script;
pub(super) mod orphans;
pub(super) mod positional_use;
pub(super) mod schema_copy;
pub(super) mod scripted;
