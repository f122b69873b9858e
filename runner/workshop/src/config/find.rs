//! Reads the configuration, and combines its sources.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::{fs, io};

use super::ConfigError;
use super::database_url::{DatabaseUrl, UrlError};
use super::file::ConfigFile;
use crate::models::ModelsSource;
use crate::repeatable_folder;
use crate::schema::ExcludedTables;
use runner_engine::ApplicationNames;
use runner_engine::Database;
use runner_engine::MigrationId;
use runner_engine::backup::Backups;
use runner_engine::bundle::BundleFile;
use runner_engine::kept::KeepLost;
use runner_engine::regular_file;
use runner_engine::repeatable::{Definitions, RepeatableError};

/// The name of the configuration file.
pub const CONFIG_FILE: &str = "runner.toml";

/// The variable that may name the database.
const DATABASE_URL: &str = "DATABASE_URL";

/// What the caller says, which goes before everything else. Relative paths are the caller's.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    /// The configuration file, instead of the nearest `runner.toml`.
    pub config: Option<PathBuf>,
    /// The database: a path, or a URL as in `DATABASE_URL`.
    pub database: Option<PathBuf>,
    /// The folder of migrations.
    pub migrations: Option<PathBuf>,
    /// The bundle that the migrations come from, instead of a folder.
    pub bundle: Option<PathBuf>,
    /// The public key that must have signed the bundle.
    pub signed_by: Option<String>,
    /// Make the database if it is not there, wherever it was named.
    pub create: bool,
}

/// Where everything is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The folder that holds `runner.toml`, or the caller's.
    pub root: PathBuf,
    /// `runner.toml`, if there is one.
    pub file: Option<PathBuf>,
    /// The database. It may be made if `runner.toml` names it, or if someone asked for that.
    pub database: Database,
    /// The folder of migrations.
    pub migrations: PathBuf,
    /// The bundle that the migrations come from instead.
    pub bundle: Option<BundleFile>,
    /// The folder of the project's own templates.
    pub templates: PathBuf,
    /// The folder of the views and triggers that change in place. It need not be there.
    pub repeatable: PathBuf,
    /// The models, if `runner.toml` names any. Whether they are there is asked when they are needed.
    pub models: Option<ModelsSource>,
    /// The file that is kept as the schema of the database is, if `runner.toml` names one.
    pub schema_file: Option<PathBuf>,
    /// What the application has on its own connections, beside what SQLite has.
    pub application: ApplicationNames,
    /// The tables of the database that count for nothing in its schema: those of other tools.
    pub exclude_tables: ExcludedTables,
    /// Whether somebody has to agree before the database is reverted or replaced. `runner.toml` says so, of every
    /// database or of some.
    pub protected: bool,
    /// The last migration that need not declare what it loses: it was applied before there were such declarations.
    pub check_losses_after: Option<MigrationId>,
    /// Whether the database is backed up before anything is applied to it. Only if `runner.toml` says
    /// so: it costs a pass over the whole database.
    pub backup: bool,
    /// The folder of backups.
    pub backups: Backups,
    /// How what migrations take away is kept.
    pub keep: KeepLost,
}

impl Config {
    /// Of a database without a project around it.
    #[must_use]
    pub fn of(database: Database) -> Self {
        let root = database.path.parent().unwrap_or(Path::new(".")).to_owned();
        Self {
            database,
            migrations: root.join("migrations"),
            bundle: None,
            templates: root.join("templates"),
            repeatable: root.join("repeatable"),
            models: None,
            schema_file: None,
            application: ApplicationNames::default(),
            exclude_tables: ExcludedTables::default(),
            protected: false,
            check_losses_after: None,
            backup: false,
            backups: Backups { folder: root.join("backups"), ..Backups::default() },
            keep: KeepLost::default(),
            file: None,
            root,
        }
    }

