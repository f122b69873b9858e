//! The rows that an author expects of a migration: `expected.sql` in its crate, a file of queries with the rows
//! of each as comments.
//!
//! The file is read ([`ExpectedFile`]), its queries run ([`mod@query`]) on a database that has no rows but those of the
//! fixture and of earlier migrations, and what they give is compared with what is written ([`mod@check`]). Rows that are
//! accepted are written into it, and a first one is written for the tables that matter ([`mod@first`]).

mod check;
mod difference;
mod file;
mod first;
mod query;
mod row;

pub use check::OnDifference;
pub(super) use check::check;
pub use difference::{Moment, RowsDiffer};
pub(super) use file::Misread;
