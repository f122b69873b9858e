//! A folder with what an older runner made.

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use crate::sandbox::{Outcome, Sandbox, repository, rows};

/// The databases that the older runner left.
pub(crate) const DATABASES: [&str; 5] = ["half", "all", "reverted", "unfinished", "repaired"];

/// The migrations that the tests name.
pub(crate) const WITHOUT_TRANSACTION: &str = "20260216_090000_one_form_of_dates";
pub(crate) const LAST: &str = "20260223_090000_add_language_to_book";

/// A folder for one test: the bundle, the sources, and copies of the databases.
pub(crate) struct Place {
    pub(crate) sandbox: Sandbox,
}

impl Place {
    pub(crate) fn new() -> Self {
        let sandbox = Sandbox::empty();
        let made = repository().join("tests/older/0.1.0");
        let databases = DATABASES.map(|name| format!("{name}.db"));
        for file in databases.iter().map(String::as_str).chain(["migrations.bundle"]) {
            fs::copy(made.join(file), sandbox.path(file)).unwrap();
        }
        copy_folder(&made.join("migrations"), &sandbox.path("migrations"));
        let workspace = sandbox.read("migrations/Cargo.toml");
        let here = repository().display().to_string();
        sandbox.write("migrations/Cargo.toml", &workspace.replace("../../../..", &here));
        Self { sandbox }
    }

    /// The binary with the migrations of the bundle, on `NAME.db`.
    pub(crate) fn with_bundle(&self, name: &str, words: &[&str]) -> Outcome {
        self.run(name, words, &["--bundle", "migrations.bundle"])
    }

    /// The binary with the sources, on `NAME.db`.
    pub(crate) fn with_sources(&self, name: &str, words: &[&str]) -> Outcome {
        self.run(name, words, &["--migrations", "migrations"])
    }

    fn run(&self, name: &str, words: &[&str], from: &[&str]) -> Outcome {
        self.sandbox.run(&[words, from, &["--database", &file(name)]].concat())
    }

    pub(crate) fn database(&self, name: &str) -> Connection {
        Connection::open(self.sandbox.path(file(name))).unwrap()
    }

    /// What `NAME.db` holds: the objects and rows of the application, and the ids of the history. How the
    /// runner keeps its own tables may differ from version to version.
    pub(crate) fn content(&self, name: &str) -> String {
        let database = self.database(name);
        let mut content = rows(&database, "SELECT id FROM _runner_migrations ORDER BY id");
        let objects: Vec<(String, String)> = database
            .prepare(
                "SELECT name, sql FROM sqlite_schema
                 WHERE sql IS NOT NULL AND name NOT LIKE '\\_runner\\_%' ESCAPE '\\' ORDER BY name",
            )
            .unwrap()
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap();
        for (name, sql) in objects {
            content += &format!("{sql}\n");
            if sql.starts_with("CREATE TABLE") {
                content += &rows(&database, &format!("SELECT * FROM \"{name}\""));
            }
        }
        content
    }
}

fn file(name: &str) -> String {
    format!("{name}.db")
}

fn copy_folder(from: &Path, to: &Path) {
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        fs::create_dir_all(to.join(&folder)).unwrap();
        for entry in fs::read_dir(from.join(&folder)).unwrap() {
            let below = folder.join(entry.unwrap().file_name());
            if from.join(&below).is_dir() {
                folders.push(below);
            } else {
                fs::copy(from.join(&below), to.join(&below)).unwrap();
            }
        }
    }
}
