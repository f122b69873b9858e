//! `runner squash`: many migrations become one.

mod command;
mod databases;
mod leftovers;
mod refusals;

use crate::sandbox::Sandbox;

/// A migration with a function in Rust over rows, which a squash has no place for.
const FIXUP: &str = "
use migration_api::prelude::*;
#[derive(Default)]
pub struct Fixup;
impl Migration for Fixup {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.add_column(\"player\", Column::text(\"slug\"))?;
        migrator.rows(\"player\").read([\"name\"]).update([\"slug\"], |row| {
            Ok(Some([row.get::<String>(\"name\")?.to_lowercase()]))
        })?;
        Ok(())
    }
    fn migrate_backward(&self, migrator: &mut Migrator) -> Result {
        migrator.drop_column(\"player\", \"slug\")
    }
}
export_migration!(Fixup);
";

/// A project with a history: tables, rows that every database has, a view, a trigger, and two data fixups. Gives the ids.
fn history(sandbox: &Sandbox) -> Vec<String> {
    vec![
        sandbox.sql_migration(
            "create_player",
            "CREATE TABLE team (code TEXT PRIMARY KEY, name TEXT NOT NULL) WITHOUT ROWID;
             CREATE TABLE player (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, team TEXT REFERENCES team);
             INSERT INTO team VALUES ('b', 'Blue'), ('r', 'Red');",
            "DROP TABLE player; DROP TABLE team;",
        ),
        sandbox.migration("add_slug", FIXUP),
        sandbox.sql_migration(
            "name_teams",
            "UPDATE team SET name = upper(name); CREATE INDEX player_team ON player (team);",
            "DROP INDEX player_team;",
        ),
        sandbox.sql_migration(
            "log_players",
            "CREATE TABLE log (at INTEGER, text TEXT);
             INSERT INTO log (rowid, at, text) VALUES (7, 0, 'it''s new');
             CREATE VIEW red AS SELECT * FROM player WHERE team = 'r';
             CREATE TRIGGER logged AFTER INSERT ON player BEGIN INSERT INTO log VALUES (1, new.name); END;",
            "DROP TRIGGER logged; DROP VIEW red; DROP TABLE log;",
        ),
    ]
}

/// The folder of the squash, which is the newest.
fn newest(sandbox: &Sandbox) -> String {
    let entries = std::fs::read_dir(sandbox.path("migrations")).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.starts_with(|first: char| first.is_ascii_digit())).max().unwrap()
}
