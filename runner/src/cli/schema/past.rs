//! A schema of the past, by the log of the project's database.

use std::collections::BTreeSet;
use std::path::Path;

use runner::explain::Code;
use runner::record::{self, Entry, Happened, RepairKind, SchemaText, Schemas};
use runner::schema::Blueprint;
use runner::select::select;
use runner::{Config, Exit, MigrationId};

use super::super::args::{Common, Side};
use super::super::failure::Failure;
use super::super::history::names_of;

/// The schema right before or after the last time that the migration was recorded as applied that `words` mean.
///
/// # Errors
/// No such migration; the log does not have the schema.
pub(super) fn read(
    common: &Common,
    config: &Config,
    side: Side,
    words: &str,
) -> Result<Blueprint, Failure> {
    let database = &config.database;
    let (mut entries, mut schemas) = (Vec::new(), None);
    if let Some(connection) = database.look(common.busy_timeout())? {
        let moment =
            connection.unchecked_transaction().map_err(|error| database.sqlite_error(error))?;
        entries = record::past(&moment)?;
        schemas = Some(Schemas::read(&moment)?);
    }
    let id = select(words, ids(&entries))?;
    let names = names_of(&id, &entries);
    let is_it = |entry: &&Entry| {
        is_application(entry) && entry.id.as_ref().is_some_and(|id| names.contains(id))
    };
    let applied = entries.iter().rev().find(is_it);
    let around = applied.and_then(|entry| Some(schemas?.around(entry.number?)));
    let schema = around.and_then(|around| match side {
        Side::Before => around.before,
        Side::After => around.after,
    });
    let of = format!("the schema {} `{id}`", side.word());
    match schema {
        Some(schema) => Ok(made(&schema, &of, config)?),
        None => Err(not_logged(&of)),
    }
}

/// Whether `path`, which is no path to look at, means a migration that something happened to.
pub(super) fn names_one(common: &Common, config: &Config, path: &Path) -> bool {
    let is_word = |word: &&str| !word.contains(['.', '/', '\\']);
    let Some(word) = path.to_str().filter(is_word) else { return false };
    let look = || -> Option<bool> {
        let connection = config.database.look(common.busy_timeout()).ok()??;
        let entries = record::past(&connection).ok()?;
        Some(select(word, ids(&entries)).is_ok())
    };
    look().unwrap_or(false)
}

/// Refuses a word that is a file and a migration.
pub(super) fn ambiguous(path: &Path) -> Failure {
    let word = path.display();
    usage(
        format!("`{word}` is a file, and a migration"),
        format!("`./{word}` is the file, `after:{word}` the schema that the migration left"),
    )
}

fn ids(entries: &[Entry]) -> BTreeSet<&MigrationId> {
    entries.iter().filter_map(|entry| entry.id.as_ref()).collect()
}

fn is_application(entry: &Entry) -> bool {
    match &entry.what {
        Happened::Applied | Happened::Imported | Happened::Replaced => true,
        Happened::Repaired(RepairKind::Fake) => true,
        Happened::Repaired(RepairKind::Finished) => entry.source_digest.is_some(),
        _ => false,
    }
}

fn made(schema: &SchemaText, of: &str, config: &Config) -> Result<Blueprint, Failure> {
    Ok(Blueprint::logged(schema, of, &config.application, &config.exclude_tables)?)
}

fn not_logged(of: &str) -> Failure {
    usage(
        format!("the log does not have {of}: an older runner applied it, or none did"),
        "`runner history` shows what is known of it".to_owned(),
    )
}

fn usage(message: String, hint: String) -> Failure {
    Failure {
        exit: Exit::Usage,
        code: Code::BadArguments,
        message,
        causes: Vec::new(),
        hint: Some(hint),
        statement: None,
    }
}
