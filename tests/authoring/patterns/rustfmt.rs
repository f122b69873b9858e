//! New code is laid out by rustfmt, where there is one.

use std::fs;

use insta::assert_snapshot;

use super::round_trip::{library, newest};
use crate::sandbox::Sandbox;

/// Longer than a line.
const FIELDS: [&str; 4] = [
    "create_pat_ghost",
    "house_id:integer:not_null:references=pat_house.id",
    "name:text:not_null:unique:default='a name that no other ghost has, in no other house'",
    "age:integer",
];

#[test]
fn the_configuration_of_the_project_counts() {
    let sandbox = Sandbox::project();
    sandbox.write("rustfmt.toml", "hard_tabs = true\nmax_width = 60\n");
    sandbox.run(&["create", "rename_a_to_b_in_pat_ghost"]).succeeded();
    assert!(newest(&sandbox).contains("\n\tfn migrate_forward(\n\t\t&self,\n"));
}

#[test]
fn without_rustfmt_the_code_is_the_same_in_other_lines() {
    let sandbox = Sandbox::project();
    let arguments = [&["create"], &FIELDS[..]].concat();
    let nowhere = sandbox.path("no/rustfmt");
    let output = sandbox.command(&arguments).env("RUSTFMT", nowhere).output().unwrap();
    sandbox.outcome(&output).succeeded();
    let without = fs::read_to_string(library(&sandbox)).unwrap();
    assert_snapshot!(without, @r#"
    //! Create pat ghost.

    use migration_api::prelude::*;

    #[derive(Default)]
    pub struct CreatePatGhost;

    impl Migration for CreatePatGhost {
        fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
            migrator
                .create_table(
                    Table::new("pat_ghost")
                        .column(
                            Column::integer("house_id")
                                .not_null()
                                .references("pat_house", "id"),
                        )
                        .column(
                            Column::text("name")
                                .not_null()
                                .unique()
                                .default("a name that no other ghost has, in no other house"),
                        )
                        .column(Column::integer("age")),
                )
        }

        fn migrate_backward(&self, migrator: &mut Migrator) -> Result {
            migrator.drop_table("pat_ghost")
        }
    }

    export_migration!(CreatePatGhost);
    "#);
    sandbox.run(&arguments).succeeded();
    // A list over several lines ends in a comma.
    let code = |text: &str| text.split_whitespace().collect::<String>().replace(",)", ")");
    assert_eq!(code(&newest(&sandbox)), code(&without));
}

#[test]
fn a_rustfmt_that_fails_or_says_nothing_is_no_hindrance() {
    let sandbox = Sandbox::project();
    for program in ["false", "true", "/"] {
        let mut command = sandbox.command(&["create", "rename_a_to_b_in_pat_ghost"]);
        let output = command.env("RUSTFMT", program).output().unwrap();
        sandbox.outcome(&output).succeeded();
        newest(&sandbox);
    }
}

#[test]
fn a_template_of_the_projects_own_is_not_laid_out() {
    let sandbox = Sandbox::project();
    sandbox.write("runner.toml", "database = \"app.db\"\ntemplates = \"mine\"\n");
    sandbox.write("mine/terse/Cargo.toml.jinja", "[package]\nname = \"{{ package }}\"\n");
    sandbox.write("mine/terse/src/lib.rs", "fn  a( ) {}\n");
    sandbox.run(&["create", "pat_terse", "-t", "terse"]).succeeded();
    assert_eq!(fs::read_to_string(library(&sandbox)).unwrap(), "fn  a( ) {}\n");
}
