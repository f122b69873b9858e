//! What a schema means: which spellings are the same, and that what is printed makes it again.

use migration_api::schema::Schema;
use migration_api::schema::normal::{ColumnOrder, Normal};
use proptest::prelude::*;
use rusqlite::Connection;

use crate::corpus;
use crate::database::Database;
use crate::world::worlds;

fn config() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn what_is_printed_of_a_generated_schema_makes_it_again(world in worlds()) {
        let database = Database::in_memory().unwrap();
        database.run(&world.script()).unwrap();
        if let Some(fault) = fault_of_printing(&database.connection) {
            prop_assert!(false, "{fault}");
        }
    }
}

#[test]
fn what_is_printed_of_rare_clauses_makes_them_again() {
    for sql in [
        "CREATE TABLE t (a, b, UNIQUE (a DESC), UNIQUE (b COLLATE NOCASE) ON CONFLICT REPLACE)",
        "CREATE TABLE t (a INTEGER PRIMARY KEY DESC ON CONFLICT FAIL)",
        "CREATE TABLE t (a INTEGER CONSTRAINT k PRIMARY KEY ON CONFLICT FAIL AUTOINCREMENT)",
        "CREATE TABLE t (a INTEGER, CONSTRAINT k PRIMARY KEY (a COLLATE NOCASE DESC))",
        "CREATE TABLE t (a TEXT, PRIMARY KEY (a COLLATE NOCASE)) WITHOUT ROWID",
        "CREATE TABLE t (a \"x-y\", b 'a b', c [INT], d DOUBLE PRECISION (+1, -2), e \"select\")",
        "CREATE TABLE t (a NOT NULL ON CONFLICT IGNORE DEFAULT -1, b DEFAULT \"x y\", c DEFAULT +1.5)",
        "CREATE TABLE t (a CONSTRAINT n REFERENCES p DEFERRABLE INITIALLY DEFERRED REFERENCES q (b))",
        "CREATE TABLE t (a, \"a b\"); CREATE INDEX i ON t (a + 1, (a || \"a b\") COLLATE NOCASE DESC)",
        "CREATE TABLE t (a CHECK (a <> \"a string\"))",
        "CREATE TABLE \"true\" (\"null\" CHECK (\"null\" IS NOT NULL), [current_date], `key`)",
        "CREATE TABLE t (a); CREATE TRIGGER IF NOT EXISTS \"x y\" INSERT ON t BEGIN SELECT CASE WHEN 1 THEN 2 END; END",
    ] {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
        assert_eq!(fault_of_printing(&connection), None, "{sql}");
    }
}

#[test]
fn what_is_printed_of_the_schema_of_each_conformance_case_makes_it_again() {
    let mut faults = Vec::new();
    let mut looked_at = 0;
    for entry in corpus::read(&corpus::folder()).unwrap() {
        let Ok(case) = entry.case else { continue };
        let database = Database::in_memory().unwrap();
        if database.run(&case.setup_sql).is_err() || Schema::read(&database.connection).is_err() {
            continue;
        }
        looked_at += 1;
        let fault = fault_of_printing(&database.connection);
        faults.extend(fault.map(|fault| format!("{}: {fault}", entry.id)));
    }
    assert!(faults.is_empty(), "{} of {looked_at}:\n{}", faults.len(), faults.join("\n\n"));
    assert!(looked_at > 100, "{looked_at}");
}

/// What goes wrong when the schema of `connection` is printed and read back.
fn fault_of_printing(connection: &Connection) -> Option<String> {
    let normal = Schema::read(connection).unwrap().normal();
    let printed = normal.to_string();
    let again = Connection::open_in_memory().unwrap();
    if let Err(error) = again.execute_batch(&printed) {
        return Some(format!("{error}\n{printed}"));
    }
    let read = Schema::read(&again).unwrap().normal();
    if !read.same_as(&normal, ColumnOrder::Same) {
        return Some(format!("it means something else:\n{printed}\n{normal:#?}\n{read:#?}"));
    }
    (read.to_string() != printed)
        .then(|| format!("printed again it differs:\n{printed}\n---\n{read}"))
}

fn normal(sql: &str) -> Normal {
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    Schema::read(&connection).unwrap().normal()
}

