//! `runner redo`.

use runner::{Order, Target};

use super::args::{Common, RedoArgs};
use super::failure::Failure;
use super::migrate;

pub(super) fn run(common: &Common, args: &RedoArgs) -> Result<(), Failure> {
    let how = args.how();
    let project = migrate::open(common, &how)?;
    let target = |_: &_| Ok(Target::Redo(args.steps() as usize));
    migrate::go(common, &how, &project, Order::Strict, target)
}
