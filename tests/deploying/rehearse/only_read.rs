//! The real database is only read, whoever writes to it meanwhile.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use rusqlite::Connection;
use rusqlite::config::DbConfig;

use super::scene::Scene;

const FORWARD: &str = "UPDATE player SET price = price || '!'";
const BACKWARD: Option<&str> = Some("UPDATE player SET price = rtrim(price, '!')");

#[test]
fn an_idle_database_keeps_every_byte_and_gets_no_file_beside_it() {
    for scene in [Scene::new(), Scene::with_log()] {
        scene.pending("rehearsed_bytes", "", FORWARD, BACKWARD);
        let before = scene.files();
        scene.rehearse(&[]).succeeded();
        assert_eq!(scene.files(), before);
    }
}

#[test]
fn what_lies_in_the_log_is_rehearsed_and_stays_there() {
    let scene = Scene::with_log();
    scene.pending("rehearsed_log", "", FORWARD, BACKWARD);
    let writer = scene.sandbox.database();
    writer.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).unwrap();
    writer.execute_batch("INSERT INTO player VALUES (4, 'barbara', NULL, '4s')").unwrap();
    drop(writer);
    let before = scene.files();
    let names = before.iter().map(|(name, _)| name.as_str());
    let names = names.filter(|name| name.starts_with("app.db"));
    assert!(names.eq(["app.db", "app.db-shm", "app.db-wal"]));
    let (document, _) = scene.document(&[]);
    assert_eq!(document["steps"][0]["tables"][0]["columns"][0]["count"], 4);
    assert_eq!(document["database"]["journal_mode"], "wal");
    // Readers note in the index of the log how far they have read, which is no part of the database.
    let content = |files: Vec<(String, Vec<u8>)>| -> Vec<_> {
        files.into_iter().filter(|(name, _)| name != "app.db-shm").collect()
    };
    assert_eq!(content(scene.files()), content(before));
}

#[test]
fn nobody_sees_a_commit_while_a_rehearsal_runs() {
    for scene in [Scene::new(), Scene::with_log()] {
        scene.pending("rehearsed_version", "", FORWARD, BACKWARD);
        let witness = scene.sandbox.database();
        witness.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).unwrap();
        let version = || -> i64 {
            witness.pragma_query_value(None, "data_version", |row| row.get(0)).unwrap()
        };
        let before = version();
        scene.rehearse(&[]).succeeded();
        assert_eq!(version(), before);
    }
}

#[test]
fn beside_a_writer_one_state_is_rehearsed_and_that_it_has_changed_is_told() {
    for scene in [Scene::new(), Scene::with_log()] {
        scene.execute(
            "CREATE TABLE one (id INTEGER PRIMARY KEY); CREATE TABLE other (id INTEGER PRIMARY KEY)",
        );
        let reason = ["repair", "--accept-schema", "--reason", "made by hand"];
        scene.sandbox.run(&reason).succeeded();
        let id = scene.pending(
            "rehearsed_beside",
            "",
            "CREATE TABLE difference AS SELECT (SELECT count(*) FROM one) - (SELECT count(*) FROM other) AS n;
             DELETE FROM difference WHERE n = 0",
            Some("DROP TABLE difference"),
        );
        // Built before, so that the writer need not write for as long.
        scene.rehearse(&[]).succeeded();
        let is_over = AtomicBool::new(false);
        let path = scene.sandbox.path("app.db");
        let (document, written) = thread::scope(|scope| {
            let writer = scope.spawn(|| {
                let writer = Connection::open(&path).unwrap();
                writer.busy_timeout(std::time::Duration::from_secs(60)).unwrap();
                writer.pragma_update(None, "synchronous", "OFF").unwrap();
                let mut written = 0;
                while !is_over.load(Ordering::Relaxed) {
                    let both = "BEGIN IMMEDIATE; INSERT INTO one DEFAULT VALUES;
                                INSERT INTO other DEFAULT VALUES; COMMIT";
                    writer.execute_batch(both).unwrap();
                    written += 1;
                    thread::yield_now();
                }
                written
            });
            let (document, outcome) = scene.document(&["--busy-timeout", "60"]);
            is_over.store(true, Ordering::Relaxed);
            outcome.succeeded();
            (document, writer.join().unwrap())
        });
        assert_eq!(document["database"]["changed_since"], written > 0);
        let made = &document["steps"][0]["tables"][0];
        assert_eq!(
            (&made["after"], &made["rows_after"]),
            (&"difference".into(), &0.into()),
            "{id}"
        );
        assert_eq!(rows(&scene.sandbox.database(), "one"), written);
    }
}

fn rows(connection: &Connection, table: &str) -> i64 {
    let sql = format!("SELECT count(*) FROM {table}");
    connection.query_row(&sql, [], |row| row.get(0)).unwrap()
}

#[test]
fn the_copies_are_in_the_folder_that_was_said_and_go_even_after_a_kill() {
    let scene = Scene::new();
    scene.pending("rehearsed_folder", "", FORWARD, BACKWARD);
    let folder = scene.sandbox.path("copies");
    fs::create_dir(&folder).unwrap();
    let left = folder.join("runner-rehearsal-killed");
    fs::create_dir(&left).unwrap();
    fs::write(left.join("work.db"), "x").unwrap();
    let (document, _) = scene.document(&["--copy-in", "copies"]);
    let said = document["copy"]["folder"].as_str().unwrap();
    assert!(said.contains("copies/runner-rehearsal-"), "{said}");
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
}
