//! The container and the service of `docs/deploying.md`: what they run does what the page says. Neither docker nor
//! systemd runs here; the folders that they make are others.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::scene::good;
use crate::sandbox::{Outcome, Sandbox, repository, skipped};

fn page() -> String {
    fs::read_to_string(repository().join("docs/deploying.md")).unwrap()
}

/// The text of the block that begins with `first`.
fn block(first: &str) -> String {
    let page = page();
    let blocks = page.split("```").map(|block| block.split_once('\n').map_or("", |(_, text)| text));
    let mut blocks = blocks.filter(|text| text.starts_with(first));
    blocks.next().unwrap_or_else(|| panic!("no block begins with {first}")).to_owned()
}

/// The words of the Dockerfile's command.
fn container() -> Vec<String> {
    let text = block("FROM ");
    let command = text.lines().find_map(|line| line.strip_prefix("CMD ")).unwrap();
    serde_json::from_str(command).unwrap()
}

/// The words of the service's command.
fn service() -> Vec<String> {
    let text = block("[Unit]\nDescription");
    let command = text.lines().find_map(|line| line.strip_prefix("ExecStart=")).unwrap();
    command.split(' ').map(str::to_owned).collect()
}

/// `/opt/game` and `/var/lib/game` of a machine without Rust.
fn machine() -> Sandbox {
    let sandbox = Sandbox::empty();
    fs::create_dir(sandbox.path("var")).unwrap();
    let state = sandbox.path("var").display().to_string();
    sandbox.write("opt/runner.toml", &block("database = ").replace("/var/lib/game", &state));
    fs::write(sandbox.path("opt/migrations.bundle"), good()).unwrap();
    sandbox
}

fn run(sandbox: &Sandbox, words: &[String]) -> Outcome {
    assert_eq!(Path::new(&words[0]).file_name().unwrap(), "runner");
    let words: Vec<_> = words[1..].iter().map(String::as_str).collect();
    let mut command = sandbox.command(&words);
    command.current_dir(sandbox.path("opt")).env("PATH", sandbox.path("nowhere"));
    sandbox.outcome(&command.output().unwrap())
}

#[test]
fn the_container_and_the_service_bring_the_database_up_to_date() {
    for words in [container(), service()] {
        let sandbox = machine();
        run(&sandbox, &words).succeeded();
        let again = run(&sandbox, &words).succeeded().stdout;
        assert_eq!(again, "nothing to do: `[ROOT]/var/game.db` has 2 applied, 0 pending\n");
        // It is protected.
        let down = ["runner", "down", "--bundle", "migrations.bundle"].map(str::to_owned);
        assert_eq!(run(&sandbox, &down).code, Some(3));
    }
}

#[test]
fn systemd_finds_nothing_wrong_with_the_service() {
    let sandbox = Sandbox::empty();
    let unit = block("[Unit]\nDescription");
    let unit = unit.replace("/usr/local/bin/runner", env!("CARGO_BIN_EXE_runner"));
    sandbox.write("game-migrate.service", &unit);
    let verify = Command::new("systemd-analyze")
        .args(["verify", "game-migrate.service"])
        .current_dir(sandbox.root())
        .output();
    let Ok(verify) = verify else { return skipped("there is no program `systemd-analyze`") };
    let outcome = sandbox.outcome(&verify);
    assert_eq!((outcome.code, outcome.stderr.as_str()), (Some(0), ""), "{}", outcome.shown());
}
