//! Projects with applied migrations, and what is done to them.

use std::fs;

use crate::sandbox::{Outcome, Sandbox};

/// A project in which the tables NAME_1, NAME_2 and NAME_3 are made by a migration each; and the ids.
pub(crate) fn applied(name: &str) -> (Sandbox, [String; 3]) {
    let sandbox = Sandbox::project();
    let ids = [1, 2, 3].map(|number| table(&sandbox, &format!("{name}_{number}")));
    sandbox.run(&["migrate"]).succeeded();
    (sandbox, ids)
}

/// Adds a migration that makes a table.
pub(crate) fn table(sandbox: &Sandbox, name: &str) -> String {
    sandbox.sql_migration(name, &format!("CREATE TABLE {name} (a)"), &format!("DROP TABLE {name}"))
}

/// Changes the source of a migration.
pub(crate) fn edit(sandbox: &Sandbox, id: &str, change: impl Fn(&str) -> String) {
    let path = format!("migrations/{id}/src/lib.rs");
    let (old, new) = (sandbox.read(&path), change(&sandbox.read(&path)));
    assert_ne!(old, new);
    sandbox.write(&path, &new);
}

/// Another column in the table that it makes.
pub(crate) fn add_column(source: &str) -> String {
    source.replace(" (a)", " (a, b)")
}

pub(crate) fn remove(sandbox: &Sandbox, id: &str) {
    fs::remove_dir_all(sandbox.path(format!("migrations/{id}"))).unwrap();
}

/// A crate like that of `id`, a year before it.
pub(crate) fn older(sandbox: &Sandbox, id: &str, name: &str) -> String {
    let year: u32 = id[..4].parse().unwrap();
    let late = format!("{}{}_{name}", year - 1, &id[4..15]);
    let text = |file: &str| sandbox.read(format!("migrations/{id}/{file}")).replace(id, &late);
    sandbox.write(format!("migrations/{late}/Cargo.toml"), &text("Cargo.toml"));
    let source = text("src/lib.rs").replace(&id[16..], name);
    sandbox.write(format!("migrations/{late}/src/lib.rs"), &source);
    late
}

/// Runs the binary where no cargo is. Panics if it changed any file.
#[track_caller]
pub(crate) fn without_cargo(sandbox: &Sandbox, arguments: &[&str]) -> Outcome {
    let mut command = sandbox.command(arguments);
    command.env("PATH", sandbox.root());
    sandbox.unchanged_by(command)
}

/// Panics unless nothing has drifted.
#[track_caller]
pub(crate) fn in_order(sandbox: &Sandbox) {
    let status = sandbox.untouched(&["status"]).succeeded().stdout;
    assert!(!status.contains("next:"), "{status}");
    assert_eq!(
        sandbox.untouched(&["repair"]).succeeded().stdout.lines().next(),
        Some("nothing to repair")
    );
}
