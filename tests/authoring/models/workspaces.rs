//! Where a crate of models may stand, and what it may be.

use super::project::{facts, read, with_models, write_crate};
use crate::sandbox::Sandbox;

const MODEL: &str = "use migration_model::{Table, export_models};\n\
                     #[derive(Table)]\npub struct Guest { pub name: String }\n\
                     export_models!(Guest);\n";

const GUEST: &str = "CREATE TABLE guest (name TEXT NOT NULL)";

#[track_caller]
fn is_read(sandbox: &Sandbox) {
    assert_eq!(facts(&read(sandbox).succeeded().stdout), facts(GUEST));
}

#[test]
fn a_member_of_a_workspace_is_read() {
    let sandbox = with_models("models");
    sandbox
        .write("Cargo.toml", "[workspace]\nresolver = \"3\"\nmembers = [\"models\", \"other\"]\n");
    write_crate(&sandbox, "other", "models_other_member", "", "compile_error!(\"not asked for\");");
    write_crate(&sandbox, "models", "models_member", "", MODEL);
    is_read(&sandbox);
}

#[test]
fn the_folder_of_migrations_may_hold_the_models() {
    let sandbox = Sandbox::project();
    sandbox.write("runner.toml", "database = \"app.db\"\nmodels = \"migrations/models\"\n");
    let manifest = sandbox.read("migrations/Cargo.toml");
    sandbox
        .write("migrations/Cargo.toml", &manifest.replace("\"[0-9]*\"", "\"[0-9]*\", \"models\""));
    write_crate(&sandbox, "migrations/models", "models_beside_migrations", "", MODEL);
    // Cargo wants something that `[0-9]*` stands for.
    sandbox.sql_migration("models_beside", GUEST, "DROP TABLE guest");
    is_read(&sandbox);
    sandbox.run(&["migrate"]).succeeded();
}

#[test]
fn structs_of_another_crate_are_exported_by_a_crate_of_models() {
    let sandbox = with_models("models");
    let structs =
        MODEL.replace("export_models!(Guest);\n", "").replace("{Table, export_models}", "Table");
    write_crate(&sandbox, "app", "models_structs_only", "", &structs);
    write_crate(
        &sandbox,
        "models",
        "models_of_another",
        "models_structs_only = { path = \"../app\" }\n",
        "migration_model::export_models!(models_structs_only::Guest);\n",
    );
    is_read(&sandbox);
}
