//! A migration that replaces others, on databases of every age.

use std::fs;
use std::process::Stdio;

use crate::sandbox::{Sandbox, rows};
use insta::{allow_duplicates, assert_snapshot};

/// A project with two migrations and the one that replaces them, which writes a row that tells it ran, and one after it.
struct Squashed {
    sandbox: Sandbox,
    /// The two, the one that replaces them, and the one after it.
    ids: [String; 4],
}

impl Squashed {
    /// `name` is in the names of all of them.
    fn new(name: &str) -> Self {
        let sandbox = Sandbox::project();
        let table = |letter: &str| {
            let (create, drop) =
                (format!("CREATE TABLE {letter} (x)"), format!("DROP TABLE {letter}"));
            sandbox.sql_migration(&format!("{name}_{letter}"), &create, &drop)
        };
        let (first, second) = (table("a"), table("b"));
        let squash = sandbox.migration(&format!("{name}_squash"), &squash(&[&first, &second]));
        let last = table("c");
        Self { sandbox, ids: [first, second, squash, last] }
    }

    fn folder(&self, id: &str) -> std::path::PathBuf {
        self.sandbox.path(format!("migrations/{id}"))
    }

    /// Takes the crates at these places out of the project.
    fn without(&self, places: &[usize]) {
        for place in places {
            let id = &self.ids[*place];
            fs::rename(self.folder(id), self.sandbox.path(format!("aside-{id}"))).unwrap();
        }
    }

    /// Brings them back.
    fn with(&self, places: &[usize]) {
        for place in places {
            let id = &self.ids[*place];
            fs::rename(self.sandbox.path(format!("aside-{id}")), self.folder(id)).unwrap();
        }
    }

    /// The rows of the history, each with what has replaced it; the names alone.
    fn history(&self) -> String {
        let short = |id: &str| id.rsplit('_').next().unwrap_or_default().to_owned();
        let sql = "SELECT id, ifnull(replaced_by, '') FROM _runner_migrations ORDER BY id";
        let database = self.sandbox.database();
        let mut statement = database.prepare(sql).unwrap();
        let of = |row: &rusqlite::Row<'_>| {
            let [id, by]: [String; 2] = [row.get(0)?, row.get(1)?];
            Ok(if by.is_empty() { short(&id) } else { format!("{} by {}", short(&id), short(&by)) })
        };
        let all: Result<Vec<String>, _> = statement.query_map([], of).unwrap().collect();
        all.unwrap().join(", ")
    }

    /// How often the code of the one that replaces others ran.
    fn runs(&self) -> i64 {
        let count = "SELECT count(*) FROM a WHERE x = 'squashed'";
        self.sandbox.database().query_row(count, [], |row| row.get(0)).unwrap()
    }

    /// Fails unless all is applied and nothing has drifted.
    #[track_caller]
    fn is_in_order(&self) {
        let status = self.sandbox.untouched(&["status", "--exit-code"]).succeeded();
        assert!(status.stdout.contains(" 0 pending"), "{}", status.stdout);
        assert_eq!(self.sandbox.untouched(&["repair"]).succeeded().stdout, "nothing to repair\n");
        assert!(self.sandbox.run(&["migrate"]).succeeded().stdout.starts_with("nothing to do"));
    }
}

