//! Rows that satisfy a schema, made up for it: a few for each table, parents before children.
//!
//! Nobody can solve any CHECK, so nothing is solved: values that suit a column are tried, and SQLite says
//! what it takes. What is tried comes from the type, the default and the literals of the CHECKs. Nothing
//! is drawn by lot: the same schema gets the same rows.

mod candidates;
mod fill;
mod literal;
mod order;
mod orphans;
mod probe;
mod references;
mod refusal;
mod table;

pub use fill::{Filled, RowsError, Variety, fill};
