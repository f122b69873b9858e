//! `runner create NAME --auto`: models in, migrations out.

mod decisions;
mod from_database;
#[cfg(unix)]
mod questions;
mod renames;

use crate::sandbox::{self, Sandbox, rows};
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
    hint: `runner create NAME --auto` asks about each loss and writes the migration that is missing; `runner create NAME --auto --allow-loss` asks nothing
    ");
    let said = ["create", "auto_all_gone", "--auto", "--drop-all-tables"];
    sandbox.run(&said).succeeded();
    assert!(newest(&sandbox).contains("drop_table(\"player\")"));
}
