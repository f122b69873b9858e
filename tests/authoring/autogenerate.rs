//! `runner create NAME --auto`: models in, migrations out.

use crate::sandbox::{self, Sandbox, rows};
#[cfg(unix)]
use crate::terminal;
use insta::assert_snapshot;

/// A project whose first migration makes two tables, and whose models are a file of SQL.
fn project(name: &str) -> Sandbox {
    let sandbox = Sandbox::project();
    sandbox.write("runner.toml", "database = \"app.db\"\nmodels = \"schema.sql\"\n");
    sandbox.sql_migration(&format!("{name}_ground"), GROUND, "DROP TABLE item; DROP TABLE player");
    sandbox.write("schema.sql", GROUND);
    sandbox
}

const GROUND: &str = "\
CREATE TABLE player (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  xp INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE item (id INTEGER PRIMARY KEY, owner INTEGER REFERENCES player (id), what TEXT);
CREATE INDEX item_owner ON item (owner);
";

const ROWS: &str = "\
INSERT INTO player VALUES (1, 'ada', 30), (2, 'grace', 50);
INSERT INTO item VALUES (1, 1, 'lamp'), (2, 2, 'map');
";

/// The code of the newest migration.
fn newest(sandbox: &Sandbox) -> String {
    let entries = std::fs::read_dir(sandbox.path("migrations")).unwrap();
    let newest = entries.map(|e| e.unwrap().path()).filter(|p| p.join("src/lib.rs").exists()).max();
    let text = std::fs::read_to_string(newest.unwrap().join("src/lib.rs")).unwrap();
    sandbox.normal(&text)
}

fn change(sandbox: &Sandbox, changes: &[(&str, &str)]) {
    let mut models = sandbox.read("schema.sql");
    for (old, new) in changes {
        assert!(models.contains(old), "{old}");
        models = models.replace(old, new);
    }
    sandbox.write("schema.sql", &models);
}