    /// Checks that `ids` have each migration whose losses are to be kept: what is misspelled would not be kept.
    ///
    /// # Errors
    /// The first that is not there.
    pub fn require_known_in_keep_lost(&self, ids: &[MigrationId]) -> Result<(), ConfigError> {
        match self.keep.of.unknown_among(ids) {
            Some(name) => Err(ConfigError::UnknownInKeepLost {
                path: self.file.clone().unwrap_or_else(|| self.root.join(CONFIG_FILE)),
                name: name.to_owned(),
            }),
            None => Ok(()),
        }
    }

    /// The views and triggers that the files of its folder define.
    ///
    /// # Errors
    /// Files that cannot be used: all of them.
    pub fn definitions(&self) -> Result<Definitions, RepeatableError> {
        repeatable_folder::read(&self.root, &self.repeatable)
    }

    /// Reads the configuration as seen from the folder `from`: the nearest `runner.toml` there or
    /// above, then `DATABASE_URL` in the environment or else in `.env` beside it, then `overrides`. What
    /// `DATABASE_URL` says of another database than the caller's is not looked at.
    ///
    /// # Errors
    /// No `runner.toml` where it is needed; a file that is wrong, with the line; a `DATABASE_URL`
    /// that names no file.
    pub fn find(from: &Path, overrides: &Overrides) -> Result<Self, ConfigError> {
        Self::find_with(from, overrides, env::var_os(DATABASE_URL))
    }

    /// As [`Self::find`], with a `DATABASE_URL` instead of that in the environment.
    fn find_with(
        from: &Path,
        overrides: &Overrides,
        url: Option<OsString>,
    ) -> Result<Self, ConfigError> {
        let path = match &overrides.config {
            Some(path) => Some(from.join(path)),
            None => nearest(from),
        };
        let (root, file) = match &path {
            Some(path) => {
                let root = path.parent().unwrap_or(from).to_owned();
                (root, Some(ConfigFile::read(path)?))
            }
            None => (from.to_owned(), None),
        };
        let named =
            |setting: fn(&ConfigFile) -> &PathBuf| file.as_ref().map(|f| root.join(setting(f)));
        let missing = || ConfigError::NoConfig { from: from.to_owned() };
        let default = match (&file, &path) {
            (Some(file), Some(path)) => Some(in_file(path, &root, &file.database)?),
            _ => None,
        };
        let asked = match &overrides.database {
            Some(asked) => {
                let asked = DatabaseUrl::parse(asked.as_os_str(), from);
                Some(asked.map_err(|source| ConfigError::Asked { source })?)
            }
            None => database_url(&root, url)?,
        };
        let database = match (asked, &default) {
            (Some(asked), _) if asked.create => Database::at(asked.path),
            (Some(asked), _) => Database::existing_at(asked.path),
            (None, default) => Database::at(default.clone().ok_or_else(missing)?),
        };
        let migrations = match &overrides.migrations {
            Some(path) => from.join(path),
            None => match named(|file| &file.migrations) {
                Some(folder) => folder,
                // There need not be one.
                None if overrides.bundle.is_some() => root.join("migrations"),
                None => return Err(missing()),
            },
        };
        let bundle = overrides.bundle.as_ref().map(|path| BundleFile {
            path: from.join(path),
            signed_by: overrides.signed_by.clone(),
        });
        let templates = named(|file| &file.templates).unwrap_or_else(|| root.join("templates"));
        let repeatable = named(|file| &file.repeatable).unwrap_or_else(|| root.join("repeatable"));
        let models = file.as_ref().and_then(|file| file.models.as_ref());
        let models = models.map(|path| ModelsSource::of(root.join(path)));
        let schema_file = file.as_ref().and_then(|file| file.schema_file.as_ref());
        let schema_file = schema_file.map(|path| root.join(path));
        let backups = Backups {
            folder: named(|file| &file.backups).unwrap_or_else(|| root.join("backups")),
            keep: file.as_ref().map_or(Backups::KEEP, |file| file.backup_keep),
            ..Backups::default()
        };
        let is_default = default.is_some_and(|default| same_file(&default, &database.path));
        let may_be_made = database.create || is_default || overrides.create;
        let protected =
            file.as_ref().is_some_and(|file| file.protected.covers(&root, &database.path));
        let place = resolve(database.path);
        Ok(Self {
            database: if may_be_made { Database::at(place) } else { Database::existing_at(place) },
            root,
            file: path,
            migrations,
            bundle,
            templates,
            repeatable,
            models,
            schema_file,
            application: file.as_ref().map(ConfigFile::application).unwrap_or_default(),
            exclude_tables: file
                .as_ref()
                .map(|file| file.exclude_tables.clone().into())
                .unwrap_or_default(),
            protected,
            check_losses_after: file.as_ref().and_then(|file| file.check_losses_after.clone()),
            backup: file.as_ref().is_some_and(|file| file.backup),
            backups,
            keep: file.as_ref().map(ConfigFile::keep).unwrap_or_default(),
        })
    }
}

