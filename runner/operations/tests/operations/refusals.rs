//! What is refused, in whole sentences: what was asked for, why not, and the way out. Nothing may
//! have changed.

use migration_api::operation::{Column, ForeignKey, Index, IndexColumn, Operation, Table};
use migration_api::{Error, Migrator, OperationError, Refusal};
use rusqlite::Connection;

const SETUP: &str = "PRAGMA foreign_keys = ON;
    CREATE TABLE team (id INTEGER PRIMARY KEY, name TEXT);
    CREATE TABLE player (id INTEGER PRIMARY KEY, name TEXT UNIQUE, team_id REFERENCES team (id),
      score INTEGER, CONSTRAINT fair CHECK (score >= 0));
    CREATE TABLE exact (n TEXT) STRICT;
    CREATE INDEX by_name ON player (name);
    CREATE VIEW board AS SELECT name, score FROM player;
    CREATE TRIGGER watch AFTER UPDATE OF team_id ON player BEGIN SELECT 1; END;
    CREATE VIRTUAL TABLE words USING fts5(name, content='team', content_rowid='id');
    INSERT INTO team VALUES (1, 'red'); INSERT INTO player VALUES (1, 'ann', 1, 5), (2, NULL, 1, 6);
    INSERT INTO exact VALUES ('abc');";

fn open() -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch(SETUP).unwrap();
    connection
}

fn everything(connection: &Connection) -> String {
    let sql = "SELECT group_concat(ifnull(sql, name), '\n') FROM sqlite_schema";
    connection.query_row(sql, [], |row| row.get(0)).unwrap()
}

fn chain(error: &Error) -> String {
    let sources = std::iter::successors(error.source().source(), |error| error.source());
    sources.fold(error.to_string(), |text, error| format!("{text}: {error}"))
}

fn refused(operation: Operation) -> String {
    let connection = open();
    let before = everything(&connection);
    let error = Migrator::new(&connection).run([operation]).unwrap_err();
    assert!(connection.is_autocommit());
    assert_eq!(everything(&connection), before);
    chain(&error)
}

#[test]
fn names_that_are_not_there_are_answered_with_those_that_are() {
    assert_eq!(
        refused(Operation::drop_column("plyer", "name")),
        "cannot drop column `name` of table `plyer`: there is no table `plyer`; \
         did you mean `player`?"
    );
    assert_eq!(
        refused(Operation::drop_default("player", "nmae")),
        "cannot drop the default of column `nmae` of table `player`: table `player` has no column \
         `nmae`; did you mean `name`?"
    );
    assert_eq!(
        refused(Operation::drop_index("by_nam")),
        "cannot drop index `by_nam`: there is no index `by_nam`; did you mean `by_name`?"
    );
    assert_eq!(
        refused(Operation::drop_constraint("player", "fare")),
        "cannot drop constraint `fare` of table `player`: table `player` has no constraint `fare`; \
         did you mean `fair`?"
    );
}

#[test]
fn names_that_are_taken_or_reserved_are_refused() {
    assert_eq!(
        refused(Operation::rename_table("team", "BOARD")),
        "cannot rename table `team` to `BOARD`: table `team` is needed by virtual table `words`: \
         drop or change it first"
    );
    assert_eq!(
        refused(Operation::rename_table("exact", "BOARD")),
        "cannot rename table `exact` to `BOARD`: there is already a view `BOARD`"
    );
    assert_eq!(
        refused(Operation::add_column("player", Column::text("NAME"))),
        "cannot add column `NAME` TEXT to table `player`: table `player` already has a column `name`"
    );
    assert_eq!(
        refused(Operation::create_table(Table::new("sqlite_x").column(Column::text("a")))),
        "cannot create table `sqlite_x` with column `a`: the name `sqlite_x` is reserved: SQLite \
         keeps all that begin with `sqlite_` for itself"
    );
}

