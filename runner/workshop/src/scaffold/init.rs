//! `runner init`: what a project needs before its first migration.

use std::fs;
use std::path::{Component, Path, PathBuf};

use minijinja::context;
use toml_edit::value;

use super::template::Template;
use super::{ScaffoldError, cargo_project, unreadable, unwritable};
use crate::config::{CONFIG_FILE, Config, Overrides};
use runner_engine::regular_file;
use runner_engine::whole_file;

/// Where a project's migrations get migration-api from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Api {
    /// A folder on this machine.
    Path(PathBuf),
    /// A version from the registry.
    Version(String),
}

/// The folder of migrations where no `runner.toml` names another.
const MIGRATIONS: &str = "migrations";

/// The folder that migration-api had when this runner was built.
const BUILT_FROM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../migration-api");

impl Api {
    /// The migration-api that this runner was built with: its folder if that is on this machine,
    /// else its version.
    #[must_use]
    pub fn of_this_runner() -> Self {
        match fs::canonicalize(BUILT_FROM) {
            Ok(folder) if is_the_api(&folder) => Self::Path(folder),
            _ => Self::Version(env!("CARGO_PKG_VERSION").to_owned()),
        }
    }

    /// The start of the line that says so in the `Cargo.toml` of the folder `migrations` in `root`. A
    /// folder inside the project is named relative to it, so that the project can move.
    fn dependency(&self, root: &Path, migrations: &Path) -> Result<String, ScaffoldError> {
        let (key, text) = match self {
            Self::Version(version) => ("version", version.clone()),
            Self::Path(path) => {
                let folder = fs::canonicalize(path)
                    .ok()
                    .filter(|folder| is_the_api(folder))
                    .ok_or_else(|| ScaffoldError::NotTheApi { path: path.clone() })?;
                let inside = fs::canonicalize(root).ok().and_then(|root| {
                    let up: PathBuf = migrations.components().map(|_| "..").collect();
                    Some(up.join(folder.strip_prefix(root).ok()?))
                });
                let inside = inside.filter(|_| is_below(migrations));
                ("path", inside.unwrap_or(folder).to_string_lossy().into_owned())
            }
        };
        Ok(format!("{key} = {}", value(text).to_string().trim()))
    }
}

/// Whether a path leads below the folder that it is relative to.
fn is_below(path: &Path) -> bool {
    path.components().all(|part| matches!(part, Component::Normal(_)))
}

/// The folder of migrations that `runner.toml` in `root` names, relative to that; `migrations`, if it names
/// none.
fn folder_of_migrations(root: &Path) -> PathBuf {
    let overrides = Overrides {
        config: Some(CONFIG_FILE.into()),
        // Whichever it is: `DATABASE_URL` is not asked for it.
        database: Some(PathBuf::new()),
        ..Overrides::default()
    };
    let named = Config::find(root, &overrides).map(|config| config.migrations);
    let folder = named.unwrap_or_else(|_| root.join(MIGRATIONS));
    folder.strip_prefix(root).map(Path::to_owned).unwrap_or(folder)
}

fn is_the_api(folder: &Path) -> bool {
    regular_file::read_text(&folder.join("Cargo.toml"), regular_file::SETTINGS)
        .is_ok_and(|manifest| manifest.contains("name = \"migration-api\""))
}

/// What was made.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Initialised {
    /// The folder of migrations, relative to the project.
    pub migrations: PathBuf,
    /// Files that were made, relative to the project.
    pub made: Vec<PathBuf>,
    /// Files that were there and were left as they are.
    pub kept: Vec<PathBuf>,
    /// Whether the project's own Cargo.toml now excludes the migrations.
    pub excluded: bool,
}

/// Makes of `root`, which may be missing, empty or a cargo project, one that has migrations:
/// `runner.toml`, and `migrations/`, or the folder that a `runner.toml` there names, as a cargo workspace.
/// What is there already is never written over, so it may be run again; except that a cargo workspace in
/// `root` gets the folder into its `exclude`.
///
/// # Errors
/// A file or folder of another kind in the way; an `api` folder that is none; a file that cannot be
/// written.
pub fn init(root: &Path, api: &Api) -> Result<Initialised, ScaffoldError> {
    let migrations = folder_of_migrations(root);
    let api = api.dependency(root, &migrations)?;
    if root.exists() && !root.is_dir() {
        return Err(ScaffoldError::InTheWay { path: root.to_owned() });
    }
    fs::create_dir_all(root).map_err(unwritable(root))?;
    let values = context! { database => format!("{}.db", project_name(root)), api };
    let mut files = Template::project().fill_in(&values)?;
    for file in &mut files {
        // Under its own name it would apply to the folder of templates.
        if file.path.file_name().is_some_and(|name| name == "gitignore") {
            file.path.set_file_name(".gitignore");
        }
        if let Ok(below) = file.path.strip_prefix(MIGRATIONS) {
            file.path = migrations.join(below);
        }
        refuse_what_is_in_the_way(root, &file.path)?;
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    let excluded =
        is_below(&migrations) && cargo_project::exclude(root, &migrations.to_string_lossy())?;
    let mut outcome = Initialised { migrations, excluded, ..Initialised::default() };
    for file in files {
        let path = root.join(&file.path);
        if path.exists() {
            outcome.kept.push(file.path);
            continue;
        }
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(unwritable(parent))?;
        }
        whole_file::write_new(&path, &file.bytes).map_err(unwritable(&path))?;
        outcome.made.push(file.path);
    }
    Ok(outcome)
}

