//! What the way is for differences that people make, in sentences.

use migration_api::Migrator;
use migration_api::difference::{
    Beyond, Difference, DifferenceError, Loss, Options, PerhapsRenamed, Rename, Undecided, between,
};
use migration_api::schema::Schema;
use migration_api::schema::normal::ColumnOrder;
use rusqlite::Connection;

pub(crate) fn schema(sql: &str) -> Schema {
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    Schema::read(&connection).unwrap()
}

pub(crate) fn difference(from: &str, to: &str, options: &Options) -> Difference {
    between(&schema(from), &schema(to), options)
        .unwrap_or_else(|error| panic!("{error}: {error:?}"))
}

fn sentences(difference: &Difference) -> Vec<String> {
    difference.operations().map(|operation| operation.to_string()).collect()
}

fn sentences_of(from: &str, to: &str) -> Vec<String> {
    sentences(&difference(from, to, &Options::default()))
}

fn sentences_with(from: &str, to: &str, options: &Options) -> Vec<String> {
    sentences(&difference(from, to, options))
}

fn renaming(renames: impl IntoIterator<Item = Rename>) -> Options {
    Options { renames: renames.into_iter().collect(), ..Options::default() }
}

fn table(from: &str, to: &str) -> Rename {
    Rename::Table { from: from.into(), to: to.into() }
}

fn column(table: &str, from: &str, to: &str) -> Rename {
    Rename::Column { table: table.into(), from: from.into(), to: to.into() }
}

/// Goes the way in a database with rows and gives it.
pub(crate) fn gone(from: &str, rows: &str, to: &str) -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch(from).unwrap();
    connection.execute_batch(rows).unwrap();
    let difference = difference(from, to, &Options::default());
    assert_eq!(difference.beyond, []);
    Migrator::new(&connection).run(difference.operations()).unwrap();
    let now = Schema::read(&connection).unwrap().normal();
    assert_eq!(now.to_string(), schema(to).normal().to_string());
    connection
}

pub(crate) fn one(connection: &Connection, query: &str) -> String {
    connection.query_row(query, [], |row| row.get(0)).unwrap()
}

