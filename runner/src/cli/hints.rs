//! Hints as a person types them. The library's name no options, since an application has none; here they
//! get those of the command line, and their commands find the same database and migrations again.

use std::sync::OnceLock;

use runner::Error;
use runner::apply::ApplyError;
use runner::explain::Code;
use runner::rehearse::{NextStep, RehearseError};

use super::args::Common;

/// The options by which this command finds its database and its migrations, as they were typed. They are
/// the same for the whole process.
static FOUND_BY: OnceLock<FoundBy> = OnceLock::new();

struct FoundBy {
    database: Vec<String>,
    migrations: Vec<String>,
}

/// What to do next about `error`, with the options that do it.
pub(super) fn of(error: &Error) -> Option<String> {
    match (error.hint(), option(error)) {
        (Some(hint), Some(option)) => Some(format!("{hint}; {option}")),
        (hint, option) => hint.or(option.map(str::to_owned)),
    }
}

fn option(error: &Error) -> Option<&'static str> {
    Some(match (error.code(), error) {
        (Code::DatabaseBusy, _) => "`--busy-timeout SECONDS` waits longer",
        (Code::TimedOut, _) => "`--timeout SECONDS` gives it longer",
        (Code::NoDatabase, Error::Fake(_)) => return None,
        (Code::NoDatabase, Error::Backup(_)) | (Code::UnusableFile, _) => {
            "`--database FILE`, `DATABASE_URL` or `runner.toml` names it"
        }
        (Code::NoDatabase, _) => "`--create` makes a new database there",
        (Code::NoConfiguration, _) => {
            "with `--database FILE` and `--migrations DIR` none is needed"
        }
        (Code::NoMigrations, _) => "`--migrations DIR` names one elsewhere",
        (Code::NoReason, _) => "`--reason TEXT` takes it",
        (Code::AnotherSchema, _) => "`--reason TEXT` records it all the same",
        (Code::BadRename, _) => "`--rename player.xp:experience` names one",
        (Code::NotTheApi, _) => "`--api-path DIR` names it",
        (Code::BuildNotPrepared, _) => "`--offline` does that",
        (Code::BadArguments, Error::Pack(_)) => "leave out `--bundle`",
        (Code::NotInOneTransaction, _) => "`--to MIGRATION` ends a run at one",
        (Code::BuiltinLeft, _) => "so it is without `--single-transaction`",
        // It ran without a transaction and is for a person to finish.
        (Code::SchemaLeft, Error::Apply(ApplyError::Unfinished(_))) => return None,
        (Code::SchemaLeft, _) => {
            "if the schema is to stay as it is, and the migration only to leave the history: `--leave-schema`"
        }
        (_, Error::Rehearse(RehearseError::Failed { next: Some(NextStep::Limit(_)), .. })) => {
            "`--timeout SECONDS` gives each step longer"
        }
        (Code::CannotKeep, _) => "`--no-backup` then restores without a backup of it",
        _ => return None,
    })
}

/// Remembers the options that the commands of hints repeat, once.
pub(super) fn repeat(common: &Common) {
    let _ = FOUND_BY.set(FoundBy {
        database: common.options_of_the_database(),
        migrations: common.options_of_the_migrations(),
    });
}

/// `text` with commands that can be typed: each finds what this command found.
pub(super) fn complete(text: &str) -> String {
    match FOUND_BY.get() {
        Some(found_by) => with_options(text, found_by),
        None => text.to_owned(),
    }
}

fn with_options(text: &str, found_by: &FoundBy) -> String {
    // What stands between two backticks is typed.
    let parts =
        text.split('`').enumerate().map(|(number, part)| match part.strip_prefix("runner ") {
            Some(words) if number % 2 == 1 => {
                let options = options_for(words.split(' ').next().unwrap_or_default(), found_by);
                std::iter::once(part.to_owned()).chain(options).collect::<Vec<_>>().join(" ")
            }
            _ => part.to_owned(),
        });
    parts.collect::<Vec<_>>().join("`")
}

fn options_for(command: &str, FoundBy { database, migrations }: &FoundBy) -> Vec<String> {
    match command {
        "migrate" | "down" | "redo" | "status" | "repair" | "fake" | "check" => {
            [database.as_slice(), migrations].concat()
        }
        "backup" | "restore" => database.clone(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found_by(database: &[&str], migrations: &[&str]) -> FoundBy {
        let owned = |options: &[&str]| options.iter().map(|&option| option.to_owned()).collect();
        FoundBy { database: owned(database), migrations: owned(migrations) }
    }

    #[test]
    fn commands_of_hints_repeat_the_options_by_which_the_database_was_found() {
        let found_by = found_by(&["--database", "b.db"], &["--bundle", "m.bundle"]);
        for (hint, typed) in [
            (
                "see `runner status`; then `runner repair --accept a --reason TEXT`, or not",
                "see `runner status --database b.db --bundle m.bundle`; then `runner repair --accept a \
                 --reason TEXT --database b.db --bundle m.bundle`, or not",
            ),
            (
                "`runner restore FILE` brings one back",
                "`runner restore FILE --database b.db` brings one back",
            ),
            ("`runner init` and runner status", "`runner init` and runner status"),
            ("`cargo --version` works", "`cargo --version` works"),
        ] {
            assert_eq!(with_options(hint, &found_by), typed);
        }
    }
}
