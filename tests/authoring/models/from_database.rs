//! Models in Rust of a database that exists.

use insta::assert_snapshot;

use super::project::write_crate;
use crate::sandbox::Sandbox;

const SCHEMA: &str = "
    CREATE TABLE hotel (
      id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE COLLATE NOCASE,
      stars INT CHECK (stars BETWEEN 0 AND 5), is_open BOOLEAN NOT NULL DEFAULT TRUE,
      note TEXT DEFAULT 'a \"b\" and c''s', since DATETIME DEFAULT CURRENT_TIMESTAMP,
      rate REAL DEFAULT -1.5, hash VARCHAR(40) NOT NULL DEFAULT (lower(hex(1))), picture BLOB,
      size INTEGER GENERATED ALWAYS AS (length(picture)) STORED);
    CREATE TABLE room (
      hotel INTEGER NOT NULL REFERENCES hotel ON DELETE CASCADE, \"type\" TEXT NOT NULL,
      number INTEGER NOT NULL, next INTEGER, PRIMARY KEY (hotel, number),
      CONSTRAINT positive CHECK (number > 0), UNIQUE (hotel, type),
      FOREIGN KEY (next, number) REFERENCES room (hotel, number) DEFERRABLE INITIALLY DEFERRED
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX room_type ON room (type);
    CREATE UNIQUE INDEX by_name ON hotel (lower(name), stars DESC) WHERE is_open;
    CREATE INDEX by_unique ON option (\"unique\", a COLLATE NOCASE DESC);
    CREATE TABLE \"2nd\" (id INTEGER PRIMARY KEY, up INTEGER REFERENCES \"2nd\", way TEXT REFERENCES named (a));
    CREATE TABLE untyped (a, b);
    CREATE TABLE key_that_may_be_null (a TEXT PRIMARY KEY);
    CREATE VIEW open AS SELECT name, '\"#' AS quotes FROM hotel WHERE is_open;
    CREATE TRIGGER counted AFTER INSERT ON room BEGIN UPDATE hotel SET stars = stars + 1; END;";
const BEFORE: &str = "
    CREATE TABLE option (a TEXT, \"b c\" TEXT, self TEXT, \"unique\" INTEGER);
    CREATE TABLE named (a TEXT CONSTRAINT one UNIQUE);
    CREATE INDEX by_a ON named (a);";

#[test]
fn what_is_written_gives_the_schema_that_it_was_written_from() {
    let sandbox = Sandbox::empty();
    sandbox.write("runner.toml", "database = \"app.db\"\nmodels = \"models\"\n");
    sandbox.database().execute_batch(&format!("{BEFORE}{SCHEMA}")).unwrap();
    let models = sandbox.run(&["schema", "dump", "database", "--rust"]).succeeded().stdout;
    assert_snapshot!(models);
    write_crate(&sandbox, "models", "models_from_database", "", &models);
    assert_snapshot!(
        sandbox.run(&["schema", "diff", "database", "models", "--exit-code"]).shown(),
        @"
    exit 0
    --- stdout
    the database `app.db` and the models are the same
    "
    );
}
