//! A name that says what a migration does makes one that does it, and takes it back.
#![allow(clippy::unwrap_used)]

mod sandbox;

use std::fs;
use std::process::Command;

use insta::assert_snapshot;
use sandbox::{Sandbox, rows};

/// A project whose database has what `sql` makes.
fn project(sql: &str) -> Sandbox {
    let sandbox = Sandbox::project();
    sandbox.database().execute_batch(sql).unwrap();
    sandbox
}

/// The `src/lib.rs` of the newest migration, which is laid out as rustfmt would.
fn newest(sandbox: &Sandbox) -> String {
    let folder = fs::read_dir(sandbox.path("migrations"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("src/lib.rs").is_file())
        .max()
        .unwrap();
    let library = folder.join("src/lib.rs");
    let rustfmt = ["--check", "--edition", "2024"];
    let output =
        Command::new("rustfmt").args(rustfmt).arg(&library).current_dir(&folder).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    sandbox.read(library)
}

/// All tables but the runner's own, with their columns, indexes and rows. Names that come back are
/// quoted, whether they were or not.
fn schema(sandbox: &Sandbox) -> String {
    let connection = sandbox.database();
    let mut text = rows(
        &connection,
        "SELECT sql FROM sqlite_schema WHERE tbl_name LIKE 'pat%' AND sql IS NOT NULL ORDER BY name",
    );
    let tables: Vec<String> = connection
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE 'pat%'")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    for table in tables {
        text += &format!("rows of {table}\n");
        text += &rows(&connection, &format!("SELECT * FROM {table}"));
    }
    text.replace("\\\"", "")
}

/// Creates a migration, applies it, reverts it, and gives its code and the schema it made.
fn there_and_back(sandbox: &Sandbox, arguments: &[&str]) -> String {
    sandbox.run(&[&["create"], arguments].concat()).succeeded();
    let before = schema(sandbox);
    sandbox.run(&["migrate"]).succeeded();
    let after = schema(sandbox);
    assert_ne!(before, after);
    sandbox.run(&["migrate", "--backward", "--all"]).succeeded();
    assert_eq!(schema(sandbox), before);
    format!("{}--- makes\n{after}\n", newest(sandbox))
}

/// What is said on standard error about a command that makes nothing.
fn refusal(sandbox: &Sandbox, arguments: &[&str]) -> String {
    let outcome = sandbox.untouched(&[&["create"], arguments].concat());
    assert_eq!((outcome.code, outcome.stdout.as_str()), (Some(2), ""), "{arguments:?}");
    outcome.stderr
}

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
                Operation::add_column("pat_player", Column::integer("big").default(3000000000_i64)),
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
    ");
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

#[test]
fn add_index_makes_an_index_and_drops_no_other() {
    let sandbox = project("CREATE TABLE pat_knight (name TEXT, score INTEGER)");
    let index = ["add_index_to_pat_knight", "name", "score"];
    assert_snapshot!(there_and_back(&sandbox, &index), @r#"
    //! Add index to pat knight.

    use migration_api::prelude::*;

    #[derive(Default)]
    pub struct AddIndexToPatKnight;

    impl Migration for AddIndexToPatKnight {
        fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
            migrator
                .create_index(Index::on("pat_knight", ["name", "score"]).named("pat_knight_name_score"))
        }

        fn migrate_backward(&self, migrator: &mut Migrator) -> Result {
            migrator.drop_index("pat_knight_name_score")
        }
    }

    export_migration!(AddIndexToPatKnight);
    --- makes
      Text("CREATE TABLE pat_knight (name TEXT, score INTEGER)")
      Text("CREATE INDEX pat_knight_name_score ON pat_knight (name, score)")
    rows of pat_knight
    "#);
    // An index of that name is in the way, and is still there after the way back.
    sandbox
        .database()
        .execute_batch("CREATE INDEX pat_knight_name_score ON pat_knight (name)")
        .unwrap();
    let before = schema(&sandbox);
    assert_eq!(sandbox.run(&["migrate"]).code, Some(1));
    assert_eq!(schema(&sandbox), before);
}

