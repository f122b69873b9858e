//! Writes a crate for each migration of another tool: all of them, or none.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use minijinja::context;
use runner_engine::scratch_folder::ScratchFolder;
use runner_engine::{MigrationId, regular_file, whole_file};

use crate::config::Config;
use crate::discover::discover;
use crate::error::Error;
use crate::import::{ForeignHistory, ForeignMigration, Wrapping};
use crate::import::{ImportError, Outcome};
use crate::scaffold::{Name, Template, constant, give_everyone_access, unreadable, unwritable};

const FORWARD: &str = "forward.sql";
const BACKWARD: &str = "backward.sql";

/// What a person has said to what is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consent {
    /// Yes.
    Given,
    /// Nothing, or no.
    NotGiven,
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Written {
    /// The migrations that were made.
    pub made: Vec<MigrationId>,
    /// Those that an import had made before, and that are the same.
    pub kept: Vec<MigrationId>,
    /// The files of views and triggers that were made.
    pub repeatable: Vec<PathBuf>,
}

/// Makes a migration of each of `history`.
///
/// # Errors
/// As [`preview`]; a file that cannot be written, and then none of them is there.
pub fn write(
    config: &Config,
    history: &ForeignHistory,
    consent: Consent,
) -> Result<Written, Error> {
    discover(&config.migrations)?;
    // Whoever makes a migration waits meanwhile, and so no two get one timestamp.
    let manifest = config.migrations.join("Cargo.toml");
    let lock = regular_file::open(&manifest).map_err(unwritable(&manifest))?;
    lock.lock().map_err(unwritable(&manifest))?;

    let written = preview(config, history, consent)?;
    let new = |migration: &&ForeignMigration| written.made.contains(&migration.id);
    let beside = &config.migrations;
    let hidden = ScratchFolder::new_in(beside, ".runner-new-").map_err(unwritable(beside))?;
    for migration in history.migrations.iter().filter(new) {
        write_crate(&hidden.path().join(migration.id.as_str()), history, migration)?;
    }
    settle(hidden.path()).map_err(unwritable(hidden.path()))?;
    let mut published = Published::default();
    for script in &history.repeatable {
        let path = config.repeatable.join(&script.name);
        if written.repeatable.contains(&path) {
            published.file(&path, script.sql.as_bytes())?;
        }
    }
    for id in &written.made {
        published.folder(&hidden.path().join(id.as_str()), &beside.join(id.as_str()))?;
    }
    published.keep();
    Ok(written)
}

