//! What was there is read, on databases that a transaction has written into.

use super::*;

fn content(connection: &Connection) -> String {
    let mut all = String::new();
    let mut tables =
        connection.prepare("SELECT name, rootpage, sql FROM sqlite_schema ORDER BY name").unwrap();
    let mut rows = tables.query([]).unwrap();
    while let Some(row) = rows.next().unwrap() {
        let (name, root, sql): (String, i64, Option<String>) =
            (row.get(0).unwrap(), row.get(1).unwrap(), row.get(2).unwrap());
        all += &format!("{name} {root} {sql:?}\n");
    }
    let sum = "SELECT count(*), sum(id), sum(length(a)), max(hex(a)) FROM t";
    let sum: rusqlite::Result<(i64, i64, i64, String)> = connection
        .query_row(sum, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)));
    all + &format!("{sum:?}")
}

#[test]
fn what_was_there_is_read_while_nobody_else_can_read() {
    for page_size in [512, 4096, 65536] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        let connection = Connection::open(&path).unwrap();
        let make = format!(
            "PRAGMA page_size = {page_size}; PRAGMA auto_vacuum = INCREMENTAL;
             CREATE TABLE t (id INTEGER PRIMARY KEY, a); CREATE INDEX t_a ON t (a);
             CREATE TABLE gone (a); INSERT INTO gone VALUES (zeroblob(300000)); DELETE FROM gone;
             WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
             INSERT INTO t SELECT i, randomblob(300) FROM n;"
        );
        connection.execute_batch(&make).unwrap();
        let expected = content(&connection);
        connection
            .execute_batch(
                "PRAGMA cache_size = 5; BEGIN IMMEDIATE; SAVEPOINT s;
                 UPDATE t SET a = randomblob(200); DELETE FROM t WHERE id % 3 = 0;
                 CREATE TABLE more (a); INSERT INTO more SELECT a FROM t; DROP TABLE gone;
                 PRAGMA incremental_vacuum; SAVEPOINT u; DROP TABLE t; ROLLBACK TO u;
                 INSERT INTO more SELECT randomblob(900) FROM t; RELEASE s;",
            )
            .unwrap();
        let other = Connection::open(&path).unwrap();
        other.busy_timeout(std::time::Duration::ZERO).unwrap();
        let locked = other.query_row("SELECT 1 FROM sqlite_schema", [], |_| Ok(()));
        assert!(locked.is_err(), "nothing was written into the file yet");

        let image = BeforeImage::of(&connection).unwrap();
        assert_eq!(content(image.connection()), expected, "{page_size}");
        let sound: String =
            image.connection().query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(sound, "ok");
        image.connection().execute_batch("CREATE TABLE x (a)").unwrap_err();
        drop(image);
        connection.execute_batch("ROLLBACK").unwrap();
        assert_eq!(content(&connection), expected);
    }
}

#[test]
fn a_database_that_is_made_in_the_transaction_was_empty() {
    let folder = tempfile::tempdir().unwrap();
    let connection = Connection::open(folder.path().join("a.db")).unwrap();
    connection
        .execute_batch(
            "PRAGMA cache_size = 5; BEGIN IMMEDIATE; CREATE TABLE t (a);
             WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
             INSERT INTO t SELECT randomblob(300) FROM n;",
        )
        .unwrap();
    let image = BeforeImage::of(&connection).unwrap();
    let tables: i64 = image
        .connection()
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .unwrap();
    assert_eq!(tables, 0);
}

#[test]
fn without_a_rollback_journal_there_is_no_image() {
    let folder = tempfile::tempdir().unwrap();
    let connection = Connection::open(folder.path().join("a.db")).unwrap();
    assert!(BeforeImage::of(&connection).is_err());
}
