//! Tables that `--auto` gives another shape.

use insta::assert_snapshot;

use super::{PLAYER, edit, newest, there_and_back, with_models};
use crate::sandbox::rows;

#[test]
fn a_fixup_between_two_shapes_reads_the_one_and_writes_the_other_on_both_ways() {
    let sandbox = with_models(
        "typed_shapes",
        "CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT NOT NULL, level INTEGER, code INTEGER NOT NULL, note TEXT);
         CREATE INDEX by_code ON person (code);
         INSERT INTO person VALUES (1, 'Ada Lovelace', NULL, 7, 'a'), (2, 'Grace Hopper', 3, 12, NULL)",
        "CREATE TABLE person (id INTEGER PRIMARY KEY, level INTEGER NOT NULL, code TEXT NOT NULL, note TEXT,
           first TEXT NOT NULL, last TEXT NOT NULL);
         CREATE INDEX by_code ON person (code);",
    );
    assert_snapshot!(sandbox.run(&["create", "typed_split_name", "--auto", "--typed", "person"]).shown(), @"
    exit 0
    --- stdout
    made migrations/[STAMP]_typed_split_name/Cargo.toml
    made migrations/[STAMP]_typed_split_name/src/lib.rs
    made migrations/[STAMP]_typed_split_name/src/new.rs
    made migrations/[STAMP]_typed_split_name/src/old.rs
      add column `first` TEXT to table `person`
      add column `last` TEXT to table `person`
      change column `code` of table `person` to BLOB
      your code for the rows of `person`
      make column `level` of table `person` NOT NULL
      change column `code` of table `person` to TEXT
      make column `first` of table `person` NOT NULL
      make column `last` of table `person` NOT NULL
      drop column `name` of table `person`
    forward: column `name` of `person` is dropped with all its values
    back: column `first` of `person` is dropped with all its values
    back: column `last` of `person` is dropped with all its values
    ");
    assert_snapshot!(newest(&sandbox, "src/lib.rs").1, @r#"
    //! Typed split name.

    pub mod new;
    pub mod old;

    use migration_api::prelude::*;

    #[derive(Default)]
    pub struct TypedSplitName;

    impl Migration for TypedSplitName {
        // What the way forward takes away, by the names before it.
        const LOSES: &[&str] = &["person.name"];

        fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
            migrator.run([
                Operation::add_column("person", Column::text("first")),
                Operation::add_column("person", Column::text("last")),
                // Keeps each value as it is.
                Operation::alter_column_type("person", "code", "BLOB"),
            ])?;

            migrator
                .rows_of::<old::Person>()
                .with_progress()
                .update(|row| {
                    Ok(Some(new::PersonChange {
                        level: row
                            .level
                            .unwrap_or(compile_error!("what does NULL become in `level`?")),
                        code: compile_error!("what does a row of `person` get in `code`?"),
                        first: compile_error!("what does a row of `person` get in `first`?"),
                        last: compile_error!("what does a row of `person` get in `last`?"),
                    }))
                })?;

            migrator.run([
                Operation::set_not_null("person", "level"),
                Operation::alter_column_type("person", "code", "TEXT"),
                Operation::set_not_null("person", "first"),
                Operation::set_not_null("person", "last"),
                // Column `name` of `person` is dropped with all its values.
                Operation::drop_column("person", "name"),
            ])
        }

        fn migrate_backward(&self, migrator: &mut Migrator) -> Result {
            migrator.run([
                Operation::add_column("person", Column::text("name")),
                // Keeps each value as it is.
                Operation::alter_column_type("person", "code", "BLOB"),
            ])?;

            migrator
                .rows_of::<new::Person>()
                .with_progress()
                .update(|row| {
                    Ok(Some(old::PersonChange {
                        name: compile_error!("what does a row of `person` get in `name`?"),
                        code: compile_error!("what does a row of `person` get in `code`?"),
                    }))
                })?;

            migrator.run([
                Operation::set_not_null("person", "name"),
                Operation::drop_not_null("person", "level"),
                Operation::alter_column_type("person", "code", "INTEGER"),
                // Column `first` of `person` is dropped with all its values.
                Operation::drop_column("person", "first"),
                // Column `last` of `person` is dropped with all its values.
                Operation::drop_column("person", "last"),
            ])
        }
    }

    export_migration!(TypedSplitName);
    "#);
    assert_snapshot!(newest(&sandbox, "src/new.rs").1, @r#"
    //! Rows as they are after this migration.

    use migration_api::Result;
    use migration_api::rows::{NewValue, Row, RowChange, TableRow};

    /// A row of `person`.
    #[derive(Debug, Clone)]
    pub struct Person {
        pub id: i64,
        pub level: i64,
        pub code: String,
        pub note: Option<String>,
        pub first: String,
        pub last: String,
    }

    impl TableRow for Person {
        const TABLE: &'static str = "person";
        const COLUMNS: &'static [&'static str] = &["id", "level", "code", "note", "first", "last"];

        fn from_row(row: &Row<'_>) -> Result<Self> {
            Ok(Self {
                id: row.get("id")?,
                level: row.get("level")?,
                code: row.get("code")?,
                note: row.get("note")?,
                first: row.get("first")?,
                last: row.get("last")?,
            })
        }
    }

    /// What a row of `person` gets; columns without a field are not written.
    #[derive(Debug, Clone)]
    pub struct PersonChange {
        pub level: i64,
        pub code: String,
        pub first: String,
        pub last: String,
    }

    impl RowChange for PersonChange {
        type Row = super::old::Person;
        const COLUMNS: &'static [NewValue<Self>] = &[
            ("level", |it| &it.level),
            ("code", |it| &it.code),
            ("first", |it| &it.first),
            ("last", |it| &it.last),
        ];
    }
    "#);
    assert_snapshot!(newest(&sandbox, "src/old.rs").1, @r#"
    //! Rows as they are before this migration.

    use migration_api::Result;
    use migration_api::rows::{NewValue, Row, RowChange, TableRow};

    /// A row of `person`.
    #[derive(Debug, Clone)]
    pub struct Person {
        pub id: i64,
        pub name: String,
        pub level: Option<i64>,
        pub code: i64,
        pub note: Option<String>,
    }

    impl TableRow for Person {
        const TABLE: &'static str = "person";
        const COLUMNS: &'static [&'static str] = &["id", "name", "level", "code", "note"];

        fn from_row(row: &Row<'_>) -> Result<Self> {
            Ok(Self {
                id: row.get("id")?,
                name: row.get("name")?,
                level: row.get("level")?,
                code: row.get("code")?,
                note: row.get("note")?,
            })
        }
    }

    /// What a row of `person` gets; columns without a field are not written.
    #[derive(Debug, Clone)]
    pub struct PersonChange {
        pub name: String,
        pub code: i64,
    }

    impl RowChange for PersonChange {
        type Row = super::new::Person;
        const COLUMNS: &'static [NewValue<Self>] = &[("name", |it| &it.name), ("code", |it| &it.code)];
    }
    "#);
    // Nothing runs before its author has said what nobody else knows.
    let shown = sandbox.run(&["migrate"]).shown();
    assert!(shown.contains("error: what does a row of `person` get in `first`?"), "{shown}");
    let asked = |column: &str| {
        format!("compile_error!(\"what does a row of `person` get in `{column}`?\")")
    };
    edit(
        &sandbox,
        &[
            (&asked("first"), "row.name.split(' ').next().ok_or(\"no name\")?.into()"),
            (&asked("last"), "row.name.split(' ').nth(1).ok_or(\"no last name\")?.into()"),
            (&asked("name"), "format!(\"{} {}\", row.first, row.last)"),
            ("compile_error!(\"what does NULL become in `level`?\")", "1"),
        ],
    );
    let (path, code) = newest(&sandbox, "src/lib.rs");
    let code = code.replacen(&asked("code"), "format!(\"{:03}\", row.code)", 1);
    let code = code.replacen(&asked("code"), "row.code.parse()?", 1);
    std::fs::write(&path, code).unwrap();
    let all = "SELECT * FROM person ORDER BY id";
    assert_snapshot!(there_and_back(&sandbox, [all, all]), @r#"
      Integer(1), Integer(1), Text("007"), Text("a"), Text("Ada"), Text("Lovelace")
      Integer(2), Integer(3), Text("012"), Null, Text("Grace"), Text("Hopper")
    and back
      Integer(1), Integer(1), Integer(7), Text("a"), Text("Ada Lovelace")
      Integer(2), Integer(3), Integer(12), Null, Text("Grace Hopper")
    "#);
    let indexes = "SELECT count(*) FROM pragma_index_list('person')";
    assert_eq!(rows(&sandbox.database(), indexes), "  Integer(1)\n");
    sandbox.run(&["migrate"]).succeeded();
    sandbox.run(&["create", "typed_no_more", "--auto"]).succeeded();
}

