//! `runner import`.

use runner::import;

use super::args::{Common, ImportArgs};
use super::failure::Failure;
use super::open;

pub(super) fn run(common: &Common, args: &ImportArgs) -> Result<(), Failure> {
    let _config = open::config(common, false)?;
    let _history = import::read(&args.folder, args.from)?;
    Ok(())
}
