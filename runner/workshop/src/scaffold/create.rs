//! `runner create`: a new migration, in a folder that is made as a whole or not at all.

use std::fs;
use std::path::{Path, PathBuf};

use jiff::civil::DateTime;
use jiff::{SignedDuration, Timestamp};
use minijinja::context;

use super::content::{Beginning, Content, Origin};
use super::name::Name;
use super::template::File;
use super::{ScaffoldError, unwritable};
use crate::config::Config;
use crate::discover::discover;
use runner_engine::id::{MigrationId, STAMP_FORMAT};
use runner_engine::regular_file;
use runner_engine::scratch_folder::ScratchFolder;
use runner_engine::whole_file;

/// A migration that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Created {
    /// Its id.
    pub id: MigrationId,
    /// Its folder.
    pub folder: PathBuf,
    /// Its files, relative to the folder, in order.
    pub files: Vec<PathBuf>,
    /// What it begins with.
    pub origin: Origin,
    /// Others that have its name, under other timestamps.
    pub namesakes: Vec<MigrationId>,
}

/// Makes a migration called `name` that begins with `content`. Its timestamp is now, in UTC, or one second after
/// the newest migration there is, so that it always comes last.
///
/// # Errors
/// A name that is none; no such template; a field that is not right; no folder of migrations; a file that cannot be written, and
/// then nothing is left behind.
pub fn create(config: &Config, name: &str, content: Content<'_>) -> Result<Created, ScaffoldError> {
    let name = Name::parse(name)?;
    let beginning = Beginning::of(&name, content)?;
    discover(&config.migrations)?;
    // Two commands in one second must not choose one stamp: the second waits here for the first.
    let manifest = config.migrations.join("Cargo.toml");
    let lock = regular_file::open(&manifest).map_err(unwritable(&manifest))?;
    lock.lock().map_err(unwritable(&manifest))?;

    let known = discover(&config.migrations)?;
    let stamp = stamp_after(known.last().map(|source| source.id.stamp()), Timestamp::now());
    let text = format!("{stamp}_{}", name.as_str());
    let id: MigrationId = text.parse().map_err(|source| {
        crate::discover::DiscoverError::BadName { folder: config.migrations.join(&text), source }
    })?;
    let values = context! {
        id => id.as_str(),
        package => id.package(),
        name => name.as_str(),
        type_name => name.type_name(),
        sentence => name.sentence(),
    };
    let mut files = beginning.files(config, values)?;
    files.sort_by(|a, b| a.path.cmp(&b.path));
    let folder = config.migrations.join(id.as_str());
    write_whole(&config.migrations, &folder, &files)?;
    let files = files.into_iter().map(|file| file.path).collect();
    let namesakes = known.iter().map(|source| &source.id).filter(|other| other.name() == id.name());
    let namesakes = namesakes.cloned().collect();
    Ok(Created { id, folder, files, origin: beginning.origin, namesakes })
}

/// Writes `files` into a hidden folder beside `folder`, and then gives it its name.
pub(super) fn write_whole(
    beside: &Path,
    folder: &Path,
    files: &[File],
) -> Result<(), ScaffoldError> {
    let hidden = ScratchFolder::new_in(beside, ".runner-new-").map_err(unwritable(beside))?;
    for file in files {
        let path = hidden.path().join(&file.path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(unwritable(parent))?;
        }
        whole_file::write_new(&path, &file.bytes).map_err(unwritable(&path))?;
    }
    give_everyone_access(hidden.path())?;
    fs::rename(hidden.path(), folder).map_err(unwritable(folder))?;
    // It has another name now, and must not be removed under the old one.
    let _ = hidden.keep();
    Ok(())
}

/// A temporary folder is its owner's alone; a migration is like any other folder of the project.
#[cfg(unix)]
pub(crate) fn give_everyone_access(folder: &Path) -> Result<(), ScaffoldError> {
    use std::os::unix::fs::PermissionsExt as _;
    let parent = folder.parent().unwrap_or(folder);
    let mode = fs::metadata(parent).map_err(unwritable(parent))?.permissions().mode();
    fs::set_permissions(folder, fs::Permissions::from_mode(mode)).map_err(unwritable(folder))
}

#[cfg(not(unix))]
pub(crate) fn give_everyone_access(_folder: &Path) -> Result<(), ScaffoldError> {
    Ok(())
}

/// The stamp of a migration that is made at `now`, when the newest has the stamp `newest`.
pub(crate) fn stamp_after(newest: Option<&str>, now: Timestamp) -> String {
    const SECOND: SignedDuration = SignedDuration::from_secs(1);
    let now = now.strftime(STAMP_FORMAT).to_string();
    let Some(newest) = newest.filter(|newest| *newest >= now.as_str()) else {
        return now;
    };
    DateTime::strptime(STAMP_FORMAT, newest)
        .and_then(|time| time.checked_add(SECOND))
        .map_or(now, |later| later.strftime(STAMP_FORMAT).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_is_now_in_utc_or_just_after_the_newest() {
        let now: Timestamp = "2025-03-01T09:00:00+02:00".parse().unwrap();
        for (newest, expected) in [
            (None, "20250301_070000"),
            (Some("20250301_065959"), "20250301_070000"),
            (Some("20250301_070000"), "20250301_070001"),
            (Some("20251231_235959"), "20260101_000000"),
        ] {
            assert_eq!(stamp_after(newest, now), expected, "{newest:?}");
        }
    }
}
