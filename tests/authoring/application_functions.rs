//! Functions of an application in migrations, models and trials, by a crate that both use.

use insta::assert_snapshot;

use crate::sandbox::{Sandbox, rows};

const RULES: &str = "\
[package]
name = \"rules\"
version = \"0.0.0\"
edition = \"2024\"

[workspace]

[dependencies]
rusqlite = { version = \"0.41\", default-features = false, features = [\"functions\"] }
";

const REGISTER: &str = "\
use rusqlite::{Connection, Result, functions::FunctionFlags};

pub fn register(connection: &Connection) -> Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function(\"slug\", 1, flags, |arguments| {
        Ok(arguments.get::<String>(0)?.to_lowercase().replace(' ', \"-\"))
    })
}
";

const MIGRATION: &str = "\
use migration_api::prelude::*;

#[derive(Default)]
pub struct Slugs;

impl Migration for Slugs {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        rules::register(migrator.connection())?;
        migrator.add_column(\"hero\", Column::text(\"slug\"))?;
        migrator.execute(\"UPDATE hero SET slug = slug(name)\", [])?;
        migrator.execute(\"CREATE INDEX hero_by_slug ON hero (slug(name))\", [])?;
        Ok(())
    }

    fn migrate_backward(&self, migrator: &mut Migrator) -> Result {
        rules::register(migrator.connection())?;
        migrator.drop_index(\"hero_by_slug\")?;
        migrator.drop_column(\"hero\", \"slug\")
    }
}

export_migration!(Slugs);
";

const HERO: &str = "CREATE TABLE hero (id INTEGER PRIMARY KEY, name TEXT NOT NULL)";

#[test]
fn a_crate_gives_them_to_migrations_models_and_rehearsals() {
    let sandbox = Sandbox::project();
    sandbox.write(
        "runner.toml",
        "database = \"app.db\"\nmodels = \"schema.sql\"\napplication_functions = [\"slug\"]\n",
    );
    sandbox.write("rules/Cargo.toml", RULES);
    sandbox.write("rules/src/lib.rs", REGISTER);
    sandbox.sql_migration("functions_hero", HERO, "DROP TABLE hero");
    let id = sandbox.migration("functions_slugs", MIGRATION);
    let manifest = format!("migrations/{id}/Cargo.toml");
    sandbox.write(&manifest, &(sandbox.read(&manifest) + "rules = { path = \"../../rules\" }\n"));
    sandbox.write(
        "schema.sql",
        "CREATE TABLE hero (id INTEGER PRIMARY KEY, name TEXT NOT NULL, slug TEXT);
         CREATE INDEX hero_by_slug ON hero (slug(name));",
    );
    assert_snapshot!(sandbox.run(&["test"]).shown(), @"
    exit 0
    --- stdout
    [STAMP]_functions_hero   reversible
    [STAMP]_functions_slugs  reversible
        note: fails where a column holds another type: src/lib.rs:10: Invalid function parameter type Blob at index 0
    tested 2 migrations: 2 reversible
    ");
    sandbox.run(&["migrate", "--steps", "1"]).succeeded();
    sandbox.database().execute_batch("INSERT INTO hero (name) VALUES ('Ada Lovelace')").unwrap();
    sandbox.run(&["migrate"]).succeeded();
    assert_snapshot!(rows(&sandbox.database(), "SELECT slug FROM hero"), @r#"  Text("ada-lovelace")"#);
    assert_snapshot!(sandbox.run(&["check"]).shown(), @"
    exit 0
    --- stdout
    nothing is pending, nothing has drifted, the models agree with the migrations
    ");
}
