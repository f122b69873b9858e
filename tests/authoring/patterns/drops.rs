//! A column is dropped, and comes back if it is described.

use insta::assert_snapshot;

use super::round_trip::{newest, project, schema, there_and_back};

#[test]
fn drop_with_a_field_brings_the_column_back_and_without_one_there_is_no_way_back() {
    let sandbox = project(
        "CREATE TABLE pat_hero (id INTEGER, name TEXT, level INTEGER DEFAULT 1, title TEXT);
         INSERT INTO pat_hero VALUES (7, 'Ada', 1, NULL)",
    );
    let drop = ["drop_title_from_pat_hero", "title:text"];
    assert_snapshot!(there_and_back(&sandbox, &drop), @r#"
    //! Drop title from pat hero.

    use migration_api::prelude::*;

    #[derive(Default)]
    pub struct DropTitleFromPatHero;

    impl Migration for DropTitleFromPatHero {
        // What the way forward takes away, by the names before it.
        const LOSES: &[&str] = &["pat_hero.title"];

        fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
            migrator.drop_column("pat_hero", "title")
        }

        fn migrate_backward(&self, migrator: &mut Migrator) -> Result {
            migrator.add_column("pat_hero", Column::text("title"))
        }
    }

    export_migration!(DropTitleFromPatHero);
    --- makes
      Text("CREATE TABLE pat_hero (id INTEGER, name TEXT, level INTEGER DEFAULT 1)")
    rows of pat_hero
      Integer(7), Text("Ada"), Integer(1)
    "#);
    sandbox.run(&["create", "drop_level_from_pat_hero", "level:integer:not_null"]).succeeded();
    assert_snapshot!(newest(&sandbox), @r#"
    //! Drop level from pat hero.

    use migration_api::prelude::*;

    #[derive(Default)]
    pub struct DropLevelFromPatHero;

    impl Migration for DropLevelFromPatHero {
        // What the way forward takes away, by the names before it.
        const LOSES: &[&str] = &["pat_hero.level"];

        fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
            migrator.drop_column("pat_hero", "level")
        }

        fn migrate_backward(&self, migrator: &mut Migrator) -> Result {
            // `level` is NOT NULL: if `pat_hero` has rows by then, it needs a default.
            migrator.add_column("pat_hero", Column::integer("level").not_null())
        }
    }

    export_migration!(DropLevelFromPatHero);
    "#);
    sandbox.run(&["create", "drop_name_from_pat_hero"]).succeeded();
    assert_snapshot!(newest(&sandbox), @r#"
    //! Drop name from pat hero.

    use migration_api::prelude::*;

    #[derive(Default)]
    pub struct DropNameFromPatHero;

    impl Migration for DropNameFromPatHero {
        // What the way forward takes away, by the names before it.
        const LOSES: &[&str] = &["pat_hero.name"];

        // There is no way back: nothing here says what `name` was, or what it held. To have
        // one, add the column again in `migrate_backward`, and take out this line.
        const REVERSIBLE: bool = false;

        fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
            migrator.drop_column("pat_hero", "name")
        }
    }

    export_migration!(DropNameFromPatHero);
    "#);
    sandbox.run(&["migrate"]).succeeded();
    assert_snapshot!(schema(&sandbox), @r#"
      Text("CREATE TABLE pat_hero (id INTEGER)")
    rows of pat_hero
      Integer(7)
    "#);
    assert_snapshot!(sandbox.run(&["migrate", "--backward"]).shown(), @"
    exit 3
    --- stderr
    error: the migration `[STAMP]_drop_name_from_pat_hero` is irreversible
    hint: nothing was reverted. To have a way back, write `migrate_backward` in `[STAMP]_drop_name_from_pat_hero` and take out its `REVERSIBLE`
    explain: runner explain irreversible-migration
    ");
}
