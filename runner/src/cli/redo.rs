//! `runner redo`.

use runner::{Order, Target};

use super::args::{Common, RedoArgs};
use super::failure::Failure;
use super::migrate;

pub(super) fn run(common: &Common, args: &RedoArgs) -> Result<(), Failure> {
    let project = migrate::open(common, &args.how)?;
    let status = project.status(common.busy_timeout)?;
    let plan = project.plan(&Target::Redo(args.steps as usize), &status, Order::Strict)?;
    migrate::go(common, &args.how, &project, &status, &plan)
}
