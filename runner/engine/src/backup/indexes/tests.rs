//! Indexes that SQLite made, and indexes that were damaged.

use super::*;

fn filled(sql: &str) -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch(sql).unwrap();
    connection
}

/// The index that seems wrong, and the names of those that were not compared.
fn compared(connection: &Connection) -> (Option<String>, Vec<String>) {
    let compared = compare_indexes(connection).unwrap();
    let name = |entry| match entry {
        Unverified::Index { name, .. } => name,
        other => panic!("{other}"),
    };
    let suspect = compared.suspect.map(|suspect| suspect.index);
    (suspect, compared.unverified.into_iter().map(name).collect())
}

const GROUND: &str = "
    CREATE TABLE t (
        id INTEGER PRIMARY KEY, a TEXT, b TEXT COLLATE NOCASE, c REAL, d, e TEXT UNIQUE,
        g AS (a || b), s AS (a || b) STORED);
    CREATE INDEX t_a ON t (a DESC);
    CREATE INDEX t_b ON t (b, a COLLATE RTRIM DESC);
    CREATE INDEX t_c ON t (c, id);
    CREATE INDEX t_d ON t (d DESC, b);
    CREATE INDEX t_s ON t (s);
    CREATE INDEX t_partial ON t (a) WHERE c > 1;
    CREATE INDEX t_expression ON t (lower(a));
    CREATE INDEX t_virtual ON t (g);
    CREATE TABLE w (k TEXT COLLATE NOCASE, l, v, PRIMARY KEY (k, l)) WITHOUT ROWID;
    CREATE INDEX w_v ON w (v, k);
    CREATE TABLE r (rowid, _rowid_, oid); CREATE INDEX r_rowid ON r (rowid);
    INSERT INTO t (a, b, c, d, e) VALUES
        ('x', 'Äb', 1, NULL, 'a'), ('x  ', 'aB', 1.5, 7, 'b'), ('y', 'AB', 2, 7.0, 'c'),
        (x'ff', x'00', -1, x'01', NULL), (NULL, CAST(x'ff80' AS TEXT), 1e300, 'seven', NULL),
        ('', 'a' || char(0) || 'z', 0, 9223372036854775807, 'B');
    INSERT INTO w VALUES ('a', 1, 'z'), ('B', 1, 'y'), ('b', 2, 'y'), ('A', 0, NULL);
    INSERT INTO r VALUES (1, 2, 3);";

#[test]
fn what_sqlite_made_is_right_in_every_encoding_and_what_cannot_be_compared_is_named() {
    for encoding in ["UTF-8", "UTF-16le", "UTF-16be"] {
        let connection = filled(&format!("PRAGMA encoding = '{encoding}'; {GROUND}"));
        assert_eq!(
            compared(&connection),
            (
                None,
                ["r_rowid", "t_expression", "t_partial", "t_s", "t_virtual"].map(Into::into).into()
            ),
            "{encoding}"
        );
    }
}

#[test]
fn an_entry_that_is_missing_other_or_out_of_order_is_seen() {
    for (what, definition, change) in [
        ("other", "a DESC", "UPDATE t SET a = 'z' WHERE id = 2"),
        ("missing", "a", "INSERT INTO t (a) VALUES ('new')"),
        ("too many", "b, a COLLATE RTRIM DESC", "DELETE FROM t WHERE id = 3"),
        ("of another type", "c", "UPDATE t SET d = '7' WHERE d = 7"),
    ] {
        // SQLite keeps an index up to date only if the schema has it.
        let connection = filled(GROUND);
        let hidden = format!(
            "PRAGMA writable_schema = ON;
             CREATE TABLE kept AS SELECT rowid AS place, * FROM sqlite_schema WHERE type = 'index'
                 AND tbl_name = 't' AND sql IS NOT NULL;
             DELETE FROM sqlite_schema WHERE rowid IN (SELECT place FROM kept);
             PRAGMA writable_schema = RESET;
             {change};
             PRAGMA writable_schema = ON;
             INSERT INTO sqlite_schema SELECT type, name, tbl_name, rootpage, sql FROM kept;
             PRAGMA writable_schema = RESET"
        );
        connection.execute_batch(&hidden).unwrap();
        assert!(compared(&connection).0.is_some(), "{what}: {definition}");
    }
    for (what, with) in [("(a DESC)", "(a)"), ("(b, a", "(b COLLATE BINARY, a")] {
        let connection = filled(GROUND);
        connection
            .execute_batch(&format!(
                "PRAGMA writable_schema = ON;
                 UPDATE sqlite_schema SET sql = replace(sql, '{what}', '{with}');
                 PRAGMA writable_schema = RESET"
            ))
            .unwrap();
        assert!(compared(&connection).0.is_some(), "{with}");
    }
}
