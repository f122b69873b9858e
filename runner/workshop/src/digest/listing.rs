//! Lists the files in a crate's folder that count as its source.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{fs, io};

use super::SourceError;
use crate::discover::{EXPECTED, FIXTURE};

/// Names of what lies in a crate's folder without being its source.
const NOT_SOURCE: [&str; 2] = ["target", "Cargo.lock"];

/// Names of what lies in an application's folder in great numbers without being its source.
const NOT_RUST: [&str; 2] = ["target", "node_modules"];

/// What lies in a crate's folder, relative to it and in order.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Listing {
    /// The folders, of which the crate's own, the empty path, is the first.
    pub(super) folders: Vec<PathBuf>,
    pub(super) files: Vec<PathBuf>,
    /// The symbolic links that lead neither to a file nor to a folder that is listed.
    pub(super) links: Vec<PathBuf>,
}

/// What becomes of a symbolic link to a folder outside of the crate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FolderLinks {
    /// Its content is listed, as the compiler may read it.
    Followed,
    /// It is listed itself: an application may link to any amount of data.
    Named,
}

impl Listing {
    /// Of a migration.
    pub(super) fn of(root: &Path) -> Result<Self, SourceError> {
        Self::walk(root, FolderLinks::Followed, |path, _| {
            let name = name(path);
            let is_of_trials = [FIXTURE, EXPECTED].iter().any(|of| path == Path::new(of));
            !(name.starts_with('.') || NOT_SOURCE.contains(&&*name) || is_of_trials)
        })
    }

    /// Of a crate of models.
    pub(super) fn of_models(root: &Path) -> Result<Self, SourceError> {
        Self::walk(root, FolderLinks::Named, |path, kind| {
            let name = name(path);
            if kind.is_dir() {
                let is_package = || root.join(path).join("Cargo.toml").exists();
                !(name.starts_with('.') || NOT_RUST.contains(&&*name) || is_package())
            } else {
                let is_read = |end| end == "rs" || end == "sql";
                path == Path::new("Cargo.toml") || path.extension().is_some_and(is_read)
            }
        })
    }

    /// All of them, of which there is at least one.
    pub(super) fn paths(&self) -> impl Iterator<Item = &Path> {
        self.folders.iter().chain(self.files_and_links()).map(PathBuf::as_path)
    }

    /// All but the folders.
    pub(super) fn files_and_links(&self) -> impl Iterator<Item = &PathBuf> {
        self.files.iter().chain(&self.links)
    }

    /// All that `counts`, and all of it in folders that do.
    fn walk(
        root: &Path,
        folder_links: FolderLinks,
        counts: impl Fn(&Path, fs::FileType) -> bool,
    ) -> Result<Self, SourceError> {
        let mut walk = Walk {
            root,
            folder_links,
            listing: Self { folders: vec![PathBuf::new()], ..Self::default() },
            followed: BTreeSet::new(),
        };
        let mut next = 0;
        while let Some(below) = walk.listing.folders.get(next).cloned() {
            walk.add_folder(&below, &counts)?;
            next += 1;
        }
        let mut listing = walk.listing;
        listing.folders.sort();
        listing.files.sort();
        listing.links.sort();
        Ok(listing)
    }
}

struct Walk<'r> {
    root: &'r Path,
    folder_links: FolderLinks,
    listing: Listing,
    /// The folders that links led to. Each is listed once, so that links in a circle come to an end.
    followed: BTreeSet<PathBuf>,
}

