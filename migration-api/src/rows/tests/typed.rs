//! Rows as structs.

use rusqlite::types::Value;

use super::{column, database, rows};
use crate::rows::{NewValue, Row, RowChange, RowError, RowsError, TableRow};
use crate::{Migrator, Result};

const PLAYERS: &str = "CREATE TABLE player (id INTEGER PRIMARY KEY, name TEXT NOT NULL, level, first TEXT, last TEXT);
    INSERT INTO player (id, name, level) VALUES (1, 'Ada Lovelace', 3), (2, 'Grace Hopper', NULL), (3, 'Zed', x'00')";

struct Player {
    name: String,
    level: Value,
}

impl TableRow for Player {
    const TABLE: &'static str = "player";
    const COLUMNS: &'static [&'static str] = &["name", "level"];

    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self { name: row.get("name")?, level: row.get("level")? })
    }
}

struct PlayerChange {
    first: String,
    last: Option<String>,
    level: Value,
}

impl RowChange for PlayerChange {
    type Row = Player;
    const COLUMNS: &'static [NewValue<Self>] =
        &[("first", |it| &it.first), ("last", |it| &it.last), ("level", |it| &it.level)];
}

fn split(player: Player) -> Result<Option<PlayerChange>> {
    let Player { name, level } = player;
    Ok(Some(match name.split_once(' ') {
        Some((first, last)) => PlayerChange { first: first.into(), last: Some(last.into()), level },
        None => PlayerChange { first: name, last: None, level },
    }))
}

#[test]
fn a_row_comes_as_a_struct_and_goes_as_another_on_one_core_and_on_all() {
    for all_cores in [false, true] {
        let connection = database(PLAYERS);
        let players = Migrator::new(&connection).rows_of::<Player>().filter("id < 4");
        let changed = match all_cores {
            true => players.on_all_cores().update(split),
            false => players.with_progress().update(split),
        };
        assert_eq!(changed.unwrap(), 3);
        let full = "SELECT concat_ws('/', name, first, last, hex(level)) FROM player";
        let expected = ["Ada Lovelace/Ada/Lovelace/33", "Grace Hopper/Grace/Hopper/", "Zed/Zed/00"];
        assert_eq!(column(&connection, full), expected);
        // What is read as any value is written as that.
        let types = rows(&connection, "SELECT typeof(level) FROM player");
        let expected = ["integer", "null", "blob"].map(|it| vec![Value::Text(it.into())]);
        assert_eq!(types, expected);
    }
}

#[test]
fn a_row_that_gives_nothing_stays_as_it_is() {
    let connection = database(PLAYERS);
    let migrator = Migrator::new(&connection);
    let first = |player: Player| if player.name == "Zed" { split(player) } else { Ok(None) };
    assert_eq!(migrator.rows_of::<Player>().update(first).unwrap(), 1);
    assert_eq!(column(&connection, "SELECT first FROM player"), ["NULL", "NULL", "Zed"]);
}

#[test]
fn a_value_of_another_type_than_its_field_is_told_with_row_and_column() {
    let connection = database(PLAYERS);
    connection.execute("UPDATE player SET name = x'41' WHERE id = 2", []).unwrap();
    let error = Migrator::new(&connection).rows_of::<Player>().update(split).unwrap_err();
    assert!(error.source().is::<RowError>());
    assert_eq!(error.to_string(), "row 2 of `player`: `name` is x'41', and `String` was asked for");
    assert!(error.location().file().ends_with("typed.rs"));
}

#[test]
fn a_table_that_has_no_such_column_any_more_is_told_at_the_line_that_asked() {
    let connection = database(PLAYERS);
    connection.execute_batch("ALTER TABLE player DROP COLUMN level").unwrap();
    let error = Migrator::new(&connection).rows_of::<Player>().update(split).unwrap_err();
    assert_eq!(error.location().line(), line!() - 1);
    assert!(error.source().is::<RowsError>());
    assert_eq!(error.to_string(), "table `player` has no column `level`");
}

#[test]
fn rows_that_are_read_alone_may_add_others_which_are_not_seen() {
    let connection = database(PLAYERS);
    connection.execute_batch("CREATE TABLE word (player INTEGER, word TEXT)").unwrap();
    let mut migrator = Migrator::new(&connection);
    let mut seen = 0;
    let two = migrator.rows_of::<Player>().filter("name <> 'Zed'");
    two.for_each(|player| {
        seen += 1;
        migrator.execute("INSERT INTO player (name) VALUES (?1)", [player.name])?;
        Ok(())
    })
    .unwrap();
    assert_eq!(seen, 2);
    let all = migrator.rows("player").read(["id", "name"]);
    all.for_each(|row| {
        let (id, name) = (row.get::<i64>("id")?, row.get::<String>("name")?);
        for word in name.split(' ') {
            migrator.execute("INSERT INTO word VALUES (?1, ?2)", (id, word))?;
        }
        Ok(())
    })
    .unwrap();
    let words = "SELECT group_concat(word, ' ' ORDER BY player, rowid) FROM word";
    let expected = "Ada Lovelace Grace Hopper Zed Ada Lovelace Grace Hopper";
    assert_eq!(column(&connection, words), [expected]);
    let failed = migrator.rows("player").read(["name"]).for_each(|_| Err("no".into()));
    let error = failed.unwrap_err();
    assert_eq!(error.to_string(), "row 1 of `player`, where `name` = 'Ada Lovelace'");
}
