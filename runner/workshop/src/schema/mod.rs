//! Schemas without their rows, of the migrations, of a database, of the models: one by itself
//! (`blueprint`), two in comparison (`diff`), as a picture (`diagram`), as models (`rust`).

mod blueprint;
mod dangling_key;
pub mod diagram;
mod diff;
mod excluded;
mod failure;
mod left_out;
mod objects;
mod of_database;
mod rust;

pub use blueprint::Blueprint;
pub use dangling_key::DanglingKey;
pub(crate) use diff::text_lines;
pub use diff::{Diff, Line, Side};
pub use excluded::ExcludedTables;
pub use failure::SchemaError;
pub use left_out::LeftOut;
pub(crate) use left_out::is_virtual;
pub(crate) use objects::{Kind, ObjectText, objects};
pub(crate) use of_database::normal;
pub use rust::rust_models;
pub(crate) use rust::{field_names, field_type, free, is_option};
