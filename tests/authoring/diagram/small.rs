//! Small schemas, and what is drawn of them.

use insta::assert_snapshot;
use runner::schema::diagram::Diagram;

use super::schema;

const HOUSES: &str = "
    CREATE TABLE house (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
    CREATE TABLE room (
        id INTEGER PRIMARY KEY, house_id INTEGER NOT NULL REFERENCES house,
        opens_to_room_id INTEGER REFERENCES room(id), price DECIMAL(10, 2), note
    );
    CREATE TABLE \"key\" (room_id INTEGER NOT NULL UNIQUE REFERENCES room(id), \"PK\" TEXT, \"a \"\"b\"\" %\" ANY);
    CREATE TABLE setting (name TEXT PRIMARY KEY) WITHOUT ROWID;
    CREATE VIEW rooms AS SELECT * FROM room;
";

#[test]
fn mermaid_marks_keys_and_escapes_what_its_grammar_does_not_take() {
    assert_snapshot!(Diagram::of(&schema(HOUSES)).mermaid(), @r#"
    erDiagram
        "house" {
            INTEGER id PK
            TEXT name UK
        }
        "room" {
            INTEGER id PK
            INTEGER house_id FK
            INTEGER opens_to_room_id FK
            DECIMAL(10_2) price
            untyped note
        }
        "key" {
            INTEGER room_id FK, UK
            TEXT _PK "PK"
            ANY a__b___ "a #quot;b#quot; #37;"
        }
        "setting" {
            TEXT name PK
        }
        "room" }o--|| "house" : "house_id"
        "room" }o--o| "room" : "opens_to_room_id"
        "key" |o--|| "room" : "room_id"
    "#);
    assert_snapshot!(Diagram::of(&schema("")).mermaid(), @"erDiagram");
}

