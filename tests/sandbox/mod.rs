//! A folder for one test, in which the real binary runs with real cargo on real files.
#![allow(clippy::unwrap_used, dead_code, unreachable_pub, unused_imports)]

mod length;
mod lock_file;
mod patience;
#[cfg(unix)]
mod signals;
mod skipped;
mod what_varies;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use runner::{Config, Overrides};
use rusqlite::Connection;
use rusqlite::types::Value;
use tempfile::TempDir;

pub use length::{as_many, long};
pub use patience::{patience, wait_until};
pub use skipped::skipped;
use what_varies::without_what_varies;

/// Where every test builds migrations: their dependencies are compiled once.
pub const TARGET: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/migrations");

/// The folder of this repository.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// An empty folder, removed in the end.
pub struct Sandbox {
    /// Removes the folder in the end; `None` in a sandbox inside another.
    _folder: Option<TempDir>,
    root: PathBuf,
    next: Cell<u64>,
}

impl Sandbox {
    /// An empty folder.
    pub fn empty() -> Self {
        Self::empty_in(&std::env::temp_dir())
    }

    /// An empty folder in that one.
    pub fn empty_in(place: &Path) -> Self {
        #[cfg(unix)]
        signals::heard_by_children();
        let folder = tempfile::Builder::new().prefix("runner-test-").tempdir_in(place).unwrap();
        // Above the project there is rustfmt's configuration, and so nobody's own counts in it.
        fs::write(folder.path().join("rustfmt.toml"), "").unwrap();
        let root = fs::canonicalize(folder.path()).unwrap().join("sandbox");
        fs::create_dir(&root).unwrap();
        Self { _folder: Some(folder), root, next: Cell::new(0) }
    }

    /// A folder in this one, which must live as long.
    pub fn below(&self, path: &str) -> Self {
        Self { _folder: None, root: self.path(path), next: Cell::new(0) }
    }

