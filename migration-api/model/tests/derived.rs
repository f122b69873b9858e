//! What `#[derive(Table)]` writes: the whole text, and what SQLite makes of it.
#![allow(clippy::unwrap_used, dead_code)]

use std::borrow::Cow;

use migration_model::{ColumnType, Definition, Renamed, Table};
use rusqlite::Connection;

/// A type of an application's own.
struct Uuid([u8; 16]);

impl ColumnType for Uuid {
    const DECLARED: &'static str = "BLOB";
}

/// One of somebody else's, which is no type of a column.
struct Money(i64);

#[derive(Table)]
struct Hotel {
    #[column(primary_key)]
    id: i64,
}

#[derive(Table)]
#[table(name = "hotel room", strict, without_rowid, primary_key(hotel, number))]
struct Room {
    hotel: i64,
    #[column(name = "no")]
    number: i32,
}

#[derive(Table)]
#[table(
    index(name, r#type desc, name = "by_name", unique, where = "score > 0"),
    index(score, height),
    index("lower(\"name\")", name = "lower_name"),
    index(name collate "NOCASE" asc),
    unique(name, score),
    check = "score < 100 OR name <> ''",
    check("height > 0", name = "is somewhere"),
    foreign_key(columns(hotel, room), references(Room::hotel, Room::number), on_delete = cascade)
)]
#[was("gamer")]
struct GamePlayer<'a> {
    #[column(primary_key, autoincrement)]
    id: i64,
    #[column(unique, collate = "NOCASE", check = "length(name) > 1")]
    #[was("nick")]
    name: String,
    #[column(default = -7, index)]
    score: Option<i16>,
    #[column(default = 1.5e3)]
    height: f32,
    #[column(default = "it's \"so\"", name = "no\"te")]
    note: Cow<'a, str>,
    #[column(default = true)]
    alive: bool,
    #[column(default = b"\x00\xff")]
    bytes: Vec<u8>,
    #[column(default = sql("CURRENT_TIMESTAMP"))]
    made: &'a str,
    #[column(default = sql("1 + 1"))]
    r#type: u32,
    key: Option<Uuid>,
    #[column(type = "DECIMAL(10,2)")]
    price: Option<Money>,
    #[column(type = "VARCHAR(10)", default = sql("NULL"))]
    code: std::option::Option<Money>,
    #[column(references(Self::id), on_delete = set_null, on_update = cascade, deferrable)]
    friend: Option<i64>,
    #[column(references = "hotel.id")]
    hotel: Option<i64>,
    #[column(index(name = "rooms", unique, where = "room IS NOT NULL"))]
    room: Option<i64>,
    #[column(generated = "score * 2")]
    double: Option<i64>,
    #[column(generated = "length(name)", stored)]
    length: i64,
    #[column(skip)]
    cached: std::cell::Cell<u64>,
}

fn definition() -> Definition {
    GamePlayer::definition()
}

#[test]
fn every_attribute_is_in_the_text() {
    insta::assert_snapshot!(definition().sql());
    insta::assert_snapshot!(Room::definition().sql(), @r#"
    CREATE TABLE "hotel room" (
      "hotel" INTEGER NOT NULL,
      "no" INTEGER NOT NULL,
      PRIMARY KEY ("hotel", "no")
    ) STRICT, WITHOUT ROWID;
    "#);
}

#[test]
fn sqlite_reads_it_with_its_references() {
    let connection = Connection::open_in_memory().unwrap();
    for definition in [Hotel::definition(), Room::definition(), definition()] {
        connection.execute_batch(&definition.sql()).unwrap();
    }
    connection.execute_batch("PRAGMA foreign_key_check").unwrap();
    connection.execute_batch("INSERT INTO game_player (name, length_) VALUES (1, 2)").unwrap_err();
    connection.execute_batch("INSERT INTO game_player (name) VALUES ('ada')").unwrap();
    let row: (i64, f64, String, bool, Vec<u8>, i64, i64) = connection
        .query_row(
            r#"SELECT score, height, "no""te", alive, bytes, type, length FROM game_player"#,
            [],
            |row| row.try_into(),
        )
        .unwrap();
    assert_eq!(row, (-7, 1500.0, "it's \"so\"".into(), true, vec![0, 255], 2, 3));
}

#[test]
fn what_was_called_otherwise_is_told() {
    assert_eq!(
        definition().renames,
        [
            Renamed::Table { from: "gamer".into(), to: "game_player".into() },
            Renamed::Column { table: "game_player".into(), from: "nick".into(), to: "name".into() },
        ]
    );
}

#[test]
fn a_definition_knows_where_its_struct_stands() {
    let definition = Hotel::definition();
    assert!(definition.file.ends_with("tests/derived.rs"), "{}", definition.file);
    let text = include_str!("derived.rs");
    let line = text.lines().nth(definition.line as usize - 1).unwrap();
    assert_eq!(line, "#[derive(Table)]");
}
