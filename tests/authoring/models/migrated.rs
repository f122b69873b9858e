//! Structs that change, and the migrations that are written from them.

use insta::assert_snapshot;

use super::project::write_crate;
use crate::sandbox::{Sandbox, rows};

const BEFORE: &str = r#"
use migration_model::{Table, export_models};

#[derive(Table)]
pub struct Player {
    #[column(primary_key)]
    pub id: i64,
    #[column(unique)]
    pub name: String,
    pub xp: Option<i64>,
}

export_models!(Player);
"#;

const AFTER: &str = r#"
use migration_model::{Table, export_models};

#[derive(Table)]
#[table(index(guild, experience desc))]
#[was("player")]
pub struct Gamer {
    #[column(primary_key)]
    pub id: i64,
    #[column(unique, collate = "NOCASE")]
    pub name: String,
    #[was("xp")]
    #[column(default = 0)]
    pub experience: i64,
    #[column(references(Guild::id), on_delete = set_null)]
    pub guild: Option<i64>,
}

#[derive(Table)]
#[table(strict)]
pub struct Guild {
    #[column(primary_key)]
    pub id: i64,
    #[column(check = "length(motto) > 3")]
    pub motto: Option<String>,
}

export_models!(Guild, Gamer);
"#;

#[test]
fn structs_that_change_are_followed_by_migrations_and_rows_come_along() {
    let sandbox = Sandbox::project();
    sandbox.write("runner.toml", "database = \"app.db\"\nmodels = \"models\"\n");
    let models = |source| write_crate(&sandbox, "models", "models_that_change", "", source);
    models(BEFORE);
    sandbox.run(&["create", "models_change_first", "--auto"]).succeeded();
    sandbox.run(&["migrate"]).succeeded();
    sandbox
        .database()
        .execute_batch("INSERT INTO player VALUES (1, 'ada', 7), (2, 'bo', NULL)")
        .unwrap();
    models(AFTER);
    let fill = "gamer.experience=0";
    let arguments = ["create", "models_change_again", "--auto", "--fill", fill];
    assert_snapshot!(sandbox.run(&arguments).shown(), @r#"
    exit 0
    --- stdout
    made migrations/[STAMP]_models_change_again/Cargo.toml
    made migrations/[STAMP]_models_change_again/src/lib.rs
      rename table `player` to `gamer`
      rename column `xp` of table `gamer` to `experience`
      create table `guild` with columns `id`, `motto`
      add column `guild` INTEGER REFERENCES "guild"("id") ON DELETE SET NULL to table `gamer`
      set the collation of column `name` of table `gamer` to NOCASE
      set the default of column `experience` of table `gamer` to 0
      make column `experience` of table `gamer` NOT NULL, each NULL filled with `0`
      add index `gamer_guild_experience` on table `gamer` (`guild`, `experience` DESC)
    forward: which values in `experience` of `gamer` were NULL is forgotten
    back: column `guild` of `player` is dropped with all its values
    back: table `guild` is dropped with all its rows
    "#);
    sandbox.run(&["migrate"]).succeeded();
    assert_snapshot!(rows(&sandbox.database(), "SELECT * FROM gamer"), @r#"
    Integer(1), Text("ada"), Integer(7), Null
    Integer(2), Text("bo"), Integer(0), Null
    "#);
    assert_snapshot!(sandbox.run(&["check"]).shown(), @"
    exit 0
    --- stdout
    nothing is pending, nothing has drifted, the models agree with the migrations
    ");
    let none = ["create", "models_change_none", "--auto"];
    assert_snapshot!(sandbox.untouched(&none).shown(), @"
    exit 0
    --- stdout
    no changes: the migrations and the models are the same
    ");
    sandbox.run(&["migrate", "--backward"]).succeeded();
    assert_snapshot!(rows(&sandbox.database(), "SELECT * FROM player"), @r#"
    Integer(1), Text("ada"), Integer(7)
    Integer(2), Text("bo"), Integer(0)
    "#);
}