#[test]
fn models_that_did_not_change_write_nothing() {
    let sandbox = project("auto_nothing");
    assert_snapshot!(sandbox.untouched(&["create", "auto_none", "--auto"]).shown(), @"
    exit 0
    --- stdout
    no changes: the migrations and `schema.sql` are the same
    ");
    assert_snapshot!(sandbox.untouched(&["create", "auto_none", "--auto", "--json"]).shown(), @r#"
    exit 0
    --- stdout
    {
      "from": "the migrations",
      "id": null,
      "to": "`schema.sql`"
    }
    "#);
}

#[test]
fn changed_models_become_a_migration_that_goes_both_ways() {
    let sandbox = project("auto_change");
    sandbox.run(&["migrate"]).succeeded();
    sandbox.database().execute_batch(ROWS).unwrap();
    let before = sandbox.contents();
    change(
        &sandbox,
        &[
            (
                "xp INTEGER NOT NULL DEFAULT 0",
                "xp INTEGER NOT NULL DEFAULT 1 CHECK (xp >= 0),\n  level INTEGER NOT NULL DEFAULT 1",
            ),
            ("what TEXT", "what TEXT COLLATE NOCASE"),
            ("ON item (owner)", "ON item (owner, what DESC)"),
        ],
    );
    let models = sandbox.read("schema.sql")
        + "CREATE TABLE guild (name TEXT PRIMARY KEY, leader INTEGER REFERENCES player (id)) WITHOUT ROWID;\n\
           CREATE VIEW leader AS SELECT player.name, guild.name AS guild FROM player JOIN guild ON leader = id;\n\
           CREATE TRIGGER player_leaves AFTER DELETE ON player BEGIN\n  DELETE FROM item WHERE owner = old.id;\nEND;\n";
    sandbox.write("schema.sql", &models);
    assert_snapshot!(sandbox.run(&["create", "auto_changed", "--auto"]).shown(), @"
    exit 0
    --- stdout
    made migrations/[STAMP]_auto_changed/Cargo.toml
    made migrations/[STAMP]_auto_changed/src/lib.rs
      drop index `item_owner`
      add column `level` INTEGER NOT NULL DEFAULT 1 to table `player`
      set the default of column `xp` of table `player` to 1
      add CHECK (xp >= 0) to table `player`
      create table `guild` with columns `name`, `leader`
      set the collation of column `what` of table `item` to NOCASE
      add index `item_owner` on table `item` (`owner`, `what` DESC)
      execute `CREATE VIEW leader AS SELECT player.name, guild.name AS guil..`
      execute `CREATE TRIGGER player_leaves AFTER DELETE ON player BEGIN DE..`
    forward: rows of `player` that do not keep CHECK (xp >= 0) stop the migration
    back: column `level` of `player` is dropped with all its values
    back: table `guild` is dropped with all its rows
    ");
    assert_snapshot!(newest(&sandbox), @r#"
    //! Auto changed.

    use migration_api::prelude::*;

    #[derive(Default)]
    pub struct AutoChanged;

    impl Migration for AutoChanged {
        fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
            migrator.run([
                Operation::drop_index("item_owner"),
                Operation::add_column(
                    "player",
                    Column::integer("level").not_null().default(1),
                ),
                Operation::set_default("player", "xp", 1),
                // Rows of `player` that do not keep CHECK (xp >= 0) stop the migration.
                Operation::add_check("player", "xp >= 0"),
                Operation::create_table(
                    Table::new("guild")
                        .column(Column::text("name").primary_key())
                        .column(Column::integer("leader").references("player", "id"))
                        .without_rowid(),
                ),
                Operation::set_collate("item", "what", "NOCASE"),
                Operation::add_index(
                    Index::on(
                            "item",
                            [IndexColumn::new("owner"), IndexColumn::new("what").desc()],
                        )
                        .named("item_owner"),
                ),
                Operation::execute(
                    "CREATE VIEW leader AS SELECT player.name, guild.name AS guild FROM player JOIN guild ON leader = id",
                ),
                Operation::execute(
                    r"CREATE TRIGGER player_leaves AFTER DELETE ON player BEGIN
      DELETE FROM item WHERE owner = old.id;
    END",
                ),
            ])
        }

        fn migrate_backward(&self, migrator: &mut Migrator) -> Result {
            migrator.run([
                Operation::execute("DROP TRIGGER player_leaves"),
                Operation::execute("DROP VIEW leader"),
                Operation::drop_index("item_owner"),
                Operation::drop_constraint("player", WhichConstraint::check("xp >= 0")),
                Operation::set_default("player", "xp", 0),
                // Column `level` of `player` is dropped with all its values.
                Operation::drop_column("player", "level"),
                Operation::drop_collate("item", "what"),
                Operation::add_index(Index::on("item", ["owner"]).named("item_owner")),
                // Table `guild` is dropped with all its rows.
                Operation::drop_table("guild"),
            ])
        }
    }

    export_migration!(AutoChanged);
    "#);
    sandbox.run(&["migrate"]).succeeded();
    assert_snapshot!(rows(&sandbox.database(), "SELECT * FROM player"), @r#"
    Integer(1), Text("ada"), Integer(30), Integer(1)
    Integer(2), Text("grace"), Integer(50), Integer(1)
    "#);
    assert_snapshot!(sandbox.run(&["check"]).shown(), @"
    exit 0
    --- stdout
    nothing is pending, nothing has drifted, the models agree with the migrations
    ");
    sandbox.write("models.sql", &models);
    sandbox.run(&["schema", "dump", "-o", "schema.sql"]).succeeded();
    let again = sandbox.untouched(&["create", "auto_changed_again", "--auto"]);
    assert!(again.stdout.starts_with("no changes"), "{}", again.shown());
    sandbox.run(&["migrate", "--backward"]).succeeded();
    let diff = sandbox.run(&["schema", "diff", "migrations", "models"]).succeeded();
    assert!(diff.stdout.contains("are the same"), "{}", diff.stdout);
    for line in before.lines().filter(|line| line.starts_with("  ")) {
        assert!(sandbox.contents().contains(line), "{line}");
    }
}

#[test]
fn the_developers_own_database_has_no_say_unless_it_is_asked() {
    let sandbox = project("auto_own");
    sandbox.database().execute_batch("CREATE TABLE by_hand (x)").unwrap();
    assert_snapshot!(sandbox.untouched(&["create", "auto_own_none", "--auto"]).shown(), @"
    exit 0
    --- stdout
    no changes: the migrations and `schema.sql` are the same
    ");
    assert_snapshot!(
        sandbox.run(&["create", "auto_from_own", "--auto", "--from-database", "--allow-loss"]).shown(),
        @"
    exit 0
    --- stdout
    made migrations/[STAMP]_auto_from_own/Cargo.toml
    made migrations/[STAMP]_auto_from_own/src/lib.rs
      create table `player` with columns `id`, `name`, `xp`
      create table `item` with columns `id`, `owner`, `what`
      add index `item_owner` on table `item` (`owner`)
      drop table `by_hand`
    forward: table `by_hand` is dropped with all its rows
    back: table `item` is dropped with all its rows
    back: table `player` is dropped with all its rows
    "
    );
}

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
    hint: nothing was written; `--rename OLD:NEW` keeps what has another name, and `--allow-loss` lets the rest go
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
fn autoincrement_comes_and_goes_with_rows_in_the_table() {
    let sandbox = project("auto_counter");
    sandbox.run(&["migrate"]).succeeded();
    sandbox.database().execute_batch(ROWS).unwrap();
    let key = "CREATE TABLE item (id INTEGER PRIMARY KEY";
    change(&sandbox, &[(key, &format!("{key} AUTOINCREMENT"))]);
    sandbox.run(&["create", "auto_counter_on", "--auto"]).succeeded();
    sandbox.run(&["migrate"]).succeeded();
    sandbox.database().execute_batch("INSERT INTO item (what) VALUES ('rope')").unwrap();
    sandbox.run(&["migrate", "--backward"]).succeeded();
    assert_snapshot!(rows(&sandbox.database(), "SELECT * FROM item"), @r#"
    Integer(1), Integer(1), Text("lamp")
    Integer(2), Integer(2), Text("map")
    Integer(3), Null, Text("rope")
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

#[test]
fn the_sample_migrations_and_their_dump_are_the_same() {
    let sandbox = Sandbox::project();
    let samples = sandbox::repository().join("migrations");
    for entry in std::fs::read_dir(samples).unwrap() {
        let folder = entry.unwrap().path();
        let Some(id) = folder.file_name().and_then(|name| name.to_str()) else { continue };
        for file in ["Cargo.toml", "src/lib.rs"] {
            let (from, to) = (folder.join(file), format!("migrations/{id}/{file}"));
            if id.starts_with("20") {
                sandbox.write(to, &std::fs::read_to_string(from).unwrap());
            }
        }
    }
    sandbox.write("runner.toml", "database = \"app.db\"\nmodels = \"schema.sql\"\n");
    sandbox.run(&["schema", "dump", "-o", "schema.sql"]).succeeded();
    assert!(sandbox.read("schema.sql").contains("CREATE TABLE roomstay"));
    assert_snapshot!(sandbox.untouched(&["create", "auto_sampled", "--auto"]).shown(), @"
    exit 0
    --- stdout
    no changes: the migrations and `schema.sql` are the same
    ");
}

#[test]
#[cfg(unix)]
fn a_person_at_a_terminal_is_asked_what_nobody_else_can_know() {
    let sandbox = project("auto_asked");
    change(
        &sandbox,
        &[(
            "xp INTEGER NOT NULL DEFAULT 0",
            "experience INTEGER NOT NULL DEFAULT 0,\n  mail TEXT NOT NULL",
        )],
    );
    let (code, shown) = terminal::answered(
        sandbox.command(&["create", "auto_answered", "--auto"]),
        &[("lost", "y"), ("mail", "lower(name)\r")],
    );
    assert_eq!(code, Some(0), "{shown}");
    assert_snapshot!(newest(&sandbox), @r#"
    //! Auto answered.

    use migration_api::prelude::*;

    #[derive(Default)]
    pub struct AutoAnswered;

    impl Migration for AutoAnswered {
        fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
            migrator.run([
                Operation::rename_column("player", "xp", "experience"),
                Operation::add_column(
                    "player",
                    Column::text("mail").not_null().backfill("lower(name)"),
                ),
            ])
        }

        fn migrate_backward(&self, migrator: &mut Migrator) -> Result {
            migrator.run([
                Operation::rename_column("player", "experience", "xp"),
                // Column `mail` of `player` is dropped with all its values.
                Operation::drop_column("player", "mail"),
            ])
        }
    }

    export_migration!(AutoAnswered);
    "#);
}

#[test]
#[cfg(unix)]
fn a_person_at_a_terminal_is_asked_before_anything_is_lost() {
    let sandbox = project("auto_asked_loss");
    change(&sandbox, &[(",\n  xp INTEGER NOT NULL DEFAULT 0", "")]);
    let create = ["create", "auto_lost", "--auto"];
    let before = sandbox.read("migrations/Cargo.toml");
    let (code, shown) = terminal::answered(sandbox.command(&create), &[("meant", "n")]);
    assert_eq!(code, Some(3), "{shown}");
    assert!(shown.contains("column `xp` of `player` is dropped"), "{shown}");
    assert_eq!(sandbox.read("migrations/Cargo.toml"), before);
    assert!(!newest(&sandbox).contains("drop_column"));
    let (code, shown) = terminal::answered(sandbox.command(&create), &[("meant", "y")]);
    assert_eq!(code, Some(0), "{shown}");
    assert!(newest(&sandbox).contains("drop_column(\"player\", \"xp\")"));
}

#[test]
fn what_is_gone_from_a_database_already_is_written_down_without_a_question() {
    let sandbox = project("auto_gone");
    sandbox.run(&["migrate"]).succeeded();
    sandbox.database().execute_batch("DROP TABLE item").unwrap();
    let created = sandbox.run(&["create", "auto_is_gone", "--from-database"]).succeeded();
    assert!(created.stdout.contains("table `item` is dropped"), "{}", created.shown());
}

#[test]
fn models_without_a_table_are_taken_for_a_slip() {
    let sandbox = project("auto_no_tables");
    sandbox.write("schema.sql", "-- the redirection failed\n");
    assert_snapshot!(sandbox.untouched(&["create", "auto_all_gone", "--auto", "--allow-loss"]).shown(), @"
    exit 3
    --- stderr
    error: there is no table in `schema.sql`, so the migration would drop all 2 tables
    hint: nothing was written; see whether `models` in `runner.toml` names the right file, and whether something is in it; `--drop-all-tables` if that is what they say
    explain: runner explain loses-data
    ");
    assert_snapshot!(sandbox.untouched(&["check", "models"]).shown(), @"
    exit 1
    --- stdout
    models: the migrations and `schema.sql` differ
    --- the migrations
    +++ `schema.sql`
    -CREATE TABLE player (
    -  id INTEGER PRIMARY KEY,
    -  name TEXT NOT NULL,
    -  xp INTEGER NOT NULL DEFAULT 0
    -);
    -
    -CREATE TABLE item (
    -  id INTEGER PRIMARY KEY,
    -  owner INTEGER REFERENCES player (id),
    -  what TEXT
    -);
    -
    -CREATE INDEX item_owner ON item (owner);
    would be lost: table `item` is dropped with all its rows
    would be lost: table `player` is dropped with all its rows
    --- stderr
    error: the check found 1 thing
    hint: `runner create NAME --auto` writes the migration that is missing
    ");
    let said = ["create", "auto_all_gone", "--auto", "--drop-all-tables"];
    sandbox.run(&said).succeeded();
    assert!(newest(&sandbox).contains("drop_table(\"player\")"));
}

/// What a table that was renamed away first leaves behind: a child whose parent is not there.
const DANGLING: &str = "\
CREATE TABLE parent (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE child (id INTEGER PRIMARY KEY, parent INTEGER NOT NULL REFERENCES parent_old (id), note TEXT);
CREATE TRIGGER touch AFTER UPDATE ON child BEGIN UPDATE child SET note = 'x' WHERE id = NEW.id; END;
";

#[test]
fn a_damaged_schema_is_repaired_though_there_is_no_way_back_to_it() {
    let sandbox = Sandbox::project();
    sandbox.write("runner.toml", "database = \"app.db\"\nmodels = \"schema.sql\"\n");
    sandbox.database().execute_batch(DANGLING).unwrap();
    let inserts = "INSERT INTO parent VALUES (1, 'a'); INSERT INTO child VALUES (7, 1, 'kept')";
    sandbox.database().execute_batch(&format!("PRAGMA foreign_keys = OFF; {inserts}")).unwrap();
    sandbox.write(
        "schema.sql",
        &DANGLING.replace("parent_old", "parent").replace("note = 'x'", "note = NULL"),
    );
    let created = ["create", "auto_repair", "--auto", "--from-database"];
    assert_snapshot!(sandbox.run(&created).shown(), @"
    exit 0
    --- stdout
    made migrations/[STAMP]_auto_repair/Cargo.toml
    made migrations/[STAMP]_auto_repair/src/lib.rs
      execute `DROP TRIGGER touch`
      drop the foreign key on (`parent`) of table `child`
      add a foreign key from table `child` (`parent`) to table `parent` (`id`)
      execute `CREATE TRIGGER touch AFTER UPDATE ON child BEGIN UPDATE chil..`
    back: there is no way, so the migration says that it is irreversible:
      - cannot execute `DROP TRIGGER touch`, and 2 more operations
      - trigger `touch` on `child` would no longer work: change it first
      - no such table: main.parent_old
    forward: rows of `child` that do not keep the foreign key to `parent` stop the migration
    ");
    assert_snapshot!(newest(&sandbox), @r#"
    //! Auto repair.

    use migration_api::prelude::*;

    #[derive(Default)]
    pub struct AutoRepair;

    impl Migration for AutoRepair {
        // There is no way back to the schema that was there:
        // - cannot execute `DROP TRIGGER touch`, and 2 more operations
        // - trigger `touch` on `child` would no longer work: change it first
        // - no such table: main.parent_old
        // To have one, write it in `migrate_backward`, and take out this line.
        const REVERSIBLE: bool = false;

        fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
            migrator.run([
                Operation::execute("DROP TRIGGER touch"),
                Operation::drop_constraint("child", WhichConstraint::foreign_key(["parent"])),
                // Rows of `child` that do not keep the foreign key to `parent` stop the migration.
                Operation::add_foreign_key(
                    "child",
                    ForeignKey::new(["parent"]).references("parent", ["id"]),
                ),
                Operation::execute(
                    "CREATE TRIGGER touch AFTER UPDATE ON child BEGIN UPDATE child SET note = NULL WHERE id = NEW.id; END",
                ),
            ])
        }
    }

    export_migration!(AutoRepair);
    "#);
    sandbox.run(&["migrate"]).succeeded();
    let database = sandbox.database();
    database
        .execute_batch("PRAGMA foreign_keys = ON; INSERT INTO child VALUES (8, 1, NULL)")
        .unwrap();
    assert_snapshot!(rows(&database, "SELECT * FROM child ORDER BY id"), @r#"
      Integer(7), Integer(1), Text("kept")
      Integer(8), Integer(1), Null
    "#);
    assert_snapshot!(sandbox.run(&["migrate", "--backward"]).shown(), @"
    exit 3
    --- stderr
    error: the migration `[STAMP]_auto_repair` is irreversible
    hint: nothing was reverted. To have a way back, write `migrate_backward` in `[STAMP]_auto_repair` and take out its `REVERSIBLE`
    explain: runner explain irreversible-migration
    ");
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