fn nearest(from: &Path) -> Option<PathBuf> {
    from.ancestors().map(|folder| folder.join(CONFIG_FILE)).find(|path| path.is_file())
}

/// The database that the configuration file `path` names, relative to the folder it is in. It may be made, whatever
/// its URL says of that.
fn in_file(path: &Path, root: &Path, database: &Path) -> Result<PathBuf, ConfigError> {
    DatabaseUrl::parse(database.as_os_str(), root)
        .map(|url| url.path)
        .map_err(|source| ConfigError::Setting { path: path.to_owned(), source })
}

/// `DATABASE_URL`, from the environment or from `.env` in `root`; relative to the folder of the
/// process or to `root`.
fn database_url(
    root: &Path,
    environment: Option<OsString>,
) -> Result<Option<DatabaseUrl>, ConfigError> {
    if let Some(text) = environment.filter(|text| !text.is_empty()) {
        let folder = env::current_dir().unwrap_or_default();
        return DatabaseUrl::parse(&text, &folder)
            .map(Some)
            .map_err(|source| ConfigError::Environment { source });
    }
    let path = root.join(".env");
    let unreadable = |source| ConfigError::Unreadable { path: path.clone(), source };
    let text = match regular_file::read_text(&path, regular_file::SETTINGS) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(error)),
    };
    let text = text.trim_start_matches('\u{feff}');
    let at = |line, source| ConfigError::DotEnv { path: path.clone(), line, source };
    // The whole file at once: a value may go over several lines, and may use one before it.
    for pair in dotenvy::from_read_iter(text.as_bytes()) {
        let (name, value) =
            pair.map_err(|error| at(line_of_error(text, &error), UrlError::Line))?;
        if name == DATABASE_URL {
            return DatabaseUrl::parse(value.as_ref(), root)
                .map(Some)
                .map_err(|source| at(line_of_name(text, DATABASE_URL), source));
        }
    }
    Ok(None)
}

/// Where in `text` the words are that could not be read. They may be secret and are not shown.
fn line_of_error(text: &str, error: &dotenvy::Error) -> usize {
    let before = match error {
        dotenvy::Error::LineParse(words, _) => text.split(words.as_str()).next(),
        _ => None,
    };
    1 + before.unwrap_or_default().matches('\n').count()
}

/// Where in `text` the variable `name` gets its value.
fn line_of_name(text: &str, name: &str) -> usize {
    let sets = |line: &str| line.trim_start().trim_start_matches("export ").starts_with(name);
    1 + text.lines().position(sets).unwrap_or_default()
}

/// Follows symbolic links once, so that all names of a file share its lock and its journal.
fn resolve(path: PathBuf) -> PathBuf {
    fs::canonicalize(&path).unwrap_or(path)
}

