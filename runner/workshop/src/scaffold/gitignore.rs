//! A database is not part of a project's source, and `git add` of everything must not take it along.

use std::path::{Component, Path};

use super::{ScaffoldError, unreadable, unwritable};
use crate::config::CONFIG_FILE;
use runner_engine::regular_file;
use runner_engine::whole_file;

/// Git's file.
pub(super) const FILE: &str = ".gitignore";

/// What came of it.
pub(super) enum Ignored {
    /// The file was made.
    Made,
    /// The file was there, and has the database now.
    Added,
    /// It had it before.
    Already,
    /// The database is in another folder.
    Elsewhere,
}

/// Has git ignore the database that `runner.toml` in `root` names, and what SQLite puts beside it.
///
/// # Errors
/// A file that cannot be read or written.
pub(super) fn ignore_database(root: &Path) -> Result<Ignored, ScaffoldError> {
    let config = regular_file::read_text(&root.join(CONFIG_FILE), regular_file::SETTINGS);
    let settings: toml::Table = toml::from_str(&config.unwrap_or_default()).unwrap_or_default();
    let database = settings.get("database").and_then(toml::Value::as_str).unwrap_or_default();
    if database.is_empty() || !is_below(Path::new(database)) {
        return Ok(Ignored::Elsewhere);
    }
    let path = root.join(FILE);
    let is_there = path.exists();
    let mut text = match is_there {
        true => regular_file::read_text(&path, regular_file::TEXT).map_err(unreadable(&path))?,
        false => String::new(),
    };
    let pattern = format!("/{}", escaped(database));
    // The second is for `-wal`, `-shm` and `-journal`.
    let wanted = [pattern.clone(), format!("{pattern}-*")];
    let missing: Vec<&String> =
        wanted.iter().filter(|line| text.lines().all(|known| known.trim() != *line)).collect();
    if missing.is_empty() {
        return Ok(Ignored::Already);
    }
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    for line in missing {
        text += &format!("{line}\n");
    }
    whole_file::write(&path, text.as_bytes()).map_err(unwritable(&path))?;
    Ok(if is_there { Ignored::Added } else { Ignored::Made })
}

/// Whether a path leads below the folder that it is relative to.
pub(super) fn is_below(path: &Path) -> bool {
    path.components().all(|part| matches!(part, Component::Normal(_)))
}

/// A path as a pattern that means it alone.
fn escaped(path: &str) -> String {
    let mut pattern = String::new();
    for letter in path.chars() {
        if "*?[\\".contains(letter) {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    pattern
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn after(settings: &str, before: Option<&str>) -> (Ignored, String) {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join(CONFIG_FILE), settings).unwrap();
        if let Some(before) = before {
            fs::write(root.path().join(FILE), before).unwrap();
        }
        let ignored = ignore_database(root.path()).unwrap();
        (ignored, fs::read_to_string(root.path().join(FILE)).unwrap_or_default())
    }

    #[test]
    fn the_database_and_what_lies_beside_it_are_ignored_once() {
        let settings = "database = \"data/[a].db\"\n";
        let (ignored, text) = after(settings, None);
        assert!(matches!(ignored, Ignored::Made));
        assert_eq!(text, "/data/\\[a].db\n/data/\\[a].db-*\n");
        assert!(matches!(after(settings, Some(&text)).0, Ignored::Already));
        let (ignored, added) = after(settings, Some("/target"));
        assert!(matches!(ignored, Ignored::Added));
        assert_eq!(added, format!("/target\n{text}"));
    }

    #[test]
    fn a_database_in_another_folder_is_not_the_projects() {
        for settings in ["database = \"/srv/a.db\"\n", "database = \"../a.db\"\n", "not = \"so\"\n"]
        {
            let (ignored, text) = after(settings, None);
            assert!(matches!(ignored, Ignored::Elsewhere) && text.is_empty(), "{settings}");
        }
    }
}
