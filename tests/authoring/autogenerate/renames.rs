//! A column or table that goes while another comes: renamed, or lost.

use insta::assert_snapshot;

use super::{change, newest, project};

#[test]
fn a_rename_is_never_guessed_and_a_drop_that_may_be_one_is_pointed_out() {
    let sandbox = project("auto_rename");
    change(&sandbox, &[("xp INTEGER", "experience INTEGER")]);
    assert_snapshot!(sandbox.untouched(&["create", "auto_dropped", "--auto"]).shown(), @"
    exit 3
    --- stderr
    error: the migration would lose what is in a database:
      - column `xp` of `player` is dropped with all its values
      - column `xp` of `player` goes and `experience` comes: perhaps it was renamed: `--rename player.xp:experience`
    hint: nothing was written; `--rename-as-suggested` keeps all that was perhaps renamed, `--rename OLD:NEW` one of it, and `--allow-loss` lets the rest go
    explain: runner explain loses-data
    ");
    assert_snapshot!(sandbox.run(&["create", "auto_dropped", "--auto", "--allow-loss"]).shown(), @"
    exit 0
    --- stdout
    made migrations/[STAMP]_auto_dropped/Cargo.toml
    made migrations/[STAMP]_auto_dropped/src/lib.rs
      add column `experience` INTEGER NOT NULL DEFAULT 0 to table `player`
      drop column `xp` of table `player`
    column `xp` of `player` goes and `experience` comes: perhaps it was renamed; then remove the folder, and create it again with `--rename player.xp:experience`
    forward: column `xp` of `player` is dropped with all its values
    back: column `experience` of `player` is dropped with all its values
    ");
    assert_snapshot!(newest(&sandbox), @r#"
    //! Auto dropped.

    use migration_api::prelude::*;

    #[derive(Default)]
    pub struct AutoDropped;

    impl Migration for AutoDropped {
        // What the way forward takes away, by the names before it.
        const LOSES: &[&str] = &["player.xp"];

        fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
            migrator.run([
                Operation::add_column(
                    "player",
                    Column::integer("experience").not_null().default(0),
                ),
                // Column `xp` of `player` is dropped with all its values.
                Operation::drop_column("player", "xp"),
            ])
        }

        fn migrate_backward(&self, migrator: &mut Migrator) -> Result {
            migrator.run([
                Operation::add_column("player", Column::integer("xp").not_null().default(0)),
                // Column `experience` of `player` is dropped with all its values.
                Operation::drop_column("player", "experience"),
            ])
        }
    }

    export_migration!(AutoDropped);
    "#);
    let sandbox = project("auto_renamed");
    change(&sandbox, &[("xp INTEGER", "experience INTEGER")]);
    assert_snapshot!(
        sandbox.run(&["create", "auto_told", "--auto", "--rename", "player.xp:experience"]).shown(),
        @"
    exit 0
    --- stdout
    made migrations/[STAMP]_auto_told/Cargo.toml
    made migrations/[STAMP]_auto_told/src/lib.rs
      rename column `xp` of table `player` to `experience`
    "
    );
    assert_snapshot!(newest(&sandbox), @r#"
    //! Auto told.

    use migration_api::prelude::*;

    #[derive(Default)]
    pub struct AutoTold;

    impl Migration for AutoTold {
        fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
            migrator.rename_column("player", "xp", "experience")
        }

        fn migrate_backward(&self, migrator: &mut Migrator) -> Result {
            migrator.rename_column("player", "experience", "xp")
        }
    }

    export_migration!(AutoTold);
    "#);
}

#[test]
fn all_suggested_renames_are_taken_at_once_columns_of_renamed_tables_too() {
    let sandbox = project("auto_suggested");
    change(
        &sandbox,
        &[
            ("TABLE player", "TABLE gamer"),
            ("xp INTEGER", "experience INTEGER"),
            ("REFERENCES player", "REFERENCES gamer"),
            ("what TEXT", "thing TEXT"),
        ],
    );
    assert_snapshot!(sandbox.run(&["create", "auto_plain", "--auto", "--allow-loss"]).shown(), @"
    exit 0
    --- stdout
    made migrations/[STAMP]_auto_plain/Cargo.toml
    made migrations/[STAMP]_auto_plain/src/lib.rs
      drop the foreign key on (`owner`) of table `item`
      create table `gamer` with columns `id`, `name`, `experience`
      add column `thing` TEXT to table `item`
      drop column `what` of table `item`
      add a foreign key from table `item` (`owner`) to table `gamer` (`id`)
      drop table `player`
    table `player` goes and `gamer` comes: perhaps it was renamed; then `--rename player:gamer`
    column `what` of `item` goes and `thing` comes: perhaps it was renamed; then `--rename item.what:thing`
    remove the folder then, and create it again so, or with `--rename-as-suggested` for all
    forward: column `what` of `item` is dropped with all its values
    forward: rows of `item` that do not keep the foreign key to `gamer` stop the migration
    forward: table `player` is dropped with all its rows
    back: column `thing` of `item` is dropped with all its values
    back: rows of `item` that do not keep the foreign key to `player` stop the migration
    back: table `gamer` is dropped with all its rows
    ");
    let mut folders =
        std::fs::read_dir(sandbox.path("migrations")).unwrap().map(|it| it.unwrap().path());
    let plain = folders.find(|it| it.to_string_lossy().ends_with("auto_plain")).unwrap();
    std::fs::remove_dir_all(plain).unwrap();
    let all = ["create", "auto_all", "--auto", "--rename-as-suggested"];
    assert_snapshot!(sandbox.run(&all).shown(), @"
    exit 0
    --- stdout
    made migrations/[STAMP]_auto_all/Cargo.toml
    made migrations/[STAMP]_auto_all/src/lib.rs
      rename table `player` to `gamer`
      rename column `xp` of table `gamer` to `experience`
      rename column `what` of table `item` to `thing`
    ");
    assert_snapshot!(sandbox.run(&["check", "models"]).shown(), @"
    exit 0
    --- stdout
    the models agree with the migrations
    ");
}