#[test]
fn what_means_the_same_needs_nothing() {
    let from = "CREATE TABLE t (a INT UNIQUE, b TEXT DEFAULT (0)); CREATE INDEX i ON t (b);
        CREATE VIEW v AS SELECT a FROM t;";
    let to = "create table T (B text default 0 /* none */, a int, unique (a));
        create index I on t (\"b\" asc); create view v as select a from t;";
    assert!(difference(from, to, &Options::default()).is_empty());
    let in_order = Options { column_order: ColumnOrder::Same, ..Options::default() };
    assert_eq!(
        sentences(&difference(from, to, &in_order)),
        ["put columns `B`, `a` first in table `t`"]
    );
}

#[test]
fn parents_are_made_before_children_and_dropped_after_them() {
    let both = "CREATE TABLE a (id INTEGER PRIMARY KEY, b_id INTEGER REFERENCES z);
        CREATE TABLE z (id INTEGER PRIMARY KEY);
        CREATE VIEW first AS SELECT * FROM second; CREATE VIEW second AS SELECT id FROM a;
        CREATE TRIGGER t INSTEAD OF INSERT ON first BEGIN SELECT 1; END;";
    let there = sentences_of("", both);
    let begins = |sentence: &String, with: &str| assert!(sentence.starts_with(with), "{sentence}");
    begins(&there[0], "create table `z`");
    begins(&there[1], "create table `a`");
    begins(&there[2], "execute `CREATE VIEW second");
    begins(&there[3], "execute `CREATE VIEW first");
    begins(&there[4], "execute `CREATE TRIGGER t");
    assert_eq!(
        sentences_of(both, ""),
        [
            "execute `DROP TRIGGER t`",
            "execute `DROP VIEW \"first\"`",
            "execute `DROP VIEW second`",
            "drop table `a`",
            "drop table `z`",
        ]
    );
}

#[test]
fn only_what_stands_in_the_way_goes_and_comes_back() {
    let objects = "CREATE VIEW narrow AS SELECT a FROM t; CREATE VIEW wide AS SELECT * FROM t;
        CREATE VIEW over AS SELECT a FROM g; CREATE INDEX on_a ON t (a);
        CREATE TRIGGER w AFTER INSERT ON t BEGIN SELECT new.a; END;";
    let from = format!(
        "CREATE TABLE t (a INT, b INT); CREATE TABLE g (a INT, b AS (a + 1)); {objects}
         CREATE INDEX on_b ON g (b); CREATE VIEW of_b AS SELECT b FROM g;"
    );
    let to = format!(
        "CREATE TABLE t (a INT); CREATE TABLE g (a INT, b AS (a + 2)); {objects}
         CREATE INDEX on_b ON g (b); CREATE VIEW of_b AS SELECT b FROM g;"
    );
    assert_eq!(
        sentences_of(&from, &to),
        [
            "execute `DROP VIEW of_b`",
            "drop index `on_b`",
            "drop column `b` of table `g`",
            "add column `b` GENERATED ALWAYS AS (a + 2) VIRTUAL to table `g`",
            "add index `on_b` on table `g` (`b`)",
            "drop column `b` of table `t`",
            "execute `CREATE VIEW of_b AS SELECT b FROM g`",
        ]
    );
}

/// SQLite takes such a trigger and never fires it, since no UPDATE can name what it watches.
#[test]
fn a_trigger_may_watch_a_column_that_becomes_generated_and_one_that_no_longer_is() {
    let watched = "CREATE TABLE audit (what);
        CREATE TRIGGER w AFTER UPDATE OF g ON t BEGIN INSERT INTO audit SELECT new.g; END;";
    let ordinary = format!("CREATE TABLE t (a INT, g INT); {watched}");
    let generated = format!("CREATE TABLE t (a INT, g TEXT AS (typeof(a))); {watched}");
    gone(&generated, "INSERT INTO t VALUES (1)", &ordinary);
    gone(&ordinary, "INSERT INTO t VALUES (1, 2)", &generated);
    let wider = format!("CREATE TABLE t (a INT, g TEXT AS (typeof(a)), CHECK (a > 0)); {watched}");
    gone(&generated, "INSERT INTO t VALUES (1)", &wider);
}

#[test]
fn a_rename_carries_along_what_points_to_it() {
    let from = "CREATE TABLE p (id INTEGER PRIMARY KEY, n TEXT CHECK (n <> ''));
        CREATE TABLE c (p_id INTEGER REFERENCES p); CREATE INDEX i ON p (n);
        CREATE VIEW v AS SELECT n FROM p;";
    let to = "CREATE TABLE q (id INTEGER PRIMARY KEY, m TEXT CHECK (m <> ''));
        CREATE TABLE c (p_id INTEGER REFERENCES q (id)); CREATE INDEX i ON q (m);
        CREATE VIEW v AS SELECT m FROM q;";
    let options = renaming([table("p", "q"), column("q", "n", "m")]);
    let forward = difference(from, to, &options);
    assert_eq!(
        sentences(&forward),
        ["rename table `p` to `q`", "rename column `n` of table `q` to `m`"]
    );
    assert_eq!(
        sentences(&difference(to, from, &options.back(&forward))),
        ["rename table `q` to `p`", "rename column `m` of table `p` to `n`"]
    );
    // A model may say what it was, now and years later.
    let was = Options { was: options.renames, ..Options::default() };
    assert_eq!(difference(from, to, &was), forward);
    let later = difference(to, to, &was);
    assert!(later.is_empty());
    assert!(difference(to, to, &was.back(&later)).is_empty());
}

#[test]
fn a_chain_of_old_names_is_done_once() {
    let was = [column("t", "a", "b"), column("t", "b", "c")];
    let was = Options { was: was.to_vec(), ..Options::default() };
    let (from, to) = ("CREATE TABLE t (a INT, b TEXT)", "CREATE TABLE t (b INT, c TEXT)");
    let moved = ["rename column `b` of table `t` to `c`", "rename column `a` of table `t` to `b`"];
    assert_eq!(sentences(&difference(from, to, &was)), moved);
    assert!(difference(to, to, &was).is_empty());
}

#[test]
fn names_that_went_round_once_do_not_go_round_again() {
    let was = [table("a", "b"), table("b", "a"), column("u", "x", "y"), column("u", "y", "x")];
    let was = Options { was: was.to_vec(), ..Options::default() };
    let from = "CREATE TABLE a (p INT); CREATE TABLE b (q INT); CREATE TABLE u (x INT, y TEXT)";
    let to = "CREATE TABLE b (p INT); CREATE TABLE a (q INT); CREATE TABLE u (y INT, x TEXT)";
    assert_eq!(difference(from, to, &was).changes.len(), 6);
    assert!(difference(to, to, &was).is_empty());
    // What changed meanwhile is changed alone.
    assert_eq!(sentences_with(to, &format!("{to}; CREATE TABLE v (n)"), &was).len(), 1);
    let changed = to.replace("p INT", "p INT, r INT");
    let error = between(&schema(to), &schema(&changed), &was).unwrap_err();
    assert!(error.to_string().contains("nothing shows"), "{error}");
}

#[test]
fn a_name_that_something_else_gets_comes_back_with_its_values() {
    let there = "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT);
        CREATE TABLE player (id INTEGER PRIMARY KEY, n TEXT);";
    let here = "CREATE TABLE t (id INTEGER PRIMARY KEY, full_name TEXT, name TEXT);
        CREATE TABLE gamer (id INTEGER PRIMARY KEY, n TEXT);
        CREATE TABLE player (id INTEGER PRIMARY KEY, n TEXT);";
    let was = [column("t", "name", "full_name"), table("player", "gamer")];
    let was = Options { was: was.to_vec(), ..Options::default() };
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch(there).unwrap();
    let rows = "INSERT INTO t VALUES (1, 'Ada'); INSERT INTO player VALUES (1, 'Tom')";
    connection.execute_batch(rows).unwrap();
    let forward = difference(there, here, &was);
    let backward = difference(here, there, &was.back(&forward));
    for way in [forward, backward] {
        Migrator::new(&connection).run(way.operations()).unwrap();
    }
    let now = Schema::read(&connection).unwrap().normal();
    assert_eq!(now.to_string(), schema(there).normal().to_string());
    assert_eq!(one(&connection, "SELECT name FROM t"), "Ada");
    assert_eq!(one(&connection, "SELECT n FROM player"), "Tom");
    // What was renamed before keeps its name on the way back.
    let without = here.replace(", name TEXT", "");
    let later = difference(here, &without, &was);
    let back = sentences_with(&without, here, &was.back(&later));
    assert_eq!(back, ["add column `name` TEXT to table `t`"]);
}

#[test]
fn names_may_go_round_in_a_circle() {
    let from = "CREATE TABLE a (x INT, y TEXT); CREATE TABLE b (z)";
    let to = "CREATE TABLE b (y INT, x TEXT); CREATE TABLE a (z)";
    let options =
        renaming([table("a", "b"), table("b", "a"), column("b", "x", "y"), column("b", "y", "x")]);
    let difference = difference(from, to, &options);
    assert_eq!(difference.changes.len(), 6, "{difference:?}");
    assert_eq!(difference.beyond, []);
}

#[test]
fn a_rename_that_makes_no_sense_is_named() {
    let message = |renames: Vec<Rename>| {
        let (from, to) =
            (schema("CREATE TABLE t (a)"), schema("CREATE TABLE t (a); CREATE TABLE u (b)"));
        let error = between(&from, &to, &renaming(renames)).unwrap_err();
        assert!(matches!(error, DifferenceError::Rename(_)), "{error:?}");
        error.to_string()
    };
    for (renames, named) in [
        (vec![table("old", "u")], "there is no table `old`"),
        (vec![column("t", "old", "new")], "table `t` has no column `old`"),
        (vec![column("nowhere", "a", "b")], "there will be no `b`"),
        (vec![table("t", "u"), table("t", "v")], "`t` is in more than one"),
    ] {
        let message = message(renames);
        assert!(message.contains(named), "{message}");
    }
}

#[test]
fn what_is_lost_or_undecided_or_perhaps_renamed_is_told() {
    let from = "CREATE TABLE player (id INTEGER PRIMARY KEY, name TEXT, score REAL);
        CREATE TABLE old_log (at TEXT, what TEXT, who INT);";
    let to = "CREATE TABLE player (id INTEGER PRIMARY KEY, full_name TEXT NOT NULL, score INTEGER NOT NULL UNIQUE);
        CREATE TABLE log (at TEXT, what TEXT, who INT);";
    let mut difference = difference(from, to, &Options::default());
    let losses: Vec<_> = difference
        .changes
        .iter()
        .flat_map(|change| &change.losses)
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        losses,
        [
            "values in `score` of `player` may change on their way from REAL to INTEGER",
            "which values in `score` of `player` were NULL is forgotten",
            "column `name` of `player` is dropped with all its values",
            "rows of `player` that do not keep UNIQUE (\"score\") stop the migration",
            "table `old_log` is dropped with all its rows",
        ]
    );
    assert_eq!(difference.perhaps_renamed.len(), 2);
    assert!(
        matches!(&difference.perhaps_renamed[0], PerhapsRenamed::Table { from, .. } if from == "old_log")
    );
    assert!(
        matches!(&difference.perhaps_renamed[1], PerhapsRenamed::Column { to, .. } if to == "full_name")
    );
    let undecided: Vec<_> =
        difference.changes.iter().filter_map(|change| change.undecided.clone()).collect();
    let fill = |column: &str| Undecided::Fill { table: "player".into(), column: column.into() };
    assert_eq!(undecided, [fill("full_name"), fill("score")]);
    difference.changes.iter_mut().for_each(|change| change.fill("id"));
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch(from).unwrap();
    connection.execute_batch("INSERT INTO player VALUES (1, 'a', 2.0), (7, 'b', NULL)").unwrap();
    Migrator::new(&connection).run(difference.operations()).unwrap();
    let row = one(
        &connection,
        "SELECT group_concat(full_name || typeof(full_name) || score) FROM player",
    );
    assert_eq!(row, "1text2,7text7");
}

