//! drizzle-kit: files of SQL, in the order of `meta/_journal.json`.

use serde::Deserialize;

use super::{Found, FoundMigration, Moment, Rank, leading_digits, whole};
use crate::import::finding::{Finding, What};
use crate::import::folder::Folder;
use crate::import::{ImportError, Tool};

/// The list of the migrations.
pub(in crate::import) const JOURNAL: &str = "meta/_journal.json";

#[derive(Deserialize)]
struct Journal {
    #[serde(default)]
    dialect: Option<String>,
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    idx: u64,
    when: u64,
    tag: String,
}

/// Reads the files that the journal lists.
///
/// # Errors
/// The journal is no journal, or lists a file that is not there.
pub(super) fn read(folder: &Folder) -> Result<Found, ImportError> {
    let mut found = Found::default();
    let journal_of = |text: &str| serde_json::from_str::<Journal>(text);
    let Some(file) = folder.file(JOURNAL) else {
        return Err(ImportError::NoFile { path: folder.root.join(JOURNAL) });
    };
    let journal = journal_of(&file.text)
        .map_err(|source| ImportError::BadJournal { path: folder.root.join(JOURNAL), source })?;
    if let Some(dialect) = journal.dialect.filter(|it| !["sqlite", "turso"].contains(&it.as_str()))
    {
        found.findings.push(Finding::of_file(&file.path, What::OtherDatabase { name: dialect }));
    }
    for entry in &journal.entries {
        let name = format!("{}.sql", entry.tag);
        let Some(file) = folder.file(&name) else {
            return Err(ImportError::NoFile { path: folder.root.join(name) });
        };
        let title = leading_digits(&entry.tag).map_or(entry.tag.as_str(), |(_, rest)| rest);
        found.migrations.push(FoundMigration {
            rank: Rank::Numbers(vec![entry.idx]),
            version: entry.when.to_string(),
            moment: Moment::Digits(entry.when.to_string()),
            name: title.trim_start_matches('_').to_owned(),
            forward: whole(file),
            backward: None,
            no_transaction: None,
        });
    }
    for file in folder.files.iter().filter(|file| file.is_at_the_top()) {
        let is_listed = |stem| journal.entries.iter().any(|entry| entry.tag == stem);
        if file.without(".sql").is_some_and(|stem| !is_listed(stem)) {
            found.leave_out(file, Tool::Drizzle);
        }
    }
    Ok(found)
}
