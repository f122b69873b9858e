//! A fleet in a folder, and a bundle that does in each database what a row in it asks for.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::OnceLock;

use rusqlite::Connection;
use serde_json::Value;

use crate::sandbox::{Outcome, Sandbox};

/// The bundle, a database to which its first migration is applied, and the ids of its migrations.
pub(super) struct Built {
    pub(super) bundle: Vec<u8>,
    /// With two more migrations: after one the bundle is of use, after the other not.
    pub(super) newer: Vec<u8>,
    database: Vec<u8>,
    pub(super) first: String,
    pub(super) second: String,
}

/// Built once for all tests.
pub(super) fn built() -> &'static Built {
    static BUILT: OnceLock<Built> = OnceLock::new();
    BUILT.get_or_init(|| {
        let sandbox = Sandbox::project();
        let first = sandbox.sql_migration(
            "fleet_one",
            "CREATE TABLE wish (what TEXT); CREATE TABLE account (id INTEGER PRIMARY KEY, runs INTEGER);
             INSERT INTO account VALUES (1, 0)",
            "DROP TABLE wish; DROP TABLE account",
        );
        let second = sandbox.migration("fleet_two", DOES_AS_WISHED);
        sandbox.run(&["bundle"]).succeeded();
        let bundle = fs::read(sandbox.path("migrations.bundle")).unwrap();
        sandbox.run(&["migrate", "--to", &first]).succeeded();
        let database = fs::read(sandbox.path("app.db")).unwrap();
        sandbox.migration("fleet_usable", &adds_table("usable", &format!("Some({second:?})")));
        sandbox.migration("fleet_unusable", &adds_table("unusable", "None"));
        sandbox.run(&["bundle"]).succeeded();
        let newer = fs::read(sandbox.path("migrations.bundle")).unwrap();
        Built { bundle, newer, database, first, second }
    })
}