/// What [`write()`] would write.
///
/// # Errors
/// A finding that is in the way, or that nobody agreed to; no folder of migrations; a migration of the same id that is
/// another; one that is older than the newest to be imported.
pub fn preview(
    config: &Config,
    history: &ForeignHistory,
    consent: Consent,
) -> Result<Written, Error> {
    let those = |outcome| history.findings_that(outcome).cloned().collect::<Vec<_>>();
    let refused = those(Outcome::Refused);
    if !refused.is_empty() {
        let folder = history.folder.clone();
        return Err(ImportError::InTheWay { folder, findings: refused }.into());
    }
    let asked = those(Outcome::Asks);
    if !asked.is_empty() && consent == Consent::NotGiven {
        return Err(ImportError::NotAgreed { findings: asked }.into());
    }
    refuse_the_same_folder(config, history)?;
    let known: Vec<MigrationId> =
        discover(&config.migrations)?.into_iter().map(|source| source.id).collect();
    let mut written = Written::default();
    for migration in &history.migrations {
        match known.binary_search(&migration.id) {
            Ok(_) if is_the_same(config, migration)? => written.kept.push(migration.id.clone()),
            Ok(_) => return Err(ImportError::AlreadyThere { id: migration.id.clone() }.into()),
            Err(_) => written.made.push(migration.id.clone()),
        }
    }
    for script in &history.repeatable {
        let path = config.repeatable.join(&script.name);
        match regular_file::read(&path, regular_file::TEXT) {
            Ok(bytes) if bytes == script.sql.as_bytes() => {}
            Ok(_) => return Err(ImportError::OtherFile { path }.into()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => written.repeatable.push(path),
            Err(error) => return Err(unreadable(&path)(error).into()),
        }
    }
    let own = known.iter().find(|id| !written.kept.contains(id));
    match (own, written.made.last()) {
        (Some(own), Some(newest)) if own.stamp() <= newest.stamp() => {
            Err(ImportError::OlderMigration { id: own.clone(), newest: newest.clone() }.into())
        }
        _ => Ok(written),
    }
}

/// Refuses a folder of the project's migrations that the tool has filled with folders of its own: cargo and the runner
/// would take those for migrations.
fn refuse_the_same_folder(config: &Config, history: &ForeignHistory) -> Result<(), ImportError> {
    let place = |path: &Path| fs::canonicalize(path).ok();
    let is_the_same =
        place(&config.migrations).is_some_and(|own| place(&history.folder) == Some(own));
    let has_folder = |migration: &ForeignMigration| migration.forward.file.components().count() > 1;
    if is_the_same && history.migrations.iter().any(has_folder) {
        let folder = history.folder.clone();
        return Err(ImportError::SameFolder { tool: history.tool, folder });
    }
    Ok(())
}

/// Whether the migration that is there has the same SQL.
fn is_the_same(config: &Config, migration: &ForeignMigration) -> Result<bool, Error> {
    let folder = config.migrations.join(migration.id.as_str());
    let has = |name: &str, sql: Option<&str>| -> Result<bool, Error> {
        let path = folder.join(name);
        match regular_file::read(&path, regular_file::TEXT) {
            Ok(bytes) => Ok(sql.is_some_and(|sql| sql.as_bytes() == bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(sql.is_none()),
            Err(error) => Err(unreadable(&path)(error).into()),
        }
    };
    let backward = migration.backward.as_ref().map(|back| back.sql.as_str());
    Ok(has(FORWARD, Some(&migration.forward.sql))? && has(BACKWARD, backward)?)
}

fn write_crate(
    folder: &Path,
    history: &ForeignHistory,
    migration: &ForeignMigration,
) -> Result<(), Error> {
    // The name in an id may be one that `create` would not take; the type has the same one.
    let name = Name::adapted(migration.id.name());
    let type_name = name.as_ref().map_or_else(|| "Imported".to_owned(), Name::type_name);
    let values = context! {
        package => migration.id.package(),
        sentence => name.as_ref().map_or_else(|| "Imported".to_owned(), Name::sentence),
        type_name => type_name,
        version => migration.version.escape_debug().to_string(),
        tool => history.tool.name(),
        file => migration.forward.file.to_string_lossy().escape_debug().to_string(),
        reversible => migration.backward.is_some(),
        loses => constant(&migration.loses),
        transactional => migration.wrapping == Wrapping::Transaction,
    };
    let mut files: Vec<(PathBuf, Vec<u8>)> = Template::imported()
        .fill_in(&values)?
        .into_iter()
        .map(|file| (file.path, file.bytes))
        .collect();
    files.push((FORWARD.into(), migration.forward.sql.clone().into_bytes()));
    if let Some(back) = &migration.backward {
        files.push((BACKWARD.into(), back.sql.clone().into_bytes()));
    }
    for (path, bytes) in files {
        let path = folder.join(path);
        let parent = path.parent().unwrap_or(folder);
        fs::create_dir_all(parent).map_err(unwritable(parent))?;
        fs::write(&path, bytes).map_err(unwritable(&path))?;
    }
    Ok(())
}

/// Has all that is in `folder` written to the disk: a name that survives a power cut must not lead to an empty file.
/// One call for all of it takes a moment, where one for each of thousands of files takes seconds.
#[cfg(target_os = "linux")]
fn settle(folder: &Path) -> io::Result<()> {
    Ok(rustix::fs::syncfs(fs::File::open(folder)?)?)
}

#[cfg(not(target_os = "linux"))]
fn settle(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        match path.is_dir() {
            true => settle(&path)?,
            false => fs::File::options().write(true).open(&path)?.sync_all()?,
        }
    }
    Ok(())
}

/// What has got its place. Dropped before all has, it takes all of it away again: it was made here a moment ago, and
/// holds nothing of anybody else.
#[derive(Default)]
struct Published {
    folders: Vec<PathBuf>,
    files: Vec<PathBuf>,
}

impl Published {
    /// Gives the folder `from` its place.
    fn folder(&mut self, from: &Path, to: &Path) -> Result<(), Error> {
        give_everyone_access(from)?;
        fs::rename(from, to).map_err(unwritable(to))?;
        self.folders.push(to.to_owned());
        Ok(())
    }

    /// Writes a file where there is none.
    fn file(&mut self, path: &Path, bytes: &[u8]) -> Result<(), Error> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(unwritable(folder))?;
        }
        whole_file::write_new(path, bytes).map_err(unwritable(path))?;
        self.files.push(path.to_owned());
        Ok(())
    }

    /// Lets all of it stay.
    fn keep(mut self) {
        self.folders.clear();
        self.files.clear();
    }
}

impl Drop for Published {
    fn drop(&mut self) {
        for folder in &self.folders {
            let _ = fs::remove_dir_all(folder);
        }
        for file in &self.files {
            let _ = fs::remove_file(file);
        }
    }
}
