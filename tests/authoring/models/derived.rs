//! Structs against the SQL that a person would have written.

use insta::assert_snapshot;

use super::project::{facts, read, renames, with_crate};

const STRUCTS: &str = r#"
use migration_model::{ColumnType, Table, export_models};

pub struct Uuid([u8; 16]);

impl ColumnType for Uuid {
    const DECLARED: &'static str = "BLOB";
}

#[derive(Table)]
pub struct Hotel {
    #[column(primary_key, autoincrement)]
    pub id: i64,
    #[column(unique, collate = "NOCASE")]
    pub name: String,
    #[column(default = 3, check = "stars BETWEEN 0 AND 5")]
    pub stars: i8,
}

#[derive(Table)]
#[table(name = "rooms", strict, without_rowid, primary_key(hotel, number))]
#[was("chambers")]
pub struct Room {
    #[column(references(Hotel::id), on_delete = cascade)]
    pub hotel: i64,
    #[column(name = "no")]
    #[was("nr")]
    pub number: i32,
    pub price: Option<f64>,
    pub key: Option<Uuid>,
}

#[derive(Table)]
#[table(
    unique(hotel, room, night),
    index(room, hotel desc, name = "stay_of_room"),
    index(note collate "NOCASE", where = "note IS NOT NULL"),
    check("nights > 0", name = "stays"),
    foreign_key(columns(hotel, room), references(Room::hotel, Room::number),
                on_update = cascade, deferrable),
)]
pub struct Stay<'a> {
    #[column(primary_key)]
    pub id: i64,
    pub hotel: i64,
    pub room: i32,
    #[column(default = sql("CURRENT_DATE"))]
    pub night: std::borrow::Cow<'a, str>,
    #[column(default = 1)]
    pub nights: u16,
    #[column(type = "VARCHAR(80)", default = "it's")]
    pub note: Option<std::path::PathBuf>,
    #[column(references = "stay.id", on_delete = set_null, index)]
    pub before: Option<i64>,
    #[column(generated = "nights * 100", stored)]
    pub sum: i64,
    #[column(default = true)]
    pub paid: bool,
    #[column(default = -1.5)]
    pub discount: f32,
    #[column(default = b"\x01\xff")]
    pub r#type: Vec<u8>,
    #[column(skip)]
    pub cache: u64,
}

export_models!(Hotel, Room, Stay; sql = include_str!("../more.sql"));
"#;

const MORE: &str = "
CREATE VIEW busy AS SELECT room, count(*) AS stays FROM stay GROUP BY room;
-- A semicolon; in a comment, and two in a trigger.
CREATE TRIGGER stay_ends AFTER DELETE ON stay BEGIN
  UPDATE stay SET before = NULL WHERE before = old.id; SELECT 1;
END;
";

const BY_HAND: &str = "
CREATE TABLE hotel (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE COLLATE NOCASE,
  stars INTEGER NOT NULL DEFAULT 3 CHECK (stars BETWEEN 0 AND 5)
);
CREATE TABLE rooms (
  hotel INTEGER NOT NULL REFERENCES hotel (id) ON DELETE CASCADE,
  no INTEGER NOT NULL,
  price REAL,
  key BLOB,
  PRIMARY KEY (hotel, no)
) STRICT, WITHOUT ROWID;
CREATE TABLE stay (
  id INTEGER PRIMARY KEY,
  hotel INTEGER NOT NULL,
  room INTEGER NOT NULL,
  night TEXT NOT NULL DEFAULT CURRENT_DATE,
  nights INTEGER NOT NULL DEFAULT 1,
  note VARCHAR(80) DEFAULT 'it''s',
  before INTEGER REFERENCES stay (id) ON DELETE SET NULL,
  sum INTEGER NOT NULL GENERATED ALWAYS AS (nights * 100) STORED,
  paid INTEGER NOT NULL DEFAULT 1,
  discount REAL NOT NULL DEFAULT -1.5,
  type BLOB NOT NULL DEFAULT x'01ff',
  UNIQUE (hotel, room, night),
  CONSTRAINT stays CHECK (nights > 0),
  FOREIGN KEY (hotel, room) REFERENCES rooms (hotel, no) ON UPDATE CASCADE
    DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX stay_before ON stay (before);
CREATE INDEX stay_of_room ON stay (room, hotel DESC);
CREATE INDEX stay_note ON stay (note COLLATE NOCASE) WHERE note IS NOT NULL;
";

#[test]
fn structs_with_every_attribute_give_the_schema_that_a_person_would_write() {
    let sandbox = with_crate("models_by_structs", STRUCTS);
    sandbox.write("models/more.sql", MORE);
    let outcome = read(&sandbox).succeeded();
    let written = format!("{BY_HAND}{MORE}");
    assert_eq!(facts(&outcome.stdout), facts(&written));
    assert_eq!(
        renames(&sandbox),
        [
            r#"{"table":{"from":"chambers","to":"rooms"}}"#,
            r#"{"column":{"from":"nr","table":"rooms","to":"no"}}"#,
        ]
    );
}

#[test]
fn what_sqlite_refuses_is_told_with_the_line_of_the_struct() {
    let sandbox = with_crate(
        "models_with_wrong_sql",
        "use migration_model::{Table, export_models};\n\
         #[derive(Table)]\n\
         pub struct Good { pub id: i64 }\n\
         #[derive(Table)]\n\
         pub struct Player {\n\
             #[column(check = \"scroe > 0\")]\n\
             pub score: i64,\n\
         }\n\
         export_models!(Good, Player);\n",
    );
    assert_snapshot!(read(&sandbox).shown(), @r#"
    exit 2
    --- stderr
    error: SQLite refuses line 4 of `src/lib.rs`: `"score" INTEGER NOT NULL CHECK (scroe > 0)`
      caused by: no such column: scroe
    "#);
}

#[test]
fn a_mistake_in_an_attribute_is_shown_as_the_compiler_shows_it() {
    let sandbox = with_crate(
        "models_with_a_typo",
        "use migration_model::{Table, export_models};\n\
         #[derive(Table)]\n\
         pub struct Player { #[column(uniqe)] pub name: String }\n\
         export_models!(Player);\n",
    );
    let outcome = read(&sandbox);
    assert_eq!(outcome.code, Some(1));
    for words in ["there is no attribute `uniqe`; did you mean `unique`?", "src/lib.rs:3:30"] {
        assert!(outcome.stderr.contains(words), "{}", outcome.stderr);
    }
}
