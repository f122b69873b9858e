//! Where the migrations of a new project get the crate `migration-api` from.

use std::fs;
use std::path::{Path, PathBuf};

use toml_edit::value;

use super::ScaffoldError;
use runner_engine::regular_file;

/// Where a project's migrations get migration-api from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Api {
    /// A folder on this machine. A relative one stays relative.
    Path(PathBuf),
    /// A repository, at a revision or else at the newest.
    Git {
        /// The URL, as cargo takes it.
        url: String,
        /// A commit, a tag or a branch.
        rev: Option<String>,
    },
    /// A version from the registry.
    Version(String),
}

/// A dependency as it is written into a `Cargo.toml`.
pub(super) struct Dependency {
    /// The start of its table.
    pub(super) line: String,
    /// The folder that it names, if other machines may have it elsewhere.
    pub(super) only_here: Option<PathBuf>,
}

/// The folder that migration-api had when this runner was built.
const BUILT_FROM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../migration-api");

impl Api {
    /// The folder of the migration-api that this runner was built with.
    ///
    /// # Errors
    /// It is not there any more.
    pub fn of_this_runner() -> Result<Self, ScaffoldError> {
        match fs::canonicalize(BUILT_FROM) {
            Ok(folder) if is_the_api(&folder) => Ok(Self::Path(folder)),
            _ => Err(ScaffoldError::NoApi),
        }
    }

    /// What says so in the `Cargo.toml` of the folder `migrations`. A folder is named relative to that if it was given
    /// so, or if both are in the folder `root` or in one git repository: then they move together.
    pub(super) fn dependency(
        &self,
        root: &Path,
        migrations: &Path,
    ) -> Result<Dependency, ScaffoldError> {
        let word = |text: &str| value(text).to_string().trim().to_owned();
        let line = |line| Ok(Dependency { line, only_here: None });
        match self {
            Self::Version(version) => line(format!("version = {}", word(version))),
            Self::Git { url, .. } if !url.contains("://") => {
                Err(ScaffoldError::NotAUrl { url: url.clone() })
            }
            Self::Git { url, rev: None } => line(format!("git = {}", word(url))),
            Self::Git { url, rev: Some(rev) } => {
                line(format!("git = {}, rev = {}", word(url), word(rev)))
            }
            Self::Path(path) => {
                let named = name_folder(path, root, migrations)?;
                let only_here = named.is_absolute().then(|| named.clone());
                Ok(Dependency { line: format!("path = {}", word(&spelled(&named))), only_here })
            }
        }
    }
}

/// The folder at `path` as a manifest in `migrations` names it.
fn name_folder(path: &Path, root: &Path, migrations: &Path) -> Result<PathBuf, ScaffoldError> {
    if !path.exists() {
        return Err(ScaffoldError::NoApiFolder { path: path.to_owned() });
    }
    let folder = fs::canonicalize(path).ok().filter(|folder| is_the_api(folder));
    let folder = folder.ok_or_else(|| ScaffoldError::NotTheApi { path: path.to_owned() })?;
    let (root, from) = (resolved(root), resolved(&root.join(migrations)));
    if path.is_relative() {
        // A link on the way is one for everybody, and stays.
        let to = resolved(Path::new(".")).join(path);
        let named = relative(&from, &without_dots(&to));
        return Ok(if is_same(&from.join(&named), &folder) {
            named
        } else {
            relative(&from, &folder)
        });
    }
    let is_together = |place: &Path| folder.starts_with(place) && from.starts_with(place);
    let moves_along = is_together(&root) || repository(&from).is_some_and(is_together);
    Ok(if moves_along { relative(&from, &folder) } else { folder })
}

fn is_the_api(folder: &Path) -> bool {
    regular_file::read_text(&folder.join("Cargo.toml"), regular_file::SETTINGS)
        .is_ok_and(|manifest| manifest.contains("name = \"migration-api\""))
}

/// The nearest folder above `path`, or itself, that is a git repository or a working tree of one.
fn repository(path: &Path) -> Option<&Path> {
    path.ancestors().find(|folder| folder.join(".git").exists())
}

/// The absolute path of what may not be there yet, without links as far as it is.
fn resolved(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let known = absolute.ancestors().find_map(|above| Some((above, fs::canonicalize(above).ok()?)));
    match known {
        Some((above, real)) => {
            without_dots(&real.join(absolute.strip_prefix(above).unwrap_or(Path::new(""))))
        }
        None => absolute,
    }
}

