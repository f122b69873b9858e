//! The conformance harness judged by what it must accept and what it must notice.

use crate::case::Case;
use crate::corpus::Entry;
use crate::database::Database;
use crate::snapshot::Snapshot;
use crate::{case, check, corpus, judge};

/// The project's cases that this SQLite can run, with their ids.
fn cases() -> Vec<(String, Case)> {
    let entries = corpus::read(&corpus::folder()).unwrap();
    let cases: Vec<_> = entries
        .into_iter()
        .map(|Entry { id, file, case }| match case {
            Ok(case) => (id, case),
            Err(error) => panic!("{id} ({file}): {error}"),
        })
        .filter(|(_, case)| !case.needs_a_newer_sqlite())
        .collect();
    assert!(!cases.is_empty());
    cases
}

/// Runs a case's own script. Where it fails, it is taken back as a person would take it back.
fn run_reference(database: &Database, case: &Case, before: &Snapshot) -> Result<(), String> {
    let outcome = database.run(&case.reference_sql);
    if outcome.is_err() {
        if database.in_transaction() {
            database.run("ROLLBACK")?;
        }
        for pragma in ["foreign_keys", "legacy_alter_table"] {
            database.run(&format!("PRAGMA {pragma}={}", before.pragmas[pragma]))?;
        }
    }
    outcome
}

fn faults_of_the_reference(case: &Case) -> Vec<String> {
    if let Some(harm) = &case.expect.harm {
        let (database, _) = judge::set_up(case).unwrap();
        return match database.run(&case.reference_sql) {
            Err(message) => vec![format!("the naive script failed: {message}")],
            Ok(()) => harm.iter().filter_map(|check| check::fault(&database, check)).collect(),
        };
    }
    let (_, before) = judge::set_up(case).unwrap();
    judge::judge(case, |database| run_reference(database, case, &before))
}

#[test]
fn every_case_passes_with_its_own_script() {
    let failed: Vec<_> = cases()
        .into_iter()
        .map(|(id, case)| (id, faults_of_the_reference(&case)))
        .filter(|(_, faults)| !faults.is_empty())
        .collect();
    assert!(failed.is_empty(), "{failed:#?}");
}

#[test]
fn doing_nothing_passes_no_case_that_asks_for_a_change() {
    let passed: Vec<_> = cases()
        .into_iter()
        .filter(|(_, case)| !case.tags.iter().any(|tag| tag == "noop_ok"))
        .filter(|(_, case)| judge::judge(case, |_| Ok(())).is_empty())
        .map(|(id, _)| id)
        .collect();
    assert!(passed.is_empty(), "{passed:#?}");
}

/// A migration of table `t` that is right but for one misdeed, and the word that the fault must hold.
fn noticed(misdeed: &str, word: &str) {
    let case: Case = serde_json::from_value(serde_json::json!({
        "pragmas": {"foreign_keys": 1},
        "setup_sql": "CREATE TABLE t(id INTEGER PRIMARY KEY AUTOINCREMENT, a); INSERT INTO t VALUES (3, 'x');
            CREATE TABLE other(b REAL); INSERT INTO other VALUES (1.0), (2.5);
            CREATE TABLE kid(t_id REFERENCES t(id)); INSERT INTO kid VALUES (3);
            CREATE INDEX i ON other(b); CREATE VIEW v AS SELECT a FROM t;
            CREATE TRIGGER tr AFTER INSERT ON t BEGIN INSERT INTO other VALUES (new.id); END;
            CREATE TRIGGER iv INSTEAD OF DELETE ON v BEGIN DELETE FROM other WHERE b = old.a; END;
            CREATE TEMP TABLE scratch(c); CREATE TEMP VIEW tv AS SELECT a FROM main.t;",
        "operations": [{"op": "add_column", "table": "t", "column": {"name": "z"}}],
        "expect": {"checks": [{"query": "SELECT count(z) FROM t", "rows": [[0]]}]},
    }))
    .unwrap();
    let done = |script: &str| {
        judge::judge(&case, |db| db.run(&format!("ALTER TABLE t ADD COLUMN z; {script}")))
    };
    assert_eq!(done(""), Vec::<String>::new());
    let faults = done(misdeed);
    assert!(faults.iter().any(|fault| fault.contains(word)), "{misdeed}: {faults:#?}");
}

