//! `runner init`: what a project needs before its first migration.

use std::fs;
use std::path::{Path, PathBuf};

use minijinja::context;

use super::api::Api;
use super::gitignore::{self, Ignored, is_below};
use super::template::Template;
use super::{ScaffoldError, cargo_project, unreadable, unwritable};
use crate::config::{CONFIG_FILE, Config, Overrides};
use runner_engine::regular_file;
use runner_engine::whole_file;

/// The folder of migrations where no `runner.toml` names another.
const MIGRATIONS: &str = "migrations";

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
    /// Whether a `.gitignore` that was there has the database now.
    pub ignored: bool,
    /// The folder of migration-api, if the manifest that was made names one that other machines may have elsewhere.
    pub only_here: Option<PathBuf>,
}

/// Makes of `root`, which may be missing, empty or a cargo project, one that has migrations:
/// `runner.toml`, and `migrations/`, or the folder that a `runner.toml` there names, as a cargo workspace; and a
/// `.gitignore` with the database. What is there already is never written over, so it may be run again; except that a
/// cargo workspace in `root` gets the folder into its `exclude`, and a `.gitignore` the database.
///
/// # Errors
/// A file or folder of another kind in the way; an `api` folder that is none; a file that cannot be
/// written.
pub fn init(root: &Path, api: &Api) -> Result<Initialised, ScaffoldError> {
    let migrations = folder_of_migrations(root);
    let dependency = api.dependency(root, &migrations)?;
    if root.exists() && !root.is_dir() {
        return Err(ScaffoldError::InTheWay { path: root.to_owned() });
    }
    fs::create_dir_all(root).map_err(unwritable(root))?;
    let database = format!("{}.db", project_name(root));
    let values = context! { database, api => dependency.line };
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
    let manifest = migrations.join("Cargo.toml");
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
    match gitignore::ignore_database(root)? {
        Ignored::Made => outcome.made.insert(0, gitignore::FILE.into()),
        Ignored::Added => outcome.ignored = true,
        Ignored::Already => outcome.kept.insert(0, gitignore::FILE.into()),
        Ignored::Elsewhere => {}
    }
    outcome.only_here = dependency.only_here.filter(|_| outcome.made.contains(&manifest));
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
            [".gitignore", "migrations/.gitignore", "migrations/Cargo.toml", CONFIG_FILE]
                .map(Into::into)
                .into();
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

        fs::write(root.join(CONFIG_FILE), "database = 'game.db'\nbackup = true\n").unwrap();
        let mut second = init(&root, &Api::Version("9.9.9".into())).unwrap();
        second.kept.sort();
        assert_eq!(second, Initialised { kept: files, ..outcome });
        let config = fs::read_to_string(root.join(CONFIG_FILE)).unwrap();
        assert_eq!(config, "database = 'game.db'\nbackup = true\n");
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
}