/// A migration after which programs are of use that know the one it names. It aborts or waits where a row asks for it.
fn adds_table(name: &str, usable_since: &str) -> String {
    format!(
        "use migration_api::prelude::*;
         #[derive(Default)]
         pub struct Adds;
         impl Migration for Adds {{
             const USABLE_SINCE: Option<&'static str> = {usable_since};
             fn migrate_forward(&self, migrator: &mut Migrator) -> Result {{
                 migrator.execute_batch(\"CREATE TABLE {name} (a)\")?;
                 let wish = migrator.connection().query_row(\"SELECT max(what) FROM wish\", [], |row| {{
                     row.get::<_, Option<String>>(0)
                 }})?;
                 if wish.as_deref() == Some(\"abort in {name}\") {{
                     std::process::abort();
                 }}
                 if wish.as_deref() == Some(\"wait in {name}\") {{
                     let gate = std::path::PathBuf::from(std::env::var_os(\"FLEET_GATE\").unwrap());
                     std::fs::write(gate.with_extension(\"reached\"), \"\").unwrap();
                     while !gate.exists() && !migrator.should_stop() {{
                         std::thread::sleep(std::time::Duration::from_millis(1));
                     }}
                 }}
                 Ok(())
             }}
             fn migrate_backward(&self, migrator: &mut Migrator) -> Result {{
                 migrator.execute_batch(\"DROP TABLE {name}\")
             }}
         }}
         export_migration!(Adds);"
    )
}

/// Counts its runs, and how many databases it has seen in this process. Notes which folder, variable and signal
/// handler it finds.
const DOES_AS_WISHED: &str = r#"use std::sync::atomic::{AtomicI64, Ordering};
use migration_api::prelude::*;
static SEEN: AtomicI64 = AtomicI64::new(0);
unsafe extern "C" {
    fn signal(signal: i32, handler: usize) -> usize;
}
const SIGNAL: i32 = 10;
extern "C" fn ignore(_: i32) {}
#[derive(Default)]
pub struct Wished;
impl Migration for Wished {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        let seen = SEEN.fetch_add(1, Ordering::Relaxed);
        migrator.execute_batch(
            "CREATE TABLE seen (before INTEGER, folder, variable, handler, process);
             UPDATE account SET runs = runs + 1",
        )?;
        let connection = migrator.connection();
        let folder = std::env::current_dir()?.display().to_string();
        let handler = unsafe {
            let handler = signal(SIGNAL, 0);
            signal(SIGNAL, handler);
            handler as i64
        };
        let found = (seen, folder, std::env::var("FLEET_SPOILED").ok(), handler, std::process::id());
        connection.execute("INSERT INTO seen VALUES (?1, ?2, ?3, ?4, ?5)", found)?;
        let wish = connection
            .query_row("SELECT max(what) FROM wish", [], |row| row.get::<_, Option<String>>(0))?
            .or_else(|| std::env::var("FLEET_WISH").ok());
        match wish.as_deref() {
            Some("abort") => std::process::abort(),
            Some("abort once") if std::env::var_os("FLEET_ABORTED").is_none_or(|path| {
                !std::path::Path::new(&path).exists()
            }) => {
                std::fs::write(std::env::var_os("FLEET_ABORTED").unwrap(), "").unwrap();
                std::process::abort()
            }
            Some(wish @ ("spoil" | "spoil and fail")) => unsafe {
                std::env::set_current_dir("/")?;
                std::env::set_var("FLEET_SPOILED", "by another");
                signal(SIGNAL, ignore as *const () as usize);
                if wish == "spoil" { Ok(()) } else { Err("as wished".into()) }
            },
            Some("exit") => std::process::exit(0),
            Some(wish) if wish.starts_with("fail with") => Err(wish.into()),
            Some("panic") => panic!("as wished"),
            Some("fail") => migrator.execute_batch("INSERT INTO nowhere VALUES (1)"),
            Some("loop") => loop {
                std::thread::sleep(std::time::Duration::from_millis(1));
            },
            Some("wait") => {
                let gate = std::path::PathBuf::from(std::env::var_os("FLEET_GATE").unwrap());
                std::fs::write(gate.with_extension("reached"), "").unwrap();
                while !gate.exists() && !migrator.should_stop() {
                    std::thread::sleep(std::time::Duration::from_millis(1));
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }
    fn migrate_backward(&self, migrator: &mut Migrator) -> Result {
        migrator.execute_batch("DROP TABLE seen; UPDATE account SET runs = runs - 1")
    }
}
export_migration!(Wished);
"#;

/// A folder with databases in `data`, a bundle, and no Rust.
pub(super) struct Fleet {
    pub(super) sandbox: Sandbox,
}

impl Fleet {
    /// With so many databases, to each of which the first migration is applied.
    pub(super) fn of(count: usize) -> Self {
        let sandbox = Sandbox::empty();
        fs::write(sandbox.path("app.bundle"), &built().bundle).unwrap();
        fs::create_dir(sandbox.path("data")).unwrap();
        let fleet = Self { sandbox };
        for number in 0..count {
            fleet.add(&format!("{number:04}"));
        }
        fleet
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.sandbox.path(format!("data/{name}.db"))
    }

    /// One more database.
    pub(super) fn add(&self, name: &str) {
        fs::write(self.path(name), &built().database).unwrap();
    }

    /// One more, in which the second migration does what is wished.
    pub(super) fn add_wish(&self, name: &str, wish: &str) {
        self.add(name);
        self.open(name).execute("INSERT INTO wish VALUES (?1)", [wish]).unwrap();
    }

    /// Applies migrations to one of them up to `to`, which only a newer bundle has.
    pub(super) fn migrate_further(&self, name: &str, to: &str) {
        fs::write(self.sandbox.path("newer.bundle"), &built().newer).unwrap();
        let database = format!("data/{name}.db");
        let words = ["migrate", "--database", &database, "--bundle", "newer.bundle", "--to", to];
        self.sandbox.run(&words).succeeded();
    }

    /// Gives all commands the bundle that has two more migrations.
    pub(super) fn has_the_newer_bundle(&self) {
        fs::write(self.sandbox.path("app.bundle"), &built().newer).unwrap();
    }

    pub(super) fn open(&self, name: &str) -> Connection {
        Connection::open(self.path(name)).unwrap()
    }

    /// `runner fleet`, with the bundle.
    pub(super) fn run(&self, words: &[&str]) -> Outcome {
        self.sandbox.outcome(&self.command(words).output().unwrap())
    }

    /// What it prints, to the byte: a job is run as it is.
    pub(super) fn printed(&self, words: &[&str]) -> String {
        let output = self.command(words).output().unwrap();
        self.sandbox.outcome(&output).succeeded();
        String::from_utf8(output.stdout).unwrap()
    }

    pub(super) fn command(&self, words: &[&str]) -> std::process::Command {
        let mut command = self.sandbox.command(&["fleet"]);
        command
            .args(words)
            .args(["--bundle", "app.bundle"])
            .env("PATH", self.sandbox.path("nowhere"))
            .env("FLEET_ABORTED", self.sandbox.path("aborted"));
        command
    }

    /// Plans all databases.
    pub(super) fn plan(&self, words: &[&str]) {
        let all = ["plan", "--databases", "data/*.db", "-o", "fleet.plan"];
        self.run(&[&all, words].concat()).succeeded();
    }

    /// The lines of a report.
    pub(super) fn report(&self, name: &str) -> Vec<Value> {
        let text = self.sandbox.read(name);
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The lines of a report that say what came of a database.
    pub(super) fn outcomes(&self, name: &str) -> Vec<Value> {
        self.report(name).into_iter().filter(|line| line["state"] != "begun").collect()
    }

    /// The state of each database in a report, by its name without the extension.
    pub(super) fn states(&self, report: &str) -> BTreeMap<String, String> {
        let state = |line: &Value| {
            let path = PathBuf::from(line["path"].as_str().unwrap());
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (name, line["state"].as_str().unwrap().to_owned())
        };
        self.outcomes(report).iter().map(state).collect()
    }

    /// How often the second migration ran in a database: it is undone where it failed.
    pub(super) fn runs(&self, name: &str) -> i64 {
        let query = "SELECT runs FROM account";
        self.open(name).query_row(query, [], |row| row.get(0)).unwrap()
    }

    /// What is applied to a database.
    pub(super) fn applied(&self, name: &str) -> Vec<String> {
        let connection = self.open(name);
        let mut select =
            connection.prepare("SELECT id FROM _runner_migrations ORDER BY id").unwrap();
        let ids = select.query_map([], |row| row.get(0)).unwrap();
        ids.map(Result::unwrap).collect()
    }

    /// Asserts that every database of `names` has both migrations, each run once.
    #[track_caller]
    pub(super) fn all_are_at_the_target<'n>(&self, names: impl IntoIterator<Item = &'n str>) {
        let Built { first, second, .. } = built();
        for name in names {
            assert_eq!(self.applied(name), [first.clone(), second.clone()], "{name}");
            assert_eq!(self.runs(name), 1, "{name}");
        }
    }

    /// Asserts that no process has left anything beside the databases.
    #[track_caller]
    pub(super) fn nothing_is_left_beside(&self) {
        let left: Vec<_> = fs::read_dir(self.sandbox.path("data"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| !name.ends_with(".db"))
            .collect();
        assert!(left.is_empty(), "{left:?}");
    }
}