#[test]
fn spellings_of_the_same_are_equal() {
    for (one, other) in [
        ("CREATE TABLE t (a varchar( 10 ))", "create table \"T\" ([A] VARCHAR (10) NULL -- a\n)"),
        ("CREATE TABLE t (a DECIMAL(10 , 2))", "CREATE TABLE t (a decimal (10,2))"),
        ("CREATE TABLE t (a UNIQUE)", "CREATE TABLE t (a, UNIQUE (a))"),
        ("CREATE TABLE t (a UNIQUE)", "CREATE TABLE t (a UNIQUE ON CONFLICT ABORT, UNIQUE (A))"),
        (
            "CREATE TABLE t (a COLLATE NOCASE UNIQUE)",
            "CREATE TABLE t (a COLLATE nocase, UNIQUE (a COLLATE NOCASE))",
        ),
        ("CREATE TABLE t (a PRIMARY KEY)", "CREATE TABLE t (a, PRIMARY KEY (a))"),
        (
            "CREATE TABLE t (a INTEGER PRIMARY KEY AUTOINCREMENT)",
            "CREATE TABLE t (a INTEGER NOT NULL, PRIMARY KEY (a AUTOINCREMENT))",
        ),
        (
            "CREATE TABLE t (a INTEGER PRIMARY KEY)",
            "CREATE TABLE t (a INTEGER, PRIMARY KEY (a DESC))",
        ),
        ("CREATE TABLE t (a CHECK (a > 0))", "CREATE TABLE t (a, CHECK ((\"a\">0)))"),
        (
            "CREATE TABLE t (a CONSTRAINT c CHECK (a > 0))",
            "CREATE TABLE t (a, CONSTRAINT C CHECK (A > 0))",
        ),
        ("CREATE TABLE t (a DEFAULT 0)", "CREATE TABLE t (a DEFAULT (0))"),
        ("CREATE TABLE t (a DEFAULT NULL)", "CREATE TABLE t (a)"),
        ("CREATE TABLE t (a DEFAULT x)", "CREATE TABLE t (a DEFAULT 'x')"),
        ("CREATE TABLE t (a DEFAULT no)", "CREATE TABLE t (a DEFAULT 'no')"),
        (
            "CREATE TABLE t (a INTEGER PRIMARY KEY DEFAULT 5)",
            "CREATE TABLE t (a INTEGER PRIMARY KEY)",
        ),
        (
            "CREATE TABLE t (a NOT NULL PRIMARY KEY) WITHOUT ROWID",
            "CREATE TABLE t (a, PRIMARY KEY (a)) WITHOUT ROWID",
        ),
        (
            "CREATE TABLE t (a TEXT NOT NULL PRIMARY KEY) STRICT",
            "CREATE TABLE t (a TEXT PRIMARY KEY) STRICT",
        ),
        ("CREATE TABLE t (a DEFAULT (1+2))", "CREATE TABLE t (a DEFAULT ((1 + 2)))"),
        ("CREATE TABLE t (a DEFAULT current_date)", "CREATE TABLE t (a DEFAULT (CURRENT_DATE))"),
        ("CREATE TABLE t (a COLLATE BINARY)", "CREATE TABLE t (a)"),
        (
            "CREATE TABLE t (a, b AS (a + 1))",
            "CREATE TABLE t (a, b GENERATED ALWAYS AS (a+1) VIRTUAL)",
        ),
        (
            "CREATE TABLE p (k INTEGER PRIMARY KEY); CREATE TABLE t (a REFERENCES p)",
            "CREATE TABLE p (k INTEGER PRIMARY KEY); CREATE TABLE t (a, FOREIGN KEY (a) REFERENCES P (K) ON DELETE NO ACTION NOT DEFERRABLE)",
        ),
        (
            "CREATE TABLE t (a); CREATE INDEX i ON t (a)",
            "CREATE TABLE t (a); CREATE INDEX I ON T ((\"a\") COLLATE BINARY ASC);",
        ),
        (
            "CREATE TABLE t (a); CREATE INDEX i ON t (a) WHERE a > 0",
            "CREATE TABLE t (a); CREATE INDEX i ON t (a) WHERE (a>0) -- few",
        ),
        (
            "CREATE TABLE t (a); CREATE VIEW v AS SELECT a FROM t",
            "CREATE TABLE t (a); create view \"v\" as select [a] from \"t\" -- all",
        ),
        ("CREATE TABLE t (a, b)", "CREATE TABLE t (b, a)"),
    ] {
        assert_eq!(normal(one), normal(other), "{one}\n{other}");
    }
}

