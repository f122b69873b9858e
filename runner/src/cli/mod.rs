//! The command line: a command is a file that parses, calls the library, and renders.

mod args;
mod backup;
mod bar_figures;
mod build_log;
mod bundle;
mod check;
mod child;
mod child_output;
mod child_process;
mod commands;
mod complete;
mod completions;
mod consent;
mod crash;
mod create;
mod dry_run;
mod escape;
mod explain;
mod failed_rows;
mod failure;
mod fake;
mod fleet;
mod fresh;
mod hints;
mod history;
mod import;
mod init;
mod kept;
mod man;
mod migrate;
mod models;
mod open;
mod output;
mod pipes;
mod progress;
mod rebase;
mod rehearse;
mod repair;
mod replay;
mod report;
mod restore;
mod schema;
mod schema_file;
mod sign;
mod signals;
mod signing_password;
mod squash;
mod stack;
mod status;
mod test;
mod verbose;
mod watchdog;
mod worker;

use std::panic::{AssertUnwindSafe, catch_unwind};

use runner::Exit;

use args::{Arguments, Command, FleetCommand};
use failure::Failure;

/// Runs the command that the process was called with, and shows its error, if it has one, once.
pub(crate) fn run() -> Exit {
    stack::with_room(work).unwrap_or_else(|error| {
        let failure = Failure::of_system("cannot begin a thread", &error);
        let exit = failure.exit;
        failure.show(false);
        exit
    })
}

fn work() -> Exit {
    signals::survive_the_file_size_limit();
    // Not commands for people, so neither help nor completions know them.
    let mut words = std::env::args_os().skip(1);
    match words.next() {
        Some(word) if word == worker::COMMAND => return shield(false, || worker::run(words)),
        Some(word) if word == fleet::worker::COMMAND => {
            return shield(false, || fleet::worker::run(words));
        }
        Some(word) if word == models::CHILD => {
            return shield(false, || models::run_child(words));
        }
        _ => {}
    }
    complete::answer();
    let arguments = match Arguments::read() {
        Ok(arguments) => arguments,
        Err(error) => return not_understood(&error),
    };
    let common = &arguments.common;
    output::be(common.loudness());
    hints::repeat(common);
    let run = || match &arguments.command {
        Command::Init(args) => init::run(common, args),
        Command::Create(args) => create::run(common, args),
        Command::Rebase(args) => rebase::run(common, args),
        Command::Squash(args) => squash::run(common, args),
        Command::Migrate(args) => migrate::run(common, args),
        Command::Rehearse(args) => rehearse::run(common, args),
        Command::Down(args) => migrate::run(common, &args.backward()),
        Command::Redo(args) => migrate::redo(common, args),
        Command::Status(args) => status::run(common, args),
        Command::History(args) => history::run(common, args),
        Command::Fresh(args) => fresh::run(common, args),
        Command::Report(args) => report::run(common, args),
        Command::Repair(args) => repair::run(common, args),
        Command::Fake(args) => fake::run(common, args),
        Command::Import(args) => import::run(common, args),
        Command::Check(args) => check::run(common, args),
        Command::Schema(command) => schema::run(common, command),
        Command::Bundle(args) => bundle::run(common, args),
        Command::Fleet(command) => fleet::run(common, command),
        Command::Kept(args) => kept::run(common, args),
        Command::Backup(args) => backup::run(common, args),
        Command::Restore(args) => restore::run(common, args),
        Command::Test(args) => test::run(common, args),
        Command::Explain(args) => explain::run(common, args),
        Command::Man(args) => man::run(common, args),
        Command::Completions(args) => completions::run(common, args),
    };
    shield(common.json, || run().and_then(|()| written(&arguments.command)))
}

/// Whether what `command` was to print is printed. If it has changed databases, its exit code says what came of them,
/// whoever reads of it.
fn written(command: &Command) -> Result<(), Failure> {
    let changes_databases = matches!(
        command,
        Command::Migrate(_)
            | Command::Down(_)
            | Command::Redo(_)
            | Command::Fresh(_)
            | Command::Repair(_)
            | Command::Fake(_)
            | Command::Import(_)
            | Command::Restore(_)
            | Command::Kept(_)
            | Command::Fleet(FleetCommand::Migrate(_))
    );
    match output::require_written() {
        Err(lost) if changes_databases => {
            output::note(&format!("{}: {}", lost.message, lost.causes.join(": ")));
            Ok(())
        }
        written => written,
    }
}

/// Shows why the words are no command, or the help that they ask for.
fn not_understood(error: &clap::Error) -> Exit {
    let json = std::env::args_os().any(|word| word == "--json");
    if json && error.use_stderr() {
        Failure::of_usage(error).show(json);
        return Exit::Usage;
    }
    let _ = error.print();
    if error.use_stderr() { Exit::Usage } else { Exit::Done }
}

/// Runs a command and shows its error.
fn shield(json: bool, command: impl FnOnce() -> Result<(), Failure>) -> Exit {
    match catch_unwind(AssertUnwindSafe(command)) {
        Ok(Ok(())) => Exit::Done,
        Ok(Err(failure)) => {
            let exit = failure.exit;
            failure.show(json);
            exit
        }
        // The panic itself was printed by its hook. Its exit code would be 101, which says nothing.
        Err(_) => Exit::Failed,
    }
}
