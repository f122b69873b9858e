//! What a step did to the schema, in sentences.

use runner_engine::drift::SchemaChange;
use runner_engine::source_text::SourceText;
use runner_operations::difference::{Options, PerhapsRenamed, Rename};

use super::tables::Rewritten;
use crate::autogenerate::compare;
use crate::config::Config;
use crate::schema::{Blueprint, Kind, ObjectText, is_virtual};

/// What the step did that made `rewritten` of tables, and made these changes. Its `source` tells what was renamed of what
/// goes while something like it comes.
pub(super) fn sentences(
    rewritten: &Rewritten,
    changes: &[SchemaChange],
    source: Option<&SourceText>,
    config: &Config,
) -> Vec<String> {
    let Rewritten { before, after } = rewritten;
    let mut sentences =
        of_tables(before, after, source, config).unwrap_or_else(|| by_name(before, after));
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
    source: Option<&SourceText>,
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
    let renames = difference.perhaps_renamed.iter().filter_map(|guess| rename(guess, source?));
    let options = Options { renames: renames.collect(), ..Options::default() };
    if options.renames_something() {
        difference = compare(&before, &after, &options).unwrap_or(difference);
    }
    if !difference.beyond.is_empty() {
        return None;
    }
    Some(difference.operations().map(|operation| third_person(&operation.to_string())).collect())
}

/// What may have been a rename, if the source has the word and both names.
fn rename(guess: &PerhapsRenamed, source: &SourceText) -> Option<Rename> {
    let (rename, from, to) = match guess.clone() {
        PerhapsRenamed::Table { from, to } => {
            (Rename::Table { from: from.clone(), to: to.clone() }, from, to)
        }
        PerhapsRenamed::Column { table, from, to } => {
            (Rename::Column { table, from: from.clone(), to: to.clone() }, from, to)
        }
        _ => return None,
    };
    let texts = || source.0.values();
    let has = |name: &str| texts().any(|text| has_word(text, name));
    let says_so = texts().any(|text| text.to_ascii_lowercase().contains("rename"));
    (says_so && has(&from) && has(&to)).then_some(rename)
}

/// Whether a name stands in a text, and is no part of a longer one.
fn has_word(text: &str, name: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    if name.chars().all(is_part) {
        return text.split(|c| !is_part(c)).any(|word| word.eq_ignore_ascii_case(name));
    }
    text.to_lowercase().contains(&name.to_lowercase())
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

#[cfg(test)]
mod tests {
    use runner_engine::Database;
    use runner_engine::record::SchemaText;
    use runner_engine::schema_objects::Objects;
    use rusqlite::Connection;

    use super::*;
    use crate::report::tables::Tables;

    /// What is said of each script, whose text is its source.
    fn told(scripts: &[&str]) -> Vec<Vec<String>> {
        let config = Config::of(Database::at("app.db"));
        let connection = Connection::open_in_memory().unwrap();
        let mut tables = Tables::none(&config);
        let mut of = |script: &&str| {
            connection.execute_batch(script).unwrap();
            let schema = SchemaText::of(Objects::read(&connection).unwrap().texts());
            let changes = SchemaChange::between_logged(tables.schema(), &schema);
            let rewritten = tables.become_as(schema);
            let mut source = SourceText::default();
            source.add("forward.sql", script.as_bytes());
            sentences(&rewritten, &changes, Some(&source), &config)
        };
        scripts.iter().map(&mut of).collect()
    }

    #[test]
    fn a_step_is_told_in_sentences() {
        assert_eq!(
            told(&[
                "CREATE TABLE p (id INTEGER PRIMARY KEY, name TEXT); CREATE TABLE c (p INTEGER REFERENCES p);",
                "ALTER TABLE p ADD COLUMN level INTEGER NOT NULL DEFAULT 1; CREATE INDEX i ON p (level);",
                "INSERT INTO p (name) VALUES ('Ada')",
                "ALTER TABLE p RENAME TO person",
                "ALTER TABLE person RENAME COLUMN name TO called",
                "CREATE VIEW v AS SELECT called FROM person; DROP TABLE c;",
                "DROP VIEW v; CREATE VIEW v AS SELECT 1; CREATE VIRTUAL TABLE f USING fts5(words);",
                "DROP TABLE f",
            ]),
            [
                &[
                    "creates table `p` with columns `id`, `name`",
                    "creates table `c` with column `p`"
                ][..],
                &[
                    "adds column `level` INTEGER NOT NULL DEFAULT 1 to table `p`",
                    "adds index `i` on table `p` (`level`)"
                ],
                &[],
                &["renames table `p` to `person`"],
                &["renames column `name` of table `person` to `called`"],
                &["drops table `c`", "creates view `v`"],
                &["creates virtual table `f`", "changes view `v`"],
                &["drops virtual table `f`"],
            ]
        );
    }

    #[test]
    fn what_goes_while_something_like_it_comes_is_a_rename_only_if_the_source_says_so() {
        let by_hand = "CREATE TABLE new (id INTEGER PRIMARY KEY, title TEXT); DROP TABLE t; \
                       ALTER TABLE new RENAME TO t";
        let told = told(&["CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT)", by_hand]);
        assert_eq!(
            told[1],
            ["adds column `title` TEXT to table `t`", "drops column `name` of table `t`"]
        );
    }

    #[test]
    fn what_no_operations_do_is_told_by_name() {
        let tables = |names: &[&str]| -> Vec<ObjectText> {
            let text = |name: &&str| format!("{name}\0table\0{name}\0CREATE TABLE {name} (a)");
            names.iter().filter_map(|name| ObjectText::logged(text(name).as_bytes())).collect()
        };
        assert_eq!(
            by_name(&tables(&["a", "b"]), &tables(&["B", "c"])),
            ["drops table `a`", "changes table `B`", "creates table `c`"]
        );
    }
}