#[test]
fn each_misdeed_is_noticed() {
    noticed("BEGIN", "a transaction is still open");
    noticed("PRAGMA foreign_keys = OFF", "PRAGMA foreign_keys");
    noticed("PRAGMA user_version = 1", "PRAGMA user_version");
    noticed(
        "PRAGMA foreign_keys = OFF; DELETE FROM t; PRAGMA foreign_keys = ON",
        "foreign_key_check",
    );
    noticed("CREATE TABLE left_behind(a)", "objects added");
    noticed("DROP TRIGGER tr", "objects removed");
    noticed("DROP INDEX i", "objects removed");
    noticed("DROP INDEX i; CREATE INDEX i ON other(b DESC)", "SQL of untouched index i");
    noticed("DROP VIEW v; CREATE VIEW v AS SELECT  a FROM t", "SQL of untouched view v");
    noticed("CREATE TEMP TABLE more(a)", "TEMP schema");
    noticed("UPDATE other SET b = 3 WHERE b = 1", "rows of table other");
    noticed("UPDATE other SET rowid = rowid + 10", "rows of table other");
    noticed("DELETE FROM kid", "rows of table kid");
    noticed("INSERT INTO t(a) VALUES (1)", "had 1 rows, has 2");
    noticed("DELETE FROM kid; UPDATE t SET id = 4", "rowids of operated table t");
    noticed("UPDATE sqlite_sequence SET seq = 2", "sqlite_sequence");
    noticed("DELETE FROM sqlite_sequence", "sqlite_sequence");
    noticed("PRAGMA legacy_alter_table = 1; ALTER TABLE t DROP COLUMN a", "view v is broken");
    noticed("PRAGMA legacy_alter_table = 1; ALTER TABLE t DROP COLUMN a", "view tv is broken");
    noticed("PRAGMA legacy_alter_table = 1; ALTER TABLE other RENAME TO o", "trigger tr is broken");
    noticed("PRAGMA legacy_alter_table = 1; ALTER TABLE other RENAME TO o", "trigger iv is broken");
}

#[test]
fn an_error_that_left_something_behind_is_noticed() {
    let case: Case = serde_json::from_value(serde_json::json!({
        "setup_sql": "CREATE TABLE t(a); INSERT INTO t VALUES (1)",
        "operations": [],
        "expect": {"error_contains": ["Table T", "not"]},
    }))
    .unwrap();
    let failing = |script: &'static str, message: &'static str| {
        judge::judge(&case, move |database| {
            database.run(script).unwrap();
            Err(message.to_owned())
        })
    };
    assert_eq!(failing("", "TABLE t is NOT there"), Vec::<String>::new());
    assert!(failing("", "table t is there")[0].contains("lacks [\"not\"]"));
    for script in ["UPDATE t SET a = 1.0", "CREATE TEMP TABLE x(a)", "PRAGMA application_id = 7"] {
        assert!(failing(script, "table t is not there")[0].contains("changed something"));
    }
    assert!(failing("BEGIN", "table t is not there")[0].contains("still open"));
    assert_eq!(judge::judge(&case, |_| Ok(())), ["the migration did not fail"]);
}

#[test]
fn rows_are_compared_by_type_and_order() {
    use serde_json::json;
    let database = Database::in_memory().unwrap();
    let same = |query: &str, rows: serde_json::Value| {
        let wanted: Vec<case::Row> = serde_json::from_value(rows).unwrap();
        check::same_rows(&database.rows(query).unwrap(), &wanted)
    };
    assert!(same("SELECT 1, 1.0, '1', x'01', NULL", json!([[1, 1.0, "1", {"blob": "01"}, null]])));
    assert!(!same("SELECT 1", json!([[1.0]])));
    assert!(!same("SELECT 1.0", json!([[1]])));
    assert!(!same("SELECT '1'", json!([[1]])));
    assert!(!same("SELECT x'61'", json!([["a"]])));
    assert!(!same("VALUES (1), (2)", json!([[2], [1]])));
    assert!(!same("SELECT 1", json!([[1], [1]])));
    assert!(same("SELECT 1 = 1", json!([[true]])));
}
