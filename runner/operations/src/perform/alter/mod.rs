//! The ways of altering: what each operation does to the schema.

pub(super) mod add_column;
pub(super) mod alter_type;
pub(super) mod clauses;
pub(super) mod constraints;
pub(super) mod drop_column;
pub(super) mod execute;
pub(super) mod indexes;
pub(super) mod primary_key;
pub(super) mod rename_reorder;
pub(super) mod rename_table;
pub(super) mod rewrite;
pub(super) mod statistics;
pub(super) mod tables;
