//! Words that people of other tools type first, and that mean nothing here: what does the same, in a line.

use clap::error::{ContextKind, ContextValue};

const DOWN: &str =
    "`runner down` reverts the newest migration, and with `--to ID` all that are after that one";

const MODELS: &str = "`runner schema dump database --rust` prints structs of what the database has";

/// Commands that there are elsewhere.
const COMMANDS: [(&str, &str); 22] = [
    ("history", "`runner status` shows what is applied, and when"),
    ("log", "`runner status` shows what is applied, and when"),
    (
        "current",
        "`runner status` shows what is applied; `runner check pending` fails if something is not",
    ),
    (
        "version",
        "`runner --version` is that of this program; `runner status` shows what the database has",
    ),
    (
        "dump",
        "`runner schema dump database` prints the schema as SQL; `runner backup` keeps the rows too",
    ),
    (
        "diff",
        "`runner schema diff migrations models` shows it, `runner create NAME --auto` writes the migration",
    ),
    ("makemigrations", "`runner create NAME --auto` writes a migration from what the models say"),
    ("showmigrations", "`runner status` shows what is applied, and when"),
    ("upgrade", "`runner migrate` applies what is pending"),
    ("downgrade", DOWN),
    ("undo", DOWN),
    ("generate-entity", MODELS),
    ("inspectdb", MODELS),
    ("print-schema", MODELS),
    (
        "squash",
        "there is none yet: old migrations stay, and cost next to nothing where they are applied",
    ),
    (
        "squashmigrations",
        "there is none yet: old migrations stay, and cost next to nothing where they are applied",
    ),
    (
        "seed",
        "rows that every database has are a migration: `runner create NAME --template data-fixup`",
    ),
    ("db", "`runner migrate --create` makes the database, `runner status` shows what it has"),
    ("database", "`runner migrate --create` makes the database, `runner status` shows what it has"),
    (
        "import",
        "there is none yet: docs/coming-from-others.md says how the files become migrations",
    ),
    ("resolve", "`runner repair` shows what has drifted, and the way out"),
    ("force", "`runner repair` shows what has drifted, and the way out"),
];

/// Options that there are elsewhere, each with the command that has it there.
const OPTIONS: [(&str, &str); 5] = [
    ("--fake", "`runner fake ID` takes migrations for applied without running them"),
    ("--fake-initial", "`runner fake ID` takes migrations for applied without running them"),
    ("--plan", "`runner migrate --dry-run` shows every statement that would run"),
    ("--sql", "`runner migrate --dry-run` shows every statement that would run"),
    ("--check", "`runner check pending` fails if a migration is pending"),
];

/// `error`, with what does here what was meant, if that is known.
pub(super) fn explained(mut error: clap::Error) -> clap::Error {
    let word = |kind| match error.get(kind) {
        Some(ContextValue::String(word)) => Some(word.split('=').next().unwrap_or(word).to_owned()),
        _ => None,
    };
    let command = word(ContextKind::InvalidSubcommand);
    let option = word(ContextKind::InvalidArg);
    let known = command
        .and_then(|word| COMMANDS.iter().find(|(known, _)| *known == word))
        .or_else(|| option.and_then(|word| OPTIONS.iter().find(|(known, _)| *known == word)));
    if let Some((_, here)) = known {
        // What merely looks like it is no help beside what does the same.
        error.remove(ContextKind::SuggestedSubcommand);
        error.remove(ContextKind::SuggestedArg);
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![(*here).into()]));
    }
    error
}
