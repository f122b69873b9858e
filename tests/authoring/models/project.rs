//! Projects with models.

use rusqlite::Connection;

use crate::sandbox::{Outcome, Sandbox, repository, rows};

/// A project whose models are the crate `name`, with `source` as its code.
pub(crate) fn with_crate(name: &str, source: &str) -> Sandbox {
    let sandbox = with_models("models");
    write_crate(&sandbox, "models", name, "", source);
    sandbox
}

/// A project whose `runner.toml` says that its models are at `path`.
pub(crate) fn with_models(path: &str) -> Sandbox {
    let sandbox = Sandbox::empty();
    sandbox.write("runner.toml", &format!("database = \"app.db\"\nmodels = \"{path}\"\n"));
    sandbox
}

/// A project whose models are this text.
pub(crate) fn with_sql(text: &str) -> Sandbox {
    let sandbox = with_models("schema.sql");
    sandbox.write("schema.sql", text);
    sandbox
}

/// A crate in `folder`, without a workspace around it, with more lines in its `Cargo.toml`. All tests
/// build into one folder, in which a package is found by its name.
pub(crate) fn write_crate(sandbox: &Sandbox, folder: &str, name: &str, more: &str, source: &str) {
    let manifest = format!(
        "[package]\nname = \"{name}\"\nedition = \"2024\"\n\n[dependencies]\n\
         migration-model = {{ path = {:?} }}\n{more}",
        repository().join("migration-api/model")
    );
    sandbox.write(format!("{folder}/Cargo.toml"), &manifest);
    sandbox.write(format!("{folder}/src/lib.rs"), source);
}

/// Reads the models, as a command does.
pub(crate) fn read(sandbox: &Sandbox) -> Outcome {
    sandbox.run(&["schema", "dump", "models"])
}

/// What the models say of older names, as a command tells a machine.
pub(crate) fn renames(sandbox: &Sandbox) -> Vec<String> {
    let outcome = sandbox.run(&["schema", "dump", "models", "--json"]).succeeded();
    let document: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
    document["renames"].as_array().unwrap().iter().map(ToString::to_string).collect()
}

/// Everything that SQLite knows of a schema, but for the spelling of its texts.
pub(crate) fn facts(sql: &str) -> String {
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch(sql).unwrap_or_else(|error| panic!("{error}\n{sql}"));
    let mut facts = String::new();
    for question in [
        "SELECT name, type, ncol, wr, strict FROM pragma_table_list WHERE schema = 'main' ORDER BY name",
        "SELECT t.name, c.* FROM sqlite_schema t, pragma_table_xinfo(t.name) c \
         WHERE t.type IN ('table', 'view') ORDER BY t.name, c.cid",
        "SELECT t.name, i.name, i.\"unique\", i.origin, i.partial, x.seqno, x.name, x.\"desc\", x.coll \
         FROM sqlite_schema t, pragma_index_list(t.name) i, pragma_index_xinfo(i.name) x \
         WHERE t.type = 'table' ORDER BY t.name, i.name, x.seqno",
        "SELECT t.name, f.* FROM sqlite_schema t, pragma_foreign_key_list(t.name) f \
         WHERE t.type = 'table' ORDER BY t.name, f.id, f.seq",
        "SELECT type, name, replace(replace(replace(sql, char(10), ' '), '  ', ' '), '  ', ' ') FROM sqlite_schema \
         WHERE type IN ('view', 'trigger') ORDER BY name",
        "SELECT name, instr(upper(sql), 'AUTOINCREMENT') > 0, instr(upper(sql), 'DEFERRED') > 0, \
         instr(upper(sql), 'CHECK') > 0, instr(upper(sql), ' WHERE ') > 0 \
         FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name",
    ] {
        facts += &format!("{}\n{}", question, rows(&connection, question));
    }
    facts
}