    /// A folder that stays: what is built there is built once. Its database is `app.db`.
    pub fn lasting(name: &str) -> Self {
        let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&root).unwrap();
        let root = fs::canonicalize(root).unwrap();
        let sandbox = Self { _folder: None, root, next: Cell::new(0) };
        if !sandbox.path("migrations").exists() {
            sandbox.run(&["init"]).succeeded();
        }
        sandbox.write("runner.toml", "database = \"app.db\"\n");
        sandbox
    }

    /// A folder in which `runner init` has run. Its database is `app.db`.
    pub fn project() -> Self {
        Self::project_in(&std::env::temp_dir())
    }

    /// As [`Self::project`], in a folder of one's own choice.
    pub fn project_in(place: &Path) -> Self {
        let sandbox = Self::empty_in(place);
        sandbox.run(&["init"]).succeeded();
        sandbox.write("migrations/Cargo.lock", lock_file::of_migrations());
        sandbox.write("runner.toml", "database = \"app.db\"\n");
        sandbox
    }

    /// The folder, as the system spells it.
    pub fn root(&self) -> PathBuf {
        self.root.clone()
    }

    /// A path in the folder.
    pub fn path(&self, below: impl AsRef<Path>) -> PathBuf {
        self.root().join(below)
    }

    /// Writes a file, and the folders to it.
    pub fn write(&self, below: impl AsRef<Path>, text: &str) {
        let path = self.path(below);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Reads a file.
    pub fn read(&self, below: impl AsRef<Path>) -> String {
        fs::read_to_string(self.path(below)).unwrap()
    }

    /// Adds a migration that comes after the ones before, and gives its id. The stamps differ from
    /// test to test: all tests share a target folder, in which a package is found by its name.
    pub fn migration(&self, name: &str, source: &str) -> String {
        let id = format!("{}_{name}", self.stamp());
        self.migration_called(&id, source);
        id
    }

    /// Adds a migration with this id.
    pub fn migration_called(&self, id: &str, source: &str) {
        self.write(
            format!("migrations/{id}/Cargo.toml"),
            &format!(
                "[package]\nname = \"m{id}\"\nedition = \"2024\"\n\n[lib]\n\
                 crate-type = [\"cdylib\"]\n\n[dependencies]\n\
                 migration-api = {{ workspace = true }}\n"
            ),
        );
        self.write(format!("migrations/{id}/src/lib.rs"), source);
    }

    /// Adds a migration that runs `forward` and, on its way back, `backward`.
    pub fn sql_migration(&self, name: &str, forward: &str, backward: &str) -> String {
        self.migration(name, &sql_source(forward, backward))
    }

    /// As [`Self::sql_migration`], of one that declares what it `loses`.
    pub fn lossy_migration(
        &self,
        name: &str,
        loses: &[&str],
        forward: &str,
        backward: &str,
    ) -> String {
        self.migration(name, &lossy_source(loses, forward, backward))
    }

    /// The plugin `tests/plugins/NAME.rs` as a migration called NAME.
    pub fn plugin(&self, name: &str) -> String {
        let path = repository().join(format!("tests/plugins/{name}.rs"));
        self.migration(name, &fs::read_to_string(path).unwrap())
    }

    fn stamp(&self) -> String {
        const SPAN: u64 = 20 * 365 * 24 * 3600;
        let mut hasher = DefaultHasher::new();
        (std::env::current_exe().unwrap(), std::thread::current().name()).hash(&mut hasher);
        let start: jiff::civil::DateTime = "2001-01-01T00:00:00".parse().unwrap();
        let offset = hasher.finish() % SPAN + self.next.replace(self.next.get() + 1);
        let time = start + jiff::SignedDuration::from_secs(i64::try_from(offset).unwrap());
        time.strftime("%Y%m%d_%H%M%S").to_string()
    }

    /// The real binary, called in the folder.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_runner"));
        self.prepare(command.args(arguments));
        command
    }

    /// Git, called in the folder as nobody in particular.
    pub fn git(&self, arguments: &[&str]) -> Outcome {
        let mut command = Command::new("git");
        self.prepare(command.args(arguments));
        command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null");
        for who in ["AUTHOR", "COMMITTER"] {
            command
                .env(format!("GIT_{who}_NAME"), who)
                .env(format!("GIT_{who}_EMAIL"), "a@b.example");
        }
        self.outcome(&command.output().unwrap())
    }

    /// `line` in a shell in the folder. The binary is `$0` there.
    pub fn shell(&self, line: &str) -> Command {
        let mut command = Command::new("sh");
        self.prepare(command.args(["-c", line, env!("CARGO_BIN_EXE_runner")]));
        command
    }

    /// Lets `command` run in the folder; nothing of this process's environment reaches it that could
    /// change what the binary does.
    pub fn prepare(&self, command: &mut Command) {
        command
            .current_dir(self.root())
            .env("CARGO_TARGET_DIR", TARGET)
            // What the tests are about is not the optimiser, which takes most of the time of a build.
            .env("CARGO_PROFILE_DEV_OPT_LEVEL", "0")
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0")
            .env("CARGO_INCREMENTAL", "0")
            .env("CARGO_TERM_COLOR", "never")
            // A cargo that is called past rustup names no toolchain to rustc, and rustup then installs what the
            // crates that are compiled would like to have.
            .env("RUSTUP_AUTO_INSTALL", "0")
            // The log says who it was.
            .env("USER", "ada");
        for name in [
            "CARGO_BUILD_TARGET",
            "CLICOLOR",
            "CLICOLOR_FORCE",
            "COLUMNS",
            "DATABASE_URL",
            "NO_COLOR",
            "RUST_BACKTRACE",
        ] {
            command.env_remove(name);
        }
    }

    /// Runs the binary to its end.
    pub fn run(&self, arguments: &[&str]) -> Outcome {
        self.outcome(&self.command(arguments).output().unwrap())
    }

    /// What a process of this folder did.
    pub fn outcome(&self, output: &Output) -> Outcome {
        let text = |bytes: &[u8]| self.normal(&String::from_utf8_lossy(bytes));
        Outcome {
            code: output.status.code(),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        }
    }

    /// `text` without what differs from run to run: this folder, times, durations.
    pub fn normal(&self, text: &str) -> String {
        let text = text
            .replace(&self.root().display().to_string(), "[ROOT]")
            .replace(TARGET, "[TARGET]")
            .replace(&repository().display().to_string(), "[REPOSITORY]");
        without_what_varies(text)
    }

    /// Every file below the folder with its bytes, and every folder with none. What cargo notes
    /// down for itself does not count.
    pub fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut files = BTreeMap::new();
        let mut folders = vec![self.root()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                let bytes = if path.is_dir() {
                    folders.push(path.clone());
                    Vec::new()
                } else {
                    fs::read(&path).unwrap()
                };
                if !path.ends_with("migrations/Cargo.lock") {
                    files.insert(path.strip_prefix(self.root()).unwrap().to_owned(), bytes);
                }
            }
        }
        files
    }

    /// Runs `command`, panics if it changed, made or removed any file, and gives what it said.
    #[track_caller]
    pub fn unchanged_by(&self, mut command: Command) -> Outcome {
        let before = self.files();
        let outcome = self.outcome(&command.output().unwrap());
        let after = self.files();
        let differing: Vec<_> = before
            .keys()
            .chain(after.keys())
            .filter(|path| before.get(*path) != after.get(*path))
            .collect();
        assert!(differing.is_empty(), "{differing:?} changed by a command that said:\n{outcome:?}");
        outcome
    }

    /// As [`Self::unchanged_by`], of the binary called with `arguments`.
    #[track_caller]
    pub fn untouched(&self, arguments: &[&str]) -> Outcome {
        self.unchanged_by(self.command(arguments))
    }

    /// Has every migration backed up to the folder `backups`, as in a new project; `more` settings.
    pub fn backs_up(self, more: &str) -> Self {
        self.write("runner.toml", &format!("database = \"app.db\"\nbackup = true\n{more}\n"));
        self
    }

    /// The backups that there are, oldest first, and all that lies beside them.
    pub fn backups(&self) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.path("backups")) else { return Vec::new() };
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = names.filter(|name| name != ".gitignore").collect();
        names.sort_by_key(|name| name.replace('.', " "));
        names
    }

    /// The configuration in the folder, for what runs in this process: its environment may name another
    /// database.
    pub fn config(&self) -> Config {
        let database = Some(self.path("app.db"));
        Config::find(&self.root(), &Overrides { database, ..Overrides::default() }).unwrap()
    }

    /// The database `app.db`.
    pub fn database(&self) -> Connection {
        Connection::open(self.path("app.db")).unwrap()
    }

    /// Everything in `app.db`: the schema and every row of every table, with the ids in the history
    /// and none of its times. Empty if there is no database.
    pub fn contents(&self) -> String {
        self.contents_of("app.db")
    }

    /// As [`Self::contents`], of any database.
    pub fn contents_of(&self, below: impl AsRef<Path>) -> String {
        let path = self.path(below);
        if fs::metadata(&path).map_or(0, |metadata| metadata.len()) == 0 {
            return String::new();
        }
        self.normal(&contents(&Connection::open(path).unwrap()))
    }
}

