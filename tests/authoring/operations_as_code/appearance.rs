//! Migrations of operations, as their authors see them.

use insta::assert_snapshot;
use migration_api::operation::{
    Action, Check, Column, ForeignKey, Index, IndexColumn, Operation, PrimaryKey, Table,
    TableOptions, Unique, WhichConstraint,
};
use runner::scaffold::Written;

use super::recorded::{made, ways};
use crate::sandbox::Sandbox;

#[test]
fn one_operation_is_a_method_of_the_migrator() {
    let sandbox = Sandbox::project();
    let column = Column::integer("level").not_null().default(0);
    let forward = Written::from(Operation::add_column("player", column));
    let backward = Written::from(Operation::drop_column("player", "level"))
        .noted("Loses the column `level` of `player` with its values.");
    assert_snapshot!(made(&sandbox, "add_level", &ways([forward], [backward])), @r#"
    //! Add level.

    use migration_api::prelude::*;

    #[derive(Default)]
    pub struct AddLevel;

    impl Migration for AddLevel {
        fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
            migrator.add_column("player", Column::integer("level").not_null().default(0))
        }

        fn migrate_backward(&self, migrator: &mut Migrator) -> Result {
            // Loses the column `level` of `player` with its values.
            migrator.drop_column("player", "level")
        }
    }

    export_migration!(AddLevel);
    "#);
    let index = Operation::add_index(Index::on("player", ["name", "level"]));
    let back = Operation::drop_index("player_name_level");
    assert_snapshot!(made(&sandbox, "find_players", &ways([index], [back])), @r#"
    //! Find players.

    use migration_api::prelude::*;

    #[derive(Default)]
    pub struct FindPlayers;

    impl Migration for FindPlayers {
        fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
            migrator.add_index("player", ["name", "level"])
        }

        fn migrate_backward(&self, migrator: &mut Migrator) -> Result {
            migrator.drop_index("player_name_level")
        }
    }

    export_migration!(FindPlayers);
    "#);
    let nothing: [Operation; 0] = [];
    let sql = Operation::execute("DELETE FROM player;\nDELETE FROM \"order\";");
    assert_snapshot!(made(&sandbox, "empty", &ways(vec![sql], nothing.to_vec())), @r##"
    //! Empty.

    use migration_api::prelude::*;

    #[derive(Default)]
    pub struct Empty;

    impl Migration for Empty {
        fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
            migrator.execute_script(
                r#"DELETE FROM player;
    DELETE FROM "order";"#,
            )
        }

        fn migrate_backward(&self, migrator: &mut Migrator) -> Result {
            let _ = migrator;
            Ok(())
        }
    }

    export_migration!(Empty);
    "##);
}

