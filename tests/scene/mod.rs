//! A filled database, a plugin that is pending on it, and the question whether it did harm.
#![allow(clippy::unwrap_used, dead_code, unreachable_pub)]

use std::collections::BTreeSet;
use std::fs;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

pub use crate::sandbox::wait_until;
use crate::sandbox::{Outcome, Sandbox, sql_source};

/// A small application's database: there is something to lose in every kind of object.
pub const GROUND: &str = "
CREATE TABLE player (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, score INTEGER NOT NULL);
CREATE TABLE item (
  id INTEGER PRIMARY KEY,
  owner INTEGER NOT NULL REFERENCES player (id) ON DELETE CASCADE,
  what TEXT NOT NULL
);
CREATE INDEX item_of_owner ON item (owner);
CREATE TABLE farewell (name TEXT NOT NULL);
CREATE TRIGGER player_leaves AFTER DELETE ON player
BEGIN INSERT INTO farewell VALUES (old.name); END;
CREATE VIEW ranking AS SELECT name, score FROM player ORDER BY score DESC;
INSERT INTO player VALUES (1, 'ada', 30), (2, 'grace', 50), (3, 'edsger', 20);
INSERT INTO item VALUES (1, 1, 'lamp'), (2, 1, 'rope'), (3, 2, 'map');
";

/// Every scene has the same one, so that it is built and applied once for all of them.
const GROUND_ID: &str = "20000101_000000_ground";

/// A project whose database holds `GROUND`.
pub struct Scene {
    pub sandbox: Sandbox,
    plugin: String,
}

/// Everything that a migration without success must leave as it was.
#[derive(Debug)]
struct State {
    files: BTreeSet<String>,
    bytes: Vec<u8>,
    contents: String,
    status: String,
}

impl Scene {
    /// `tests/plugins/PLUGIN.rs` is pending, and a good migration after it.
    pub fn with(plugin: &str) -> Self {
        let sandbox = Sandbox::project();
        sandbox.migration_called(GROUND_ID, &sql_source(GROUND, ""));
        fs::write(sandbox.path("app.db"), ground()).unwrap();
        sandbox.plugin(plugin);
        sandbox.sql_migration(
            &format!("{plugin}_after"),
            "CREATE TABLE after (a)",
            "DROP TABLE after",
        );
        Self { sandbox, plugin: plugin.to_owned() }
    }

    /// As [`Self::with`], and all of it is applied.
    pub fn applied(plugin: &str) -> Self {
        let scene = Self::with(plugin);
        scene.sandbox.run(&["migrate"]).succeeded();
        scene
    }

    /// Runs the binary, and gives what it said. Panics unless it failed and left every byte of the
    /// database as it was, no file behind, and the history too.
    #[track_caller]
    pub fn unharmed_by(&self, arguments: &[&str]) -> String {
        self.unharmed_while("", arguments)
    }

    /// As [`Self::unharmed_by`], while somebody else holds the lock that `sql` takes. Not while the
    /// file is read: who closes it on the way loses the locks that the process has on it.
    #[track_caller]
    pub fn unharmed_while(&self, sql: &str, arguments: &[&str]) -> String {
        let before = self.state();
        let other = self.sandbox.database();
        other.execute_batch(sql).unwrap();
        let outcome = self.sandbox.run(arguments);
        drop(other);
        self.unharmed_since(&before, &outcome)
    }

    /// As [`Self::unharmed_by`], of `command`, to which `act` does something while it runs. The plugin
    /// may leave files called `half` and `helper`.
    #[track_caller]
    pub fn unharmed_when(&self, mut command: Command, act: impl FnOnce(&Child)) -> String {
        let before = self.state();
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        act(&child);
        let outcome = self.sandbox.outcome(&child.wait_with_output().unwrap());
        for left in ["half", "helper"] {
            let _ = fs::remove_file(self.sandbox.path(left));
        }
        self.unharmed_since(&before, &outcome)
    }

    #[track_caller]
    fn unharmed_since(&self, before: &State, outcome: &Outcome) -> String {
        let after = self.state();
        let shown = outcome.shown();
        assert_ne!(outcome.code, Some(0), "{shown}");
        assert_eq!(after.files, before.files, "{shown}");
        assert_eq!(after.contents, before.contents, "{shown}");
        assert_eq!(after.status, before.status, "{shown}");
        assert!(after.bytes == before.bytes, "the file is another than before\n{shown}");
        shown
    }

    /// Applies what is pending, with `flags`. Panics unless the plugin and the migration after it
    /// succeeded.
    #[track_caller]
    pub fn succeeds(&self, flags: &[&str]) -> Outcome {
        let outcome = self.sandbox.run(&[&["migrate"], flags].concat()).succeeded();
        assert_eq!(self.history(), ["ground", &self.plugin, &format!("{}_after", self.plugin)]);
        assert!(self.sandbox.contents().contains("table after"));
        outcome
    }

    /// The names in the history, in order.
    pub fn history(&self) -> Vec<String> {
        self.sandbox
            .database()
            .prepare("SELECT substr(id, 17) FROM _runner_migrations ORDER BY id")
            .unwrap()
            .query_map([], |row| row.get(0))
            .unwrap()
            .map(Result::unwrap)
            .collect()
    }

    /// Waits until there is a file called `name`, with something in it.
    #[track_caller]
    pub fn wait_for(&self, name: &str) {
        let file = self.sandbox.path(name);
        wait_until(|| fs::metadata(&file).is_ok_and(|metadata| metadata.len() > 0));
    }

    /// The files are looked at first: a connection that opens the database would tidy up.
    fn state(&self) -> State {
        let files = fs::read_dir(self.sandbox.root())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        State {
            files,
            bytes: fs::read(self.sandbox.path("app.db")).unwrap(),
            contents: self.sandbox.contents(),
            status: self.sandbox.run(&["status"]).succeeded().shown(),
        }
    }
}

/// The database in which `GROUND` is applied, with its history.
fn ground() -> &'static [u8] {
    static BYTES: OnceLock<Vec<u8>> = OnceLock::new();
    BYTES.get_or_init(|| {
        let sandbox = Sandbox::project();
        sandbox.migration_called(GROUND_ID, &sql_source(GROUND, ""));
        sandbox.run(&["migrate"]).succeeded();
        fs::read(sandbox.path("app.db")).unwrap()
    })
}
