//! `runner completions`.

use clap::CommandFactory as _;
use serde_json::json;

use super::args::{Arguments, Common, CompletionsArgs};
use super::failure::Failure;
use super::output;

pub(super) fn run(common: &Common, args: &CompletionsArgs) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Arguments::command(), "runner", &mut script);
    let script = String::from_utf8_lossy(&script);
    if common.json {
        output::json(&json!({ "shell": args.shell.to_string(), "script": script }));
    } else {
        output::script(&script);
    }
    Ok(())
}
