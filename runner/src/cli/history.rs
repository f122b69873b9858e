//! `runner history`.

use std::collections::BTreeSet;
use std::time::Duration;

use runner::drift::SchemaChange;
use runner::record::{self, Around, Entry, Happened, Known, RepairKind, Schemas};
use runner::select::select;
use runner::{Database, MigrationId};
use serde_json::json;

use super::args::{Common, HistoryArgs};
use super::failure::Failure;
use super::output::{self, Loudness};
use super::{open, repair, status};

pub(super) fn run(common: &Common, args: &HistoryArgs) -> Result<(), Failure> {
    let config = open::config(common, false)?;
    let database = &config.database;
    let Some(connection) = database.look(common.busy_timeout())? else {
        return nothing(common, database, args);
    };
    // What is read in several pieces is of one moment.
    let moment =
        connection.unchecked_transaction().map_err(|error| database.sqlite_error(error))?;
    let mut entries = record::past(&moment)?;
    let one = args.id.as_ref().map(|words| one_of(words, &entries)).transpose()?;
    if let Some(id) = &one {
        let names = names_of(id, &entries);
        entries.retain(|entry| entry.id.iter().chain(&entry.old_id).any(|id| names.contains(id)));
    }
    let mut schemas = Schemas::read(&moment)?;
    let details = one.is_some() || output::loudness() == Loudness::Verbose;
    if common.json {
        let mut document = |entry: &Entry| {
            let mut document = json!(entry);
            if details {
                let Changes { found, made } = Changes::of(&mut schemas, entry);
                if let Some(found) = found {
                    document["schema_found"] = json!(found);
                }
                if let Some(made) = made {
                    document["schema_changes"] = json!(made);
                }
            }
            document
        };
        output::json(&json!({
            "database": database.path.to_string_lossy(),
            "exists": true,
            "entries": entries.iter().map(&mut document).collect::<Vec<_>>(),
        }));
        return Ok(());
    }
    if entries.is_empty() {
        output::line("nothing was ever applied");
    }
    let width = entries.iter().filter_map(by).map(|who| who.chars().count()).max().unwrap_or(0);
    for entry in &entries {
        output::line(&line(entry, width));
        if details {
            more(&mut schemas, entry);
        }
    }
    Ok(())
}

/// There is no database, so nothing has happened to it.
fn nothing(common: &Common, database: &Database, args: &HistoryArgs) -> Result<(), Failure> {
    if let Some(words) = &args.id {
        return Ok(select(words, &[]).map(drop)?);
    }
    if common.json {
        let path = database.path.to_string_lossy();
        output::json(&json!({ "database": path, "exists": false, "entries": [] }));
    } else {
        output::line(&status::not_there(database));
    }
    Ok(())
}

/// The migration that `words` means, among those that something happened to.
fn one_of(words: &str, entries: &[Entry]) -> Result<MigrationId, Failure> {
    let ids: BTreeSet<_> =
        entries.iter().flat_map(|entry| entry.id.iter().chain(&entry.old_id)).collect();
    Ok(select(words, ids)?)
}

/// `id`, and what it was called before.
pub(super) fn names_of(id: &MigrationId, entries: &[Entry]) -> BTreeSet<MigrationId> {
    let mut names = BTreeSet::from([id.clone()]);
    for entry in entries.iter().rev().filter(|entry| entry.old_id.is_some()) {
        if entry.id.as_ref().is_some_and(|id| names.contains(id)) {
            names.extend(entry.old_id.clone());
        }
    }
    names
}

