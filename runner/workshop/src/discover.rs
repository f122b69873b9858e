//! Stage 1: finds the migrations, by the names of the folders in `migrations/`.

use std::path::{Path, PathBuf};
use std::{fs, io};

use serde::Deserialize;

use runner_engine::explain::Code;
use runner_engine::hint::{self, Action, Hint};
use runner_engine::id::{InvalidId, MigrationId, listed};
use runner_engine::regular_file;

/// The name of the file. It is no source of the migration: it may come, change and go once the migration
/// is applied.
pub const FIXTURE: &str = "fixture.sql";

/// The name of the file with the rows that queries must give after a migration. It is no source either.
pub const EXPECTED: &str = "expected.sql";

/// A migration in source form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Its id, which is the name of its folder.
    pub id: MigrationId,
    /// Its folder.
    pub folder: PathBuf,
}

/// Lists the migrations in `folder`, oldest first. Reads folder names only: a thousand migrations
/// cost one `readdir`.
///
/// # Errors
/// No such folder; no cargo workspace in it; a folder whose name begins like an id but is none; two
/// migrations with one timestamp, whose order nobody could tell.
pub fn discover(folder: &Path) -> Result<Vec<Source>, DiscoverError> {
    let sources = discover_in_any_order(folder)?;
    for group in sources.chunk_by(|a, b| a.id.stamp() == b.id.stamp()) {
        if group.len() > 1 {
            let ids = group.iter().map(|source| source.id.clone()).collect();
            return Err(DiscoverError::SameTime { ids });
        }
    }
    Ok(sources)
}

/// As [`discover`], where two may have one timestamp: what is to get another is among them.
pub(crate) fn discover_in_any_order(folder: &Path) -> Result<Vec<Source>, DiscoverError> {
    let entries = fs::read_dir(folder).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => DiscoverError::NoFolder { folder: folder.to_owned() },
        _ => DiscoverError::Unreadable { folder: folder.to_owned(), source },
    })?;
    let mut sources = Vec::new();
    for entry in entries {
        let entry = entry
            .map_err(|source| DiscoverError::Unreadable { folder: folder.to_owned(), source })?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        // A link is what it leads to: one that leads nowhere is no more than a file.
        let is_no_folder = entry
            .file_type()
            .is_ok_and(|kind| kind.is_file() || (kind.is_symlink() && !entry.path().is_dir()));
        if is_no_folder || !name.starts_with(|first: char| first.is_ascii_digit()) {
            continue;
        }
        let id = name
            .parse()
            .map_err(|source| DiscoverError::BadName { folder: entry.path(), source })?;
        sources.push(Source { id, folder: entry.path() });
    }
    sources.sort_by(|a, b| a.id.cmp(&b.id));
    if !folder.join("Cargo.toml").is_file() {
        return Err(DiscoverError::NoWorkspace { folder: folder.to_owned() });
    }
    Ok(sources)
}

/// Reads the manifest of one migration and checks that cargo will make of it what the runner needs.
///
/// # Errors
/// No manifest, one that is no TOML, a package named otherwise than the folder, or a library that is
/// no `cdylib`.
pub fn inspect(source: &Source) -> Result<(), DiscoverError> {
    let manifest = source.folder.join("Cargo.toml");
    let text =
        regular_file::read_text(&manifest, regular_file::SETTINGS).map_err(|error| match error
            .kind()
        {
            io::ErrorKind::NotFound => DiscoverError::NoManifest { folder: source.folder.clone() },
            _ => DiscoverError::Unreadable { folder: manifest.clone(), source: error },
        })?;
    let parsed: Manifest = toml::from_str(&text).map_err(|error| DiscoverError::BadManifest {
        manifest: manifest.clone(),
        source: Box::new(error),
    })?;
    if parsed.package.name != source.id.package() {
        return Err(DiscoverError::WrongPackage {
            manifest,
            found: parsed.package.name,
            expected: source.id.package(),
        });
    }
    if !parsed.lib.crate_type.iter().any(|kind| kind == "cdylib") {
        return Err(DiscoverError::NotCdylib { id: source.id.clone(), manifest });
    }
    Ok(())
}