impl Walk<'_> {
    fn add_folder(
        &mut self,
        below: &Path,
        counts: impl Fn(&Path, fs::FileType) -> bool,
    ) -> Result<(), SourceError> {
        let folder = self.root.join(below);
        let fail = |source| SourceError { path: folder.clone(), source };
        let mut entries = fs::read_dir(&folder)
            .and_then(Iterator::collect::<io::Result<Vec<_>>>)
            .map_err(fail)?;
        // Of two links to one folder the first is followed: which that is must not be chance.
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let path = below.join(entry.file_name());
            let kind = entry.file_type().map_err(fail)?;
            if counts(&path, kind) {
                self.add(path, kind)?;
            }
        }
        Ok(())
    }

    fn add(&mut self, path: PathBuf, kind: fs::FileType) -> Result<(), SourceError> {
        let at = self.root.join(&path);
        let target = match kind.is_symlink() {
            false => Some(kind),
            true => match fs::metadata(&at) {
                Ok(metadata) => Some(metadata.file_type()),
                Err(source) if source.kind() == io::ErrorKind::PermissionDenied => {
                    return Err(SourceError { path: at, source });
                }
                // It leads to nothing, or in a circle.
                Err(_) => None,
            },
        };
        match target {
            Some(target) if target.is_file() => self.listing.files.push(path),
            Some(_) if kind.is_dir() => self.listing.folders.push(path),
            Some(target) if target.is_dir() && self.follows(&at)? => {
                self.listing.folders.push(path);
            }
            _ if kind.is_symlink() => self.listing.links.push(path),
            // A pipe or a socket has no content, and to read it might take for ever.
            _ => {}
        }
        Ok(())
    }

    /// Whether the folder that the link `at` leads to is to be listed there: it is not listed yet, and
    /// the crate is not inside it.
    fn follows(&mut self, at: &Path) -> Result<bool, SourceError> {
        if self.folder_links == FolderLinks::Named {
            return Ok(false);
        }
        let fail = |source| SourceError { path: at.to_owned(), source };
        let target = fs::canonicalize(at).map_err(fail)?;
        let root = fs::canonicalize(self.root).map_err(fail)?;
        let is_apart = !target.starts_with(&root) && !root.starts_with(&target);
        Ok(is_apart && self.followed.insert(target))
    }
}

/// The last part of a path that has one.
fn name(path: &Path) -> Cow<'_, str> {
    path.file_name().unwrap_or_default().to_string_lossy()
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    /// A folder with the crate `a` in it, which has a file `up.sql`, and with `common/b.sql`.
    fn ground() -> tempfile::TempDir {
        let ground = tempfile::tempdir().unwrap();
        fs::create_dir(ground.path().join("a")).unwrap();
        fs::create_dir(ground.path().join("common")).unwrap();
        fs::write(ground.path().join("a/up.sql"), "").unwrap();
        fs::write(ground.path().join("common/b.sql"), "").unwrap();
        ground
    }

    fn listed(crate_: &Path) -> [Vec<String>; 3] {
        let listing = Listing::of(crate_).unwrap();
        [listing.folders, listing.files, listing.links]
            .map(|paths| paths.iter().map(|path| path.display().to_string()).collect())
    }

    #[test]
    fn what_is_in_a_linked_folder_outside_is_listed_once() {
        let ground = ground();
        let crate_ = ground.path().join("a");
        symlink("../common", crate_.join("one")).unwrap();
        symlink("../common", crate_.join("two")).unwrap();
        let [folders, files, links] = listed(&crate_);
        assert_eq!(folders, ["", "one"]);
        assert_eq!(files, ["one/b.sql", "up.sql"]);
        assert_eq!(links, ["two"]);
    }

    #[test]
    fn links_in_a_circle_come_to_an_end() {
        let ground = ground();
        let crate_ = ground.path().join("a");
        symlink("../common", crate_.join("one")).unwrap();
        symlink("../a", ground.path().join("common/back")).unwrap();
        symlink(".", ground.path().join("common/self")).unwrap();
        symlink("..", crate_.join("above")).unwrap();
        symlink("circle", crate_.join("circle")).unwrap();
        let [folders, files, links] = listed(&crate_);
        assert_eq!(folders, ["", "one"]);
        assert_eq!(files, ["one/b.sql", "up.sql"]);
        assert_eq!(links, ["above", "circle", "one/back", "one/self"]);
    }

    #[test]
    fn a_pipe_is_not_read() {
        let ground = ground();
        let crate_ = ground.path().join("a");
        let made = std::process::Command::new("mkfifo").arg(crate_.join("pipe")).status().unwrap();
        assert!(made.success());
        symlink("pipe", crate_.join("to_pipe")).unwrap();
        let [_, files, links] = listed(&crate_);
        assert_eq!(files, ["up.sql"]);
        assert_eq!(links, ["to_pipe"]);
    }
}