/// An entry on one line, with so many letters for who it was.
fn line(entry: &Entry, width: usize) -> String {
    const NO_TIME: &str = "at an unknown time     ";
    let time = entry.at.map_or_else(|| NO_TIME.to_owned(), output::time);
    let who = by(entry).unwrap_or_default();
    let gap = if width == 0 { "" } else { "  " };
    let known = match (entry.known, &entry.runner_version) {
        (Known::Logged, _) => String::new(),
        (Known::BeforeTheLog, _) => "  (before the log began)".to_owned(),
        (Known::NotLogged, Some(version)) => format!("  (by runner {version}, which keeps no log)"),
        (Known::NotLogged, None) => "  (by a runner that keeps no log, or by hand)".to_owned(),
    };
    format!("{time}  {who:width$}{gap}{}{known}", happened(entry))
}

/// What happened, in words.
pub(super) fn happened(entry: &Entry) -> String {
    let id = entry.id.as_ref().map(ToString::to_string).unwrap_or_default();
    let detail = entry.detail.as_deref().unwrap_or_default();
    let took = entry.duration_us.map_or_else(String::new, |took| {
        format!(" ({})", output::milliseconds(Duration::from_micros(took)))
    });
    match &entry.what {
        Happened::Applied => format!("applied {id}{took}"),
        Happened::Reverted => format!("reverted {id}{took}"),
        Happened::Stage => format!("changed the schema by {id}: {detail}"),
        Happened::Imported => format!("recorded {id} as applied: {detail}"),
        Happened::Replaced => format!("recorded {id} in the place of those that it replaces"),
        Happened::Redefined => format!("redefined {detail}"),
        Happened::BackedUp => format!("backed up to `{detail}`"),
        Happened::Purged => format!("let go of {detail}"),
        Happened::Repaired(kind) => {
            let did = repair::did(*kind, entry.id.as_ref(), entry.old_id.as_ref());
            format!("{did}: {detail}")
        }
        Happened::Other(word) => format!("{word} {id}").trim_end().to_owned(),
    }
}

fn by(entry: &Entry) -> Option<String> {
    match (&entry.user, &entry.host) {
        (Some(user), Some(host)) => Some(format!("{user}@{host}")),
        (user, host) => user.clone().or_else(|| host.clone()),
    }
}

/// What a line has no room for.
fn more(schemas: &mut Schemas, entry: &Entry) {
    let short = |digest: &String| digest.get(..12).unwrap_or(digest).to_owned();
    let part = |name: &str, value: Option<String>| value.map(|value| format!("{name} {value}"));
    let parts = [
        part("runner", entry.runner_version.clone()),
        part("migration-api", entry.api_version.clone()),
        part("SQLite", entry.sqlite_version.clone()),
        part("source", entry.source_digest.as_ref().map(short)),
        part("schema", entry.schema_digest.as_ref().map(short)),
    ];
    let parts: Vec<_> = parts.into_iter().flatten().collect();
    if !parts.is_empty() {
        output::line(&format!("    {}", parts.join(", ")));
    }
    let Changes { found, made } = Changes::of(schemas, entry);
    if found.is_some() && entry.what != Happened::Repaired(RepairKind::AcceptSchema) {
        output::line("    the schema had been changed by something that keeps no log:");
    }
    for line in found.iter().chain(&made).flatten().flat_map(SchemaChange::lines) {
        output::composed(&status::changed(&line));
    }
}

/// How the schema came to be what it is after an entry. What the log does not know is `None`.
struct Changes {
    /// What something that keeps no log had changed before it.
    found: Option<Vec<SchemaChange>>,
    /// What it changed.
    made: Option<Vec<SchemaChange>>,
}

impl Changes {
    fn of(schemas: &mut Schemas, entry: &Entry) -> Self {
        let Around { left, before, after } =
            entry.number.map(|number| schemas.around(number)).unwrap_or_default();
        // What there was when the log began is nobody's change.
        let left = left.filter(|left| Some(left) != before.as_ref() && entry.number > Some(1));
        let between = |one, other| Some(SchemaChange::between_logged(one?, other?));
        Self {
            found: between(left.as_ref(), before.as_ref()),
            made: between(before.as_ref(), after.as_ref()),
        }
    }
}