#[derive(Deserialize)]
struct Manifest {
    package: Package,
    #[serde(default)]
    lib: Lib,
}

#[derive(Deserialize)]
struct Package {
    name: String,
}

#[derive(Deserialize, Default)]
struct Lib {
    #[serde(default, rename = "crate-type", alias = "crate_type")]
    crate_type: Vec<String>,
}

/// What can be wrong with a folder of migrations.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DiscoverError {
    /// The folder does not exist.
    #[error("there is no folder of migrations at `{}`", folder.display())]
    NoFolder {
        /// Where it was looked for.
        folder: PathBuf,
    },
    /// The folder is no cargo workspace.
    #[error("`{}` is no cargo workspace: it has no `Cargo.toml`", folder.display())]
    NoWorkspace {
        /// The folder.
        folder: PathBuf,
    },
    /// The file system refused.
    #[error("cannot read `{}`", folder.display())]
    Unreadable {
        /// The folder or file.
        folder: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A folder begins with a digit but its name is no id.
    #[error("the folder `{}` is not named like a migration", folder.display())]
    BadName {
        /// The folder.
        folder: PathBuf,
        /// Why.
        source: InvalidId,
    },
    /// Several migrations bear one timestamp.
    #[error("{} have the same timestamp, so their order is not known", listed(ids))]
    SameTime {
        /// All of them.
        ids: Vec<MigrationId>,
    },
    /// A migration's folder has no manifest.
    #[error("the migration `{}` has no `Cargo.toml`", folder.display())]
    NoManifest {
        /// The folder.
        folder: PathBuf,
    },
    /// A manifest is not readable as one.
    #[error("`{}` is not right", manifest.display())]
    BadManifest {
        /// The manifest.
        manifest: PathBuf,
        /// Where and why.
        source: Box<toml::de::Error>,
    },
    /// The package and the folder have different names.
    #[error("`{}` names its package `{found}`, and its folder asks for `{expected}`", manifest.display())]
    WrongPackage {
        /// The manifest.
        manifest: PathBuf,
        /// The name it has.
        found: String,
        /// The name it should have.
        expected: String,
    },
    /// The crate does not build a dynamic library.
    #[error("the migration `{id}` builds no dynamic library")]
    NotCdylib {
        /// The migration.
        id: MigrationId,
        /// Its manifest.
        manifest: PathBuf,
    },
}

impl DiscoverError {
    /// What `runner explain` has to say about it.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::NoFolder { .. } => Code::NoMigrations,
            Self::NoWorkspace { .. } => Code::BadWorkspace,
            Self::Unreadable { .. } => Code::UnreadableFile,
            Self::BadName { .. } => Code::BadFolderName,
            Self::SameTime { .. } => Code::SameTimestamp,
            Self::NoManifest { .. }
            | Self::BadManifest { .. }
            | Self::WrongPackage { .. }
            | Self::NotCdylib { .. } => Code::BadManifest,
        }
    }

    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> Option<Hint> {
        Some(match self {
            Self::NoFolder { .. } => Hint::from(Action::MakeProject).and(" makes one"),
            Self::NoWorkspace { .. } => {
                Hint::from(Action::MakeProject).and(" makes a workspace of it")
            }
            Self::Unreadable { source, .. } => return hint::reading(source),
            Self::BadManifest { .. } => return None,
            Self::BadName { .. } => "rename the folder, or move it out of the way".into(),
            Self::SameTime { .. } => {
                Hint::from("give one that is applied nowhere yet a later timestamp: ")
                    .and(Action::GiveLaterTimestamp(None))
            }
            Self::NoManifest { .. } => {
                "restore the file, or remove the folder if it is a left-over".into()
            }
            Self::WrongPackage { manifest, expected, .. } => {
                format!("write `name = \"{expected}\"` in `{}`", manifest.display()).into()
            }
            Self::NotCdylib { manifest, .. } => format!(
                "write `crate-type = [\"cdylib\"]` under `[lib]` in `{}`",
                manifest.display()
            )
            .into(),
        })
    }
}

#[cfg(test)]
mod examples {
    use super::*;
    use crate::messages::{self, Examples, each_variant, refused};

