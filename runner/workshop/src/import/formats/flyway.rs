//! `V1__create_player.sql`: refinery and Flyway.

use super::{Found, FoundMigration, Moment, Rank, as_number, listed, whole};
use crate::import::Tool;
use crate::import::finding::{Finding, What};
use crate::import::folder::{Folder, SourceFile};

/// Reads the migrations in `folder`; those of Flyway may be in folders below.
pub(super) fn read(folder: &Folder, tool: Tool) -> Found {
    let mut found = Found::default();
    let mut backward = Vec::new();
    for file in &folder.files {
        if let Some(stem) = file.without(".rs")
            && Title::of(stem).is_some()
        {
            found.refuse_code(file, tool);
            continue;
        }
        let Some(stem) = file.without(".sql") else { continue };
        if tool == Tool::Flyway && Title::of(stem).is_some() {
            found.findings.extend(placeholders(file));
        }
        match Title::of(stem) {
            Some(title) if title.kind == 'R' && tool == Tool::Flyway => {
                found.repeatable.push((title.name.to_owned(), whole(file)));
            }
            Some(title) if title.kind == 'U' && tool == Tool::Flyway => {
                backward.push((title.rank(), file));
            }
            Some(title) if title.kind == 'V' || (title.kind == 'U' && tool == Tool::Refinery) => {
                found.migrations.push(migration(folder, file, &title, tool));
            }
            Some(title) if title.kind == 'B' && tool == Tool::Flyway => {
                found.findings.push(Finding::of_file(&file.path, What::Baseline));
            }
            _ => found.leave_out(file, tool),
        }
    }
    for (rank, file) in backward {
        match found.migrations.iter_mut().find(|migration| migration.rank == rank) {
            Some(migration) => migration.backward = Some(whole(file)),
            None => found.leave_out(file, tool),
        }
    }
    found
}

fn migration(folder: &Folder, file: &SourceFile, title: &Title<'_>, tool: Tool) -> FoundMigration {
    let settings = folder.file(listed(&file.folders, &format!("{}.conf", file.name)));
    let version = match tool {
        Tool::Refinery => as_number(title.version),
        _ => title.version.replace('_', "."),
    };
    let is_a_number = title.version.bytes().all(|byte| byte.is_ascii_digit());
    FoundMigration {
        rank: title.rank(),
        version,
        moment: match is_a_number {
            true => Moment::Digits(title.version.to_owned()),
            false => Moment::Unknown,
        },
        name: title.name.to_owned(),
        forward: whole(file),
        backward: None,
        no_transaction: settings.filter(|_| tool == Tool::Flyway).and_then(|settings| {
            let line = settings.text.lines().position(is_without_a_transaction)?;
            Some((settings.path.clone(), line + 1))
        }),
    }
}

/// Where Flyway puts values into the SQL.
fn placeholders(file: &SourceFile) -> impl Iterator<Item = Finding> {
    let lines = file.text.lines().enumerate().filter(|(_, line)| line.contains("${"));
    lines.map(|(at, line)| Finding {
        line: Some(at + 1),
        sql: line.trim().to_owned(),
        ..Finding::of_file(&file.path, What::Placeholder)
    })
}

fn is_without_a_transaction(line: &str) -> bool {
    let words: String = line.chars().filter(|letter| !letter.is_whitespace()).collect();
    words == "executeInTransaction=false"
}

/// What a file's name says.
pub(in crate::import) struct Title<'f> {
    pub(in crate::import) kind: char,
    pub(in crate::import) version: &'f str,
    name: &'f str,
}

impl<'f> Title<'f> {
    /// Of `V1.2__create_player`, or `R__report`.
    pub(in crate::import) fn of(stem: &'f str) -> Option<Self> {
        let kind = stem.chars().next().filter(|kind| "VURB".contains(*kind))?;
        let (version, name) = stem[1..].split_once("__")?;
        let of_a_number = |letter: char| letter.is_ascii_digit() || matches!(letter, '.' | '_');
        let is_right = match kind {
            'R' => version.is_empty(),
            _ => {
                version.starts_with(|it: char| it.is_ascii_digit())
                    && version.chars().all(of_a_number)
            }
        };
        is_right.then_some(Self { kind, version, name })
    }

    fn rank(&self) -> Rank {
        let parts = self.version.split(['.', '_']);
        let mut numbers: Vec<u64> = parts.map(|part| part.parse().unwrap_or(u64::MAX)).collect();
        // 1.0 is 1.
        while numbers.len() > 1 && numbers.last() == Some(&0) {
            numbers.pop();
        }
        Rank::Numbers(numbers)
    }
}
