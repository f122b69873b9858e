//! `--from-database`: from what a database is, instead of what the migrations make.

use insta::assert_snapshot;

use super::{newest, project};
use crate::sandbox::{Sandbox, rows};

/// What a table that was renamed away first leaves behind: a child whose parent is not there.
const DANGLING: &str = "\
CREATE TABLE parent (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE child (id INTEGER PRIMARY KEY, parent INTEGER NOT NULL REFERENCES parent_old (id), note TEXT);
CREATE TRIGGER touch AFTER UPDATE ON child BEGIN UPDATE child SET note = 'x' WHERE id = NEW.id; END;
";

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
fn what_is_gone_from_a_database_already_is_written_down_without_a_question() {
    let sandbox = project("auto_gone");
    sandbox.run(&["migrate"]).succeeded();
    sandbox.database().execute_batch("DROP TABLE item").unwrap();
    let created = sandbox.run(&["create", "auto_is_gone", "--from-database"]).succeeded();
    assert!(created.stdout.contains("table `item` is dropped"), "{}", created.shown());
}

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
