//! What the database should be: models, in a file of SQL or as the structs of a crate.
//!
//! Both kinds end as SQL that is run, a statement at a time, on a database in memory, and kept as a
//! [`Blueprint`](crate::schema::Blueprint). A crate is built by cargo ([`build`]), and its library says
//! what its models are ([`describe`]); it is code that runs, which the command line does in a child
//! process.

mod build;
mod failure;
mod old_names;
mod proof;
mod scratch;
mod script;
mod set_aside;
mod source;
mod to_schema;

pub use crate::described::{Described, Origin, SourceLine, Sql};
pub use build::{ModelsLibrary, build};
pub use failure::{LoadReason, ModelsError};
pub use source::ModelsSource;
pub use to_schema::{Models, OF_A_CRATE, describe, read, read_sql};
