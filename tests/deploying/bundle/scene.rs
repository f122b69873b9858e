//! A bundle that was built once, and places to apply it where there is no Rust.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use crate::sandbox::{Outcome, Sandbox};

/// A bundle of two migrations, built once for all tests. When the library of the second is loaded, it
/// makes a file that the variable `BUNDLE_MARK` names.
pub(crate) fn good() -> &'static [u8] {
    static GOOD: OnceLock<Vec<u8>> = OnceLock::new();
    GOOD.get_or_init(|| {
        let sandbox = Sandbox::project();
        sandbox.sql_migration(
            "bundle_one",
            "CREATE TABLE one (a); INSERT INTO one VALUES (1)",
            "DROP TABLE one",
        );
        sandbox.migration("bundle_two", LEAVES_A_MARK);
        sandbox.run(&["bundle"]).succeeded();
        fs::read(sandbox.path("migrations.bundle")).unwrap()
    })
}

const LEAVES_A_MARK: &str = r#"use migration_api::prelude::*;
#[derive(Default)]
pub struct Two;
impl Migration for Two {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.execute_batch("CREATE TABLE two (b)")
    }
    fn migrate_backward(&self, migrator: &mut Migrator) -> Result {
        migrator.execute_batch("DROP TABLE two")
    }
}
export_migration!(Two);

extern "C" fn mark() {
    if let Some(path) = std::env::var_os("BUNDLE_MARK") {
        let _ = std::fs::write(path, "loaded");
    }
}
#[used]
#[cfg_attr(target_os = "linux", unsafe(link_section = ".init_array"))]
#[cfg_attr(target_vendor = "apple", unsafe(link_section = "__DATA,__mod_init_func"))]
static MARK: extern "C" fn() = mark;
"#;

/// A folder on a machine without Rust: no project, no cargo in PATH.
pub(crate) struct Place {
    pub(crate) sandbox: Sandbox,
}

impl Place {
    /// With `bundle` in it.
    pub(crate) fn with(bundle: &[u8]) -> Self {
        let place = Self { sandbox: Sandbox::empty() };
        place.put(bundle);
        place
    }

    /// Writes `app.bundle`.
    pub(crate) fn put(&self, bundle: &[u8]) {
        fs::write(self.bundle(), bundle).unwrap();
    }

    pub(crate) fn bundle(&self) -> PathBuf {
        self.sandbox.path("app.bundle")
    }

    /// The binary with `words`, the bundle, and the database `app.db`.
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = self.sandbox.command(words);
        command
            .args(["--bundle", "app.bundle", "--database", "app.db"])
            .env("PATH", self.sandbox.path("nowhere"))
            .env("BUNDLE_MARK", self.mark());
        command
    }

    pub(crate) fn run(&self, words: &[&str]) -> Outcome {
        self.sandbox.outcome(&self.command(words).output().unwrap())
    }

    fn mark(&self) -> PathBuf {
        self.sandbox.path("mark")
    }

    /// Whether the second library was ever loaded.
    pub(crate) fn was_loaded(&self) -> bool {
        self.mark().exists()
    }

    /// What the runner says of a bundle that it refuses, without loading anything or touching the
    /// database.
    #[track_caller]
    pub(crate) fn refusal(&self) -> String {
        let outcome = self.sandbox.unchanged_by(self.command(&["migrate", "--create"]));
        assert_eq!(outcome.code, Some(3), "{}", outcome.shown());
        assert!(!self.was_loaded());
        outcome.stderr
    }
}
