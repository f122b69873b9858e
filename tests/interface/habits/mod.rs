//! What people and programs expect of a command line: JSON that is documented, quiet and loud ways, rules
//! for make, manual pages, explanations, colours.

mod explain;
mod json;
mod loudness;
mod makefile;
mod manual;
mod page;
mod shape;
#[cfg(unix)]
mod terminals;

use crate::sandbox::Sandbox;

/// The commands that do something, each as the words after `runner`: what `--help` lists.
fn commands() -> Vec<Vec<String>> {
    let sandbox = Sandbox::empty();
    let listed = |above: &[&str]| -> Vec<String> {
        let help = sandbox.run(&[above, &["--help"]].concat()).succeeded().stdout;
        let (_, rest) = help.split_once("Commands:\n").unwrap();
        let names = rest.lines().take_while(|line| !line.is_empty());
        let names = names.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
        let names = names.filter_map(|line| line.split_whitespace().next()).map(str::to_owned);
        names.filter(|name| name != "help").collect()
    };
    let below = |name: String| match name.as_str() {
        "schema" | "fleet" => {
            listed(&[&name]).into_iter().map(|word| vec![name.clone(), word]).collect()
        }
        _ => vec![vec![name]],
    };
    let commands: Vec<_> = listed(&[]).into_iter().flat_map(below).collect();
    assert!(commands.len() > 15, "{commands:?}");
    commands
}
