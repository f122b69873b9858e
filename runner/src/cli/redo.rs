//! `runner redo`.

use runner::Target;

use super::args::{Common, RedoArgs};
use super::failure::Failure;
use super::migrate;

pub(super) fn run(common: &Common, args: &RedoArgs) -> Result<(), Failure> {
    let project = migrate::open(common, &args.how)?;
    migrate::go(common, &args.how, &project, &Target::Redo(args.steps as usize))
}