/// A folder where a file should be, a file where a folder should be, or a `migrations/Cargo.toml`
/// that is a package and no workspace.
fn refuse_what_is_in_the_way(root: &Path, file: &Path) -> Result<(), ScaffoldError> {
    let path = root.join(file);
    let refuse = |path: PathBuf| Err(ScaffoldError::InTheWay { path });
    let folder = path.parent().unwrap_or(root);
    if folder.exists() && !folder.is_dir() {
        return refuse(folder.to_owned());
    }
    if path.exists() && !path.is_file() {
        return refuse(path);
    }
    if file.ends_with("Cargo.toml") && path.is_file() {
        let text =
            regular_file::read_text(&path, regular_file::SETTINGS).map_err(unreadable(&path))?;
        let is_workspace =
            toml::from_str::<toml::Table>(&text).is_ok_and(|table| table.contains_key("workspace"));
        if !is_workspace {
            return refuse(path);
        }
    }
    Ok(())
}

/// The name of the folder, as far as it can be part of a file's name without being quoted.
fn project_name(root: &Path) -> String {
    let name = fs::canonicalize(root)
        .ok()
        .and_then(|root| root.file_name().map(|name| name.to_string_lossy().into_owned()))
        .unwrap_or_default();
    let plain = |character: char| character.is_ascii_alphanumeric() || "-_".contains(character);
    if name.is_empty() || !name.chars().all(plain) { "app".to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn init_makes_a_project_once_and_keeps_what_is_there() {
        let parent = tempfile::tempdir().unwrap();
        let root = parent.path().join("game");
        fs::create_dir(&root).unwrap();
        let files: Vec<PathBuf> =
            ["migrations/.gitignore", "migrations/Cargo.toml", CONFIG_FILE].map(Into::into).into();
        let api = Api::Version("1.2.3".into());
        let mut first = init(&root, &api).unwrap();
        first.made.sort();
        let migrations: PathBuf = MIGRATIONS.into();
        let outcome = Initialised { migrations, ..Initialised::default() };
        assert_eq!(first, Initialised { made: files.clone(), ..outcome.clone() });
        let config = fs::read_to_string(root.join(CONFIG_FILE)).unwrap();
        assert!(config.contains("database = \"game.db\""), "{config}");
        let manifest = fs::read_to_string(root.join("migrations/Cargo.toml")).unwrap();
        assert!(
            manifest.contains(r#"migration-api = { version = "1.2.3", features = ["plugin"] }"#),
            "{manifest}"
        );

        fs::write(root.join(CONFIG_FILE), "database = 'mine.db'").unwrap();
        let mut second = init(&root, &Api::Version("9.9.9".into())).unwrap();
        second.kept.sort();
        assert_eq!(second, Initialised { kept: files, ..outcome });
        let config = fs::read_to_string(root.join(CONFIG_FILE)).unwrap();
        assert_eq!(config, "database = 'mine.db'");
    }

    #[test]
    fn something_else_in_the_way_is_refused_before_anything_is_made() {
        for (path, text) in [("migrations", "a file"), ("migrations/Cargo.toml", "[package]")] {
            let root = tempfile::tempdir().unwrap();
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, text).unwrap();
            let error = init(root.path(), &Api::Version("1.0.0".into())).unwrap_err();
            assert!(matches!(error, ScaffoldError::InTheWay { .. }), "{error}");
            assert!(!root.path().join(CONFIG_FILE).exists());
        }
    }

    #[test]
    fn the_api_is_found_where_this_runner_was_built_and_other_folders_are_refused() {
        let root = tempfile::tempdir().unwrap();
        let Api::Path(folder) = Api::of_this_runner() else { panic!("not found") };
        let dependency = |root: &Path, migrations: &str| {
            Api::Path(folder.clone()).dependency(root, Path::new(migrations)).unwrap()
        };
        let line = dependency(root.path(), MIGRATIONS);
        assert_eq!(line, format!("path = \"{}\"", folder.display()));
        let parent = folder.parent().unwrap();
        assert_eq!(dependency(parent, MIGRATIONS), "path = \"../migration-api\"");
        assert_eq!(dependency(parent, "db/steps"), "path = \"../../migration-api\"");
        assert_eq!(dependency(parent, "../steps"), line);
        let elsewhere = Api::Path(root.path().to_owned());
        assert!(matches!(
            elsewhere.dependency(root.path(), Path::new(MIGRATIONS)),
            Err(ScaffoldError::NotTheApi { .. })
        ));
    }
}
