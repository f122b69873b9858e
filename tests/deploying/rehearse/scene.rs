//! A database with rows, on which migrations are pending.

use std::fs;

use serde_json::Value;

use crate::sandbox::{Outcome, Sandbox, sql_source};

const GROUND: &str = "
CREATE TABLE player (id INTEGER PRIMARY KEY, name TEXT NOT NULL, note TEXT, price TEXT);
CREATE TABLE old_log (line TEXT);
CREATE TABLE item (id INTEGER PRIMARY KEY, owner INTEGER REFERENCES player (id));
INSERT INTO player VALUES (1, 'ada', 'first', '2s 6d'), (2, 'grace', NULL, '1s'), (3, 'edsger', '', '3s');
INSERT INTO old_log VALUES ('one'), ('two');
INSERT INTO item VALUES (1, 1), (2, 3);
";

/// All scenes have the same one, so that it is built once.
pub(super) const GROUND_ID: &str = "20000101_000000_rehearsed_ground";

/// The source of a migration with constants; without `backward`, it has no way back.
pub(super) fn source(constants: &str, forward: &str, backward: Option<&str>) -> String {
    let whole = sql_source(forward, backward.unwrap_or_default());
    let start = "impl Migration for Sql {\n";
    let whole = whole.replace(start, &format!("{start}{constants}\n"));
    match backward {
        Some(_) => whole,
        None => {
            let end = whole.find("fn migrate_backward").unwrap();
            format!("{}}}\nexport_migration!(Sql);\n", &whole[..end])
        }
    }
}

pub(super) struct Scene {
    pub(super) sandbox: Sandbox,
}

impl Scene {
    /// The ground is applied.
    pub(super) fn new() -> Self {
        let sandbox = Sandbox::project();
        sandbox.migration_called(GROUND_ID, &sql_source(GROUND, ""));
        sandbox.run(&["migrate"]).succeeded();
        Self { sandbox }
    }

    /// Its database has a log instead of a journal.
    pub(super) fn with_log() -> Self {
        let scene = Self::new();
        scene.execute("PRAGMA journal_mode = WAL");
        scene
    }

    pub(super) fn execute(&self, sql: &str) {
        self.sandbox.database().execute_batch(sql).unwrap();
    }

    /// Adds a migration that says what it is.
    pub(super) fn pending(
        &self,
        name: &str,
        constants: &str,
        forward: &str,
        backward: Option<&str>,
    ) -> String {
        self.sandbox.migration(name, &source(constants, forward, backward))
    }

    pub(super) fn rehearse(&self, arguments: &[&str]) -> Outcome {
        self.sandbox.run(&[&["rehearse"], arguments].concat())
    }

    /// The document of a rehearsal, and what went wrong.
    pub(super) fn document(&self, arguments: &[&str]) -> (Value, Outcome) {
        let outcome = self.rehearse(&[&["--json"], arguments].concat());
        let document: Value = serde_json::from_str(&outcome.stdout).unwrap();
        (document["rehearsal"].clone(), outcome)
    }

    /// The names of all files in the folder of the database, and their bytes.
    pub(super) fn files(&self) -> Vec<(String, Vec<u8>)> {
        let entries = fs::read_dir(self.sandbox.root()).unwrap().map(Result::unwrap);
        let files = entries.filter(|entry| entry.file_type().unwrap().is_file());
        let mut files: Vec<_> = files
            .map(|entry| {
                (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap())
            })
            .collect();
        files.sort();
        files
    }
}