    fn invalid(name: &str) -> InvalidId {
        name.parse::<MigrationId>().unwrap_err()
    }

    impl Examples for DiscoverError {
        fn examples() -> Vec<Self> {
            let folder = || PathBuf::from("/srv/game/migrations");
            let manifest = || folder().join(messages::id().as_str()).join("Cargo.toml");
            let mut examples = each_variant!(DiscoverError:
                NoFolder { folder: folder() },
                NoWorkspace { folder: folder() },
                Unreadable { folder: folder(), source: refused() },
                BadName { folder: folder().join("2025"), source: invalid("2025") },
                SameTime { ids: vec![messages::id(), messages::named("20250106_090000_add_score")] },
                NoManifest { folder: folder().join(messages::id().as_str()) },
                BadManifest {
                    manifest: manifest(),
                    source: Box::new(toml::from_str::<Manifest>("[package]\nname = 1").err().unwrap()),
                },
                WrongPackage {
                    manifest: manifest(),
                    found: "add_level".into(),
                    expected: messages::id().package(),
                },
                NotCdylib { id: messages::id(), manifest: manifest() },
            );
            examples.extend(
                ["20251306_090000_add_level", "20250106_090000_Add"].map(|name| Self::BadName {
                    folder: folder().join(name),
                    source: invalid(name),
                }),
            );
            examples
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workspace(folders: &[&str]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("Cargo.toml"), "[workspace]\n").unwrap();
        for folder in folders {
            fs::create_dir(root.path().join(folder)).unwrap();
        }
        root
    }

    #[test]
    fn migrations_come_oldest_first_and_nothing_else_counts() {
        let root = workspace(&["20250201_000000_b", "20250101_000000_a", "target", ".git"]);
        fs::write(root.path().join("2025-notes.md"), "").unwrap();
        let found = discover(root.path()).unwrap();
        let names: Vec<_> = found.iter().map(|source| source.id.name()).collect();
        assert_eq!(names, ["a", "b"]);
    }

    #[test]
    fn an_empty_workspace_has_no_migrations_and_an_empty_folder_is_refused() {
        assert_eq!(discover(workspace(&[]).path()).unwrap(), []);
        let bare = tempfile::tempdir().unwrap();
        assert!(matches!(discover(bare.path()), Err(DiscoverError::NoWorkspace { .. })));
        let missing = bare.path().join("nowhere");
        assert!(matches!(discover(&missing), Err(DiscoverError::NoFolder { .. })));
    }

    #[test]
    fn a_folder_that_begins_like_an_id_but_is_none_is_refused_by_name() {
        let root = workspace(&["20250101_000000_Bad"]);
        let error = discover(root.path()).unwrap_err();
        assert!(error.to_string().contains("20250101_000000_Bad"), "{error}");
    }

    #[test]
    fn migrations_of_one_second_are_refused_and_all_named() {
        let root = workspace(&["20250101_000000_a", "20250101_000000_b", "20250101_000000_c"]);
        assert_eq!(
            discover(root.path()).unwrap_err().to_string(),
            "`20250101_000000_a`, `20250101_000000_b` and `20250101_000000_c` have the same \
             timestamp, so their order is not known"
        );
    }

    #[test]
    fn inspect_wants_the_folders_name_and_a_cdylib() {
        let root = workspace(&["20250101_000000_a"]);
        let source = discover(root.path()).unwrap().remove(0);
        let write = |text: &str| fs::write(source.folder.join("Cargo.toml"), text).unwrap();
        assert!(matches!(inspect(&source), Err(DiscoverError::NoManifest { .. })));
        write("[package");
        assert!(matches!(inspect(&source), Err(DiscoverError::BadManifest { .. })));
        write("[package]\nname = 'a'\n[lib]\ncrate-type = ['cdylib']\n");
        assert!(matches!(inspect(&source), Err(DiscoverError::WrongPackage { .. })));
        write("[package]\nname = 'm20250101_000000_a'\n");
        assert!(matches!(inspect(&source), Err(DiscoverError::NotCdylib { .. })));
        write("[package]\nname = 'm20250101_000000_a'\n[lib]\ncrate-type = ['cdylib']\n");
        inspect(&source).unwrap();
    }
}
