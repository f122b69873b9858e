//! The formats: where each tool has the SQL of a migration, both ways, its version and its name.

mod drizzle;
mod flyway;
mod folders;
mod numbered;
mod sea_orm;
mod sections;
mod type_orm;

use std::path::PathBuf;

use super::finding::{Finding, What};
use super::folder::{Folder, SourceFile};
use super::history::Script;
use super::{ImportError, Tool};

/// What a folder holds, as the tool reads it.
#[derive(Default)]
pub(super) struct Found {
    /// The migrations, in any order.
    pub(super) migrations: Vec<FoundMigration>,
    /// Files that are applied anew whenever they change, each with its name.
    pub(super) repeatable: Vec<(String, Script)>,
    /// What stands in the way of reading all of it, and what is left out.
    pub(super) findings: Vec<Finding>,
}

/// A migration as the tool sees it.
pub(super) struct FoundMigration {
    /// Its place in the order of the tool.
    pub(super) rank: Rank,
    /// As the tool writes it into its table.
    pub(super) version: String,
    /// The time or the number in it, if it has one.
    pub(super) moment: Moment,
    pub(super) name: String,
    pub(super) forward: Script,
    pub(super) backward: Option<Script>,
    /// The line that says that it runs in no transaction, if there is one, and the file.
    pub(super) no_transaction: Option<(PathBuf, usize)>,
}

/// The place of a migration in the order of its tool.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    /// A number, or several with dots in between.
    Numbers(Vec<u64>),
    /// A number, and among those with the same one a name.
    Named(u64, String),
    /// A text.
    Text(String),
}

/// What a version says of the time when it was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Moment {
    /// Its digits: a time, or a number that counts.
    Digits(String),
    /// Nothing.
    Unknown,
}

impl Found {
    /// Notes that `file` is no migration of `tool`.
    fn leave_out(&mut self, file: &SourceFile, tool: Tool) {
        self.findings.push(Finding::of_file(&file.path, What::LeftOut { tool }));
    }

    /// Notes that `file` is code.
    fn refuse_code(&mut self, file: &SourceFile, tool: Tool) {
        self.findings.push(Finding::of_file(&file.path, What::Code { tool }));
    }
}

/// Reads `folder`, which is of `tool`.
///
/// # Errors
/// A file that the tool cannot do without is not there, or is not right.
pub(super) fn read(folder: &Folder, tool: Tool) -> Result<Found, ImportError> {
    let mut found = match tool {
        Tool::Sqlx | Tool::GolangMigrate => numbered::read(folder, tool),
        Tool::Diesel | Tool::RusqliteMigration | Tool::Prisma => folders::read(folder, tool),
        Tool::Plain => plain(folder),
        Tool::Dbmate | Tool::Goose => sections::read(folder, tool),
        Tool::Refinery | Tool::Flyway => flyway::read(folder, tool),
        Tool::SeaOrm => sea_orm::read(folder),
        Tool::Drizzle => drizzle::read(folder)?,
        Tool::TypeOrm => type_orm::read(folder),
        _ => return Err(ImportError::NoFiles { tool }),
    };
    found.migrations.sort_by(|a, b| a.rank.cmp(&b.rank));
    Ok(found)
}

/// Files of SQL that belong to no tool: a folder for each migration, a file for each, or the two directions of a
/// single one.
fn plain(folder: &Folder) -> Found {
    let mut found = folders::read(folder, Tool::Plain);
    let files = numbered::read(folder, Tool::Plain);
    found.migrations.extend(files.migrations);
    found.findings.extend(files.findings);
    found
}

/// The SQL of a whole file.
fn whole(file: &SourceFile) -> Script {
    Script {
        file: file.path.clone(),
        first_line: 1,
        bytes: file.bytes.clone(),
        sql: file.text.clone(),
    }
}

/// The digits that `text` begins with, and what is behind them.
fn leading_digits(text: &str) -> Option<(&str, &str)> {
    let end = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

/// A number as tools read it that keep their versions as numbers: without zeros before it.
fn as_number(digits: &str) -> String {
    let short = digits.trim_start_matches('0');
    if short.is_empty() { "0".to_owned() } else { short.to_owned() }
}

/// The rank of a version that is digits.
fn number(digits: &str) -> Rank {
    Rank::Numbers(vec![digits.parse().unwrap_or(u64::MAX)])
}

/// A path below the folder as one text.
fn listed(folders: &[String], name: &str) -> PathBuf {
    folders.iter().map(String::as_str).chain([name]).collect()
}

/// The file by which drizzle-kit is known.
pub(super) fn drizzle_journal() -> &'static str {
    drizzle::JOURNAL
}

/// Whether a file of this name is one of Flyway or refinery; and then, whether its version is one number.
pub(super) fn is_flyway(stem: &str) -> Option<bool> {
    flyway::Title::of(stem).map(|title| title.version.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Whether a file or a folder has a name as sea-orm-migration makes it.
pub(super) fn is_sea_orm(stem: &str) -> bool {
    sea_orm::stamp(stem).is_some()
}

/// Whether a file has a name as TypeORM makes it.
pub(super) fn is_type_orm(stem: &str) -> bool {
    type_orm::parts(stem).is_some()
}

#[cfg(test)]
impl FoundMigration {
    /// One whose version has these digits.
    pub(super) fn example(digits: &str) -> Self {
        Self {
            rank: Rank::Text(digits.to_owned()),
            version: digits.to_owned(),
            moment: Moment::Digits(digits.to_owned()),
            name: "create_player".to_owned(),
            forward: Script {
                file: format!("{digits}.sql").into(),
                first_line: 1,
                bytes: Vec::new(),
                sql: String::new(),
            },
            backward: None,
            no_transaction: None,
        }
    }
}
