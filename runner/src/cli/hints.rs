//! Hints as a person reads them. The libraries' have no options, since an application has none; here they
//! get those of the command line, and their commands find the same database and migrations again.

use std::error::Error as StdError;
use std::io;
use std::sync::OnceLock;

use runner::Error as Engine;
use runner::apply::ApplyError;
use runner::autogenerate::AutogenerateError;
use runner::explain::Code;
use runner::hint::Hint;
use runner::import::ImportError;
use runner::import::applied::AppliedError;
use runner::trial::{NextStep, TrialError};
use runner::workshop::Error;

use super::args::Common;
use super::commands::in_commands;
use super::output;

/// The options by which this command finds its database and its migrations, as they were typed. They are
/// the same for the whole process.
static FOUND_BY: OnceLock<FoundBy> = OnceLock::new();

struct FoundBy {
    project: Vec<String>,
    bundle: Vec<String>,
}

/// What to do next about `error`, with the options that do it.
pub(super) fn of(error: &Error) -> Option<String> {
    match (hint(error), option(error)) {
        (Some(hint), Some(option)) => Some(format!("{hint}; {option}")),
        (hint, option) => hint.or(option.map(str::to_owned)),
    }
}

/// What to do where a limit of the system is behind an error that says nothing of it.
pub(super) fn of_limits(error: &(dyn StdError + 'static)) -> Option<String> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.downcast_ref().is_some_and(has_too_many_files) {
            return Some("allow more open files (`ulimit -n`), and try again".to_owned());
        }
        cause = error.source();
    }
    None
}

#[cfg(unix)]
fn has_too_many_files(error: &io::Error) -> bool {
    use rustix::io::Errno;

    matches!(Errno::from_io_error(error), Some(Errno::MFILE | Errno::NFILE))
}

/// Elsewhere there is no such limit.
#[cfg(not(unix))]
fn has_too_many_files(_error: &io::Error) -> bool {
    false
}

fn hint(error: &Error) -> Option<String> {
    let named =
        |found_by: &FoundBy| found_by.project.iter().any(|it| it.starts_with("--migrations"));
    match error.code() {
        // `init` makes the folder that `runner.toml` names, and no other.
        Code::NoMigrations | Code::BadWorkspace if FOUND_BY.get().is_some_and(named) => {
            Some("see whether this is the right path".to_owned())
        }
        _ => error.hint().map(|hint| in_commands(&hint)),
    }
}

