//! A database with something to lose in every kind of object, and two migrations that are pending on
//! it: one rebuilds tables by operations, one repairs rows in Rust. Each goes forward and backward.
#![allow(clippy::unwrap_used, dead_code, unreachable_pub, unused_imports)]

mod trial;

pub use trial::{Trial, is_finished};

use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use runner::job::BuiltStep;
use runner::kept::KeepLost;
use runner::load::{Artifact, Library};
use runner::{ApplicationNames, ApplyOptions, Database, Direction, Job};
use rusqlite::{Connection, OpenFlags};

use crate::sandbox::{self, Sandbox};
pub use crate::shim_vfs::Files;

/// How the database keeps what a commit changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Journal {
    Delete,
    Wal,
}

/// What makes the database. Its pages are small, and so is its cache.
pub const SCHEMA: &str = include_str!("schema.sql");

/// What SQLite leaves beside a database.
const BESIDE: [&str; 3] = ["app.db-journal", "app.db-wal", "app.db-shm"];

/// A project with the database `app.db` and the two migrations, built.
pub struct Populated {
    pub sandbox: Sandbox,
    ids: Vec<String>,
}

impl Populated {
    pub fn with(journal: Journal) -> Self {
        Self::of(SCHEMA, journal, &["rebuilds_tables", "repairs_rows"])
    }

    /// What `sql` makes, with the migrations `tests/plugins/PLUGIN.rs`.
    pub fn of(sql: &str, journal: Journal, plugins: &[&str]) -> Self {
        let sandbox = Sandbox::project();
        let database = sandbox.database();
        database.execute_batch(sql).unwrap();
        if journal == Journal::Wal {
            database.execute_batch("PRAGMA journal_mode = WAL").unwrap();
        }
        drop(database);
        let ids = plugins.iter().map(|name| sandbox.plugin(name)).collect();
        // This builds them, and may be refused for what they do.
        sandbox.run(&["migrate", "--dry-run"]);
        let populated = Self { sandbox, ids };
        let job = populated.job(Direction::Forward);
        let is_built = |library: &Library| matches!(library, Library::File(path) if path.exists());
        assert!(job.steps.iter().all(|step| is_built(&step.artifact.library)));
        populated
    }

    /// The job that takes both migrations in `direction`.
    pub fn job(&self, direction: Direction) -> Job {
        let folder = |id: &String| self.sandbox.path("migrations").join(id);
        let digest = |id: &String| runner::digest::source(&folder(id)).unwrap();
        let artifact = |id: &String| Artifact {
            id: id.parse().unwrap(),
            library: Path::new(sandbox::TARGET)
                .join(format!("debug/{DLL_PREFIX}m{id}{DLL_SUFFIX}"))
                .into(),
            source_digest: digest(id),
            source: None,
            text: None,
            replaces: Vec::new(),
        };
        let mut steps: Vec<BuiltStep> =
            self.ids.iter().map(|id| BuiltStep { direction, artifact: artifact(id) }).collect();
        if direction == Direction::Backward {
            steps.reverse();
        }
        let database = Database::existing_at(self.path());
        let (options, application) = (ApplyOptions::default(), ApplicationNames::default());
        Job {
            database,
            steps,
            premise: None,
            backups: None,
            definitions: None,
            keep: KeepLost::default(),
            bundle: None,
            options,
            application,
        }
    }

    fn path(&self) -> PathBuf {
        self.sandbox.path("app.db")
    }

    /// The database and what lies beside it.
    pub fn files(&self) -> Files {
        let mut files = Files::new();
        for name in BESIDE.iter().chain(&["app.db"]) {
            if let Ok(bytes) = fs::read(self.sandbox.path(name)) {
                files.insert((*name).to_owned(), bytes);
            }
        }
        files
    }

    /// Puts `files` in place of the database and what lies beside it.
    pub fn put(&self, files: &Files) {
        for name in BESIDE {
            match fs::remove_file(self.sandbox.path(name)) {
                Err(error) if error.kind() != ErrorKind::NotFound => panic!("{name}: {error}"),
                _ => {}
            }
        }
        for (name, bytes) in files {
            fs::write(self.sandbox.path(name), bytes).unwrap();
        }
    }

    /// The database, through the VFS `vfs`.
    pub fn open(&self, vfs: &str) -> Connection {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE;
        Connection::open_with_flags_and_vfs(self.path(), flags, vfs).unwrap()
    }

    /// Everything in the database, as a program sees it that opens it through the VFS `vfs`. Panics
    /// unless SQLite finds it whole.
    #[track_caller]
    pub fn contents(&self, vfs: &str) -> String {
        let connection = self.open(vfs);
        let checked = sandbox::rows(&connection, "PRAGMA integrity_check");
        assert_eq!(checked.trim(), "Text(\"ok\")");
        assert_eq!(sandbox::rows(&connection, "PRAGMA foreign_key_check"), "");
        sandbox::contents(&connection)
    }
}
