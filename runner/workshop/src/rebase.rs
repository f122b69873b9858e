//! `runner rebase`: a later timestamp for a migration that is applied nowhere, so that it comes last.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;

use crate::compile::CompileError;
use crate::config::Config;
use crate::discover::{DiscoverError, discover_in_any_order};
use crate::error::Error;
use crate::lock_file;
use crate::scaffold::{ScaffoldError, stamp_after, unreadable, unwritable};
use crate::select::select;
use runner_engine::MigrationId;
use runner_engine::status::Snapshot;
use runner_engine::{regular_file, whole_file};

/// A migration that may have got a later timestamp.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rebased {
    /// What it was called.
    pub old_id: MigrationId,
    /// What it is called now: the same, if it was the last one already.
    pub id: MigrationId,
    /// Its folder.
    pub folder: PathBuf,
    /// Its files that named the old id and name the new one now, relative to the folder.
    pub edited: Vec<PathBuf>,
    /// The lock file, if a merge had left conflicts in it and it was put right.
    pub merged_lock: Option<PathBuf>,
    /// Files of other migrations that name the old id and were left as they are, relative to the folder of
    /// migrations.
    pub mentions: Vec<PathBuf>,
}

/// Gives the migration that `words` mean a timestamp after that of all others, of which none may be applied later:
/// its folder, its package and its place in the lock file get the new name. One that comes last already stays as it
/// is. The database is looked at for as long as `patience`, if its lock is held.
///
/// # Errors
/// No such migration; one that is applied in the database of `config`, or was started there; a database that cannot be
/// read; a lock file in which a merge left what only a person can settle; a file that cannot be read or written.
pub fn rebase(config: &Config, words: &str, patience: Duration) -> Result<Rebased, Error> {
    let workspace = &config.migrations;
    // Whoever makes a migration waits meanwhile, and so no two get one timestamp.
    let manifest = workspace.join("Cargo.toml");
    discover_in_any_order(workspace)?;
    let lock = regular_file::open(&manifest).map_err(unwritable(&manifest))?;
    lock.lock().map_err(unwritable(&manifest))?;

    let sources = discover_in_any_order(workspace)?;
    let known: Vec<MigrationId> = sources.iter().map(|source| source.id.clone()).collect();
    let old_id = select(words, &known)?;
    let applied = applied_unless(&old_id, config, patience)?;
    let others = known.iter().chain(&applied).filter(|id| **id != old_id);
    let newest = others.map(MigrationId::stamp).max();
    let folder = workspace.join(old_id.as_str());
    if newest.is_none_or(|newest| newest < old_id.stamp()) {
        let id = old_id.clone();
        let (edited, mentions) = Default::default();
        return Ok(Rebased { old_id, id, folder, edited, merged_lock: None, mentions });
    }
    let merged_lock = lock_file::resolve(workspace, false).map_err(CompileError::from)?;
    let text = format!("{}_{}", stamp_after(newest, Timestamp::now()), old_id.name());
    let id: MigrationId = text
        .parse()
        .map_err(|source| DiscoverError::BadName { folder: workspace.join(&text), source })?;
    let to = workspace.join(id.as_str());
    Ok(Rebased { merged_lock, ..rename(&old_id, &id, &folder, &to, workspace)? })
}

/// What is applied in the database.
///
/// # Errors
/// `id` is, or was started.
fn applied_unless(
    id: &MigrationId,
    config: &Config,
    patience: Duration,
) -> Result<Vec<MigrationId>, Error> {
    let database = &config.database;
    let Some(connection) = database.look(patience)? else { return Ok(Vec::new()) };
    let moment =
        connection.unchecked_transaction().map_err(|error| database.sqlite_error(error))?;
    let snapshot = Snapshot::read(&moment, database)?;
    let (id, path) = (id.clone(), database.path.clone());
    if snapshot.history.iter().any(|record| record.id == id) {
        return Err(ScaffoldError::Applied { id, database: path }.into());
    }
    let started = snapshot.started.iter().map(|started| &started.id);
    let half_done = snapshot.half_done.as_ref().map(|half_done| &half_done.id);
    if started.chain(half_done).any(|started| *started == id) {
        return Err(ScaffoldError::Started { id, database: path }.into());
    }
    Ok(snapshot.history.into_iter().map(|record| record.id).collect())
}

/// Gives the folder `from` the name `to`, and what is in it the id `new`.
fn rename(
    old: &MigrationId,
    new: &MigrationId,
    from: &Path,
    to: &Path,
    workspace: &Path,
) -> Result<Rebased, Error> {
    // All that can be read is read before anything is written.
    let naming = naming(old, from)?;
    let elsewhere = self::naming(old, workspace)?;
    fs::rename(from, to).map_err(unwritable(to))?;
    for (path, text) in &naming {
        let path = to.join(path);
        let text = text.replace(old.as_str(), new.as_str());
        whole_file::write(&path, text.as_bytes()).map_err(unwritable(&path))?;
    }
    let lock = workspace.join("Cargo.lock");
    lock_file::rename(workspace, &old.package(), &new.package()).map_err(unwritable(&lock))?;
    let is_elsewhere =
        |path: &PathBuf| !path.starts_with(old.as_str()) && !path.ends_with("Cargo.lock");
    Ok(Rebased {
        old_id: old.clone(),
        id: new.clone(),
        folder: to.to_owned(),
        merged_lock: None,
        edited: naming.into_iter().map(|(path, _)| path).collect(),
        mentions: elsewhere.into_iter().map(|(path, _)| path).filter(is_elsewhere).collect(),
    })
}

/// The text files below `folder` that name `id`, relative to it and in order. What is hidden or cargo's, and what
/// links lead to, is not looked at.
fn naming(id: &MigrationId, folder: &Path) -> Result<Vec<(PathBuf, String)>, ScaffoldError> {
    let mut naming = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(below) = folders.pop() {
        for entry in fs::read_dir(&below).map_err(unreadable(&below))? {
            let entry = entry.map_err(unreadable(&below))?;
            let (path, name) = (entry.path(), entry.file_name());
            let kind = entry.file_type().map_err(unreadable(&path))?;
            if name.to_string_lossy().starts_with('.') || name == "target" {
                continue;
            }
            if kind.is_dir() {
                folders.push(path);
            } else if kind.is_file()
                && let Ok(text) = regular_file::read_text(&path, regular_file::TEXT)
                && text.contains(id.as_str())
            {
                naming.push((path.strip_prefix(folder).unwrap_or(&path).to_owned(), text));
            }
        }
    }
    naming.sort();
    Ok(naming)
}
