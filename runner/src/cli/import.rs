//! `runner import`.

mod alone;
mod database;

use std::collections::BTreeMap;
use std::path::Path;

use runner::Config;
use runner::import::{self, Consent, Finding, ForeignHistory, ImportError, Outcome, Tool, Written};
use serde_json::json;

use self::database::InDatabase;
use super::args::{Common, ImportArgs};
use super::failure::Failure;
use super::{consent, open, output};

pub(super) fn run(common: &Common, args: &ImportArgs) -> Result<(), Failure> {
    let config = open::config(common, false)?;
    let Some(folder) = &args.folder else { return alone::run(common, args, &config) };
    let history = read(folder, &config, common, args)?;
    if !common.json {
        show(&history, args);
    }
    let consent = agreement(&history, common, args)?;
    // A bundle has the migrations that an import made before.
    let writes = config.bundle.is_none();
    let mut written = Written::default();
    if writes {
        written = import::preview(&config, &history, consent)?;
    }
    // All that is in the way is found before anything is written.
    let found = InDatabase::find(&config, &history, common, args)?;
    if writes && !args.dry_run {
        written = import::write(&config, &history, consent)?;
    }
    let recorded = found.record(&config, common, args)?;
    if common.json {
        let mut document = document(&history, &written);
        document["database"] = found.document(&config, &recorded);
        output::json(&document);
        return Ok(());
    }
    let folder = output::short(&config.migrations);
    let made = output::count(written.made.len(), "migration");
    let verb = if args.dry_run { "would make" } else { "made" };
    match written.made.as_slice() {
        [] => {}
        [only] => output::line(&format!("{verb} {made} in `{folder}`: {only}")),
        [first, .., last] => {
            output::line(&format!("{verb} {made} in `{folder}`: {first} to {last}"));
        }
    }
    for file in &written.repeatable {
        output::line(&format!("{verb} {}", output::short(file)));
    }
    if !written.kept.is_empty() {
        let kept = output::count(written.kept.len(), "migration");
        output::line(&format!("{kept} there already, with the same SQL"));
    }
    found.show(&config, &recorded, &history, args);
    if args.dry_run {
        for finding in history.findings_that(Outcome::Asks) {
            output::line(&format!("asks: {finding}"));
        }
        output::line("dry run: nothing was written");
    }
    Ok(())
}

/// The history in `folder`. Where its files may be those of several tools, the table in the database says whose they
/// are.
fn read(
    folder: &Path,
    config: &Config,
    common: &Common,
    args: &ImportArgs,
) -> Result<ForeignHistory, Failure> {
    let found = import::read(folder, args.from, &config.application);
    let is_open = match &found {
        Ok(history) => args.from.is_none() && history.tool == Tool::Plain,
        Err(ImportError::EitherTool { .. }) => true,
        Err(_) => false,
    };
    if is_open && let Some(tool) = database::tool(config, common)? {
        return Ok(import::read(folder, Some(tool), &config.application)?);
    }
    Ok(found?)
}

/// Whether somebody agreed to what is asked: by the command line, or at a terminal. A dry run asks nothing.
fn agreement(
    history: &ForeignHistory,
    common: &Common,
    args: &ImportArgs,
) -> Result<Consent, Failure> {
    let asked: Vec<&Finding> = history.findings_that(Outcome::Asks).collect();
    let is_refused = history.findings_that(Outcome::Refused).next().is_some();
    if asked.is_empty() || args.dry_run || args.yes.is_given() {
        return Ok(Consent::Given);
    }
    if is_refused || common.json || !consent::can_ask() {
        return Ok(Consent::NotGiven);
    }
    for finding in &asked {
        output::note(&finding.to_string());
    }
    match consent::ask("Import it so?") {
        Ok(true) => Ok(Consent::Given),
        _ => Ok(Consent::NotGiven),
    }
}

/// Shows what was found, and what becomes of it.
fn show(history: &ForeignHistory, args: &ImportArgs) {
    let count = output::count(history.migrations.len(), "migration");
    let folder = output::short(&history.folder);
    output::line(&format!("found {count} of {} in `{folder}`", history.tool));
    for migration in &history.migrations {
        let file = migration.forward.file.display();
        let line = format!("{file} becomes {}", migration.id);
        if args.dry_run { output::line(&line) } else { output::detail(&line) }
    }
    let mut done: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for finding in history.findings_that(Outcome::Done) {
        done.entry(finding.what.to_string()).or_default().push(finding.place());
    }
    for (what, places) in &done {
        output::line(&listed(what, places));
    }
}

/// A sentence and its places: some of them, unless more is asked for.
fn listed(what: &str, places: &[String]) -> String {
    const SOME: usize = 3;
    let shown = match output::loudness() {
        output::Loudness::Verbose => places.len(),
        _ if places.len() == SOME + 1 => places.len(),
        _ => SOME,
    };
    let mut text = what.to_owned();
    for place in places.iter().take(shown) {
        text += &format!("\n    {place}");
    }
    if let Some(more @ 1..) = places.len().checked_sub(shown) {
        text += &format!("\n    and {more} more; -v shows them");
    }
    text
}

fn document(history: &ForeignHistory, written: &Written) -> serde_json::Value {
    let migrations: Vec<_> = history
        .migrations
        .iter()
        .map(|migration| {
            json!({
                "id": migration.id,
                "version": migration.version,
                "name": migration.name,
                "file": migration.forward.file.to_string_lossy(),
                "made": written.made.contains(&migration.id),
                "reversible": migration.backward.is_some(),
                "transactional": migration.wrapping == import::Wrapping::Transaction,
            })
        })
        .collect();
    let findings: Vec<_> = history
        .findings
        .iter()
        .map(|finding| {
            json!({
                "kind": finding.what.word(),
                "file": finding.file.to_string_lossy(),
                "line": finding.line,
                "sql": finding.sql,
                "message": finding.what.to_string(),
            })
        })
        .collect();
    json!({
        "tool": history.tool.word(),
        "folder": history.folder.to_string_lossy(),
        "migrations": migrations,
        "repeatable": written.repeatable,
        "findings": findings,
    })
}