#[test]
fn what_has_no_words_is_said_in_sql_and_keeps_rows_rowids_and_counters() {
    let from = "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT, g AS (a || '!'));
        CREATE TABLE u (a, b); CREATE VIEW v AS SELECT a FROM t;
        CREATE TRIGGER w AFTER INSERT ON t BEGIN UPDATE u SET b = new.a; END;";
    let to = "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT NOT NULL ON CONFLICT IGNORE, g, UNIQUE (a DESC));
        CREATE TABLE u (a, b, PRIMARY KEY (b DESC, a COLLATE NOCASE)); CREATE VIEW v AS SELECT a FROM t;
        CREATE TRIGGER w AFTER INSERT ON t BEGIN UPDATE u SET b = new.a; END;";
    let rows =
        "INSERT INTO u (rowid, a, b) VALUES (5, 'x', 1); INSERT INTO t VALUES (3, 'k'), (90, 'l');
        DELETE FROM t WHERE id = 90;";
    let connection = gone(from, rows, to);
    assert_eq!(one(&connection, "SELECT id || a || g FROM t"), "3kk!");
    assert_eq!(one(&connection, "SELECT rowid || a || b FROM u"), "5xl");
    assert_eq!(one(&connection, "SELECT seq || '' FROM sqlite_sequence WHERE name = 't'"), "90");
    gone(to, "", from);
}

