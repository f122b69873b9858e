//! The schema operations: what the README shows, and that their page has all of them.

use std::fs;

use migration_api::operation::each_constructor;

use crate::sandbox::{Sandbox, repository, rows};

#[test]
fn the_schema_operations_of_the_readme_compile_and_run() {
    let readme = fs::read_to_string(repository().join("README.md")).unwrap();
    let (_, rest) = readme.split_once("```rust,ignore\n").unwrap();
    let (code, _) = rest.split_once("```").unwrap();
    let sandbox = Sandbox::project();
    sandbox.sql_migration(
        "readme_before",
        "CREATE TABLE player (id INTEGER PRIMARY KEY, score TEXT); INSERT INTO player VALUES (1, '7');
         CREATE TABLE stay (room INTEGER, nights INTEGER, note TEXT)",
        "DROP TABLE stay; DROP TABLE player",
    );
    sandbox.migration(
        "readme_operations",
        &format!(
            "use migration_api::prelude::*;\n#[derive(Default)]\npub struct Readme;\n\
             impl Migration for Readme {{\n\
             fn migrate_forward(&self, migrator: &mut Migrator) -> Result {{\n{code}Ok(())\n}}\n}}\n\
             export_migration!(Readme);\n"
        ),
    );
    sandbox.run(&["migrate"]).succeeded();
    let score = "SELECT score, typeof(score) FROM player";
    assert_eq!(rows(&sandbox.database(), score), "  Integer(7), Text(\"integer\")\n");
}

/// The methods that come from the table of operations.
macro_rules! methods {
    ($($(#$doc:tt)* fn $constructor:ident $(as $method:ident)? ($($argument:tt)*))*) => {
        vec![$(*[stringify!($constructor) $(, stringify!($method))?].last().unwrap()),*]
    };
}

#[test]
fn the_page_about_operations_has_a_line_for_each_method() {
    let page = fs::read_to_string(repository().join("docs/operations.md")).unwrap();
    let mut methods = each_constructor!(methods);
    assert!(methods.len() > 24, "{methods:?}");
    methods.push("add_index");
    for method in methods {
        assert!(
            page.contains(&format!("`{method}(")),
            "docs/operations.md does not have `{method}`"
        );
    }
}
