//! A project of the runner, made by the runner, with generated migrations.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use runner::Job;

use crate::{files, worker};

const RUNNER: &str = env!("CARGO_BIN_EXE_runner");

/// A project.
pub(crate) struct Project {
    root: PathBuf,
}

impl Project {
    /// A project in cargo's target folder. What a run before left there is used again.
    pub(crate) fn make(name: &str) -> Self {
        let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("speed").join(name);
        // `init` writes over nothing, and the profile in this file is what is measured.
        files::remove(&root.join("migrations/Cargo.toml"));
        let api = Path::new(env!("CARGO_MANIFEST_DIR")).join("../migration-api");
        fs::create_dir_all(&root).unwrap();
        let project = Self { root };
        run(project.runner(&["init", "--api-path"]).arg(api));
        // A backup is a pass over all rows, which is not what is measured.
        let settings = project.path("runner.toml");
        let text = fs::read_to_string(&settings).unwrap();
        files::write(&settings, &text.replace("\nbackup = true", "\nbackup = false"));
        project
    }

    /// A path in the project.
    pub(crate) fn path(&self, below: &str) -> PathBuf {
        self.root.join(below)
    }

    /// The source of the migration `id`.
    pub(crate) fn source(&self, id: &str) -> PathBuf {
        self.root.join(format!("migrations/{id}/src/lib.rs"))
    }

    /// Writes the migration `id`.
    pub(crate) fn write(&self, id: &str, source: &str) {
        let manifest = self.root.join(format!("migrations/{id}/Cargo.toml"));
        files::write(
            &manifest,
            &format!(
                "[package]\nname = \"m{id}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[lib]\n\
                 crate-type = [\"cdylib\"]\n\n[dependencies]\n\
                 migration-api = {{ workspace = true }}\n"
            ),
        );
        files::write(&self.source(id), source);
    }

    /// Builds everything, and gives the job that applies it to a database that is not there yet.
    pub(crate) fn build(&self) -> Job {
        worker::plan_and_build(self.environment(&mut worker::command()))
    }

    /// The runner's own program.
    pub(crate) fn runner(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(RUNNER);
        self.environment(command.args(arguments));
        command
    }

    /// Applies everything to `database` by the runner's own program.
    pub(crate) fn migrate(&self, database: &Path) -> Duration {
        run(self.runner(&["migrate", "--create", "--database"]).arg(database))
    }

    /// Cargo, called as the runner calls it.
    pub(crate) fn cargo(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("cargo");
        self.environment(command.args(arguments)).current_dir(self.path("migrations"));
        keep_from(&mut command);
        command
    }

    fn environment<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        command
            .current_dir(&self.root)
            .env("CARGO_TARGET_DIR", self.path("target"))
            .env_remove("DATABASE_URL")
    }
}

/// What the cargo that runs this benchmark says of itself; the runner keeps it from its cargo too.
const NOT_FOR_CARGO: [&str; 8] = [
    "CARGO",
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_MANIFEST_DIR",
    "CARGO_MANIFEST_PATH",
    "RUSTC",
    "RUSTDOC",
    "RUSTFLAGS",
    "RUSTUP_TOOLCHAIN",
];

/// Keeps that from `cargo`.
pub(crate) fn keep_from(cargo: &mut Command) {
    for name in NOT_FOR_CARGO {
        cargo.env_remove(name);
    }
}

/// Runs a process to its end, which must be a good one, and gives how long it took.
pub(crate) fn run(command: &mut Command) -> Duration {
    let started = Instant::now();
    let output = command.stdin(Stdio::null()).output().unwrap();
    let took = started.elapsed();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {}\n{said}", output.status);
    took
}
