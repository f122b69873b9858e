//! The structs of an application's own crate as models, whatever it uses to reach its database.

use std::fs::File;

use object::read::{NameOrOrdinal, ReadCache};
use object::{Object as _, ObjectSymbol as _};

use super::project::{facts, read, with_models, write_crate};
use crate::sandbox::{Sandbox, TARGET};

/// It works on a database with an SQLite of its own.
const APPLICATION: &str = r#"
use migration_model::{Table, export_models};
use rusqlite::Connection;

#[derive(Table)]
pub struct Player {
    #[column(primary_key)]
    pub id: i64,
    pub name: String,
}

pub fn players(connection: &Connection) -> rusqlite::Result<Vec<Player>> {
    connection
        .prepare("SELECT id, name FROM player")?
        .query_map([], |row| Ok(Player { id: row.get(0)?, name: row.get(1)? }))?
        .collect()
}

/// So that the linker keeps all of it.
#[unsafe(no_mangle)]
pub extern "C" fn count_players() -> usize {
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch(&Player::definition().sql()).unwrap();
    players(&connection).unwrap().len()
}

export_models!(Player);
"#;

/// The version of rusqlite is another than the runner's.
const RUSQLITE: &str = "rusqlite = { version = \"0.37\", features = [\"bundled\"] }\n";

fn application(name: &str) -> Sandbox {
    let sandbox = with_models("app");
    write_crate(&sandbox, "app", name, RUSQLITE, APPLICATION);
    sandbox
}

#[test]
fn an_application_with_an_sqlite_of_its_own_can_be_the_models() {
    let name = "models_in_an_application";
    let sandbox = application(name);
    let outcome = read(&sandbox).succeeded();
    assert_eq!(
        facts(&outcome.stdout),
        facts("CREATE TABLE player (id INTEGER PRIMARY KEY, name TEXT NOT NULL)")
    );
    // Its SQLite is in the library, and stays in there.
    let library = format!("{TARGET}/debug/lib{name}{}", std::env::consts::DLL_SUFFIX);
    let cache = ReadCache::new(File::open(library).unwrap());
    let library = object::File::parse(&cache).unwrap();
    let text = |name: &[u8]| String::from_utf8_lossy(name).into_owned();
    let mut all = library.symbols().filter_map(|symbol| symbol.name_bytes().ok().map(text));
    assert!(all.any(|name| name == "sqlite3_open_v2"));
    let seen: Vec<String> = library
        .exports()
        .unwrap()
        .map(|export| match export.unwrap().name() {
            NameOrOrdinal::Name(name) => text(name),
            NameOrOrdinal::Ordinal(_) => String::new(),
        })
        .collect();
    assert!(seen.contains(&"RUNNER_MODELS".to_owned()), "{seen:?}");
    assert!(!seen.iter().any(|name| name.starts_with("sqlite3_")), "{seen:?}");
}
