//! `runner schema`.

mod diagram;
mod diff;
mod dump;
mod past;
mod schema_source;

pub(super) use diff::coloured;
pub(super) use schema_source::Reader;

use super::args::{Common, SchemaCommand};
use super::failure::Failure;

pub(super) fn run(common: &Common, command: &SchemaCommand) -> Result<(), Failure> {
    match command {
        SchemaCommand::Dump(args) => dump::run(common, args),
        SchemaCommand::Diff(args) => diff::run(common, args),
        SchemaCommand::Diagram(args) => diagram::run(common, args),
    }
}
