//! A table is made of its fields.

use insta::assert_snapshot;

use super::round_trip::{project, there_and_back};

#[test]
fn create_makes_a_table_of_the_fields() {
    let sandbox = project("CREATE TABLE pat_hotel (id INTEGER PRIMARY KEY)");
    assert_snapshot!(there_and_back(&sandbox, &["create_pat_room", "number:text:unique"]), @r#"
    //! Create pat room.

    use migration_api::prelude::*;

    #[derive(Default)]
    pub struct CreatePatRoom;

    impl Migration for CreatePatRoom {
        fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
            migrator.create_table(Table::new("pat_room").column(Column::text("number").unique()))
        }

        fn migrate_backward(&self, migrator: &mut Migrator) -> Result {
            migrator.drop_table("pat_room")
        }
    }

    export_migration!(CreatePatRoom);
    --- makes
      Text("CREATE TABLE pat_hotel (id INTEGER PRIMARY KEY)")
      Text("CREATE TABLE pat_room (number TEXT UNIQUE)")
    rows of pat_hotel
    rows of pat_room
    "#);
    let fields = [
        "create_pat_suite",
        "id:integer:primary_key",
        "hotel_id:integer:not_null:references=pat_hotel.id",
        "name:text:not_null:unique:default=007",
        "price:\"DECIMAL(10, 2)\":default=9.5",
        "seen:text:default=CURRENT_TIMESTAMP",
        "note:any:default=null",
    ];
    assert_snapshot!(there_and_back(&sandbox, &fields), @r#"
    //! Create pat suite.

    use migration_api::prelude::*;

    #[derive(Default)]
    pub struct CreatePatSuite;

    impl Migration for CreatePatSuite {
        fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
            migrator.create_table(
                Table::new("pat_suite")
                    .column(Column::integer("id").primary_key())
                    .column(
                        Column::integer("hotel_id")
                            .not_null()
                            .references("pat_hotel", "id"),
                    )
                    .column(Column::text("name").not_null().unique().default("007"))
                    .column(Column::new("price", "DECIMAL(10, 2)").default(9.5))
                    .column(Column::text("seen").default_sql("CURRENT_TIMESTAMP"))
                    .column(Column::new("note", "ANY").default(Literal::Null)),
            )
        }

        fn migrate_backward(&self, migrator: &mut Migrator) -> Result {
            migrator.drop_table("pat_suite")
        }
    }

    export_migration!(CreatePatSuite);
    --- makes
      Text("CREATE TABLE pat_hotel (id INTEGER PRIMARY KEY)")
      Text("CREATE TABLE pat_room (number TEXT UNIQUE)")
      Text("CREATE TABLE pat_suite (id INTEGER PRIMARY KEY, hotel_id INTEGER NOT NULL REFERENCES pat_hotel(id), name TEXT NOT NULL UNIQUE DEFAULT '007', price DECIMAL(10, 2) DEFAULT 9.5, seen TEXT DEFAULT CURRENT_TIMESTAMP, note ANY DEFAULT NULL)")
    rows of pat_hotel
    rows of pat_room
    rows of pat_suite
    "#);
}

#[test]
fn a_key_of_two_columns_is_written_at_the_table() {
    let sandbox = project("CREATE TABLE pat_guest (id INTEGER PRIMARY KEY)");
    let fields = ["create_pat_stay", "room:integer:primary_key", "guest:integer:primary_key"];
    assert_snapshot!(there_and_back(&sandbox, &fields), @r#"
    //! Create pat stay.

    use migration_api::prelude::*;

    #[derive(Default)]
    pub struct CreatePatStay;

    impl Migration for CreatePatStay {
        fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
            migrator.create_table(
                Table::new("pat_stay")
                    .column(Column::integer("room"))
                    .column(Column::integer("guest"))
                    .primary_key(["room", "guest"]),
            )
        }

        fn migrate_backward(&self, migrator: &mut Migrator) -> Result {
            migrator.drop_table("pat_stay")
        }
    }

    export_migration!(CreatePatStay);
    --- makes
      Text("CREATE TABLE pat_guest (id INTEGER PRIMARY KEY)")
      Text("CREATE TABLE pat_stay (room INTEGER, guest INTEGER, PRIMARY KEY (room, guest))")
    rows of pat_guest
    rows of pat_stay
    "#);
}
