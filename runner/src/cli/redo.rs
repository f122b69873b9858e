//! `runner redo`.

use runner::{Order, Target};

use super::args::{Common, RedoArgs};
use super::failure::Failure;
use super::migrate;

pub(super) fn run(common: &Common, args: &RedoArgs) -> Result<(), Failure> {
    let project = migrate::open(common, &args.how)?;
    let target = |_: &_| Ok(Target::Redo(args.steps as usize));
    migrate::go(common, &args.how, &project, Order::Strict, target)
}
