//! What it writes, and what it says.

use insta::assert_snapshot;

use super::{history, newest};
use crate::sandbox::Sandbox;

#[test]
fn one_migration_has_the_schema_and_the_rows_of_all() {
    let sandbox = Sandbox::project();
    history(&sandbox);
    assert_snapshot!(sandbox.untouched(&["squash", "--dry-run"]).shown());
    assert_snapshot!(sandbox.run(&["squash"]).shown());
    let files = ["src/lib.rs", "tables.sql", "rows.sql", "views_and_triggers.sql", "backward.sql"];
    let folder = newest(&sandbox);
    let text: String = files
        .map(|file| format!("== {file}\n{}", sandbox.read(format!("migrations/{folder}/{file}"))))
        .join("\n");
    assert_snapshot!(sandbox.normal(&text));
}

#[test]
fn a_squash_up_to_one_leaves_the_others_and_has_a_name_of_ones_choice() {
    let sandbox = Sandbox::project();
    let ids: Vec<String> =
        ["20250101_000000_create_a", "20250101_000002_create_b", "20250101_000005_create_c"]
            .map(|id| {
                let table = &id[id.len() - 1..];
                let forward = format!("CREATE TABLE {table} (x)");
                let source = crate::sandbox::sql_source(&forward, &format!("DROP TABLE {table}"));
                sandbox.migration_called(id, &source);
                id.to_owned()
            })
            .into();
    let outcome = sandbox.run(&["squash", "--to", "create_b", "BeginAnew", "--json"]);
    assert_snapshot!(outcome.shown());
    assert!(sandbox.path("migrations/20250101_000003_begin_anew/tables.sql").is_file());
    assert!(ids.iter().all(|id| sandbox.path(format!("migrations/{id}")).is_dir()));
}