/// The source of a migration that replaces `ids`, which made the tables `a` and `b`.
fn squash(ids: &[&str]) -> String {
    let (before, last) = (ids.join("\", \""), ids.last().unwrap());
    format!(
        "use migration_api::prelude::*;
         #[derive(Default)]
         pub struct Squash;
         impl Migration for Squash {{
             const REPLACES: &'static [&'static str] = &[\"{before}\"];
             const USABLE_SINCE: Option<&'static str> = Some(\"{last}\");
             fn migrate_forward(&self, migrator: &mut Migrator) -> Result {{
                 migrator.execute_batch(
                     \"CREATE TABLE a (x); CREATE TABLE b (x); INSERT INTO a VALUES ('squashed')\",
                 )
             }}
             fn migrate_backward(&self, migrator: &mut Migrator) -> Result {{
                 migrator.execute_batch(\"DROP TABLE a; DROP TABLE b\")
             }}
         }}
         export_migration!(Squash);"
    )
}

#[test]
fn an_empty_database_gets_the_squash_alone_and_its_way_back_is_asked_about() {
    let project = Squashed::new("empty");
    let sandbox = &project.sandbox;
    let applied = sandbox.run(&["migrate"]).succeeded().stdout;
    assert!(applied.contains("2 applied, 0 pending"), "{applied}");
    assert_eq!((project.history().as_str(), project.runs()), ("squash, c", 1));
    project.is_in_order();
    project.without(&[0, 1]);
    project.is_in_order();

    let before = sandbox.contents();
    let refused = sandbox.run(&["migrate", "--backward", "--all"]);
    assert_snapshot!(refused.shown(), @"
    exit 3
    --- stderr
    error: `[STAMP]_empty_squash` made all that 2 migrations made, and nobody agreed to revert 2 migrations, from `[STAMP]_empty_c`
      caused by: there is no terminal to ask on
    hint: nothing was changed; `--yes` agrees
    explain: runner explain not-confirmed
    ");
    assert_eq!(sandbox.contents(), before);
    sandbox.run(&["migrate", "--backward", "--all", "--yes"]).succeeded();
    assert_eq!(project.history(), "");
    sandbox.run(&["migrate"]).succeeded();
    assert_eq!(project.history(), "squash, c");
}

#[test]
fn where_all_that_it_replaces_is_applied_it_is_recorded_and_never_run() {
    let project = Squashed::new("full");
    let sandbox = &project.sandbox;
    project.without(&[2]);
    sandbox.run(&["migrate"]).succeeded();
    sandbox.database().execute_batch("INSERT INTO a VALUES ('kept')").unwrap();
    project.with(&[2]);
    project.without(&[0, 1]);
    assert_snapshot!(sandbox.untouched(&["status"]).shown(), @"
    exit 0
    --- stdout
    [x] [STAMP]_full_a       [TIME]
    [x] [STAMP]_full_b       [TIME]
    [ ] [STAMP]_full_squash  to be recorded in the place of 2 migrations, and not run
    [x] [STAMP]_full_c       [TIME]
    3 applied, 1 pending
    ");
    assert_snapshot!(sandbox.untouched(&["migrate", "--dry-run"]).shown(), @"
    exit 0
    --- stdout
    would record [STAMP]_full_squash in the place of 2 migrations, without running it
    dry run: 1 step tried on a copy, `app.db` is unchanged
    ");
    assert_snapshot!(sandbox.run(&["migrate"]).shown(), @"
    exit 0
    --- stdout
    recorded [STAMP]_full_squash in the place of 2 migrations, without running it
    recorded 1 migration: `app.db` has 2 applied, 0 pending
    ");
    assert_eq!(rows(&sandbox.database(), "SELECT x FROM a"), "  Text(\"kept\")\n");
    assert_eq!(
        (project.history().as_str(), project.runs()),
        ("a by squash, b by squash, squash, c", 0)
    );
    project.is_in_order();
    assert_snapshot!(sandbox.untouched(&["status"]).shown(), @"
    exit 0
    --- stdout
    [x] [STAMP]_full_squash  [TIME]
    [x] [STAMP]_full_c       [TIME]
    2 applied, 0 pending, 2 replaced
    ");
    // The folders of the others make no difference any more.
    project.with(&[0, 1]);
    project.is_in_order();

    sandbox.run(&["down"]).succeeded();
    let before = sandbox.contents();
    assert_snapshot!(sandbox.run(&["down", "--yes"]).shown(), @"
    exit 3
    --- stderr
    error: `[STAMP]_full_squash` cannot be reverted: it was recorded in the place of 2 migrations that were applied before it, and never run here
    hint: nothing was reverted. To go back further, bring the folders of those back, take its own away, and `runner repair --forget [STAMP]_full_squash --reason TEXT`: then they count as applied again
    explain: runner explain only-recorded
    ");
    assert_eq!(sandbox.contents(), before);
    // The way out that the message names.
    project.without(&[2]);
    sandbox.run(&["repair", "--forget", &project.ids[2], "--reason", "to go back"]).succeeded();
    assert_eq!(project.history(), "a, b");
    sandbox.run(&["down"]).succeeded();
    assert_eq!(project.history(), "a");
}

#[test]
fn where_only_some_are_applied_the_rest_runs_first_and_without_its_crates_nothing_is_done() {
    let project = Squashed::new("middle");
    let sandbox = &project.sandbox;
    assert_snapshot!(sandbox.run(&["migrate", "--to", &project.ids[0]]).shown(), @"
    exit 2
    --- stderr
    error: `[STAMP]_middle_a` is replaced by `[STAMP]_middle_squash`
    hint: name `[STAMP]_middle_squash`, which stands for all that it replaces
    ");
    project.without(&[2]);
    sandbox.run(&["migrate", "--to", &project.ids[0]]).succeeded();
    project.with(&[2]);
    project.without(&[0, 1]);
    let before = sandbox.contents();
    for refused in [sandbox.run(&["migrate"]), sandbox.run(&["migrate"])] {
        allow_duplicates! {
            assert_snapshot!(refused.shown(), @"
            exit 3
            --- stderr
            error: `[STAMP]_middle_squash` replaces migrations of which only some are applied, and this code does not have `[STAMP]_middle_b`
            hint: migrate by a bundle, or by the sources, from before these were replaced; then by this code, which records what replaces them; or bring their folders back from version control until no database needs them
            explain: runner explain partly-replaced
            ");
        }
    }
    assert_eq!(sandbox.contents(), before);
    project.with(&[0, 1]);
    let applied = sandbox.run(&["migrate"]).succeeded().stdout;
    assert_eq!(
        (project.history().as_str(), project.runs()),
        ("a by squash, b by squash, squash, c", 0)
    );
    assert!(
        applied.contains("applied 2 migrations, recorded 1")
            && applied.contains("2 applied, 0 pending"),
        "{applied}"
    );
    project.is_in_order();
}

#[test]
fn a_bundle_knows_what_is_replaced_without_any_source_and_an_older_one_stays_usable() {
    let project = Squashed::new("packed");
    let sandbox = &project.sandbox;
    project.without(&[2, 3]);
    sandbox.run(&["bundle", "-o", "old.bundle"]).succeeded();
    sandbox.run(&["migrate"]).succeeded();
    project.with(&[2, 3]);
    project.without(&[0, 1]);
    sandbox.run(&["bundle", "-o", "new.bundle"]).succeeded();
    fs::remove_dir_all(sandbox.path("migrations")).unwrap();

    sandbox.run(&["migrate", "--bundle", "new.bundle"]).succeeded();
    assert_eq!(
        (project.history().as_str(), project.runs()),
        ("a by squash, b by squash, squash, c", 0)
    );
    // `c` is nothing that the older one knows, nor does it say that the older may go on.
    let older = sandbox.run(&["migrate", "--bundle", "old.bundle"]);
    assert!(
        older.stderr.contains("newer-database") && !older.stderr.contains("squash"),
        "{older:?}"
    );
    sandbox.run(&["down", "--bundle", "new.bundle"]).succeeded();
    let older = sandbox.run(&["migrate", "--bundle", "old.bundle"]).succeeded();
    assert!(older.stdout.starts_with("nothing to do"), "{older:?}");

    let elsewhere = ["--database", "other.db"];
    sandbox
        .run(&[&["migrate", "--create", "--bundle", "new.bundle"], &elsewhere[..]].concat())
        .succeeded();
    assert!(sandbox.contents_of("other.db").contains("squashed"));
}

#[test]
fn several_runners_at_once_record_it_once_and_all_of_them_succeed() {
    let project = Squashed::new("raced");
    let sandbox = &project.sandbox;
    project.without(&[2]);
    sandbox.run(&["migrate"]).succeeded();
    project.with(&[2]);
    sandbox.run(&["bundle"]).succeeded();
    let runners: Vec<_> = (0..6)
        .map(|_| {
            let mut command = sandbox.command(&["migrate", "--bundle", "migrations.bundle"]);
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
        })
        .collect();
    let said: Vec<String> = runners
        .into_iter()
        .map(|runner| sandbox.outcome(&runner.wait_with_output().unwrap()).succeeded().stdout)
        .collect();
    let recorded = said.iter().filter(|said| said.contains("recorded 1 migration")).count();
    assert_eq!(recorded, 1, "{said:#?}");
    let history = "a by squash, b by squash, squash, c";
    assert_eq!((project.history().as_str(), project.runs()), (history, 0));
}

#[test]
fn what_is_recorded_is_rolled_back_with_the_steps_of_its_transaction() {
    let project = Squashed::new("together");
    let sandbox = &project.sandbox;
    project.without(&[2, 3]);
    sandbox.run(&["migrate"]).succeeded();
    project.with(&[2]);
    let failing =
        sandbox.sql_migration("together_failing", "CREATE TABLE d (x); SELECT nothing", "");
    let before = sandbox.contents();
    let failed = sandbox.run(&["migrate", "--single-transaction"]);
    assert_eq!(failed.code, Some(1), "{failed:?}");
    assert_eq!((sandbox.contents(), project.history().as_str()), (before, "a, b"));
    // One by one it stays, as any step before the one that fails.
    let failed = sandbox.run(&["migrate"]);
    assert_eq!(failed.code, Some(1), "{failed:?}");
    assert_eq!(project.history(), "a by squash, b by squash, squash");
    fs::remove_dir_all(project.folder(&failing)).unwrap();
    project.is_in_order();
}

#[test]
fn a_fleet_says_how_many_databases_still_need_what_is_replaced() {
    let project = Squashed::new("fleet");
    let sandbox = &project.sandbox;
    project.without(&[2, 3]);
    sandbox.run(&["bundle", "-o", "old.bundle"]).succeeded();
    fs::create_dir(sandbox.path("fleet")).unwrap();
    let migrate = |name: &str, more: &[&str]| {
        let database = format!("fleet/{name}.db");
        let common = ["migrate", "--create", "--bundle", "old.bundle", "--database", &database];
        sandbox.run(&[&common[..], more].concat()).succeeded();
    };
    migrate("full", &[]);
    migrate("middle", &["--to", &project.ids[0]]);
    project.with(&[2, 3]);
    sandbox.run(&["bundle", "-o", "both.bundle"]).succeeded();
    project.without(&[0, 1]);
    sandbox.run(&["bundle", "-o", "new.bundle"]).succeeded();

    let status = |bundle: &str| {
        sandbox.run(&["fleet", "status", "--databases", "fleet/*.db", "--bundle", bundle])
    };
    let needed =
        "1 database in the middle: migrations that a squash replaces are still needed there";
    for bundle in ["both.bundle", "new.bundle"] {
        let said = status(bundle).stdout;
        assert!(said.contains(needed), "{bundle}: {said}");
    }
    assert_snapshot!(status("new.bundle").shown(), @"
    exit 3
    --- stdout
    2 databases: 1 pending, 1 refused
      1 at [STAMP]_fleet_b
    1 database in the middle: migrations that a squash replaces are still needed there
      1 refused, partly-replaced: `[STAMP]_fleet_squash` replaces migrations of which only some are applied, and this code does not have `[STAMP]_fleet_b`
        fleet/middle.db
        hint: migrate by a bundle, or by the sources, from before these were replaced; then by this code, which records what replaces them
          or bring their folders back from version control until no database needs them
    --- stderr
    error: 1 of 2 databases not at the target
    hint: what failed or was refused needs somebody first: each has its own hint; then run it again: what is done is passed over
    explain: runner explain fleet-incomplete
    ");
    let fleet = ["fleet", "migrate", "--databases", "fleet/*.db", "--bundle", "both.bundle"];
    sandbox.run(&fleet).succeeded();
    assert_snapshot!(status("new.bundle").shown(), @"
    exit 0
    --- stdout
    2 databases: 2 already
      2 at [STAMP]_fleet_c
    ");
}

#[test]
fn a_squash_that_is_recorded_and_replaced_in_one_run_is_no_disagreement() {
    let sandbox = Sandbox::project();
    let table = |letter: &str| {
        let (create, drop) = (format!("CREATE TABLE {letter} (x)"), format!("DROP TABLE {letter}"));
        sandbox.sql_migration(&format!("twice_{letter}"), &create, &drop)
    };
    let (a, b) = (table("a"), table("b"));
    sandbox.run(&["migrate"]).succeeded();
    sandbox.migration("twice_first", &squash(&[&a, &b]));
    let c = table("c");
    sandbox.migration("twice_second", &squash(&[&a, &b, &c]));
    let said = sandbox.run(&["migrate"]).succeeded().stdout;
    assert!(said.contains("applied 1 migration, recorded 2"), "{said}");
    let status = sandbox.untouched(&["status", "--exit-code"]).succeeded();
    assert!(status.stdout.contains("1 applied, 0 pending, 4 replaced"), "{}", status.stdout);
}
