//! `runner create NAME --typed TABLE...`: rows as structs, which a migration has for itself.

mod as_it_is;
mod between_shapes;
mod random;

use crate::sandbox::{Sandbox, rows};

/// A project with a migration that makes `sql`.
fn project(name: &str, sql: &str) -> Sandbox {
    let sandbox = Sandbox::project();
    sandbox.sql_migration(&format!("{name}_ground"), sql, "");
    sandbox
}

/// A file of the newest migration.
fn newest(sandbox: &Sandbox, file: &str) -> (std::path::PathBuf, String) {
    let entries = std::fs::read_dir(sandbox.path("migrations")).unwrap();
    let newest = entries.map(|e| e.unwrap().path()).filter(|p| p.join("src/lib.rs").exists()).max();
    let path = newest.unwrap().join(file);
    let text = sandbox.normal(&std::fs::read_to_string(&path).unwrap());
    (path, text)
}

/// Puts other code into `src/lib.rs` of the newest migration.
fn edit(sandbox: &Sandbox, changes: &[(&str, &str)]) {
    let (path, _) = newest(sandbox, "src/lib.rs");
    let mut code = std::fs::read_to_string(&path).unwrap();
    for (old, new) in changes {
        assert!(code.contains(old), "{old}\n{code}");
        code = code.replace(old, new);
    }
    std::fs::write(&path, code).unwrap();
}

const PLAYER: &str = "CREATE TABLE player (id INTEGER PRIMARY KEY, name TEXT NOT NULL, level INTEGER, picture BLOB);";

/// A project with `ground` applied, and models that say something else.
fn with_models(name: &str, ground: &str, models: &str) -> Sandbox {
    let sandbox = project(name, ground);
    sandbox.write("runner.toml", "database = \"app.db\"\nmodels = \"schema.sql\"\n");
    sandbox.write("schema.sql", models);
    sandbox.run(&["migrate"]).succeeded();
    sandbox
}

/// All rows of the tables, after a way forward, and after the way back.
fn there_and_back(sandbox: &Sandbox, queries: [&str; 2]) -> String {
    sandbox.run(&["migrate"]).succeeded();
    let after = rows(&sandbox.database(), queries[0]);
    sandbox.run(&["migrate", "--backward"]).succeeded();
    format!("{after}and back\n{}", rows(&sandbox.database(), queries[1]))
}