/// `path` with each `..` taken together with the name before it, as cargo does.
fn without_dots(path: &Path) -> PathBuf {
    use std::path::Component;
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => _ = plain.pop(),
            Component::CurDir => {}
            part => plain.push(part),
        }
    }
    plain
}

/// The way from the folder `from` to `to`, both absolute.
fn relative(from: &Path, to: &Path) -> PathBuf {
    let shared = from.components().zip(to.components()).take_while(|(from, to)| from == to).count();
    let up = from.components().skip(shared).map(|_| Path::new(".."));
    up.chain(to.components().skip(shared).map(|part| Path::new(part.as_os_str()))).collect()
}

fn is_same(a: &Path, b: &Path) -> bool {
    fs::canonicalize(without_dots(a)).is_ok_and(|a| a == b)
}

/// A path in a manifest, the same on every platform if it is relative.
fn spelled(path: &Path) -> String {
    let text = path.to_string_lossy();
    if path.is_relative() {
        text.replace(std::path::MAIN_SEPARATOR, "/")
    } else {
        text.into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder that holds the manifest of migration-api.
    fn api_in(folder: &Path) -> PathBuf {
        let api = folder.join("tools/api");
        fs::create_dir_all(&api).unwrap();
        fs::write(api.join("Cargo.toml"), "name = \"migration-api\"\n").unwrap();
        api
    }

    fn line(api: &Path, root: &Path, migrations: &str) -> String {
        let dependency = Api::Path(api.to_owned()).dependency(root, Path::new(migrations)).unwrap();
        assert_eq!(dependency.only_here.is_some(), !dependency.line.contains("\"../"));
        dependency.line
    }

    #[test]
    fn a_folder_is_named_relative_where_it_moves_along() {
        let place = tempfile::tempdir().unwrap();
        let place = fs::canonicalize(place.path()).unwrap();
        let api = api_in(&place);
        let absolute = format!("path = \"{}\"", api.display());
        assert_eq!(line(&api, &place, "migrations"), "path = \"../tools/api\"");
        assert_eq!(line(&api, &place, "db/steps"), "path = \"../../tools/api\"");
        // Beside the project: nothing says that they stay together, unless they are in one repository.
        let game = place.join("game");
        assert_eq!(line(&api, &game, "migrations"), absolute);
        fs::create_dir(place.join(".git")).unwrap();
        assert_eq!(line(&api, &game, "migrations"), "path = \"../../tools/api\"");
        assert_eq!(line(&api, &game, "../steps"), "path = \"../tools/api\"");
        // A repository inside of that is another one.
        fs::create_dir_all(game.join(".git")).unwrap();
        assert_eq!(line(&api, &game, "migrations"), absolute);
    }

    #[test]
    fn what_is_no_folder_of_the_api_is_refused_and_what_is_not_there_too() {
        let place = tempfile::tempdir().unwrap();
        let refused =
            |api: &Api| api.dependency(place.path(), Path::new("migrations")).err().unwrap();
        let elsewhere = Api::Path(place.path().to_owned());
        assert!(matches!(refused(&elsewhere), ScaffoldError::NotTheApi { .. }));
        let nowhere = Api::Path(place.path().join("nowhere"));
        assert!(matches!(refused(&nowhere), ScaffoldError::NoApiFolder { .. }));
        let short = Api::Git { url: "git@host.example:runner".into(), rev: None };
        assert!(matches!(refused(&short), ScaffoldError::NotAUrl { .. }));
    }

    #[test]
    fn a_repository_is_named_with_its_revision() {
        let line = |rev: Option<&str>| {
            let url = "https://host.example/runner".to_owned();
            let api = Api::Git { url, rev: rev.map(str::to_owned) };
            api.dependency(Path::new("."), Path::new("migrations")).unwrap().line
        };
        assert_eq!(line(None), "git = \"https://host.example/runner\"");
        assert_eq!(line(Some("v1")), "git = \"https://host.example/runner\", rev = \"v1\"");
    }

    #[test]
    fn the_api_is_found_where_this_runner_was_built() {
        assert!(matches!(Api::of_this_runner(), Ok(Api::Path(_))));
    }
}
