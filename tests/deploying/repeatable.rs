//! Views and triggers of files where there are no files: in bundles, at start-up, in fleets.
#![cfg(unix)]

use std::fs;
use std::sync::OnceLock;

use insta::assert_snapshot;
use runner::{Bundle, Database, Event, StartOptions};

use crate::sandbox::{Sandbox, rows};

/// Four bundles of one migration: with a view, with another text of it and a trigger, with an empty folder, and
/// without a folder.
struct Bundles {
    first: Vec<u8>,
    second: Vec<u8>,
    emptied: Vec<u8>,
    without: Vec<u8>,
}

const VIEW: &str = "CREATE VIEW v AS SELECT a FROM t;";
const SECOND: &str = "CREATE VIEW v AS SELECT a + 1 FROM t;\n\
                      CREATE TRIGGER w INSTEAD OF INSERT ON v BEGIN SELECT 1; END;";

fn bundles() -> &'static Bundles {
    static BUNDLES: OnceLock<Bundles> = OnceLock::new();
    BUNDLES.get_or_init(|| {
        let sandbox = Sandbox::project();
        sandbox.sql_migration("repeatable_bundled", "CREATE TABLE t (a)", "DROP TABLE t");
        let pack = || {
            sandbox.run(&["bundle"]).succeeded();
            fs::read(sandbox.path("migrations.bundle")).unwrap()
        };
        let without = pack();
        sandbox.write("repeatable/v.sql", VIEW);
        let missing = sandbox.run(&["check", "bundle"]).stdout;
        assert_eq!(missing, "bundle: `repeatable/v.sql` is not in it\n");
        let first = pack();
        sandbox.run(&["check", "bundle"]).succeeded();
        sandbox.write("repeatable/v.sql", SECOND);
        let edited = sandbox.run(&["check", "bundle"]).stdout;
        assert_eq!(edited, "bundle: `repeatable/v.sql` was edited since it was packed\n");
        let second = pack();
        fs::remove_file(sandbox.path("repeatable/v.sql")).unwrap();
        Bundles { first, second, emptied: pack(), without }
    })
}

/// What an application with the bundle `bytes` does to `app.db` when it starts, and what is there then.
fn start(sandbox: &Sandbox, bytes: &[u8]) -> String {
    let bundle = Bundle::from_bytes(bytes.to_vec()).unwrap();
    let database = Database::at(sandbox.path("app.db"));
    let mut replaced = String::new();
    let mut observe = |event| {
        if let Event::Redefined(change) = event {
            replaced += &format!("{change}\n");
        }
    };
    let up_to_date = bundle.migrate(&database, &StartOptions::default(), &mut observe).unwrap();
    assert_eq!(up_to_date.report.redefined.len(), replaced.lines().count());
    let there = "SELECT sql FROM sqlite_schema WHERE type IN ('view', 'trigger') ORDER BY name";
    replaced + &rows(&sandbox.database(), there)
}

#[test]
fn an_application_does_at_its_start_what_its_bundle_says() {
    let (sandbox, bundles) = (Sandbox::empty(), bundles());
    assert_snapshot!(start(&sandbox, &bundles.first), @r#"
    the view `v` (new)
      Text("CREATE VIEW v AS SELECT a FROM t")
    "#);
    assert_eq!(start(&sandbox, &bundles.first).lines().count(), 1);
    assert_snapshot!(start(&sandbox, &bundles.second), @r#"
    the view `v` (changed)
    the trigger `w` (new)
      Text("CREATE VIEW v AS SELECT a + 1 FROM t")
      Text("CREATE TRIGGER w INSTEAD OF INSERT ON v BEGIN SELECT 1; END")
    "#);
    // It was packed before there was a folder, and knows nothing of them.
    assert_eq!(start(&sandbox, &bundles.without).lines().count(), 2);
    assert_snapshot!(start(&sandbox, &bundles.emptied), @"
    the view `v` (removed)
    the trigger `w` (removed)
    ");
}

#[test]
fn several_applications_that_start_at_once_apply_them_once() {
    let (sandbox, bundles) = (Sandbox::empty(), bundles());
    start(&sandbox, &bundles.first);
    let database = Database::at(sandbox.path("app.db"));
    let redefined: usize = std::thread::scope(|scope| {
        let starts: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let bundle = Bundle::from_bytes(bundles.second.clone()).unwrap();
                    let options = StartOptions::default();
                    let up_to_date = bundle.migrate(&database, &options, &mut |_| {}).unwrap();
                    up_to_date.report.redefined.len()
                })
            })
            .collect();
        starts.into_iter().map(|start| start.join().unwrap()).sum()
    });
    assert_eq!(redefined, 2);
}

#[test]
fn the_command_line_and_a_fleet_apply_those_of_a_bundle() {
    let (sandbox, bundles) = (Sandbox::empty(), bundles());
    fs::write(sandbox.path("first"), &bundles.first).unwrap();
    fs::write(sandbox.path("second"), &bundles.second).unwrap();
    fs::create_dir(sandbox.path("fleet")).unwrap();
    for database in ["fleet/a.db", "fleet/b.db"] {
        let words = ["migrate", "--bundle", "first", "--database", database, "--create"];
        sandbox.run(&words).succeeded();
    }
    sandbox
        .run(&["fleet", "plan", "--bundle", "second", "-o", "plan", "--databases", "fleet/*.db"])
        .succeeded();
    let words = ["fleet", "migrate", "--bundle", "second", "--plan", "plan", "--report", "report"];
    assert_snapshot!(sandbox.run(&words).succeeded().stdout, @"
    2 databases: 2 applied
      2 at [STAMP]_repeatable_bundled
    ");
    assert_snapshot!(sandbox.run(&words).succeeded().stdout, @"
    2 databases: 2 already
      2 at [STAMP]_repeatable_bundled
    ");
    let there = "SELECT name FROM sqlite_schema WHERE type IN ('view', 'trigger') ORDER BY name";
    let of = rusqlite::Connection::open(sandbox.path("fleet/b.db")).unwrap();
    assert_snapshot!(rows(&of, there), @r#"
    Text("v")
    Text("w")
    "#);
    let words = ["check", "--bundle", "second", "--database", "fleet/b.db"];
    sandbox.run(&words).succeeded();
}
