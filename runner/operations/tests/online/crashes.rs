//! A crash leaves the last piece that was committed, and the next run goes on from its bytes.

use runner_operations::operation::{Index, Operation};
use runner_operations::perform::online::{Online, Phase};

use crate::world::{Journal, World, budget};

const SETUP: &str = "
    CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, n INT);
    CREATE INDEX by_n ON t (n);
    CREATE TRIGGER watch AFTER DELETE ON t BEGIN SELECT RAISE(ABORT, 'not this one') WHERE old.n = 13; END;
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 12)
    INSERT INTO t SELECT i, 'n' || i, i FROM n;";

#[test]
fn a_crash_between_any_two_pieces_loses_nothing() {
    let operations = [
        Operation::alter_column_type("t", "n", "TEXT"),
        Operation::add_index(Index::on("t", ["name", "n"])),
    ];
    for journal in [Journal::Wal, Journal::Rollback] {
        for crash in 0..25 {
            let mut world = World::kept_in(journal, SETUP);
            let mut online = world.begin(&operations).unwrap();
            let mut kept = online.to_bytes();
            let mut piece = 0;
            let mut phase = Phase::Copying;
            while phase != Phase::Done {
                world.migrator.execute_batch("BEGIN IMMEDIATE").unwrap();
                phase = online.advance(&world.migrator, &budget(2)).unwrap().phase;
                if piece == crash {
                    // Without a commit: the connection goes, and what was in memory.
                    world.reopen();
                    online = Online::from_bytes(&kept).unwrap();
                    phase = Phase::Copying;
                } else {
                    world.migrator.execute_batch("COMMIT").unwrap();
                    kept = online.to_bytes();
                }
                if piece < 6 {
                    world.write(&format!(
                        "UPDATE t SET n = n + 100 WHERE id = {}; INSERT INTO t (name, n) VALUES ('x{piece}', 0)",
                        piece + 1
                    ));
                }
                piece += 1;
            }
            assert_eq!(
                world.text("SELECT group_concat(id || name || n || typeof(n)) FROM t"),
                "1n1101text,2n2102text,3n3103text,4n4104text,5n5105text,6n6106text,7n77text,8n88text,9n99text,\
                 10n1010text,11n1111text,12n1212text,13x00text,14x10text,15x20text,16x30text,17x40text,18x50text",
                "{crash}"
            );
            assert_eq!(world.text("PRAGMA integrity_check"), "ok");
            assert_eq!(world.schema().len(), 5, "{:?}", world.schema());
        }
    }
}

#[test]
fn bytes_of_something_else_are_refused() {
    for bytes in [&b""[..], b"{}", b"{\"version\": 1}", b"\xff"] {
        assert!(Online::from_bytes(bytes).is_err());
    }
    let error = Online::from_bytes(b"{\"version\": 7, \"plan\": 1}").unwrap_err();
    assert_eq!(
        error.to_string(),
        "the online change was begun by a version that keeps it in form 7, and this one knows form 1"
    );
}
