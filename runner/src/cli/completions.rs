//! `runner completions`.

use clap_complete::env::Shells;
use serde_json::json;

use super::args::{Common, CompletionsArgs};
use super::complete;
use super::failure::Failure;
use super::output;

pub(super) fn run(common: &Common, args: &CompletionsArgs) -> Result<(), Failure> {
    let mut script = Vec::new();
    let shell = args.shell.to_string();
    if let Some(completer) = Shells::builtins().completer(&shell) {
        let written = completer.write_registration(
            complete::VARIABLE,
            "runner",
            "runner",
            "runner",
            &mut script,
        );
        written.map_err(|error| Failure::of_system("cannot write a completion script", &error))?;
    }
    let script = String::from_utf8_lossy(&script);
    if common.json {
        output::json(&json!({ "shell": shell, "script": script }));
    } else {
        output::script(&script);
    }
    Ok(())
}