fn option(error: &Error) -> Option<&'static str> {
    Some(match (error.code(), error) {
        (Code::DatabaseBusy, _) => "`--busy-timeout SECONDS` waits longer",
        (Code::TimedOut, _) => "`--timeout SECONDS` gives it longer",
        (Code::NoDatabase, Error::Fake(_)) => return None,
        (Code::NoDatabase, Error::Import(_)) => "`--database FILE` does that",
        // A plan or a report, and no database.
        (Code::UnusableFile, Error::Engine(Engine::Fleet(_))) => return None,
        // A database of a fleet is named by none of these.
        (Code::UnusableFile, _) if is_given("fleet") => return None,
        (Code::NoDatabase, Error::Engine(Engine::Backup(_)) | Error::Rehearsal(_))
        | (Code::UnusableFile, _) => "`--database FILE`, `DATABASE_URL` or `runner.toml` names it",
        (Code::NoDatabase, _) => "`--create` makes a new database there",
        (Code::NoConfiguration, _) => {
            "with `--database FILE`, and `--migrations DIR` or `--bundle FILE`, none is needed"
        }
        (Code::NoMigrations, _) => "`--migrations DIR` names one elsewhere",
        (Code::NoReason, _) => "`--reason TEXT` takes it",
        (Code::AnotherSchema, _) => "`--reason TEXT` records it all the same",
        (Code::OtherOldSchema, _) => "`--reason TEXT` records it all the same",
        (_, Error::Import(ImportError::Applied(AppliedError::Replay { .. }))) => {
            "`--reason TEXT` records what is applied without a look at the schema"
        }
        (_, Error::Import(ImportError::Applied(AppliedError::OtherFiles { .. }))) => {
            "`--yes` does that"
        }
        (Code::BadRename, _) => "`--rename player.xp:experience` names one",
        (Code::LosesData, Error::Autogenerate(AutogenerateError::NoTables { .. })) => {
            "`--drop-all-tables` if that is what they say"
        }
        (Code::LosesData, Error::Autogenerate(AutogenerateError::Loses { renames, .. }))
            if !renames.is_empty() =>
        {
            "`--rename-as-suggested` keeps all that was perhaps renamed, `--rename OLD:NEW` one of it, and \
             `--allow-loss` lets the rest go"
        }
        (Code::LosesData, _) => {
            "`--rename OLD:NEW` keeps what has another name, and `--allow-loss` lets the rest go"
        }
        (Code::NotTheApi, _) => "`--api-path DIR` names a folder, `--api-git URL` a repository",
        (Code::NotFetched | Code::BuildNotPrepared, _) if is_given("--offline") => {
            "without `--offline` cargo asks the registry"
        }
        (Code::BuildNotPrepared, _) if is_given("--locked") => {
            "without `--locked` cargo may write `Cargo.lock`; `--offline` uses what was fetched"
        }
        (Code::NotFetched, _) => "`--offline` does that",
        (Code::LockConflict, _) if is_given("--locked") => "one without `--locked` may",
        (Code::BadArguments, Error::Pack(_)) => "leave out `--bundle`",
        (Code::NotInOneTransaction, _) => {
            "`--to MIGRATION` ends a run at one, and without `--single-transaction` each is taken by itself"
        }
        (Code::BuiltinLeft, _) => "so it is without `--single-transaction`",
        // It ran without a transaction and is for a person to finish.
        (Code::SchemaLeft, Error::Engine(Engine::Apply(ApplyError::Unfinished(_)))) => return None,
        (Code::SchemaLeft, _) => {
            "if the schema is to stay as it is, and the migration only to leave the history: `--leave-schema`"
        }
        (_, Error::Trial(TrialError::Failed { next: Some(NextStep::Limit(_)), .. })) => {
            "`--timeout SECONDS` gives each step longer"
        }
        (Code::CannotKeep, _) => "`--no-backup` then restores without a backup of it",
        _ => return None,
    })
}

/// Whether this command was called with `option`.
fn is_given(option: &str) -> bool {
    std::env::args_os().any(|argument| argument == option)
}

/// Remembers the options that the commands of hints repeat, once.
pub(super) fn repeat(common: &Common) {
    let _ = FOUND_BY.set(FoundBy {
        project: common.options_of_the_project(),
        bundle: common.options_of_the_bundle(),
    });
}

/// `text` with commands that can be typed: each finds what this command found.
pub(super) fn complete(text: &str) -> String {
    match FOUND_BY.get() {
        Some(found_by) => with_options(text, found_by),
        None => text.to_owned(),
    }
}

/// The same, of a hint about the database at `path`, one of many.
pub(super) fn complete_for(text: &str, path: &str) -> String {
    let Some(FoundBy { project, bundle }) = FOUND_BY.get() else { return text.to_owned() };
    let quoted = shlex::try_quote(path).map_or_else(|_| path.to_owned(), Into::into);
    let database = std::iter::once(format!("--database {quoted}"));
    let project = database.chain(project.iter().cloned()).collect();
    with_options(text, &FoundBy { project, bundle: bundle.clone() })
}

/// `ways_out` with commands that can be typed.
pub(super) fn ways_out(ways_out: &[Hint]) -> Vec<String> {
    ways_out.iter().map(|way| complete(&in_commands(way))).collect()
}

/// Shows ways out below what they lead out of, each on a line.
pub(super) fn alternatives(ways_out: &[String]) {
    for (number, way) in ways_out.iter().enumerate() {
        output::line(&format!("    {}{way}", if number == 0 { "" } else { "or " }));
    }
}