#[test]
fn a_name_that_fits_no_pattern_begins_blank_and_says_so_if_fields_were_given() {
    let sandbox = Sandbox::project();
    assert_snapshot!(sandbox.run(&["create", "pat_level_up", "level:integer"]).shown(), @"
    exit 0
    --- stdout
    made migrations/[STAMP]_pat_level_up/Cargo.toml
    made migrations/[STAMP]_pat_level_up/src/lib.rs
    the name fits no pattern, so it begins blank, without the field: there are `create_TABLE FIELD...`, `add_X_to_TABLE FIELD...`, `drop_COLUMN_from_TABLE [FIELD...]`, `rename_COLUMN_to_NEW_in_TABLE`, `add_index_to_TABLE COLUMN...`
    ");
    assert!(newest(&sandbox).contains("// What this migration does"));
    assert_snapshot!(sandbox.run(&["create", "pat_level_down"]).shown(), @"
    exit 0
    --- stdout
    made migrations/[STAMP]_pat_level_down/Cargo.toml
    made migrations/[STAMP]_pat_level_down/src/lib.rs
    ");
    // Without fields there is nothing to write for these.
    for name in ["create_pat_nothing", "add_level_to_pat_nothing", "add_index_to_pat_nothing"] {
        sandbox.run(&["create", name]).succeeded();
        assert!(newest(&sandbox).contains("// What this migration does"), "{name}");
    }
}

#[test]
fn a_template_goes_before_the_name() {
    let sandbox = Sandbox::project();
    sandbox.run(&["create", "drop_level_from_pat_elf", "-t", "sql"]).succeeded();
    assert!(newest(&sandbox).contains("forward.sql"));
    let fields = ["add_level_to_pat_elf", "level:integer", "-t", "sql"];
    assert_snapshot!(refusal(&sandbox, &fields), @"
    error: the template `sql` has no place for the field `level:integer`
    hint: leave the fields out, or leave `--template` out and let the name of the migration say what they are for
    ");
    // What the patterns are made from is no template of its own.
    assert_snapshot!(refusal(&sandbox, &["pat_orc", "-t", "pattern"]), @"
    error: there is no template `pattern`
    hint: there are blank, data-fixup, sql
    ");
}

#[test]
fn a_field_that_is_not_right_is_refused_and_nothing_is_made() {
    let sandbox = Sandbox::project();
    let fields = [
        "level",
        "level:",
        ":integer",
        "my level:integer",
        "level:int",
        "level:'INTEGER NOT NULL'",
        "level:integer:notnull",
        "level:integer:unique:unique",
        "level:integer:default",
        "level:integer:references=player",
        "level:text:default='it",
        "level:integer:not_null",
        "level:\u{1b}[31m",
    ];
    let all: Vec<String> =
        fields.iter().map(|field| refusal(&sandbox, &["add_level_to_pat_dwarf", field])).collect();
    assert_snapshot!(all.concat(), @r#"
    error: the field `level` is not right: it has no type
    hint: a type is integer, text, real, blob, any, or another in quotes, as in `'price:"DECIMAL(10, 2)"'`
    error: the field `level:` is not right: it has no type
    hint: a type is integer, text, real, blob, any, or another in quotes, as in `'price:"DECIMAL(10, 2)"'`
    error: the field `:integer` is not right: `` is no name for a column
    hint: a name has letters, digits and `_`, and begins with no digit
    error: the field `my level:integer` is not right: `my level` is no name for a column
    hint: a name has letters, digits and `_`, and begins with no digit
    error: the field `level:int` is not right: there is no type `int`
    hint: a type is integer, text, real, blob, any, or another in quotes, as in `'price:"DECIMAL(10, 2)"'`
    error: the field `level:'INTEGER NOT NULL'` is not right: `INTEGER NOT NULL` is no declared type
    hint: a type is integer, text, real, blob, any, or another in quotes, as in `'price:"DECIMAL(10, 2)"'`
    error: the field `level:integer:notnull` is not right: there is no modifier `notnull`
    hint: after the type may stand, once each: not_null, unique, primary_key, default=VALUE, references=table.column
    error: the field `level:integer:unique:unique` is not right: `unique` stands there twice
    hint: after the type may stand, once each: not_null, unique, primary_key, default=VALUE, references=table.column
    error: the field `level:integer:default` is not right: `default` has no value
    hint: a value is a number, true, false, null, or text; quotes make text of anything: `default='1'`
    error: the field `level:integer:references=player` is not right: `references` is not followed by `=table.column`
    hint: for example `room_id:integer:references=room.id`
    error: the field `level:text:default='it` is not right: a quote is not closed, or text follows it
    hint: a quote within quotes is written twice; the shell takes one pair of quotes away: `"name:text:default='a:b'"`
    error: the field `level:integer:not_null` is not right: a new NOT NULL column needs a default for the rows that are there
    hint: add `default=VALUE`, or leave `not_null` out, fill the rows, and use `set_not_null`
    error: the field `level:\u{1b}[31m` is not right: there is no type `\u{1b}[31m`
    hint: a type is integer, text, real, blob, any, or another in quotes, as in `'price:"DECIMAL(10, 2)"'`
    "#);
    let twice = ["create_pat_dwarf", "level:integer", "LEVEL:text"];
    assert_snapshot!(refusal(&sandbox, &twice), @"
    error: the field `LEVEL:text` is not right: there is another field of this name
    hint: SQLite reads capital and small letters as the same
    ");
    assert_snapshot!(refusal(&sandbox, &["add_index_to_pat_dwarf", "a", "b c"]), @"
    error: the field `b c` is not right: `b c` is no name for a column
    hint: a name has letters, digits and `_`, and begins with no digit
    ");
    assert_snapshot!(refusal(&sandbox, &["rename_a_to_b_in_pat_dwarf", "a:text"]), @"
    error: a column to rename needs no field: `a:text`
    hint: `rename_COLUMN_to_NEW_in_TABLE` says all of it: leave the fields out
    ");
}