#[test]
fn a_full_text_index_over_a_table_is_made_anew_and_one_with_rows_of_its_own_is_left() {
    let content = "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b TEXT);";
    let connection = gone(
        &format!("{content} CREATE VIRTUAL TABLE f USING fts5(a, content='t')"),
        "INSERT INTO t VALUES (1, 'one', 'two')",
        &format!("{content} CREATE VIRTUAL TABLE f USING fts5(a, b, content='t')"),
    );
    assert_eq!(one(&connection, "SELECT rowid || '' FROM f WHERE f MATCH 'two'"), "1");
    let difference = difference(
        "CREATE VIRTUAL TABLE f USING fts5(a)",
        "CREATE VIRTUAL TABLE f USING fts5(a, b)",
        &Options::default(),
    );
    assert_eq!(difference.beyond, [Beyond::VirtualTable("f".into())]);
    assert_eq!(difference.changes, []);
}

#[test]
fn what_an_operation_is_too_strict_to_make_is_made_by_sql() {
    for table in [
        "CREATE TABLE t (a TEXT CHECK (a <> \"none\"))",
        "CREATE TABLE t (a INTEGER REFERENCES missing (id))",
    ] {
        gone("", "", table);
    }
}

#[test]
fn keys_that_go_in_a_circle_are_no_obstacle() {
    let circle = "CREATE TABLE a (id INTEGER PRIMARY KEY, b INTEGER REFERENCES b (id));
        CREATE TABLE b (id INTEGER PRIMARY KEY, a INTEGER REFERENCES a (id));";
    let plain = "CREATE TABLE a (id INTEGER PRIMARY KEY, b INTEGER);
        CREATE TABLE b (id INTEGER PRIMARY KEY, a INTEGER);";
    let rows =
        "PRAGMA foreign_keys = OFF; INSERT INTO a VALUES (1, 1); INSERT INTO b VALUES (1, 1);";
    gone(plain, rows, circle);
    gone(circle, rows, plain);
    gone("", "", circle);
    gone(circle, rows, "");
}

