//! Tables that stay as they are.

use insta::assert_snapshot;

use super::{PLAYER, edit, newest, project};
use crate::sandbox::rows;

#[test]
fn a_table_as_it_is_becomes_a_fixup_that_works_as_it_is() {
    let sandbox = project("typed_plain", PLAYER);
    assert_snapshot!(sandbox.run(&["create", "typed_trim", "--typed", "Player"]).shown(), @"
    exit 0
    --- stdout
    made migrations/[STAMP]_typed_trim/Cargo.toml
    made migrations/[STAMP]_typed_trim/src/lib.rs
    made migrations/[STAMP]_typed_trim/src/old.rs
    ");
    assert_snapshot!(newest(&sandbox, "src/lib.rs").1, @"
    //! Typed trim.

    pub mod old;

    use migration_api::prelude::*;

    #[derive(Default)]
    pub struct TypedTrim;

    impl Migration for TypedTrim {
        // There is no way back: what the rows held is not kept. To have one, write `migrate_backward`, and take
        // out this line.
        const REVERSIBLE: bool = false;

        fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
            migrator
                .rows_of::<old::Player>()
                .with_progress()
                .update(|row| {
                    Ok(Some(old::PlayerChange {
                        name: row.name,
                        level: row.level,
                        picture: row.picture,
                    }))
                })?;
            Ok(())
        }
    }

    export_migration!(TypedTrim);
    ");
    assert_snapshot!(newest(&sandbox, "src/old.rs").1, @r#"
    //! Rows as they are before this migration.

    use migration_api::Result;
    use migration_api::rows::{NewValue, Row, RowChange, TableRow};

    /// A row of `player`.
    #[derive(Debug, Clone)]
    pub struct Player {
        pub id: i64,
        pub name: String,
        pub level: Option<i64>,
        pub picture: Option<Vec<u8>>,
    }

    impl TableRow for Player {
        const TABLE: &'static str = "player";
        const COLUMNS: &'static [&'static str] = &["id", "name", "level", "picture"];

        fn from_row(row: &Row<'_>) -> Result<Self> {
            Ok(Self {
                id: row.get("id")?,
                name: row.get("name")?,
                level: row.get("level")?,
                picture: row.get("picture")?,
            })
        }
    }

    /// What a row of `player` gets; columns without a field are not written.
    #[derive(Debug, Clone)]
    pub struct PlayerChange {
        pub name: String,
        pub level: Option<i64>,
        pub picture: Option<Vec<u8>>,
    }

    impl RowChange for PlayerChange {
        type Row = Player;
        const COLUMNS: &'static [NewValue<Self>] = &[
            ("name", |it| &it.name),
            ("level", |it| &it.level),
            ("picture", |it| &it.picture),
        ];
    }
    "#);
    sandbox.run(&["migrate", "--steps", "1"]).succeeded();
    let database = sandbox.database();
    database
        .execute_batch("INSERT INTO player VALUES (1, ' Ada ', NULL, x'00'), (7, 'Grace', 3, NULL)")
        .unwrap();
    drop(database);
    edit(&sandbox, &[("row.name", "row.name.trim().to_owned()")]);
    sandbox.run(&["migrate"]).succeeded();
    assert_snapshot!(rows(&sandbox.database(), "SELECT * FROM player"), @r#"
    Integer(1), Text("Ada"), Null, Blob([0])
    Integer(7), Text("Grace"), Integer(3), Null
    "#);
}

#[test]
fn what_is_not_as_its_field_says_names_row_and_column_or_does_not_compile() {
    let sandbox = project("typed_wrong", PLAYER);
    sandbox.run(&["migrate"]).succeeded();
    sandbox.run(&["create", "typed_wrong", "--typed", "player"]).succeeded();
    // A column that is not STRICT keeps a blob.
    let blob = "INSERT INTO player VALUES (1, 'Ada', 1, NULL), (2, x'00ff', 1, NULL)";
    sandbox.database().execute_batch(blob).unwrap();
    assert_snapshot!(sandbox.run(&["migrate"]).shown(), @"
    exit 1
    --- stderr
    error: the migration `[STAMP]_typed_wrong` failed
      caused by: row 2 of `player`: `name` is x'00ff', and `String` was asked for
        at [STAMP]_typed_wrong/src/old.rs:22:23
    hint: everything that it did was rolled back
    ");
    edit(
        &sandbox,
        &[("row.name", "row.nmae"), ("row.level", "row.level.map(|level| level.to_string())")],
    );
    let outcome = sandbox.run(&["migrate"]);
    assert_eq!(outcome.code, Some(1));
    let shown = outcome.shown();
    for error in
        ["no field `nmae` on type `Player`", "expected `Option<i64>`, found `Option<String>`"]
    {
        assert!(shown.contains(error), "{shown}");
    }
}

#[test]
fn a_batched_fixup_goes_over_its_rows_in_batches() {
    let sandbox = project("typed_batched", PLAYER);
    sandbox.run(&["migrate"]).succeeded();
    let many = "WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 3000)
                INSERT INTO player (name) SELECT 'player ' || i FROM c";
    sandbox.database().execute_batch(many).unwrap();
    let create = ["create", "typed_in_batches", "--typed", "player", "--template", "batched"];
    sandbox.run(&create).succeeded();
    assert_snapshot!(newest(&sandbox, "src/lib.rs").1, @"
    //! Typed in batches.

    pub mod old;

    use migration_api::prelude::*;

    #[derive(Default)]
    pub struct TypedInBatches;

    impl Migration for TypedInBatches {
        // Each stage commits for itself, and after a crash the next run goes on behind what is done.
        const BATCHED: bool = true;

        // There is no way back: what the rows held is not kept. To have one, write `migrate_backward`, and take
        // out this line.
        const REVERSIBLE: bool = false;

        fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
            migrator.rows_of::<old::Player>().update(|row| {
                Ok(Some(old::PlayerChange {
                    name: row.name,
                    level: row.level,
                    picture: row.picture,
                }))
            })?;
            Ok(())
        }
    }

    export_migration!(TypedInBatches);
    ");
    edit(&sandbox, &[("level: row.level", "level: Some(row.id * 2)")]);
    sandbox.run(&["migrate", "--lock-time", "2ms", "--pause", "0s"]).succeeded();
    let wrong = "SELECT count(*) FROM player WHERE level IS NOT 2 * id OR name <> 'player ' || id";
    assert_eq!(rows(&sandbox.database(), wrong), "  Integer(0)\n");
}

#[test]
fn a_fixup_that_nobody_has_changed_leaves_every_number_of_a_boolean_as_it_is() {
    let sandbox = project(
        "typed_boolean",
        "CREATE TABLE flag (id INTEGER PRIMARY KEY, is_on BOOLEAN);
         INSERT INTO flag VALUES (1, 0), (2, 1), (3, 2), (4, -1), (5, NULL);",
    );
    sandbox.run(&["create", "typed_flags", "--typed", "flag"]).succeeded();
    sandbox.run(&["migrate"]).succeeded();
    let others = "SELECT id, is_on FROM flag WHERE is_on IS NOT CASE id \
                  WHEN 1 THEN 0 WHEN 2 THEN 1 WHEN 3 THEN 2 WHEN 4 THEN -1 END";
    assert_eq!(rows(&sandbox.database(), others), "");
}

#[test]
fn two_tables_are_two_structs_and_one_that_is_named_twice_is_one() {
    let sandbox = project(
        "typed_two",
        &format!("{PLAYER} CREATE TABLE edge (a, b, PRIMARY KEY (a, b)) WITHOUT ROWID;"),
    );
    let create = ["create", "typed_both", "--typed", "player", "edge", "PLAYER", "--json"];
    assert_snapshot!(sandbox.run(&create).shown(), @r#"
    exit 0
    --- stdout
    {
      "files": [
        "Cargo.toml",
        "src/lib.rs",
        "src/old.rs"
      ],
      "folder": "[ROOT]/migrations/[STAMP]_typed_both",
      "id": "[STAMP]_typed_both",
      "namesakes": [],
      "typed": [
        "player",
        "edge"
      ]
    }
    "#);
    assert_snapshot!(newest(&sandbox, "src/lib.rs").1, @r#"
    //! Typed both.

    pub mod old;

    use migration_api::prelude::*;

    #[derive(Default)]
    pub struct TypedBoth;

    impl Migration for TypedBoth {
        // There is no way back: what the rows held is not kept. To have one, write `migrate_backward`, and take
        // out this line.
        const REVERSIBLE: bool = false;

        fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
            migrator
                .rows_of::<old::Player>()
                .with_progress()
                .update(|row| {
                    Ok(Some(old::PlayerChange {
                        name: row.name,
                        level: row.level,
                        picture: row.picture,
                    }))
                })?;

            migrator
                .rows_of::<old::Edge>()
                .with_progress()
                .for_each(|row| compile_error!("what becomes of a row of `edge`?"))?;
            Ok(())
        }
    }

    export_migration!(TypedBoth);
    "#);
    // What becomes of rows that cannot be written, only the author knows.
    let shown = sandbox.run(&["migrate"]).shown();
    assert!(shown.contains("error: what becomes of a row of `edge`?"), "{shown}");
}

#[test]
fn what_has_no_rows_for_a_struct_is_refused_and_nothing_is_written() {
    let sql = format!(
        "{PLAYER} CREATE VIEW top AS SELECT name FROM player; CREATE VIRTUAL TABLE word USING fts5(text)"
    );
    let sandbox = project("typed_refused", &sql);
    sandbox.run(&["migrate"]).succeeded();
    let refused = |arguments: &[&str]| {
        let create = [&["create", "typed_none", "--typed"], arguments].concat();
        sandbox.untouched(&create).shown()
    };
    assert_snapshot!(refused(&["plyer"]), @"
    exit 2
    --- stderr
    error: there is no table `plyer` in the migrations
    hint: did you mean `player`?
    ");
    assert_snapshot!(refused(&["top"]), @"
    exit 2
    --- stderr
    error: `top` is a view, whose rows no migration can go over
    hint: name the table that the rows are in
    ");
    assert_snapshot!(refused(&["word"]), @"
    exit 2
    --- stderr
    error: `word` is a virtual table, whose rows no migration can go over
    hint: name the table that the rows are in
    ");
    assert_snapshot!(refused(&["word_data"]), @"
    exit 2
    --- stderr
    error: there is no table `word_data` in the migrations
    hint: there is `player`
    ");
    assert_snapshot!(refused(&["player", "--template", "sql"]), @"
    exit 2
    --- stderr
    error: the template `sql` has no place for the rows of tables
    hint: leave the template out, or take `batched` for big tables
    ");
    assert_snapshot!(refused(&["player", "--from-database"]), @"
    exit 2
    --- stderr
    error: the argument '--typed <TABLE>...' cannot be used with '--from-database'

    Usage: runner create --typed <TABLE>... <NAME> [FIELD]...

    For more information, try '--help'.
    ");
}
