//! What is abandoned leaves the table as it was.

use runner_operations::operation::Operation;
use runner_operations::perform::online::{Online, Phase};

use crate::world::{World, budget};

const SETUP: &str = "
    CREATE TABLE t (a TEXT, b INT, n INT, PRIMARY KEY (a, b)) WITHOUT ROWID;
    CREATE TRIGGER watch AFTER DELETE ON t BEGIN SELECT 1; END;
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 12)
    INSERT INTO t SELECT 'n' || (i % 3), i, i FROM n;";

fn abandon(world: &World, online: &mut Online) {
    for _ in 0..100 {
        world.migrator.execute_batch("BEGIN IMMEDIATE").unwrap();
        let is_done = online.abandon(&world.migrator, &budget(2)).unwrap();
        world.migrator.execute_batch("COMMIT").unwrap();
        *online = Online::from_bytes(&online.to_bytes()).unwrap();
        world.write("UPDATE t SET n = n + 1");
        if is_done {
            return;
        }
    }
    panic!("it does not end");
}

#[test]
fn it_can_be_abandoned_after_any_piece() {
    let operations = [Operation::alter_column_type("t", "n", "TEXT")];
    for pieces in 0..16 {
        let world = World::new(SETUP);
        let before = world.schema();
        let mut online = world.begin(&operations).unwrap();
        let mut is_swapped = false;
        for _ in 0..pieces {
            is_swapped |= world.advance(&mut online, 2).unwrap().phase == Phase::Swapped;
            world.write("UPDATE t SET b = b + 100, n = n + 1 WHERE b % 5 = 0");
        }
        abandon(&world, &mut online);
        assert_eq!(online.names(), [""; 0]);
        assert_eq!(world.schema() == before, !is_swapped, "{pieces}");
        assert_eq!(world.schema().len(), before.len());
        assert_eq!(
            world.text("SELECT count(*) || typeof(max(n)) FROM t").contains("text"),
            is_swapped
        );
        assert_eq!(world.advance(&mut online, 2).unwrap().phase, Phase::Done);
    }
}

#[test]
fn one_that_is_being_abandoned_does_not_go_on() {
    let world = World::new(SETUP);
    let mut online = world.begin(&[Operation::alter_column_type("t", "n", "TEXT")]).unwrap();
    world.until(&mut online, Phase::Replaying, 5);
    world.write("UPDATE t SET n = n + 1");
    world.migrator.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert!(!online.abandon(&world.migrator, &budget(2)).unwrap());
    world.migrator.execute_batch("COMMIT").unwrap();
    let error = world.advance(&mut online, 2).unwrap_err();
    assert_eq!(
        crate::world::reason(&error),
        "`t` cannot be changed while others write: it is being abandoned; abandon it to the end"
    );
}
