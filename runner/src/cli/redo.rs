//! `runner redo`.

use runner::{Order, Target};

use super::args::{Common, RedoArgs};
use super::failure::Failure;
use super::{migrate, open};

pub(super) fn run(common: &Common, args: &RedoArgs) -> Result<(), Failure> {
    let project = migrate::open(common, &args.how)?;
    let status = open::status(&project, common)?;
    let plan = project.plan(&Target::Redo(args.steps as usize), &status, Order::Strict)?;
    migrate::go(common, &args.how, &project, &status, &plan)
}