fn with_options(text: &str, found_by: &FoundBy) -> String {
    // What stands between two backticks is typed.
    let parts =
        text.split('`').enumerate().map(|(number, part)| match part.strip_prefix("runner ") {
            Some(words) if number % 2 == 1 => {
                let words: Vec<&str> = words.split(' ').collect();
                let command = words.first().copied().unwrap_or_default();
                // An option that the hint itself gives a value may not be there twice.
                let is_new = |option: &&String| {
                    option.split([' ', '=']).next().is_some_and(|name| !words.contains(&name))
                };
                let options = options_for(command, found_by).filter(is_new).cloned();
                std::iter::once(part.to_owned()).chain(options).collect::<Vec<_>>().join(" ")
            }
            _ => part.to_owned(),
        });
    parts.collect::<Vec<_>>().join("`")
}

/// The options that `command` needs to find the same. Without a `runner.toml`, a command that is about the
/// database alone is told by them that none is needed.
fn options_for<'f>(command: &str, found_by: &'f FoundBy) -> impl Iterator<Item = &'f String> {
    let FoundBy { project, bundle } = found_by;
    let (project, bundle): (&[String], &[String]) = match command {
        "migrate" | "down" | "redo" | "fresh" | "status" | "repair" | "fake" | "check"
        | "schema" | "test" | "backup" | "restore" | "fleet" => (project, bundle),
        // It is about crates.
        "create" | "rebase" | "import" => (project, &[]),
        // `bundle` is for a machine with Rust, where files have other names.
        _ => (&[], &[]),
    };
    project.iter().chain(bundle)
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;
    use runner::explain::Code;
    use runner::hint::Action;

    use super::super::args::Arguments;
    use super::*;

    /// Every error as a person sees it.
    const CATALOGUE: &str = concat!(
        include_str!(
            "../../engine/src/snapshots/runner_engine__messages__every_error_says_what_is_wrong_and_what_to_do.snap"
        ),
        include_str!(
            "../../workshop/src/snapshots/runner_workshop__messages__every_error_says_what_is_wrong_and_what_to_do.snap"
        ),
    );

    fn found_by(project: &[&str], bundle: &[&str]) -> FoundBy {
        let owned = |options: &[&str]| options.iter().map(|&option| option.to_owned()).collect();
        FoundBy { project: owned(project), bundle: owned(bundle) }
    }

    #[test]
    fn commands_of_hints_repeat_the_options_by_which_the_database_was_found() {
        let found_by = found_by(&["--database b.db"], &["--bundle m.bundle"]);
        for (hint, typed) in [
            (
                "see `runner status`; then `runner repair --accept a --reason TEXT`, or not",
                "see `runner status --database b.db --bundle m.bundle`; then `runner repair --accept a \
                 --reason TEXT --database b.db --bundle m.bundle`, or not",
            ),
            (
                "`runner restore FILE` brings one back",
                "`runner restore FILE --database b.db --bundle m.bundle` brings one back",
            ),
            (
                "`runner backup --database used.db` makes a backup of it",
                "`runner backup --database used.db --bundle m.bundle` makes a backup of it",
            ),
            ("`runner create NAME` makes one", "`runner create NAME --database b.db` makes one"),
            ("`runner init` and runner status", "`runner init` and runner status"),
            ("`cargo --version` works", "`cargo --version` works"),
        ] {
            assert_eq!(with_options(hint, &found_by), typed);
        }
    }

    /// What `text` has to be typed, with the words that a person replaces replaced.
    fn commands(text: &str) -> Vec<Vec<String>> {
        let typed = text.split('`').skip(1).step_by(2).filter(|part| part.starts_with("runner "));
        let words = |part: &str| -> Vec<String> {
            let words = shlex::split(part).unwrap_or_else(|| panic!("no shell reads `{part}`"));
            let replaced = |word: String| match word.as_str() {
                "COMMAND" => "status".to_owned(),
                "N" => "1".to_owned(),
                _ => word,
            };
            words.into_iter().map(replaced).collect()
        };
        typed.map(words).filter(|words| words.len() > 1).collect()
    }

    #[track_caller]
    fn assert_understood(text: &str) {
        use clap::error::ErrorKind::{DisplayHelp, DisplayVersion};
        let ways = [
            found_by(&[], &[]),
            found_by(&["--database=-b.db", "--migrations 'a b'"], &[]),
            found_by(&["--config c.toml"], &["--bundle m.bundle", "--require-signature k"]),
        ];
        for way in ways {
            for words in commands(&with_options(text, &way)) {
                let shown = words.join(" ");
                match Arguments::try_parse_from(words) {
                    Err(error) if !matches!(error.kind(), DisplayHelp | DisplayVersion) => {
                        panic!("`{shown}`, of\n{text}\n{error}")
                    }
                    _ => {}
                }
            }
        }
    }

    /// The actions of the library, as each stands in some hint.
    fn actions() -> Vec<Action> {
        let id = || "20250106_090000_add_level".parse().unwrap();
        let path = || "a 'b'/c.db".into();
        vec![
            Action::ShowStatus,
            Action::ShowRepairs,
            Action::ListCodes,
            Action::Migrate,
            Action::MigrateNewDatabase,
            Action::MigrateOutOfOrder,
            Action::MigrateWithoutBackup,
            Action::Redo { steps: 1 },
            Action::Redo { steps: 2 },
            Action::AcceptEdit(id()),
            Action::Abandon(id()),
            Action::AcceptRows(id()),
            Action::AcceptSchema,
            Action::RecordAsApplied,
            Action::Forget(id()),
            Action::RecordRename { id: id(), to: id() },
            Action::RecordFinished(id()),
            Action::RecordNotStarted(id()),
            Action::GiveLaterTimestamp(Some(id())),
            Action::GiveLaterTimestamp(None),
            Action::RevertLast,
            Action::Backup { database: path() },
            Action::Restore,
            Action::MakeFolder(path()),
            Action::RemoveFile(path()),
            Action::Bundle,
            Action::BundleInto,
            Action::BundleFor { target: "x86_64-unknown-linux-musl".into() },
            Action::SignBundle,
            Action::TryMigrations,
            Action::MakeProject,
            Action::WriteMigration,
            Action::WriteMigrationForModels,
            Action::WriteLossyMigrationForModels,
            Action::WriteMigrationForDatabase,
            Action::ShowSchema,
            Action::ImportFrom("sqlx"),
            Action::ImportAgreed,
        ]
    }

    #[test]
    fn every_command_of_a_hint_is_understood_when_it_is_typed() {
        let commands: Vec<String> =
            actions().into_iter().map(|action| in_commands(&Hint::from(action))).collect();
        commands.iter().for_each(|command| assert_understood(command));
        insta::assert_snapshot!(commands.join("\n"));
        // What the libraries say without an action.
        for line in CATALOGUE.lines().filter(|line| line.trim_start().starts_with("hint: ")) {
            assert_understood(line);
        }
    }

    /// Codes of what goes wrong in the command line alone.
    const OF_THE_COMMAND_LINE: [Code; 9] = [
        Code::MigrationCrashed,
        Code::HistoryDisagrees,
        Code::CheckFailed,
        Code::NotConfirmed,
        Code::BadArguments,
        Code::ProtectedDatabase,
        Code::UndeclaredLoss,
        Code::ForeignBackup,
        Code::FleetIncomplete,
    ];

    #[test]
    fn every_code_is_that_of_an_error() {
        let given = |code: &Code| CATALOGUE.contains(&format!(" [{code}] "));
        let is_ours = |code: &Code| OF_THE_COMMAND_LINE.contains(code);
        let lost: Vec<_> = Code::ALL.iter().filter(|it| !given(it) && !is_ours(it)).collect();
        assert!(lost.is_empty(), "{lost:?}");
    }

    #[test]
    fn every_command_of_a_page_is_understood_when_it_is_typed() {
        for code in Code::ALL {
            assert_understood(&code.explanation().split_whitespace().collect::<Vec<_>>().join(" "));
        }
    }
}