#[test]
fn what_needs_a_column_or_a_table_is_named() {
    assert_eq!(
        refused(Operation::drop_column("player", "name")),
        "cannot drop column `name` of table `player`: column `name` of `player` is needed by index \
         `by_name`: drop or change it first"
    );
    assert_eq!(
        refused(Operation::drop_column_cascade("player", "score")),
        "cannot drop column `score` of table `player`, and what its table builds on it: view \
         `board` would no longer work: change it first: no such column: score: Error code \
         1: SQL logic error"
    );
    assert_eq!(
        refused(Operation::drop_column("player", "team_id")),
        "cannot drop column `team_id` of table `player`: column `team_id` of `player` is needed by \
         trigger `watch`: drop or change it first"
    );
    assert_eq!(
        refused(Operation::drop_column("exact", "n")),
        "cannot drop column `n` of table `exact`: `n` is the only column of `exact`: drop the \
         table instead"
    );
    assert_eq!(
        refused(Operation::drop_index("sqlite_autoindex_player_1")),
        "cannot drop index `sqlite_autoindex_player_1`: index `sqlite_autoindex_player_1` belongs \
         to a PRIMARY KEY or UNIQUE constraint of its table: drop that instead"
    );
}

#[test]
fn views_virtual_tables_and_their_parts_are_no_tables() {
    for (name, kind) in [
        ("board", "view"),
        ("words", "virtual table"),
        ("words_config", "table of a virtual table"),
    ] {
        assert_eq!(
            refused(Operation::drop_not_null(name, "name")),
            format!(
                "cannot drop NOT NULL of column `name` of table `{name}`: `{name}` is a {kind}, \
                 and this can only be done to a table"
            )
        );
    }
}

#[test]
fn rows_that_do_not_fit_are_told_before_anything_is_lost() {
    assert_eq!(
        refused(Operation::add_column("player", Column::text("nick").not_null())),
        "cannot add column `nick` TEXT NOT NULL to table `player`: column `nick` is NOT NULL and \
         the rows of `player` would have no value: give it a default or a backfill"
    );
    assert_eq!(
        refused(Operation::set_not_null("player", "name")),
        "cannot make column `name` of table `player` NOT NULL: NOT NULL is broken by 1 of the \
         rows of `player`, where `name` is NULL (row 2): fill them first, or say with what to fill them"
    );
    assert_eq!(
        refused(Operation::add_check("player", "score > 5")),
        "cannot add CHECK (score > 5) to table `player`: CHECK (score > 5) is broken by 1 of the \
         rows of `player` (row 1): change them first"
    );
    assert_eq!(
        refused(Operation::alter_column_type("exact", "n", "INTEGER")),
        "cannot change column `n` of table `exact` to INTEGER: a row of `exact` does not fit into \
         its new shape (row 1, `n` is 'abc'): change the rows first, or say what they become: cannot store TEXT value in \
         INTEGER column exact.n: Error code 3091: constraint failed"
    );
}

#[test]
fn sql_that_is_none_is_refused() {
    assert!(
        refused(Operation::set_default_sql("player", "score", "1) NOT NULL, x (1"))
            .contains("the default `1) NOT NULL, x (1` is not whole by itself")
    );
    assert!(refused(Operation::add_check("player", "score >")).contains("is not whole by itself"));
    assert!(
        refused(Operation::alter_column_type("player", "score", "INT UNIQUE"))
            .contains("the type `INT UNIQUE` is not whole by itself")
    );
    let index = Index::on("player", [IndexColumn::expression("lower(\"nope\")")]);
    assert!(refused(Operation::add_index(index)).contains("no such column: \"nope\""));
    assert!(
        refused(Operation::execute("DELETE FROM player; COMMIT"))
            .contains("COMMIT: the transaction is not the script's to begin or end")
    );
}