fn same_file(a: &Path, b: &Path) -> bool {
    resolve(a.to_owned()) == resolve(b.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project(toml: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(CONFIG_FILE), toml).unwrap();
        folder
    }

    /// Whatever `DATABASE_URL` is where the tests run.
    fn find(from: &Path, overrides: &Overrides) -> Result<Config, ConfigError> {
        Config::find_with(from, overrides, None)
    }

    fn source(error: &ConfigError) -> String {
        use std::error::Error as _;
        error.source().unwrap().to_string()
    }

    #[test]
    fn the_file_is_found_from_below_and_paths_are_relative_to_it() {
        let folder = project("database = 'data/a.db'");
        let below = folder.path().join("x/y");
        fs::create_dir_all(&below).unwrap();
        let config = find(&below, &Overrides::default()).unwrap();
        assert_eq!(config.database.path, folder.path().join("data/a.db"));
        assert!(config.database.create);
        assert_eq!(config.migrations, folder.path().join("migrations"));
    }

    #[test]
    fn the_caller_goes_first_and_its_database_is_not_made_unasked() {
        let folder = project("database = 'a.db'\nmigrations = 'm'");
        let overrides = Overrides {
            database: Some("b.db".into()),
            migrations: Some("n".into()),
            ..Overrides::default()
        };
        let config = find(folder.path(), &overrides).unwrap();
        assert_eq!(config.database, Database::existing_at(folder.path().join("b.db")));
        assert_eq!(config.migrations, folder.path().join("n"));

        let asked = Overrides { create: true, ..overrides };
        assert!(find(folder.path(), &asked).unwrap().database.create);
        let same = Overrides { database: Some("a.db".into()), ..Overrides::default() };
        assert!(find(folder.path(), &same).unwrap().database.create);
    }

    #[test]
    fn a_database_url_of_another_program_is_no_fault_where_the_caller_names_the_database() {
        let folder = project("database = 'a.db'");
        fs::write(folder.path().join(".env"), "DATABASE_URL=postgres://x").unwrap();
        let mut overrides = Overrides { database: Some("b.db".into()), ..Overrides::default() };
        let find = |overrides: &Overrides| {
            Config::find_with(folder.path(), overrides, Some("mysql://x".into()))
        };
        assert_eq!(find(&overrides).unwrap().database.path, folder.path().join("b.db"));
        overrides.database = None;
        assert!(matches!(find(&overrides), Err(ConfigError::Environment { .. })));
    }

    #[test]
    fn models_are_a_file_of_sql_or_a_folder_and_are_looked_for_when_they_are_needed() {
        let models = |toml: &str| {
            let folder = project(toml);
            let found = find(folder.path(), &Overrides::default()).unwrap();
            (found.models, folder.path().to_owned())
        };
        assert_eq!(models("database = 'a.db'").0, None);
        let (found, root) = models("database = 'a.db'\nmodels = 'schema.sql'");
        assert_eq!(found, Some(ModelsSource::SqlFile(root.join("schema.sql"))));
        let (found, root) = models("database = 'a.db'\nmodels = '../app'");
        assert_eq!(found, Some(ModelsSource::Crate(root.join("../app"))));
    }

    #[test]
    fn a_database_is_protected_whoever_names_it() {
        let is_protected = |protected: &str, database: Option<&str>| {
            let folder = project(&format!("database = 'live.db'\nprotected = {protected}"));
            fs::write(folder.path().join("live.db"), "").unwrap();
            #[cfg(unix)]
            std::os::unix::fs::symlink("live.db", folder.path().join("link")).unwrap();
            let database = database.map(PathBuf::from);
            find(folder.path(), &Overrides { database, ..Overrides::default() }).unwrap().protected
        };
        assert!(is_protected("true", None) && is_protected("true", Some("ci.db")));
        assert!(!is_protected("false", None) && !is_protected("[]", None));
        assert!(is_protected("['live*']", None) && !is_protected("['live*']", Some("ci.db")));
        #[cfg(unix)]
        assert!(is_protected("['live.db']", Some("link")));
        assert!(is_protected("['data/*.db']", Some("data/a.db")));
    }

    #[test]
    fn a_url_means_the_same_wherever_it_stands() {
        let folder = project("database = 'file:a.db'");
        let at = |name: &str| folder.path().join(name);
        let database = |overrides: &Overrides, url: Option<&str>| {
            let config = Config::find_with(folder.path(), overrides, url.map(OsString::from));
            config.map(|config| config.database)
        };
        assert_eq!(database(&Overrides::default(), None).unwrap(), Database::at(at("a.db")));
        let url = format!("sqlite://{}", at("b.db").display());
        let asked = Overrides { database: Some(url.clone().into()), ..Overrides::default() };
        assert_eq!(database(&asked, None).unwrap(), Database::existing_at(at("b.db")));
        assert_eq!(
            database(&Overrides::default(), Some(&url)).unwrap(),
            Database::existing_at(at("b.db"))
        );
        let elsewhere =
            Overrides { database: Some("postgres://h/d".into()), ..Overrides::default() };
        let error = database(&elsewhere, None).unwrap_err();
        assert!(matches!(error, ConfigError::Asked { source: UrlError::Scheme(_) }), "{error}");
        let folder = project("database = 'mysql://h/d'");
        let error = find(folder.path(), &Overrides::default()).unwrap_err();
        assert!(matches!(error, ConfigError::Setting { .. }), "{error}");
    }

    #[test]
    fn without_a_file_both_places_must_be_named() {
        let folder = tempfile::tempdir().unwrap();
        let mut overrides = Overrides { database: Some("a.db".into()), ..Overrides::default() };
        assert!(matches!(find(folder.path(), &overrides), Err(ConfigError::NoConfig { .. })));
        overrides.migrations = Some("m".into());
        find(folder.path(), &overrides).unwrap();
    }

    #[test]
    fn an_unknown_key_and_a_malformed_value_are_named_with_their_line() {
        for (toml, line, word) in [
            ("database = 'a.db'\ndatabse = 'b.db'", "line 2", "databse"),
            ("database = 'a.db'\n\nmigrations = 3", "line 3", "string"),
            ("database = 'a.db", "line 1", "string"),
            ("migrations = 'm'", "line 1", "database"),
            ("database = 'a.db'\nprotected = 'live.db'", "line 2", "a list of patterns"),
            ("database = 'a.db'\nprotected = ['a[']", "line 2", "a list of patterns"),
        ] {
            let folder = project(toml);
            let error = find(folder.path(), &Overrides::default()).unwrap_err();
            assert!(error.to_string().contains(CONFIG_FILE), "{error}");
            let text = source(&error);
            assert!(text.contains(line) && text.contains(word), "{text}");
        }
    }

    #[test]
    fn dot_env_goes_before_the_file_and_errors_in_it_have_a_line() {
        let folder = project("database = 'a.db'");
        let write = |text: &str| fs::write(folder.path().join(".env"), text).unwrap();
        let found = || find(folder.path(), &Overrides::default());
        write("# comment\nOTHER=1\nDATABASE_URL=\"sqlite:b.db\"\n");
        let config = found().unwrap();
        assert_eq!(config.database.path, folder.path().join("b.db"));
        assert!(!config.database.create);

        write("OTHER=1\nDATABASE_URL=postgres://x\n");
        assert!(matches!(found().unwrap_err(), ConfigError::DotEnv { line: 2, .. }));
        write("OTHER=1\n\nwhat is this\n");
        assert!(matches!(found().unwrap_err(), ConfigError::DotEnv { line: 3, .. }));
    }

    #[test]
    fn dot_env_may_hold_what_other_tools_write_there() {
        let folder = project("database = 'a.db'");
        for text in [
            "KEY=\"-----BEGIN\nDATABASE_URL=no.db\n-----END\"\nDATABASE_URL=sqlite:b.db\n",
            "NAME_OF_B=b\nexport DATABASE_URL=\"sqlite:${NAME_OF_B}.db\"\n",
            "\u{feff}DATABASE_URL=b.db\r\n",
        ] {
            fs::write(folder.path().join(".env"), text).unwrap();
            let config = find(folder.path(), &Overrides::default()).unwrap();
            assert_eq!(config.database.path, folder.path().join("b.db"), "{text}");
        }
    }
}
