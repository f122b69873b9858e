//! Rows for random schemas.

use std::collections::BTreeSet;

use proptest::prelude::*;
use runner::trial::rows::{Variety, fill};
use rusqlite::Connection;

use crate::world::worlds;

/// The schema of a world, without its rows.
fn bare(script: &str) -> Connection {
    let full = Connection::open_in_memory().unwrap();
    full.execute_batch(script).unwrap();
    let bare = Connection::open_in_memory().unwrap();
    let mut texts = full
        .prepare(
            "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name <> 'sqlite_sequence' \
             ORDER BY rowid",
        )
        .unwrap();
    for sql in texts.query_map([], |row| row.get::<_, String>(0)).unwrap() {
        bare.execute_batch(&sql.unwrap()).unwrap();
    }
    bare
}

fn one(connection: &Connection, sql: &str) -> String {
    connection
        .query_row(sql, [], |row| row.get::<_, rusqlite::types::Value>(0))
        .map_or_else(|error| error.to_string(), |value| format!("{value:?}"))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_table_has_rows_or_is_named_and_all_rows_are_sound(world in worlds(), typed: bool) {
        let connection = bare(&world.script());
        let variety = if typed { Variety::Typed } else { Variety::Any };
        let filled = fill(&connection, variety, &BTreeSet::new()).unwrap();
        prop_assert_eq!(one(&connection, "PRAGMA integrity_check"), "Text(\"ok\")");
        prop_assert_eq!(one(&connection, "SELECT count(*) FROM pragma_foreign_key_check"), "Integer(0)");
        for table in &world.tables {
            let name = crate::database::quoted(&table.name);
            let empty = one(&connection, &format!("SELECT NOT EXISTS (SELECT 1 FROM {name})"));
            let is_named = filled.empty.contains(&table.name);
            prop_assert_eq!(empty == "Integer(1)", is_named, "{}", table.name);
        }
    }
}