#[test]
fn several_are_one_run() {
    let sandbox = Sandbox::project();
    let stay = Table::new("stay")
        .column(Column::integer("id").autoincrement())
        .column(
            Column::integer("room_id")
                .not_null()
                .references("room", "id")
                .on_delete(Action::Restrict),
        )
        .column(Column::text("guest").not_null().collate("NOCASE").check("length(guest) > 0"))
        .column(Column::text("status").not_null().default("it's \"open\""))
        .column(Column::new("price", "DECIMAL(10, 2)").default_sql("1.50"))
        .column(Column::text("made_at").default_sql("strftime('%Y-%m-%d', 'now')"))
        .column(Column::text("label").generated("guest || ' in \"' || room_id || '\"'").stored())
        .unique(["room_id", "guest"])
        .constraint(Unique::new(["label"]).named("one_label"))
        .check(Check::new("price >= 0").named("price_is_right"))
        .foreign_key(ForeignKey::new(["guest"]).references("guest", ["name"]).initially_deferred())
        .strict();
    let trigger = "CREATE TRIGGER stay_noted AFTER INSERT ON stay BEGIN\n    INSERT INTO audit (what) VALUES ('stay \"' || NEW.id || '\"');\nEND";
    let forward = [
        Written::from(Operation::create_table(stay)),
        Operation::add_index(
            Index::on("stay", [IndexColumn::new("made_at").desc(), IndexColumn::expression("lower(guest)")])
                .named("stay_by_day")
                .unique()
                .where_("status <> 'gone'"),
        )
        .into(),
        Operation::add_column("room", Column::integer("floor").not_null().backfill("number / 100").after("number")).into(),
        Operation::set_not_null_filling("room", "name", "'room ' || number").into(),
        Written::from(Operation::drop_column("room", "colour"))
            .noted("Loses the column `colour` of `room` with its values.")
            .noted("Perhaps it was renamed to `paint`; if so, write `rename_column` in place of this operation and of the one that adds `paint`."),
        Operation::execute(trigger).into(),
    ];
    let backward = [
        Operation::execute("DROP TRIGGER stay_noted").into(),
        Operation::add_column("room", Column::untyped("colour")).into(),
        Operation::set_primary_key("room", PrimaryKey::new(["house_id", "number"])).into(),
        Operation::drop_constraint("room", WhichConstraint::unique(["number"])).into(),
        Operation::set_table_options("room", TableOptions::new().strict(false)).into(),
        Written::from(Operation::drop_table("stay")).noted("Loses the table `stay` with its rows."),
    ];
    assert_snapshot!(made(&sandbox, "stays", &ways(forward, backward)), @r##"
    //! Stays.

    use migration_api::prelude::*;

    #[derive(Default)]
    pub struct Stays;

    impl Migration for Stays {
        // What the way forward takes away, by the names before it.
        const LOSES: &[&str] = &["room.colour"];

        fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
            migrator.run([
                Operation::create_table(
                    Table::new("stay")
                        .column(Column::integer("id").autoincrement())
                        .column(
                            Column::integer("room_id")
                                .not_null()
                                .references("room", "id")
                                .on_delete(Action::Restrict),
                        )
                        .column(
                            Column::text("guest")
                                .not_null()
                                .collate("NOCASE")
                                .check("length(guest) > 0"),
                        )
                        .column(Column::text("status").not_null().default("it's \"open\""))
                        .column(Column::new("price", "DECIMAL(10, 2)").default_sql("1.50"))
                        .column(Column::text("made_at").default_sql("strftime('%Y-%m-%d', 'now')"))
                        .column(
                            Column::text("label")
                                .generated(r#"guest || ' in "' || room_id || '"'"#)
                                .stored(),
                        )
                        .unique(["room_id", "guest"])
                        .constraint(Unique::new(["label"]).named("one_label"))
                        .check(Check::new("price >= 0").named("price_is_right"))
                        .foreign_key(
                            ForeignKey::new(["guest"])
                                .references("guest", ["name"])
                                .initially_deferred(),
                        )
                        .strict(),
                ),
                Operation::add_index(
                    Index::on(
                        "stay",
                        [
                            IndexColumn::new("made_at").desc(),
                            IndexColumn::expression("lower(guest)"),
                        ],
                    )
                    .named("stay_by_day")
                    .unique()
                    .where_("status <> 'gone'"),
                ),
                Operation::add_column(
                    "room",
                    Column::integer("floor")
                        .not_null()
                        .after("number")
                        .backfill("number / 100"),
                ),
                Operation::set_not_null_filling("room", "name", "'room ' || number"),
                // Loses the column `colour` of `room` with its values.
                // Perhaps it was renamed to `paint`; if so, write `rename_column` in place of this
                // operation and of the one that adds `paint`.
                Operation::drop_column("room", "colour"),
                Operation::execute(
                    r#"CREATE TRIGGER stay_noted AFTER INSERT ON stay BEGIN
        INSERT INTO audit (what) VALUES ('stay "' || NEW.id || '"');
    END"#,
                ),
            ])
        }

        fn migrate_backward(&self, migrator: &mut Migrator) -> Result {
            migrator.run([
                Operation::execute("DROP TRIGGER stay_noted"),
                Operation::add_column("room", Column::untyped("colour")),
                Operation::set_primary_key("room", PrimaryKey::new(["house_id", "number"])),
                Operation::drop_constraint("room", WhichConstraint::unique(["number"])),
                Operation::set_table_options("room", TableOptions::new().strict(false)),
                // Loses the table `stay` with its rows.
                Operation::drop_table("stay"),
            ])
        }
    }

    export_migration!(Stays);
    "##);
}