#[test]
fn svg_has_a_box_for_each_table_and_a_line_for_each_key() {
    assert_snapshot!(Diagram::of(&schema(HOUSES)).svg(), @r##"
    <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 788 328" width="788" height="328" font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="12">
    <title>Entity-relationship diagram</title>
    <rect width="788" height="328" fill="#ffffff"/>
    <path d="M177 112L203 112M203 91L203 112M203 91L229 91" fill="none" stroke="#ffffff" stroke-width="4.5"/>
    <path class="lines" d="M177 112L203 112M203 91L203 112M203 91L229 91" fill="none" stroke="#1f5fa8" stroke-width="1.5" stroke-linecap="round"><title>to house</title></path>
    <path d="M515 64L541 64M515 118L541 118M541 64L541 118M541 91L567 91" fill="none" stroke="#ffffff" stroke-width="4.5"/>
    <path class="lines" d="M515 64L541 64M515 118L541 118M541 64L541 118M541 91L567 91" fill="none" stroke="#b3401f" stroke-width="1.5" stroke-linecap="round"><title>to room</title></path>
    <g class="table">
    <title>house</title>
    <rect class="box" x="32" y="80" width="145" height="72" fill="#f8fafc" stroke="#1f5fa8"/>
    <rect x="32" y="80" width="145" height="24" fill="#1f5fa8"/>
    <text x="44" y="96" fill="#ffffff" font-weight="bold">house</text>
    <text x="44" y="120" fill="#1f5fa8">PK</text>
    <text x="71" y="120" fill="#111827" font-weight="bold">id</text>
    <text x="165" y="120" fill="#4b5563" text-anchor="end">INTEGER</text>
    <text x="44" y="144" fill="#1f5fa8">UK</text>
    <text x="71" y="144" fill="#111827">name</text>
    <text x="165" y="144" fill="#4b5563" text-anchor="end">TEXT</text>
    </g>
    <g class="table">
    <title>room</title>
    <rect class="box" x="229" y="32" width="286" height="144" fill="#f8fafc" stroke="#b3401f"/>
    <rect x="229" y="32" width="286" height="24" fill="#b3401f"/>
    <text x="241" y="48" fill="#ffffff" font-weight="bold">room</text>
    <text x="241" y="72" fill="#b3401f">PK</text>
    <text x="268" y="72" fill="#111827" font-weight="bold">id</text>
    <text x="503" y="72" fill="#4b5563" text-anchor="end">INTEGER</text>
    <text x="241" y="96" fill="#b3401f">FK</text>
    <text x="268" y="96" fill="#111827">house_id</text>
    <text x="503" y="96" fill="#4b5563" text-anchor="end">INTEGER</text>
    <text x="241" y="120" fill="#b3401f">FK</text>
    <text x="268" y="120" fill="#111827">opens_to_room_id</text>
    <text x="503" y="120" fill="#4b5563" text-anchor="end">INTEGER</text>
    <text x="268" y="144" fill="#111827">price</text>
    <text x="503" y="144" fill="#4b5563" text-anchor="end">DECIMAL(10, 2)</text>
    <text x="268" y="168" fill="#111827">note</text>
    </g>
    <g class="table">
    <title>key</title>
    <rect class="box" x="567" y="56" width="189" height="96" fill="#f8fafc" stroke="#2b7a3d"/>
    <rect x="567" y="56" width="189" height="24" fill="#2b7a3d"/>
    <text x="579" y="72" fill="#ffffff" font-weight="bold">key</text>
    <text x="579" y="96" fill="#2b7a3d">FK UK</text>
    <text x="628" y="96" fill="#111827">room_id</text>
    <text x="744" y="96" fill="#4b5563" text-anchor="end">INTEGER</text>
    <text x="628" y="120" fill="#111827">PK</text>
    <text x="744" y="120" fill="#4b5563" text-anchor="end">TEXT</text>
    <text x="628" y="144" fill="#111827">a &quot;b&quot; %</text>
    <text x="744" y="144" fill="#4b5563" text-anchor="end">ANY</text>
    </g>
    <g class="table">
    <title>setting</title>
    <rect class="box" x="32" y="248" width="123" height="48" fill="#f8fafc" stroke="#b3401f"/>
    <rect x="32" y="248" width="123" height="24" fill="#b3401f"/>
    <text x="44" y="264" fill="#ffffff" font-weight="bold">setting</text>
    <text x="44" y="288" fill="#b3401f">PK</text>
    <text x="71" y="288" fill="#111827" font-weight="bold">name</text>
    <text x="143" y="288" fill="#4b5563" text-anchor="end">TEXT</text>
    </g>
    <path class="key" d="M177 112L185 108L185 116Z" fill="#1f5fa8" stroke="#1f5fa8" stroke-width="1.5"></path>
    <path class="foreign-key" d="M229 86L220 91L229 96" fill="none" stroke="#1f5fa8" stroke-width="1.5"><title>room (house_id) to house (id)</title></path>
    <path class="key" d="M515 64L523 60L523 68Z" fill="#b3401f" stroke="#b3401f" stroke-width="1.5"></path>
    <path class="foreign-key" d="M515 113L524 118L515 123" fill="none" stroke="#b3401f" stroke-width="1.5"><title>room (opens_to_room_id) to room (id)</title></path>
    <path class="foreign-key" d="M561 86L561 96" fill="none" stroke="#b3401f" stroke-width="1.5"><title>key (room_id) to room (id)</title></path>
    </svg>
    "##);
    assert_snapshot!(Diagram::of(&schema("")).svg(), @r##"
    <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64" width="64" height="64" font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="12">
    <title>Entity-relationship diagram</title>
    <rect width="64" height="64" fill="#ffffff"/>
    </svg>
    "##);
}

#[test]
fn keys_of_several_columns_and_to_tables_that_are_not_there_are_drawn_and_shadow_tables_are_not() {
    let schema = schema(
        "CREATE TABLE floor (house INTEGER, level INTEGER, PRIMARY KEY (house, level)) WITHOUT ROWID;
         CREATE TABLE room (house INTEGER NOT NULL, level INTEGER, owner REFERENCES nobody,
             FOREIGN KEY (house, level) REFERENCES floor);
         CREATE TABLE cellar (house INTEGER, level INTEGER, PRIMARY KEY (house, level),
             FOREIGN KEY (level, house) REFERENCES floor (level, house)) WITHOUT ROWID;
         CREATE VIRTUAL TABLE words USING fts5(word);",
    );
    assert_snapshot!(Diagram::of(&schema).mermaid(), @r#"
    erDiagram
        "floor" {
            INTEGER house PK
            INTEGER level PK
        }
        "room" {
            INTEGER house FK
            INTEGER level FK
            untyped owner FK
        }
        "cellar" {
            INTEGER house PK, FK
            INTEGER level PK, FK
        }
        "nobody"
        "room" }o--o| "nobody" : "owner"
        "room" }o--o| "floor" : "house, level"
        "cellar" |o--|| "floor" : "level, house"
    "#);
    let drawn = Diagram::of(&schema).svg();
    let boxes = drawn.lines().filter(|line| line.contains("class=\"box\""));
    let dashed: Vec<bool> = boxes.map(|line| line.contains("stroke-dasharray")).collect();
    assert_eq!(dashed, [false, false, false, true]);
    assert!(drawn.contains("<title>room (house, level) to floor (house, level)</title>"));
}
