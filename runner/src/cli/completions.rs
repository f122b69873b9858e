//! `runner completions`.

use std::io::Write as _;

use clap::CommandFactory as _;

use super::args::{Arguments, CompletionsArgs};
use super::failure::Failure;

pub(super) fn run(args: &CompletionsArgs) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Arguments::command(), "runner", &mut script);
    let _ = std::io::stdout().write_all(&script);
    Ok(())
}
