//! `runner create`.

mod ask;
mod derived;
mod named;
mod typed;

use runner::scaffold::Created;

use super::args::{Common, CreateArgs};
use super::failure::Failure;
use super::output;

pub(super) fn run(common: &Common, args: &CreateArgs) -> Result<(), Failure> {
    if args.derived.auto || args.derived.from_database {
        derived::run(common, args)
    } else if !args.typed.is_empty() {
        typed::run(common, args)
    } else {
        named::run(common, args)
    }
}

/// Tells which files were made.
fn made(created: &Created) {
    for file in &created.files {
        output::line(&format!("made {}", output::short(&created.folder.join(file))));
    }
    for other in &created.namesakes {
        output::line(&format!("note: `{other}` has the same name; only whole ids tell them apart"));
    }
}