#[test]
fn what_means_something_else_is_not_equal() {
    for (one, other) in [
        ("CREATE TABLE t (a INT)", "CREATE TABLE t (a INTEGER)"),
        ("CREATE TABLE t (a)", "CREATE TABLE t (a NOT NULL)"),
        ("CREATE TABLE t (a NOT NULL)", "CREATE TABLE t (a NOT NULL ON CONFLICT IGNORE)"),
        ("CREATE TABLE t (a PRIMARY KEY)", "CREATE TABLE t (a NOT NULL PRIMARY KEY)"),
        ("CREATE TABLE t (a INTEGER PRIMARY KEY)", "CREATE TABLE t (a INTEGER PRIMARY KEY DESC)"),
        ("CREATE TABLE t (a PRIMARY KEY)", "CREATE TABLE t (a PRIMARY KEY DESC)"),
        ("CREATE TABLE t (a PRIMARY KEY)", "CREATE TABLE t (a UNIQUE)"),
        ("CREATE TABLE t (a UNIQUE)", "CREATE TABLE t (a CONSTRAINT u UNIQUE)"),
        ("CREATE TABLE t (a UNIQUE)", "CREATE TABLE t (a, UNIQUE (a COLLATE NOCASE))"),
        ("CREATE TABLE t (a DEFAULT 0)", "CREATE TABLE t (a DEFAULT '0')"),
        ("CREATE TABLE t (a DEFAULT 'x')", "CREATE TABLE t (a DEFAULT 'X')"),
        ("CREATE TABLE t (a DEFAULT true)", "CREATE TABLE t (a DEFAULT \"true\")"),
        ("CREATE TABLE t (a, b AS (a))", "CREATE TABLE t (a, b AS (a) STORED)"),
        ("CREATE TABLE t (a INT)", "CREATE TABLE t (a INT) STRICT"),
        ("CREATE TABLE t (a PRIMARY KEY)", "CREATE TABLE t (a PRIMARY KEY) WITHOUT ROWID"),
        ("CREATE TABLE t (a REFERENCES p)", "CREATE TABLE t (a REFERENCES p ON DELETE CASCADE)"),
        (
            "CREATE TABLE t (a REFERENCES p)",
            "CREATE TABLE t (a REFERENCES p DEFERRABLE INITIALLY DEFERRED)",
        ),
        (
            "CREATE TABLE t (a); CREATE INDEX i ON t (a)",
            "CREATE TABLE t (a); CREATE INDEX i ON t (a DESC)",
        ),
        (
            "CREATE TABLE t (a); CREATE INDEX i ON t (a)",
            "CREATE TABLE t (a); CREATE UNIQUE INDEX i ON t (a)",
        ),
        (
            "CREATE TABLE t (a); CREATE VIEW v AS SELECT 'a'",
            "CREATE TABLE t (a); CREATE VIEW v AS SELECT 'A'",
        ),
    ] {
        assert_ne!(normal(one), normal(other), "{one}\n{other}");
    }
    let (one, other) = (normal("CREATE TABLE t (a, b)"), normal("CREATE TABLE t (b, a)"));
    assert!(!one.same_as(&other, ColumnOrder::Same));
}

#[test]
fn a_dump_is_in_an_order_that_works_and_quotes_only_what_needs_it() {
    let sql = "CREATE VIEW a AS SELECT * FROM z;
        CREATE TABLE child (\"x\" INTEGER REFERENCES parent ON DELETE CASCADE, \"order\" TEXT, g AS (x + 1),
          CHECK (\"order\" <> \"x\"), FOREIGN KEY (x, \"order\") REFERENCES pair) STRICT;
        CREATE TABLE parent (id INTEGER PRIMARY KEY AUTOINCREMENT, at DEFAULT CURRENT_TIMESTAMP);
        CREATE TABLE pair (a INT, b INT, PRIMARY KEY (a, b DESC)) WITHOUT ROWID;
        CREATE UNIQUE INDEX i ON child (lower(\"order\") desc, x) where x is not null;
        CREATE VIEW z AS SELECT x FROM child;
        CREATE TRIGGER t AFTER INSERT ON child WHEN new.x>0 BEGIN
          UPDATE parent SET at = case when 1 then 2 end; DELETE FROM pair; END;
        CREATE VIRTUAL TABLE f USING fts5(a, tokenize = 'porter ascii');"
        .replace("g AS", "g INT AS");
    insta::assert_snapshot!(normal(&sql), @r#"
    CREATE TABLE pair (
      a INT,
      b INT,
      PRIMARY KEY (a, b DESC)
    ) WITHOUT ROWID;

    CREATE TABLE parent (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      at DEFAULT CURRENT_TIMESTAMP
    );

    CREATE TABLE child (
      x INTEGER REFERENCES parent (id) ON DELETE CASCADE,
      "order" TEXT,
      g INT GENERATED ALWAYS AS (x + 1) VIRTUAL,
      CHECK ("order" <> x),
      FOREIGN KEY (x, "order") REFERENCES pair (a, b)
    ) STRICT;

    CREATE UNIQUE INDEX i ON child (lower("order") DESC, x) WHERE x IS NOT NULL;

    CREATE VIRTUAL TABLE f USING fts5(a, tokenize = 'porter ascii');

    CREATE VIEW z AS SELECT x FROM child;

    CREATE VIEW a AS SELECT * FROM z;

    CREATE TRIGGER t AFTER INSERT ON child WHEN new.x > 0
    BEGIN
      UPDATE parent SET at = CASE WHEN 1 THEN 2 end;
      DELETE FROM pair;
    END;
    "#);
}