/// The source of a migration that runs `forward` and, on its way back, `backward`.
pub fn sql_source(forward: &str, backward: &str) -> String {
    source("", forward, backward)
}

/// As [`sql_source`], of a migration that declares what it `loses`.
pub fn lossy_source(loses: &[&str], forward: &str, backward: &str) -> String {
    source(&format!("const LOSES: &[&str] = &{loses:?};\n"), forward, backward)
}

fn source(constants: &str, forward: &str, backward: &str) -> String {
    format!(
        "use migration_api::prelude::*;\n\
         #[derive(Default)]\npub struct Sql;\n\
         impl Migration for Sql {{\n\
         {constants}\
         fn migrate_forward(&self, migrator: &mut Migrator) -> Result {{ \
         migrator.execute_batch({forward:?}) }}\n\
         fn migrate_backward(&self, migrator: &mut Migrator) -> Result {{ \
         migrator.execute_batch({backward:?}) }}\n\
         }}\nexport_migration!(Sql);\n"
    )
}

/// Everything in a database: the schema and every row of every table, with the ids in the history and
/// none of its times. The schema that the runner keeps is left out, as it says the same once more, and the log, which
/// says how it came about.
pub fn contents(connection: &Connection) -> String {
    let mut contents = String::new();
    let objects: Vec<(String, String, Option<String>)> = connection
        .prepare("SELECT type, name, sql FROM sqlite_schema ORDER BY type, name")
        .unwrap()
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    let counts = |name: &str| !matches!(name, "_runner_schema" | "_runner_log");
    for (kind, name, sql) in objects.into_iter().filter(|(_, name, _)| counts(name)) {
        contents += &format!("{kind} {name}: {}\n", sql.unwrap_or_default());
        if kind == "table" {
            let columns = if name == "_runner_migrations" { "id" } else { "*" };
            contents += &rows(connection, &format!("SELECT {columns} FROM \"{name}\""));
        }
    }
    contents
}

/// The rows that `sql` gives, one to a line.
pub fn rows(connection: &Connection, sql: &str) -> String {
    let mut statement = connection.prepare(sql).unwrap();
    let width = statement.column_count();
    let mut rows = statement.query([]).unwrap();
    let mut text = String::new();
    while let Some(row) = rows.next().unwrap() {
        let values: Vec<String> = (0..width)
            .map(|column| format!("{:?}", row.get::<_, Value>(column).unwrap()))
            .collect();
        text += &format!("  {}\n", values.join(", "));
    }
    text
}

/// What a run of the binary did.
#[derive(Debug)]
pub struct Outcome {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Outcome {
    /// Panics with everything that was said unless the exit code is 0.
    #[track_caller]
    pub fn succeeded(self) -> Self {
        assert_eq!(self.code, Some(0), "{}{}", self.stdout, self.stderr);
        self
    }

    /// The exit code and both outputs, whole, to be compared.
    pub fn shown(&self) -> String {
        let code = self.code.map_or_else(|| "none".to_owned(), |code| code.to_string());
        let mut text = format!("exit {code}\n");
        for (name, output) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            if !output.is_empty() {
                text += &format!("--- {name}\n{output}");
            }
        }
        text
    }
}
