//! A folder for each migration: `up.sql` and `down.sql` in it (diesel, rusqlite_migration, and plain SQL), or
//! `migration.sql` (Prisma).

use super::{
    Found, FoundMigration, Moment, Rank, as_number, leading_digits, listed, number, whole,
};
use crate::import::Tool;
use crate::import::finding::{Finding, What};
use crate::import::folder::{Folder, SourceFile};

/// Reads the folders in `folder`, and where it is itself that of a single migration, that one.
pub(super) fn read(folder: &Folder, tool: Tool) -> Found {
    let mut found = Found::default();
    let forward = if tool == Tool::Prisma { "migration.sql" } else { "up.sql" };
    let is_there = |name: &str| folder.file(listed(&[name.to_owned()], forward)).is_some();
    for file in &folder.files {
        match file.only_folder() {
            Some(name) if file.name == forward => {
                found.migrations.push(migration(folder, file, name, tool));
            }
            // What is beside it was read with it.
            Some(name) if file.name == "down.sql" && is_there(name) => {}
            None if tool == Tool::Plain && file.is_at_the_top() && file.name == forward => {
                let name = folder.root.file_name().unwrap_or_default().to_string_lossy();
                found.migrations.push(migration(folder, file, &name, tool));
            }
            None if tool == Tool::Prisma && file.name == "migration_lock.toml" => {
                found.findings.extend(other_database(file));
            }
            _ if file.without(".sql").is_some()
                && !(tool == Tool::Plain && file.is_at_the_top()) =>
            {
                found.leave_out(file, tool);
            }
            _ => {}
        }
    }
    found
}

fn migration(folder: &Folder, file: &SourceFile, title: &str, tool: Tool) -> FoundMigration {
    let beside = |name: &str| folder.file(file.path.with_file_name(name));
    let settings = beside("metadata.toml").filter(|_| tool == Tool::Diesel);
    let Title { version, moment, name, rank } = Title::of(title, tool);
    FoundMigration {
        rank,
        version,
        moment,
        name,
        forward: whole(file),
        backward: beside("down.sql").map(whole),
        no_transaction: settings.and_then(|settings| {
            let line = settings.text.lines().position(is_without_a_transaction)?;
            Some((settings.path.clone(), line + 1))
        }),
    }
}

/// Whether a line of diesel's `metadata.toml` asks for no transaction.
fn is_without_a_transaction(line: &str) -> bool {
    let words: String = line.chars().filter(|letter| !letter.is_whitespace()).collect();
    words.starts_with("run_in_transaction=false")
}

/// What a folder's name says.
struct Title {
    version: String,
    moment: Moment,
    name: String,
    rank: Rank,
}

impl Title {
    fn of(title: &str, tool: Tool) -> Self {
        // `2024-01-31-093000_create_player`.
        let dashed = title.split_once('_').unwrap_or((title, ""));
        match tool {
            Tool::Diesel => {
                let version = dashed.0.replace('-', "");
                Self {
                    moment: Moment::Digits(version.clone()),
                    rank: Rank::Text(version.clone()),
                    version,
                    name: dashed.1.to_owned(),
                }
            }
            _ => match leading_digits(title) {
                Some((digits, rest)) => {
                    let name = rest.trim_start_matches(['_', '-', '.', ' ']).to_owned();
                    let version = match tool {
                        Tool::RusqliteMigration => as_number(digits),
                        _ => title.to_owned(),
                    };
                    let rank = match tool {
                        Tool::RusqliteMigration => number(digits),
                        Tool::Prisma => Rank::Text(title.to_owned()),
                        _ => Rank::Named(digits.parse().unwrap_or(u64::MAX), title.to_owned()),
                    };
                    Self { version, moment: Moment::Digits(digits.to_owned()), name, rank }
                }
                None => Self {
                    version: title.to_owned(),
                    moment: Moment::Unknown,
                    name: title.to_owned(),
                    rank: Rank::Text(title.to_owned()),
                },
            },
        }
    }
}

/// What `migration_lock.toml` says of a database that is not SQLite.
fn other_database(file: &SourceFile) -> Option<Finding> {
    let at = file.text.lines().position(|line| line.trim_start().starts_with("provider"))?;
    let line = file.text.lines().nth(at)?;
    let provider = line.split('"').nth(1)?;
    let is_sqlite = ["sqlite", "libsql"].contains(&provider);
    (!is_sqlite).then(|| {
        let what = What::OtherDatabase { name: provider.to_owned() };
        Finding { line: Some(at + 1), sql: line.to_owned(), ..Finding::of_file(&file.path, what) }
    })
}
