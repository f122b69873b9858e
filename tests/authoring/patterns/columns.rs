//! Columns are added, and renamed.

use insta::assert_snapshot;

use super::round_trip::{project, there_and_back};

#[test]
fn add_and_drop_are_the_way_back_of_each_other() {
    let sandbox = project(
        "CREATE TABLE pat_player (name TEXT); INSERT INTO pat_player VALUES ('Ada'), ('Tom')",
    );
    let add = ["add_level_to_pat_player", "level:integer:default=1"];
    assert_snapshot!(there_and_back(&sandbox, &add), @r#"
    //! Add level to pat player.

    use migration_api::prelude::*;

    #[derive(Default)]
    pub struct AddLevelToPatPlayer;

    impl Migration for AddLevelToPatPlayer {
        fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
            migrator.add_column("pat_player", Column::integer("level").default(1))
        }

        fn migrate_backward(&self, migrator: &mut Migrator) -> Result {
            migrator.drop_column("pat_player", "level")
        }
    }

    export_migration!(AddLevelToPatPlayer);
    --- makes
      Text("CREATE TABLE pat_player (name TEXT, level INTEGER DEFAULT 1)")
    rows of pat_player
      Text("Ada"), Integer(1)
      Text("Tom"), Integer(1)
    "#);
    let add = [
        "AddDetailsToPatPlayer",
        "rank:integer:not_null:default=-1",
        "big:integer:default=3000000000",
        "code:text:unique",
        "friend:text:references=pat_player.code",
        "ready:integer:default=true",
    ];
    assert_snapshot!(there_and_back(&sandbox, &add), @r#"
    //! Add details to pat player.

    use migration_api::prelude::*;

    #[derive(Default)]
    pub struct AddDetailsToPatPlayer;

    impl Migration for AddDetailsToPatPlayer {
        fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
            migrator.run([
                Operation::add_column("pat_player", Column::integer("rank").not_null().default(-1)),
                Operation::add_column("pat_player", Column::integer("big").default(3000000000i64)),
                Operation::add_column("pat_player", Column::text("code").unique()),
                Operation::add_column(
                    "pat_player",
                    Column::text("friend").references("pat_player", "code"),
                ),
                Operation::add_column("pat_player", Column::integer("ready").default(true)),
            ])
        }

        fn migrate_backward(&self, migrator: &mut Migrator) -> Result {
            migrator.run([
                Operation::drop_column("pat_player", "ready"),
                Operation::drop_column("pat_player", "friend"),
                Operation::drop_column("pat_player", "code"),
                Operation::drop_column("pat_player", "big"),
                Operation::drop_column("pat_player", "rank"),
            ])
        }
    }

    export_migration!(AddDetailsToPatPlayer);
    --- makes
      Text("CREATE TABLE pat_player (name TEXT, level INTEGER DEFAULT 1, rank INTEGER NOT NULL DEFAULT -1, big INTEGER DEFAULT 3000000000, code TEXT UNIQUE, friend TEXT REFERENCES pat_player(code), ready INTEGER DEFAULT TRUE)")
    rows of pat_player
      Text("Ada"), Integer(1), Integer(-1), Integer(3000000000), Null, Null, Integer(1)
      Text("Tom"), Integer(1), Integer(-1), Integer(3000000000), Null, Null, Integer(1)
    "#);
}

#[test]
fn rename_gives_the_column_its_old_name_again() {
    let sandbox = project("CREATE TABLE pat_mage (xp INTEGER); INSERT INTO pat_mage VALUES (7)");
    let rename = ["rename_xp_to_experience_in_pat_mage"];
    assert_snapshot!(there_and_back(&sandbox, &rename), @r#"
    //! Rename xp to experience in pat mage.

    use migration_api::prelude::*;

    #[derive(Default)]
    pub struct RenameXpToExperienceInPatMage;

    impl Migration for RenameXpToExperienceInPatMage {
        fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
            migrator.rename_column("pat_mage", "xp", "experience")
        }

        fn migrate_backward(&self, migrator: &mut Migrator) -> Result {
            migrator.rename_column("pat_mage", "experience", "xp")
        }
    }

    export_migration!(RenameXpToExperienceInPatMage);
    --- makes
      Text("CREATE TABLE pat_mage (experience INTEGER)")
    rows of pat_mage
      Integer(7)
    "#);
}
