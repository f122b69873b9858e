//! `1577836800000-CreatePlayer`: TypeORM. Of its classes, the SQL that `up` and `down` hand to `queryRunner.query` is
//! read; one that does more than that is code.

mod class;
mod token;

use super::{Found, FoundMigration, Moment, Rank, leading_digits, listed, whole};
use crate::import::Tool;
use crate::import::finding::{Finding, What};
use crate::import::folder::{Folder, SourceFile};
use crate::import::history::Script;
use class::{Class, Query};

/// Reads the migrations at the top of `folder`.
pub(super) fn read(folder: &Folder) -> Found {
    let mut found = Found::default();
    for file in folder.files.iter().filter(|file| file.is_at_the_top()) {
        if let Some((stem, digits, name)) = code(file) {
            if has_a_better_form(folder, file, stem) {
                continue;
            }
            match Class::read(&file.text) {
                Ok(class) => found.migrations.push(of_a_class(file, &class, digits, name)),
                Err(line) => {
                    let finding = Finding::of_file(&file.path, What::Code { tool: Tool::TypeOrm });
                    found.findings.push(Finding { line, ..finding });
                }
            }
            continue;
        }
        let Some(stem) = file.without(".sql") else { continue };
        let title = stem.strip_suffix(".up").unwrap_or(stem);
        match parts(title) {
            Some(_) if stem.ends_with(".down") => {}
            Some((digits, name)) => {
                let back = folder.file(listed(&file.folders, &format!("{title}.down.sql")));
                let (forward, backward) = (whole(file), back.map(whole));
                found.migrations.push(migration(digits, name, forward, backward));
            }
            None => found.leave_out(file, Tool::TypeOrm),
        }
    }
    found
}

/// Whether what the class does is there as SQL, or as it was before it was compiled.
fn has_a_better_form(folder: &Folder, file: &SourceFile, stem: &str) -> bool {
    let is_there =
        |ending| folder.file(listed(&file.folders, &format!("{stem}{ending}"))).is_some();
    is_there(".sql") || is_there(".up.sql") || (file.without(".js").is_some() && is_there(".ts"))
}

fn of_a_class(file: &SourceFile, class: &Class, digits: &str, name: &str) -> FoundMigration {
    let backward = (!class.down.is_empty()).then(|| script(file, &class.down));
    migration(digits, name, script(file, &class.up), backward)
}

fn migration(
    digits: &str,
    name: &str,
    forward: Script,
    backward: Option<Script>,
) -> FoundMigration {
    FoundMigration {
        rank: Rank::Text(digits.to_owned()),
        version: digits.to_owned(),
        moment: Moment::Digits(digits.to_owned()),
        name: name.to_owned(),
        forward,
        backward,
        no_transaction: None,
    }
}

/// The queries, each in the line that it has in the file, as far from the first one.
fn script(file: &SourceFile, queries: &[Query]) -> Script {
    let first_line = queries.first().map_or(1, |query| query.line);
    let mut sql = String::new();
    for query in queries {
        let line = first_line + sql.matches('\n').count();
        sql.extend(std::iter::repeat_n('\n', query.line.saturating_sub(line)));
        let text = query.sql.trim();
        let end = if text.ends_with(';') { "\n" } else { ";\n" };
        sql.push_str(text);
        sql.push_str(end);
    }
    Script { file: file.path.clone(), first_line, bytes: file.bytes.clone(), sql }
}

/// The name of a class's file without its ending, and its parts; of what a compiler says of one, nothing.
fn code(file: &SourceFile) -> Option<(&str, &str, &str)> {
    let stem = file.without(".ts").or_else(|| file.without(".js"))?;
    let (digits, name) = parts(stem).filter(|_| file.without(".d.ts").is_none())?;
    Some((stem, digits, name))
}

/// The time and the name in `1577836800000-CreatePlayer`.
pub(in crate::import) fn parts(title: &str) -> Option<(&str, &str)> {
    let (digits, rest) = leading_digits(title)?;
    let name = rest.strip_prefix('-')?;
    (digits.len() == 13).then_some((digits, name))
}