#[test]
fn a_table_that_goes_is_read_once_those_that_come_are_there() {
    let sandbox = with_models(
        "typed_gone",
        "CREATE TABLE legacy (id INTEGER PRIMARY KEY, words TEXT NOT NULL);
         INSERT INTO legacy VALUES (1, 'a b'), (2, 'c')",
        "CREATE TABLE word (legacy INTEGER NOT NULL, word TEXT NOT NULL, UNIQUE (legacy, word))",
    );
    let create = ["create", "typed_move_words", "--auto", "--typed", "legacy"];
    assert_snapshot!(sandbox.run(&create).shown(), @"
    exit 0
    --- stdout
    made migrations/[STAMP]_typed_move_words/Cargo.toml
    made migrations/[STAMP]_typed_move_words/src/lib.rs
    made migrations/[STAMP]_typed_move_words/src/old.rs
      create table `word` with columns `legacy`, `word`
      your code for the rows of `legacy`
      drop table `legacy`
    forward: table `legacy` is dropped with all its rows
    back: table `word` is dropped with all its rows
    ");
    assert_snapshot!(newest(&sandbox, "src/lib.rs").1, @r#"
    //! Typed move words.

    pub mod old;

    use migration_api::prelude::*;

    #[derive(Default)]
    pub struct TypedMoveWords;

    impl Migration for TypedMoveWords {
        // What the way forward takes away, by the names before it.
        const LOSES: &[&str] = &["legacy"];

        fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
            migrator.create_table(
                Table::new("word")
                    .column(Column::integer("legacy").not_null())
                    .column(Column::text("word").not_null())
                    .unique(["legacy", "word"]),
            )?;

            migrator
                .rows_of::<old::Legacy>()
                .with_progress()
                .for_each(|row| compile_error!("what becomes of a row of `legacy`?"))?;

            // Table `legacy` is dropped with all its rows.
            migrator.drop_table("legacy")
        }

        fn migrate_backward(&self, migrator: &mut Migrator) -> Result {
            migrator.run([
                Operation::create_table(
                    Table::new("legacy")
                        .column(Column::integer("id").primary_key())
                        .column(Column::text("words").not_null()),
                ),
                // Table `word` is dropped with all its rows.
                Operation::drop_table("word"),
            ])
        }
    }

    export_migration!(TypedMoveWords);
    "#);
    edit(
        &sandbox,
        &[(
            "compile_error!(\"what becomes of a row of `legacy`?\")",
            "{ for word in row.words.split(' ') {
                 migrator.execute(\"INSERT INTO word VALUES (?1, ?2)\", (row.id, word))?;
             } Ok(()) }",
        )],
    );
    let (after, back) = ("SELECT * FROM word", "SELECT count(*) FROM legacy");
    assert_snapshot!(there_and_back(&sandbox, [after, back]), @r#"
      Integer(1), Text("a")
      Integer(1), Text("b")
      Integer(2), Text("c")
    and back
      Integer(0)
    "#);
}

#[test]
fn while_rows_change_everything_is_called_as_it_will_be_and_a_strict_table_takes_both_types() {
    let sandbox = with_models(
        "typed_renamed",
        "CREATE TABLE purse (id INTEGER PRIMARY KEY, amount TEXT NOT NULL CHECK (amount LIKE '%d'), owner TEXT NOT NULL,
           half TEXT AS (substr(owner, 1, 1))) STRICT;
         INSERT INTO purse VALUES (1, '2s 6d', 'ada')",
        "CREATE TABLE wallet (id INTEGER PRIMARY KEY, pence INTEGER NOT NULL, owner TEXT NOT NULL,
           half TEXT AS (substr(owner, 1, 1))) STRICT;",
    );
    let renames = ["--rename", "purse:wallet", "--rename", "wallet.amount:pence"];
    let create =
        [&["create", "typed_count_pence", "--auto", "--typed", "Purse"][..], &renames].concat();
    assert_snapshot!(sandbox.run(&create).shown(), @r#"
    exit 0
    --- stdout
    made migrations/[STAMP]_typed_count_pence/Cargo.toml
    made migrations/[STAMP]_typed_count_pence/src/lib.rs
    made migrations/[STAMP]_typed_count_pence/src/new.rs
    made migrations/[STAMP]_typed_count_pence/src/old.rs
      rename table `purse` to `wallet`
      rename column `amount` of table `wallet` to `pence`
      drop CHECK ("pence" LIKE '%d') of table `wallet`
      change column `pence` of table `wallet` to ANY
      your code for the rows of `purse`
      change column `pence` of table `wallet` to INTEGER
    back: rows of `purse` that do not keep CHECK (amount LIKE '%d') stop the migration
    "#);
    assert_snapshot!(newest(&sandbox, "src/lib.rs").1, @r##"
    //! Typed count pence.

    pub mod new;
    pub mod old;

    use migration_api::prelude::*;

    #[derive(Default)]
    pub struct TypedCountPence;

    impl Migration for TypedCountPence {
        fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
            migrator.run([
                Operation::rename_table("purse", "wallet"),
                Operation::rename_column("wallet", "amount", "pence"),
                Operation::drop_constraint("wallet", WhichConstraint::check(r#""pence" LIKE '%d'"#)),
                // Keeps each value as it is.
                Operation::alter_column_type("wallet", "pence", "ANY"),
            ])?;

            migrator
                .rows_of::<old::Purse>()
                .with_progress()
                .update(|row| {
                    Ok(Some(new::WalletChange {
                        pence: compile_error!("what does a row of `wallet` get in `pence`?"),
                    }))
                })?;

            migrator.alter_column_type("wallet", "pence", "INTEGER")
        }

        fn migrate_backward(&self, migrator: &mut Migrator) -> Result {
            // Keeps each value as it is.
            migrator.alter_column_type("wallet", "pence", "ANY")?;

            migrator
                .rows_of::<new::Wallet>()
                .with_progress()
                .update(|row| {
                    Ok(Some(old::PurseChange {
                        amount: compile_error!("what does a row of `purse` get in `amount`?"),
                    }))
                })?;

            migrator.run([
                Operation::rename_table("wallet", "purse"),
                Operation::rename_column("purse", "pence", "amount"),
                Operation::alter_column_type("purse", "amount", "TEXT"),
                // Rows of `purse` that do not keep CHECK (amount LIKE '%d') stop the migration.
                Operation::add_check("purse", "amount LIKE '%d'"),
            ])
        }
    }

    export_migration!(TypedCountPence);
    "##);
    assert_snapshot!(newest(&sandbox, "src/old.rs").1, @r#"
    //! Rows as they are before this migration.

    use migration_api::Result;
    use migration_api::rows::{NewValue, Row, RowChange, TableRow};

    /// A row of `purse`, called `wallet` by then.
    #[derive(Debug, Clone)]
    pub struct Purse {
        pub id: i64,
        pub amount: String,
        pub owner: String,
        pub half: Option<String>,
    }

    impl TableRow for Purse {
        const TABLE: &'static str = "wallet";
        const COLUMNS: &'static [&'static str] = &["id", "pence", "owner", "half"];

        fn from_row(row: &Row<'_>) -> Result<Self> {
            Ok(Self {
                id: row.get("id")?,
                amount: row.get("pence")?,
                owner: row.get("owner")?,
                half: row.get("half")?,
            })
        }
    }

    /// What a row of `purse` gets; columns without a field are not written.
    #[derive(Debug, Clone)]
    pub struct PurseChange {
        pub amount: String,
    }

    impl RowChange for PurseChange {
        type Row = super::new::Wallet;
        const COLUMNS: &'static [NewValue<Self>] = &[("pence", |it| &it.amount)];
    }
    "#);
    let (path, code) = newest(&sandbox, "src/lib.rs");
    let asked = |column: &str, table: &str| {
        format!("compile_error!(\"what does a row of `{table}` get in `{column}`?\")")
    };
    let code = code.replacen(&asked("pence", "wallet"), "row.amount.len() as i64", 1);
    let code = code.replacen(&asked("amount", "purse"), "format!(\"{}d\", row.pence)", 1);
    std::fs::write(&path, code).unwrap();
    let (after, back) = ("SELECT *, half FROM wallet", "SELECT *, half FROM purse");
    assert_snapshot!(there_and_back(&sandbox, [after, back]), @r#"
      Integer(1), Integer(5), Text("ada"), Text("a"), Text("a")
    and back
      Integer(1), Text("5d"), Text("ada"), Text("a"), Text("a")
    "#);
}

#[test]
fn a_table_that_the_migration_makes_has_no_rows_and_one_that_stays_keeps_its_shape() {
    let sandbox = with_models(
        "typed_kept",
        PLAYER,
        &format!("{PLAYER} CREATE TABLE guild (name TEXT PRIMARY KEY);"),
    );
    let create = |table| ["create", "typed_kept_shape", "--auto", "--typed", table];
    assert_snapshot!(sandbox.untouched(&create("guild")).shown(), @"
    exit 2
    --- stderr
    error: the migration makes the table `guild`, so it has no rows yet
    hint: name the tables that its rows come from: a fixup reads them, and inserts with `migrator.execute`
    ");
    assert_snapshot!(sandbox.run(&create("player")).shown(), @"
    exit 0
    --- stdout
    made migrations/[STAMP]_typed_kept_shape/Cargo.toml
    made migrations/[STAMP]_typed_kept_shape/src/lib.rs
    made migrations/[STAMP]_typed_kept_shape/src/old.rs
      create table `guild` with column `name`
      your code for the rows of `player`
    back: table `guild` is dropped with all its rows
    ");
    assert_snapshot!(newest(&sandbox, "src/lib.rs").1, @r#"
    //! Typed kept shape.

    pub mod old;

    use migration_api::prelude::*;

    #[derive(Default)]
    pub struct TypedKeptShape;

    impl Migration for TypedKeptShape {
        fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
            migrator.create_table(Table::new("guild").column(Column::text("name").primary_key()))?;

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

        fn migrate_backward(&self, migrator: &mut Migrator) -> Result {
            // Table `guild` is dropped with all its rows.
            migrator.drop_table("guild")
        }
    }

    export_migration!(TypedKeptShape);
    "#);
    sandbox.run(&["migrate"]).succeeded();
}

#[test]
fn a_column_that_is_filled_is_none_of_the_fixups() {
    let sandbox = with_models(
        "typed_filled",
        PLAYER,
        "CREATE TABLE player (id INTEGER PRIMARY KEY, name TEXT NOT NULL, level INTEGER NOT NULL, picture BLOB,
           rank INTEGER NOT NULL, slug TEXT NOT NULL);",
    );
    let fills = ["--fill", "player.level=1", "--fill", "player.rank=2"];
    let create =
        [&["create", "typed_add_slug", "--auto", "--typed", "player"][..], &fills].concat();
    sandbox.run(&create).succeeded();
    assert_snapshot!(newest(&sandbox, "src/lib.rs").1, @r#"
    //! Typed add slug.

    pub mod new;
    pub mod old;

    use migration_api::prelude::*;

    #[derive(Default)]
    pub struct TypedAddSlug;

    impl Migration for TypedAddSlug {
        fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
            migrator.run([
                Operation::add_column("player", Column::integer("rank").not_null().backfill("2")),
                Operation::add_column("player", Column::text("slug")),
            ])?;

            migrator
                .rows_of::<old::Player>()
                .with_progress()
                .update(|row| {
                    Ok(Some(new::PlayerChange {
                        slug: compile_error!("what does a row of `player` get in `slug`?"),
                    }))
                })?;

            migrator.run([
                // Which values in `level` of `player` were NULL is forgotten.
                Operation::set_not_null_filling("player", "level", "1"),
                Operation::set_not_null("player", "slug"),
            ])
        }

        fn migrate_backward(&self, migrator: &mut Migrator) -> Result {
            migrator.run([
                Operation::drop_not_null("player", "level"),
                // Column `rank` of `player` is dropped with all its values.
                Operation::drop_column("player", "rank"),
                // Column `slug` of `player` is dropped with all its values.
                Operation::drop_column("player", "slug"),
            ])
        }
    }

    export_migration!(TypedAddSlug);
    "#);
}
