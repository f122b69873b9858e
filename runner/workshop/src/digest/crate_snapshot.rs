//! A crate at one moment: the digest of its source, and what the file system says of its files.

use std::path::{Path, PathBuf};

use runner_engine::source_text::SourceText;

use super::SourceError;
use super::listing::Listing;
use super::source;
use super::stamp::{Root, Stamp};

/// Two that are equal say that nobody wrote to the crate in between, not even what it held before: then
/// a compiler that read it in between read the source that has this digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Snapshot {
    /// The digest of the source.
    pub(crate) digest: String,
    /// The source itself, of a migration.
    pub(crate) text: Option<SourceText>,
    stamp: Stamp,
}

impl Snapshot {
    /// Of the migration in `folder`.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub(crate) fn of_migration(folder: &Path) -> Result<Self, SourceError> {
        let listing = Listing::of(folder)?;
        let mut text = SourceText::default();
        let snapshot = Self::of(folder, &listing, listing.paths(), |path, content| {
            text.add(path, content);
        })?;
        Ok(Self { text: Some(text), ..snapshot })
    }

    /// Of the crate of models in `folder`, which may be an application: of that, Rust, SQL and
    /// `Cargo.toml` count, and no package inside it does. Cargo may write `Cargo.lock` and `target` beside
    /// them, so the times of folders do not count.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub(crate) fn of_models(folder: &Path) -> Result<Self, SourceError> {
        let listing = Listing::of_models(folder)?;
        let stamped = listing.files_and_links().map(PathBuf::as_path);
        Self::of(folder, &listing, stamped, |_, _| ())
    }

    fn of<'p>(
        folder: &Path,
        listing: &Listing,
        stamped: impl Iterator<Item = &'p Path>,
        see: impl FnMut(&str, &[u8]),
    ) -> Result<Self, SourceError> {
        let fail = |source| SourceError { path: folder.to_owned(), source };
        // Before it is read: what changes after this has a later time.
        let root = Root::open(folder).map_err(fail)?;
        let stamp = Stamp::of_all(&root, stamped).map_err(fail)?;
        Ok(Self { digest: source::digest(folder, listing, see)?, text: None, stamp })
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const FORWARD: &str = "CREATE TABLE a (x);";

    fn crate_() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("src")).unwrap();
        fs::write(folder.path().join("Cargo.toml"), "[package]\nname = \"a\"\n").unwrap();
        fs::write(folder.path().join("src/lib.rs"), "fn a() {}").unwrap();
        fs::write(folder.path().join("forward.sql"), FORWARD).unwrap();
        folder
    }

    #[test]
    fn a_crate_that_nobody_touches_stays_equal() {
        let folder = crate_();
        let first = Snapshot::of_migration(folder.path()).unwrap();
        assert_eq!(Snapshot::of_migration(folder.path()).unwrap(), first);
        assert_eq!(first.digest, source::source(folder.path()).unwrap());
    }

    /// As an editor does that undoes, or `git stash` with `git stash pop`.
    #[test]
    #[cfg(unix)]
    fn an_edit_that_was_undone_shows() {
        let folder = crate_();
        let file = folder.path().join("forward.sql");
        let times = fs::metadata(&file).unwrap().modified().unwrap();
        let first = Snapshot::of_migration(folder.path()).unwrap();
        let aside = folder.path().join("src/aside.sql");
        fs::rename(&file, &aside).unwrap();
        fs::write(&file, "DROP TABLE a;").unwrap();
        fs::rename(&aside, &file).unwrap();
        assert_eq!(fs::metadata(&file).unwrap().modified().unwrap(), times);
        let second = Snapshot::of_migration(folder.path()).unwrap();
        assert_eq!(second.digest, first.digest);
        assert_ne!(second, first);
    }

    #[test]
    fn of_models_what_an_application_writes_beside_its_source_does_not_count() {
        let folder = crate_();
        let first = Snapshot::of_models(folder.path()).unwrap();
        for path in ["app.db", "target/a.rs", "migrations/Cargo.toml", "migrations/a/src/lib.rs"] {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "fn other() {}").unwrap();
        }
        assert_eq!(Snapshot::of_models(folder.path()).unwrap(), first);
        for path in ["src/more.rs", "views.sql", "Cargo.toml"] {
            let before = Snapshot::of_models(folder.path()).unwrap().digest;
            fs::write(folder.path().join(path), "[package]\n").unwrap();
            assert_ne!(Snapshot::of_models(folder.path()).unwrap().digest, before, "{path}");
        }
    }
}
