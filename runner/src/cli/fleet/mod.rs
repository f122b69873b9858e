//! `runner fleet`: many databases of one schema.

mod bar;
mod databases;
mod html;
mod jobs;
mod migrate;
mod named;
mod opened;
mod patterns;
mod plan;
mod pool;
mod report;
mod status;
mod template;
pub(super) mod worker;

pub(super) use named::refuse_database_of;
pub(super) use report::group_document;

use super::args::{Common, FleetCommand};
use super::failure::Failure;

pub(super) fn run(common: &Common, command: &FleetCommand) -> Result<(), Failure> {
    match command {
        FleetCommand::Plan(args) => plan::run(common, args),
        FleetCommand::Migrate(args) => migrate::run(common, args),
        FleetCommand::Status(args) => status::run(common, args),
        FleetCommand::Report(args) => report::run(common, args),
        FleetCommand::Template(args) => template::run(common, args),
    }
}
