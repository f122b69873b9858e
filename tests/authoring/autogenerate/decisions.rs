//! What only the author can decide: what the rows that are there get. `--fill` and `--rename` that decide nothing are refused.

use insta::assert_snapshot;

use super::{ROWS, change, newest, project};
use crate::sandbox::rows;

#[test]
fn what_rows_get_is_decided_by_the_author_or_does_not_compile() {
    let sandbox = project("auto_fill");
    sandbox.run(&["migrate"]).succeeded();
    sandbox.database().execute_batch(ROWS).unwrap();
    change(&sandbox, &[("name TEXT NOT NULL", "name TEXT NOT NULL,\n  mail TEXT NOT NULL")]);
    let filled =
        ["create", "auto_filled", "--auto", "--fill", "player.mail=name || '@example.org'"];
    let other = project("auto_filled");
    other.write("schema.sql", &sandbox.read("schema.sql"));
    assert_snapshot!(sandbox.run(&["create", "auto_open", "--auto"]).shown(), @"
    exit 0
    --- stdout
    made migrations/[STAMP]_auto_open/Cargo.toml
    made migrations/[STAMP]_auto_open/src/lib.rs
      add column `mail` TEXT NOT NULL to table `player`
    forward, waits for you: what do the rows of `player` get in `mail`, which is never NULL?
    back: column `mail` of `player` is dropped with all its values
    ");
    assert_snapshot!(newest(&sandbox), @r#"
    //! Auto open.

    use migration_api::prelude::*;

    #[derive(Default)]
    pub struct AutoOpen;

    impl Migration for AutoOpen {
        fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
            migrator.add_column(
                "player",
                Column::text("mail").not_null().backfill(compile_error!(
                    "what do the rows of `player` get in `mail`, which is never NULL?"
                )),
            )
        }

        fn migrate_backward(&self, migrator: &mut Migrator) -> Result {
            // Column `mail` of `player` is dropped with all its values.
            migrator.drop_column("player", "mail")
        }
    }

    export_migration!(AutoOpen);
    "#);
    assert_snapshot!(sandbox.run(&["migrate", "--offline"]).shown(), @r#"
    exit 1
    --- stderr
    error: the migrations do not compile; cargo says:
           Compiling m[STAMP]_auto_open v0.0.0 ([ROOT]/migrations/[STAMP]_auto_open)
        error: what do the rows of `player` get in `mail`, which is never NULL?
          --> [STAMP]_auto_open/src/lib.rs:12:54
           |
        12 |               Column::text("mail").not_null().backfill(compile_error!(
           |  ______________________________________________________^
        13 | |                 "what do the rows of `player` get in `mail`, which is never NULL?"
        14 | |             )),
           | |_____________^
        
        error: could not compile `m[STAMP]_auto_open` (lib) due to 1 previous error
    hint: nothing was applied, not even what does compile
    "#);
    other.run(&["migrate"]).succeeded();
    other.database().execute_batch(ROWS).unwrap();
    assert_snapshot!(other.run(&filled).shown(), @"
    exit 0
    --- stdout
    made migrations/[STAMP]_auto_filled/Cargo.toml
    made migrations/[STAMP]_auto_filled/src/lib.rs
      add column `mail` TEXT NOT NULL to table `player`, existing rows filled with `name || '@example.org'`
    back: column `mail` of `player` is dropped with all its values
    ");
    other.run(&["migrate"]).succeeded();
    assert_snapshot!(rows(&other.database(), "SELECT name, mail FROM player"), @r#"
    Text("ada"), Text("ada@example.org")
    Text("grace"), Text("grace@example.org")
    "#);
}

#[test]
fn what_decides_nothing_is_refused_and_nothing_is_written() {
    let sandbox = project("auto_refused");
    change(&sandbox, &[("what TEXT", "what TEXT, worth INTEGER")]);
    for arguments in [
        ["--fill", "item.worth=1"],
        ["--fill", "worth"],
        ["--rename", "item.wrath:worth"],
        ["--rename", "worth"],
        ["--template", "blank"],
    ] {
        let outcome =
            sandbox.untouched(&[&["create", "auto_wrong", "--auto"], &arguments[..]].concat());
        insta::with_settings!({ snapshot_suffix => arguments.join("_").replace(['-', '.', ':', '='], "") }, {
            assert_snapshot!(outcome.shown());
        });
    }
    assert_snapshot!(sandbox.untouched(&["create", "auto_wrong", "--fill", "a.b=1"]).shown(), @"
    exit 2
    --- stderr
    error: the following required arguments were not provided:
      <--auto|--from-database>

    Usage: runner create --fill <TABLE.COLUMN=SQL> <--auto|--from-database> <NAME> [FIELD]...

    For more information, try '--help'.
    ");
}