#[test]
fn a_parent_key_changes_under_the_keys_that_point_to_it() {
    let connection = gone(
        "CREATE TABLE p (k TEXT PRIMARY KEY, n INT); CREATE TABLE c (k TEXT REFERENCES p);",
        "INSERT INTO p VALUES ('a', 1); INSERT INTO c VALUES ('a');",
        "CREATE TABLE p (k TEXT UNIQUE, n INTEGER PRIMARY KEY); CREATE TABLE c (k TEXT REFERENCES p (k));",
    );
    assert_eq!(one(&connection, "SELECT k || n FROM p"), "a1");
    gone(
        "CREATE TABLE p (id INTEGER PRIMARY KEY, k TEXT); CREATE UNIQUE INDEX i ON p (k);
         CREATE TABLE c (k TEXT REFERENCES p (k));",
        "INSERT INTO p VALUES (1, 'a'); INSERT INTO c VALUES ('a');",
        "CREATE TABLE p (id INTEGER PRIMARY KEY, k TEXT UNIQUE); CREATE TABLE c (k TEXT REFERENCES p (k));",
    );
}

#[test]
fn a_new_integer_key_takes_the_rowids_that_are_there() {
    let connection = gone(
        "CREATE TABLE t (a)",
        "INSERT INTO t (rowid, a) VALUES (5, 'x')",
        "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a)"
            .replace(
                "id INTEGER PRIMARY KEY AUTOINCREMENT, a",
                "a, id INTEGER PRIMARY KEY AUTOINCREMENT",
            )
            .as_str(),
    );
    assert_eq!(one(&connection, "SELECT id || a FROM t"), "5x");
}

#[test]
fn a_dropped_name_is_free_for_something_else() {
    gone(
        "CREATE TABLE a (x); CREATE INDEX i ON a (x); CREATE VIEW v AS SELECT 1 AS one",
        "",
        "CREATE TABLE v (x); CREATE INDEX i ON v (x); CREATE VIEW a AS SELECT 1 AS one",
    );
}

#[test]
fn an_option_of_a_table_begins_when_its_types_fit_and_ends_before_they_do_not() {
    let from = "CREATE TABLE t (a VARCHAR(9), b INT)";
    let to = "CREATE TABLE t (a TEXT NOT NULL PRIMARY KEY, b ANY) STRICT, WITHOUT ROWID";
    let there = difference(from, to, &Options::default());
    assert!(
        there
            .changes
            .iter()
            .flat_map(|change| &change.losses)
            .any(|loss| matches!(loss, Loss::Rowids { .. }))
    );
    gone(
        from,
        "INSERT INTO t VALUES ('x', 1)",
        "CREATE TABLE t (a TEXT PRIMARY KEY, b ANY) STRICT, WITHOUT ROWID",
    );
    gone(to, "INSERT INTO t VALUES ('x', 1)", from);
}
