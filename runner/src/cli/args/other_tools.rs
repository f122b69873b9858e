//! Words that people of other tools type first, and that mean nothing here: what does the same, in a line.

use clap::error::{ContextKind, ContextValue};

/// Words, and what does here the same.
type Known = (&'static [&'static str], &'static str);

/// Commands that there are elsewhere.
const COMMANDS: [Known; 14] = [
    (&["showmigrations"], "`runner status` shows what is applied, and when"),
    (
        &["current"],
        "`runner status` shows what is applied; `runner check pending` fails if something is not",
    ),
    (
        &["version"],
        "`runner --version` is that of this program; `runner status` shows what the database has",
    ),
    (
        &["dump"],
        "`runner schema dump database` prints the schema as SQL; `runner backup` keeps the rows too",
    ),
    (
        &["diff"],
        "`runner schema diff migrations models` shows it, `runner create NAME --auto` writes the migration",
    ),
    (
        &["makemigrations"],
        "`runner create NAME --auto` writes a migration from what the models say",
    ),
    (&["upgrade"], "`runner migrate` applies what is pending"),
    (
        &["downgrade", "undo"],
        "`runner down` reverts the newest migration, and with `--to ID` all that are after that one",
    ),
    (
        &["generate-entity", "inspectdb", "print-schema"],
        "`runner schema dump database --rust` prints structs of what the database has",
    ),
    (
        &["squashmigrations"],
        "`runner squash` makes one migration of all up to the newest, or with `--to ID` up to that one",
    ),
    (
        &["seed"],
        "rows that every database has are a migration: `runner create NAME --template data-fixup`",
    ),
    (
        &["db", "database"],
        "`runner migrate --create` makes the database, `runner status` shows what it has",
    ),
    (&["resolve", "force"], "`runner repair` shows what has drifted, and the way out"),
    (&["head", "heads"], "`runner migrate` applies what is pending, up to the newest"),
];

/// Options that there are elsewhere.
const OPTIONS: [Known; 3] = [
    (
        &["--fake", "--fake-initial"],
        "`runner fake ID` takes migrations for applied without running them",
    ),
    (&["--plan", "--sql"], "`runner migrate --dry-run` shows every statement that would run"),
    (&["--check"], "`runner check pending` fails if a migration is pending"),
];

/// What stands elsewhere in the place of a migration.
const TARGETS: [Known; 6] = [
    (
        &["head", "heads", "latest", "up", "run"],
        "`runner migrate` without an ID applies what is pending, up to the newest",
    ),
    (&["zero", "base", "reset"], "`runner down --all` reverts every migration"),
    (&["down", "revert", "rollback", "undo"], "`runner down` reverts the newest migration"),
    (&["redo"], "`runner redo` reverts the newest migration and applies it again"),
    (&["status", "info", "list"], "`runner status` shows what is applied and what is pending"),
    (&["add", "create", "generate", "new"], "`runner create NAME` writes a migration"),
];

fn known(all: &'static [Known], word: &str) -> Option<&'static str> {
    all.iter().find(|(words, _)| words.contains(&word)).map(|(_, here)| *here)
}

/// What does here what `word` means elsewhere in the place of a migration.
pub(crate) fn target(word: &str) -> Option<&'static str> {
    known(&TARGETS, word)
}

/// `error`, with what does here what was meant, if that is known.
pub(super) fn explained(mut error: clap::Error) -> clap::Error {
    let word = |kind| match error.get(kind) {
        Some(ContextValue::String(word)) => Some(word.split('=').next().unwrap_or(word).to_owned()),
        _ => None,
    };
    let command = word(ContextKind::InvalidSubcommand);
    let option = word(ContextKind::InvalidArg);
    let here = command
        .and_then(|word| known(&COMMANDS, &word))
        .or_else(|| option.and_then(|word| known(&OPTIONS, &word)));
    if let Some(here) = here {
        // What merely looks like it is no help beside what does the same.
        error.remove(ContextKind::SuggestedSubcommand);
        error.remove(ContextKind::SuggestedArg);
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![here.into()]));
    }
    error
}
