//! What a step did to the schema, in sentences.

use runner_engine::drift::SchemaChange;
use runner_operations::difference::{Options, PerhapsRenamed, Rename};

use super::tables::Rewritten;
use crate::autogenerate::compare;
use crate::config::Config;
use crate::schema::{Blueprint, Kind, ObjectText, is_virtual};

/// Whether a step that takes a name away and brings another may have renamed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Renames {
    /// Its source says so.
    Said,
    /// Nobody knows it.
    Unknown,
}

/// What the step did that made `rewritten` of tables, and made these changes.
pub(super) fn sentences(
    rewritten: Rewritten,
    changes: &[SchemaChange],
    renames: Renames,
    config: &Config,
) -> Vec<String> {
    let Rewritten { before, after } = rewritten;
    let mut sentences = match of_tables(&before, &after, renames, config) {
        Some(sentences) => sentences,
        None => by_name(&before, &after),
    };
    let is_other = |change: &&SchemaChange| match change.kind.as_str() {
        "view" | "trigger" => true,
        "table" => [&change.before, &change.after].into_iter().flatten().any(|sql| is_virtual(sql)),
        _ => false,
    };
    sentences.extend(changes.iter().filter(is_other).map(|change| {
        let is_table = change.kind == "table";
        let kind = if is_table { "virtual table" } else { &change.kind };
        let verb = match (&change.before, &change.after) {
            (None, _) => "creates",
            (_, None) => "drops",
            _ => "changes",
        };
        format!("{verb} {kind} `{}`", change.name)
    }));
    sentences
}

/// By the operations that make the tables of `before` those of `after`. `None`: no operations do.
fn of_tables(
    before: &[ObjectText],
    after: &[ObjectText],
    renames: Renames,
    config: &Config,
) -> Option<Vec<String>> {
    if before.is_empty() && after.is_empty() {
        return Some(Vec::new());
    }
    let Config { application, exclude_tables, .. } = config;
    let made = |objects: &[ObjectText]| {
        Blueprint::logged_objects(objects.to_vec(), "it", application, exclude_tables).ok()
    };
    let (before, after) = (made(before)?, made(after)?);
    let mut difference = compare(&before, &after, &Options::default()).ok()?;
    if renames == Renames::Said && !difference.perhaps_renamed.is_empty() {
        let renames = difference.perhaps_renamed.iter().filter_map(rename).collect();
        let options = Options { renames, ..Options::default() };
        difference = compare(&before, &after, &options).unwrap_or(difference);
    }
    if !difference.beyond.is_empty() {
        return None;
    }
    Some(difference.operations().map(|operation| third_person(&operation.to_string())).collect())
}

fn rename(guess: &PerhapsRenamed) -> Option<Rename> {
    Some(match guess.clone() {
        PerhapsRenamed::Table { from, to } => Rename::Table { from, to },
        PerhapsRenamed::Column { table, from, to } => Rename::Column { table, from, to },
        _ => return None,
    })
}

/// `adds column ...` for `add column ...`.
fn third_person(sentence: &str) -> String {
    match sentence.split_once(' ') {
        Some((verb, rest)) => format!("{verb}s {rest}"),
        None => sentence.to_owned(),
    }
}

/// That tables came, went or became others, and not how.
fn by_name(before: &[ObjectText], after: &[ObjectText]) -> Vec<String> {
    let names = |objects: &[ObjectText]| -> Vec<String> {
        let tables = objects.iter().filter(|object| object.kind == Kind::Table);
        tables.map(|object| object.name.clone()).collect()
    };
    let (before, after) = (names(before), names(after));
    let is_in = |names: &[String], name: &str| names.iter().any(|it| it.eq_ignore_ascii_case(name));
    let gone = before.iter().filter(|name| !is_in(&after, name));
    let gone = gone.map(|name| format!("drops table `{name}`"));
    let there = after.iter().map(|name| {
        let verb = if is_in(&before, name) { "changes" } else { "creates" };
        format!("{verb} table `{name}`")
    });
    gone.chain(there).collect()
}
