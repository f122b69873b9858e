//! Nobody reads what the runner writes, or there is no room for it: a migration succeeds or fails as
//! it does before an audience.
#![cfg(target_os = "linux")]

use std::fs::OpenOptions;
use std::process::{Command, Stdio};

use crate::sandbox::{Outcome, Sandbox};
use crate::scene::Scene;

/// A pipe whose reader went away.
fn unread() -> Stdio {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    writer.into()
}

/// A disk without room.
fn full() -> Stdio {
    OpenOptions::new().write(true).open("/dev/full").unwrap().into()
}

/// Runs `arguments` with outputs that cannot be written, each way once, and shows each outcome to
/// `judge`. What an output holds that is not closed is shown too.
fn each_way(sandbox: &Sandbox, arguments: &[&str], judge: impl Fn(&str, Outcome)) {
    for (name, output) in [("unread", unread as fn() -> Stdio), ("full", full)] {
        for (which, stdout, stderr) in
            [("stdout", true, false), ("stderr", false, true), ("both", true, true)]
        {
            let mut command = sandbox.command(arguments);
            command.stdout(if stdout { output() } else { Stdio::piped() });
            command.stderr(if stderr { output() } else { Stdio::piped() });
            judge(&format!("{which} {name}"), run(sandbox, command));
        }
    }
    for closed in [">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"] {
        let mut command = sandbox.shell(&format!("exec \"$0\" \"$@\" {closed}"));
        command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
        judge(closed, run(sandbox, command));
    }
}

fn run(sandbox: &Sandbox, mut command: Command) -> Outcome {
    let outcome = sandbox.outcome(&command.spawn().unwrap().wait_with_output().unwrap());
    assert!(!outcome.stderr.contains("panicked"), "{}", outcome.shown());
    outcome
}

#[test]
fn a_migration_that_succeeds_does_so_unheard() {
    let scene = Scene::with("prints_to_stdout");
    for arguments in [&["migrate"][..], &["migrate", "--json"]] {
        each_way(&scene.sandbox, arguments, |how, outcome| {
            assert_eq!(outcome.code, Some(0), "{how}: {}", outcome.shown());
            assert_eq!(scene.history().len(), 3, "{how}");
            scene.sandbox.run(&["migrate", "--backward", "--steps", "2"]).succeeded();
        });
    }
}

#[test]
fn a_migration_that_fails_does_so_unheard() {
    let scene = Scene::with("returns_error");
    let before = scene.sandbox.contents();
    for arguments in [&["migrate"][..], &["migrate", "--json"]] {
        each_way(&scene.sandbox, arguments, |how, outcome| {
            assert_eq!(outcome.code, Some(1), "{how}: {}", outcome.shown());
            assert_eq!(scene.sandbox.contents(), before, "{how}");
        });
    }
}

#[test]
fn other_commands_do_not_panic_either() {
    let scene = Scene::with("sets_pragma");
    for arguments in [&["status"][..], &["status", "--json"], &["--help"], &["completions", "zsh"]]
    {
        each_way(&scene.sandbox, arguments, |how, outcome| {
            assert_ne!(outcome.code, Some(101), "{arguments:?} {how}: {}", outcome.shown());
            assert!(outcome.code.is_some(), "{arguments:?} {how}: ended by a signal");
        });
    }
    each_way(&scene.sandbox, &["migrate", "--dry-run"], |how, outcome| {
        assert_eq!(outcome.code, Some(3), "{how}: {}", outcome.shown());
    });
}
