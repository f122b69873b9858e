//! Changes of a table while an application writes it, on real files with a second connection.
#![allow(clippy::unwrap_used)]

mod abandoned;
mod crashes;
mod displaced_rows;
mod references;
mod refusals;
mod same_result;
mod schema_changes;
mod swapped;
mod world;
mod writes_between;
