//! What is written for tables of each kind.

use super::code;
use super::structs::{Back, Module, Structs};
use super::{Around, Transactions, TypedBackward, TypedMigration, TypedTable};
use crate::schema::Blueprint;

fn unchanged(sql: &str, tables: &[&str]) -> TypedMigration {
    let schema = Blueprint::empty("the migrations").unwrap();
    schema.connection().execute_batch(sql).unwrap();
    let normal = schema.schema().unwrap().normal();
    let find = |name: &&str| TypedTable::find(&normal, schema.of(), name).unwrap();
    TypedMigration {
        tables: tables.iter().map(find).collect(),
        transactions: Transactions::One,
        forward: Around::default(),
        backward: TypedBackward::Unknown,
    }
}

/// The modules and the body of the way forward.
fn text(migration: &TypedMigration) -> String {
    let files = migration.files().into_iter().map(|file| {
        format!("=== {}\n{}", file.path.display(), String::from_utf8(file.bytes).unwrap())
    });
    let values = migration.values();
    let forward = values.get_attr("forward").unwrap();
    files.collect::<String>() + "=== forward\n        " + forward.as_str().unwrap()
}

#[test]
fn a_column_is_a_field_of_the_type_that_its_declaration_promises() {
    insta::assert_snapshot!(text(&unchanged(
        "CREATE TABLE thing (id INTEGER PRIMARY KEY, name TEXT NOT NULL, size INT, rate DOUBLE NOT NULL, picture BLOB,
           is_open BOOLEAN NOT NULL, since DATETIME, price DECIMAL(10, 2), anything, word STRING NOT NULL,
           half REAL AS (rate / 2), code VARCHAR(10) NOT NULL);
         CREATE TABLE strict (id ANY PRIMARY KEY, value ANY, number INT NOT NULL) STRICT;
         CREATE TABLE pair (a TEXT, b INTEGER, note TEXT, PRIMARY KEY (a, b)) WITHOUT ROWID;
         CREATE TABLE nullable_key (a TEXT PRIMARY KEY, b)",
        &["thing", "strict", "pair", "nullable_key"],
    )));
}

#[test]
fn odd_names_become_fields_and_structs_that_rust_takes() {
    insta::assert_snapshot!(text(&unchanged(
        "CREATE TABLE \"row\" (\"type\" TEXT, \"self\" TEXT, \"b c\" TEXT, b_c TEXT, \"1st\" TEXT, userName TEXT, \"\" TEXT,
           \"größe\" TEXT, row TEXT);
         CREATE TABLE row_change (a TEXT); CREATE TABLE \"2 \"\"x\" (a TEXT); CREATE TABLE \"self\" (a);",
        &["row", "row_change", "2 \"x", "SELF"],
    )));
}

#[test]
fn a_table_without_a_column_to_write_is_read_alone() {
    let migration =
        unchanged("CREATE TABLE edge (a INTEGER, b INTEGER, PRIMARY KEY (a, b))", &["edge"]);
    let structs = Structs::of(&migration.tables, Back::None);
    assert!(structs.forward[0].change.is_none());
    assert!(code::module(&structs, Module::New).is_none());
}
