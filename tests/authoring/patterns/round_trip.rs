//! A database before and after a migration that was made of its name.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::sandbox::{Sandbox, rows};

/// A project whose database has what `sql` makes.
pub(crate) fn project(sql: &str) -> Sandbox {
    let sandbox = Sandbox::project();
    sandbox.database().execute_batch(sql).unwrap();
    sandbox
}

/// The path to the `src/lib.rs` of the newest migration.
pub(crate) fn library(sandbox: &Sandbox) -> PathBuf {
    let libraries = fs::read_dir(sandbox.path("migrations"))
        .unwrap()
        .map(|entry| entry.unwrap().path().join("src/lib.rs"));
    libraries.filter(|library| library.is_file()).max().unwrap()
}

/// Its text, which is laid out as rustfmt would.
pub(crate) fn newest(sandbox: &Sandbox) -> String {
    let library = library(sandbox);
    let output = Command::new("rustfmt")
        .args(["--check", "--edition", "2024"])
        .arg(&library)
        .current_dir(sandbox.path("migrations"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    sandbox.read(library)
}

/// All tables but the runner's own, with their columns, indexes and rows. Names that come back are
/// quoted, whether they were or not.
pub(crate) fn schema(sandbox: &Sandbox) -> String {
    let connection = sandbox.database();
    let mut text = rows(
        &connection,
        "SELECT sql FROM sqlite_schema WHERE tbl_name LIKE 'pat%' AND sql IS NOT NULL ORDER BY name",
    );
    let tables: Vec<String> = connection
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE 'pat%'")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    for table in tables {
        text += &format!("rows of {table}\n");
        text += &rows(&connection, &format!("SELECT * FROM {table}"));
    }
    text.replace("\\\"", "")
}

/// Creates a migration, applies it, reverts it, and gives its code and the schema it made.
pub(crate) fn there_and_back(sandbox: &Sandbox, arguments: &[&str]) -> String {
    sandbox.run(&[&["create"], arguments].concat()).succeeded();
    let before = schema(sandbox);
    sandbox.run(&["migrate"]).succeeded();
    let after = schema(sandbox);
    assert_ne!(before, after);
    sandbox.run(&["migrate", "--backward", "--all"]).succeeded();
    assert_eq!(schema(sandbox), before);
    format!("{}--- makes\n{after}\n", newest(sandbox))
}

/// What is said on standard error about a command that makes nothing.
pub(crate) fn refusal(sandbox: &Sandbox, arguments: &[&str]) -> String {
    let outcome = sandbox.untouched(&[&["create"], arguments].concat());
    assert_eq!((outcome.code, outcome.stdout.as_str()), (Some(2), ""), "{arguments:?}");
    outcome.stderr
}