#[test]
fn a_key_needs_a_parent_that_is_unique_and_rows_that_are_there() {
    let key = ForeignKey::new(["name"]).references("team", ["name"]);
    assert!(refused(Operation::add_foreign_key("player", key)).contains(
        "foreign key mismatch: `player` points to (name) of `team`, which no primary key, UNIQUE \
         or unique index covers: make it unique first"
    ));
    let key = ForeignKey::new(["score"]).references("team", ["id"]);
    assert!(refused(Operation::add_foreign_key("player", key)).ends_with(
        "FOREIGN KEY constraint failed: row 1 of `player` points to a row that `team` does not \
         have, row 2 of `player` points to a row that `team` does not have: change or delete these \
         rows first"
    ));
}

#[test]
fn in_a_transaction_that_enforces_foreign_keys_a_rebuild_says_what_to_do() {
    let connection = open();
    connection.execute_batch("BEGIN; INSERT INTO team VALUES (2, 'blue')").unwrap();
    let mut migrator = Migrator::new(&connection);
    for operation in
        [Operation::reorder_columns("player", ["name"]), Operation::drop_table("exact")]
    {
        let error = migrator.run([operation]).unwrap_err();
        let error = error.source().downcast_ref::<OperationError>().unwrap();
        assert!(matches!(*error.refusal, Refusal::Enforced));
        assert!(
            error.refusal.to_string().ends_with("set `PRAGMA foreign_keys = OFF` before BEGIN")
        );
    }
    // What needs no rebuild is done, and the transaction is still its owner's.
    migrator.drop_constraint("player", "fair").unwrap();
    migrator.add_column("player", Column::integer("level").not_null().default(1)).unwrap();
    connection.execute_batch("COMMIT").unwrap();
    let teams: i64 = connection.query_row("SELECT count(*) FROM team", [], |r| r.get(0)).unwrap();
    assert_eq!(teams, 2);
}

#[test]
fn sqlites_own_code_is_found_behind_a_refusal() {
    const SQLITE_CONSTRAINT_UNIQUE: i32 = 2067;
    let connection = open();
    connection.execute_batch("UPDATE player SET score = 1").unwrap();
    let index = Index::on("player", ["score"]).unique();
    let error = Migrator::new(&connection).create_index(index).unwrap_err();
    assert_eq!(error.sqlite_code(), Some(SQLITE_CONSTRAINT_UNIQUE));
}

#[test]
fn generated_columns_are_given_no_values_and_are_not_left_alone() {
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch("CREATE TABLE t (a, g AS (a) STORED)").unwrap();
    let refused = |operation| chain(&Migrator::new(&connection).run([operation]).unwrap_err());
    let generated = Column::text("h").generated("a");
    for (operation, what) in [
        (Operation::add_column("t", generated.backfill("1")), "backfill"),
        (Operation::set_not_null_filling("t", "g", "1"), "fill"),
        (Operation::alter_column_type_using("t", "g", "TEXT", "1"), "using"),
    ] {
        let text = refused(operation);
        let end = format!("is generated, so it cannot be given values: leave out the {what}");
        assert!(text.ends_with(&end), "{text}");
    }
    connection.execute_batch("DROP TABLE t; CREATE TABLE t (a, g AS (1))").unwrap();
    assert_eq!(
        refused(Operation::drop_column("t", "a")),
        "cannot drop column `a` of table `t`: `a` is the only column of `t` that is not generated: \
         drop the table instead"
    );
}

#[test]
fn what_takes_columns_by_their_place_is_named() {
    let connection = open();
    let trigger = "CREATE TRIGGER copy AFTER INSERT ON exact BEGIN
        INSERT INTO team VALUES (NULL, new.n); END";
    connection.execute_batch(&format!("DROP TABLE words; {trigger}")).unwrap();
    let operation = Operation::reorder_columns("team", ["name"]);
    assert_eq!(
        chain(&Migrator::new(&connection).run([operation]).unwrap_err()),
        "cannot put column `name` first in table `team`: trigger `copy` on `exact` takes columns by \
         their place, which changes: let it name its columns first"
    );
}
