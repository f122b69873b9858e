//! `runner redo`.

use runner::Target;

use super::args::{Common, RedoArgs};
use super::failure::Failure;
use super::migrate;

pub(super) fn run(common: &Common, args: &RedoArgs) -> Result<(), Failure> {
    let project = migrate::open(common, &args.how)?;
    let applied = project.applied(common.busy_timeout)?;
    migrate::go(common, &args.how, &project, &applied, &Target::Redo(args.steps as usize))
}
