//! What is refused before the first row.

use super::database;
use crate::Migrator;

const SCHEMA: &str = "
    CREATE TABLE t (id INTEGER PRIMARY KEY, a, twice AS (a * 2), kept AS (a) STORED);
    CREATE TABLE w (k TEXT PRIMARY KEY, a) WITHOUT ROWID;
    CREATE TABLE n (rowid, oid, _rowid_, a);
    CREATE VIEW v AS SELECT * FROM t;
    CREATE VIRTUAL TABLE f USING fts5(a);
    CREATE TABLE _runner_migrations (id, a);
    CREATE TEMP TABLE only_temporary (a);
    CREATE TABLE s (id INTEGER PRIMARY KEY AUTOINCREMENT, a)";

fn refusal(table: &str, read: &[&str], filter: &str, columns: &[&str]) -> String {
    let connection = database(SCHEMA);
    let rows = Migrator::new(&connection).rows(table).read(read.iter().copied());
    let rows = if filter.is_empty() { rows } else { rows.filter(filter) };
    let error = rows.update(columns.iter().copied(), |_| Ok(Some([1]))).unwrap_err();
    let cause = std::error::Error::source(error.source());
    cause.map_or(error.to_string(), |cause| format!("{error}: {cause}"))
}

#[test]
fn a_table_whose_rows_have_no_key_is_refused_with_what_to_do() {
    let of = |table| refusal(table, &[], "", &["a"]);
    assert_eq!(of("tt"), "there is no table `tt`");
    assert_eq!(of("only_temporary"), "there is no table `only_temporary`");
    assert_eq!(
        of("v"),
        "`v` is no ordinary table but a view: its rows have no key that SQLite keeps; name the table that the rows are \
         in, or write SQL"
    );
    assert!(of("f").starts_with("`f` is no ordinary table but a virtual table: "));
    assert!(
        of("f_content")
            .starts_with("`f_content` is no ordinary table but part of a virtual table: ")
    );
    let reserved = "is a table of the runner's or of SQLite's own, which no migration changes";
    assert_eq!(of("_Runner_migrations"), format!("`_runner_migrations` {reserved}"));
    assert_eq!(of("sqlite_sequence"), format!("`sqlite_sequence` {reserved}"));
    assert_eq!(
        of("n"),
        "`n` has columns called `rowid`, `oid` and `_rowid_`, so its rowid has no name, and no other key: rename one of \
         them"
    );
}

#[test]
fn a_column_that_cannot_be_read_or_written_is_refused() {
    let of = |table, columns: &[&str]| refusal(table, &[], "", columns);
    assert_eq!(of("t", &["b"]), "table `t` has no column `b`");
    assert_eq!(refusal("t", &["b"], "", &["a"]), "table `t` has no column `b`");
    assert_eq!(refusal("w", &["rowid"], "", &["a"]), "table `w` has no column `rowid`");
    let generated =
        "is a generated column, which SQLite computes: write the columns that it is computed from";
    assert_eq!(of("t", &["Twice"]), format!("`twice` of `t` {generated}"));
    assert_eq!(of("t", &["kept"]), format!("`kept` of `t` {generated}"));
    let key = "is in the key by which the rows are gone through: a row whose key changes would be met again or passed \
               over; change keys by one UPDATE in SQL";
    assert_eq!(of("t", &["a", "ID"]), format!("`id` of `t` {key}"));
    assert_eq!(of("w", &["k"]), format!("`k` of `w` {key}"));
    assert_eq!(
        of("t", &[]),
        "`update` names no column of `t` to write: name those that the function gives values for"
    );
    assert_eq!(of("t", &["a", "A"]), "`update` names `A` of `t` twice");
}

#[test]
fn a_filter_that_is_no_condition_is_refused() {
    let of = |filter| refusal("t", &[], filter, &["a"]);
    let refused = |filter| format!("the filter `{filter}` is no condition on a row of `t`: ");
    for filter in ["1) OR (1", "a = 1 LIMIT 5", "count(*) > 0", "b = 1", "(a"] {
        assert!(of(filter).starts_with(&refused(filter)), "{}", of(filter));
    }
    assert_eq!(
        of("a = ?1"),
        "the filter `a = ?1` on `t` has parameters, and there are no values for them: write the values into its text"
    );
}
