//! Two branches that each add a migration: the lock file that git could not merge is put right, and the migration that
//! comes late gets a later timestamp.

use std::fs;

use crate::sandbox::{Outcome, Sandbox};
use insta::assert_snapshot;

const LOCK: &str = "migrations/Cargo.lock";

/// A project in a repository, with one migration and the lock file of its build.
fn repository(name: &str) -> Sandbox {
    let sandbox = Sandbox::project();
    sandbox.git(&["init", "-q", "-b", "main"]).succeeded();
    sandbox.write(".gitignore", "*.db\n");
    table(&sandbox, name);
    commit(&sandbox);
    sandbox
}

/// Adds a migration, builds it, and gives its id.
fn table(sandbox: &Sandbox, name: &str) -> String {
    let (forward, backward) = (format!("CREATE TABLE {name} (a)"), format!("DROP TABLE {name}"));
    let id = sandbox.sql_migration(name, &forward, &backward);
    sandbox.run(&["migrate"]).succeeded();
    id
}

fn commit(sandbox: &Sandbox) {
    sandbox.git(&["add", "-A"]).succeeded();
    sandbox.git(&["commit", "-q", "-m", "a commit"]).succeeded();
}

/// Two branches with a migration each, of which the one here has the later and its database has both it and nothing
/// of the other; and what git says to their merge.
fn merged(sandbox: &Sandbox, [theirs, ours]: [&str; 2]) -> ([String; 2], Outcome) {
    sandbox.git(&["switch", "-q", "-c", "theirs"]).succeeded();
    let theirs = table(sandbox, theirs);
    commit(sandbox);
    sandbox.run(&["migrate", "--backward", "--no-backup"]).succeeded();
    sandbox.git(&["switch", "-q", "-c", "ours", "main"]).succeeded();
    let ours = table(sandbox, ours);
    commit(sandbox);
    let merge = sandbox.git(&["merge", "theirs", "-m", "a merge"]);
    assert_eq!(merge.code, Some(1), "{merge:?}");
    assert!(sandbox.read(LOCK).contains("<<<<<<< "), "{}", sandbox.read(LOCK));
    ([theirs, ours], merge)
}

/// The lock file's packages but for migrations, as they stand there.
fn dependencies(lock: &str) -> String {
    let (_, packages) = lock.split_once("[[package]]").unwrap();
    packages.split("[[package]]").filter(|package| !package.contains("\nname = \"m2")).collect()
}

#[test]
fn a_lock_file_to_which_both_branches_added_a_migration_is_put_right_and_nothing_else_in_it_changes()
 {
    let sandbox = repository("merge_first");
    let before = dependencies(&sandbox.read(LOCK));
    let ([theirs, ours], _) = merged(&sandbox, ["merge_theirs", "merge_ours"]);
    let conflict = sandbox.read(LOCK);
    assert_snapshot!(sandbox.untouched(&["migrate", "--allow-out-of-order", "--locked"]).shown(), @"
    exit 2
    --- stderr
    error: `[ROOT]/migrations/Cargo.lock` has the conflict of a merge in it, and may not be changed
    hint: nothing was applied; a build that may write it puts it right where both sides only add migrations; one without `--locked` may
    ");
    assert_eq!(sandbox.read(LOCK), conflict);
    assert_snapshot!(sandbox.run(&["migrate", "--allow-out-of-order"]).shown(), @"
    exit 0
    --- stdout
    applied [STAMP]_merge_theirs ([N] ms)
    applied 1 migration: `app.db` has 3 applied, 0 pending
    --- stderr
    note: both sides of the merge only add to `migrations/Cargo.lock`: it has all of both now, and `git add migrations/Cargo.lock` settles it
    ");
    let lock = sandbox.read(LOCK);
    assert_eq!(dependencies(&lock), before);
    assert!(lock.contains(&theirs) && lock.contains(&ours), "{lock}");
    sandbox.run(&["test", "--locked"]).succeeded();
    assert_eq!(sandbox.read(LOCK), lock);
}

#[test]
fn a_lock_file_about_which_the_branches_do_not_agree_is_named_with_the_way_out() {
    let sandbox = repository("merge_old");
    merged(&sandbox, ["merge_disagrees", "merge_agrees"]);
    let side = |side: &str| {
        sandbox.git(&["checkout", "-q", side, LOCK]).succeeded();
        sandbox.read(LOCK)
    };
    let (ours, theirs) = (side("--ours"), side("--theirs"));
    let theirs =
        theirs.replace("name = \"rusqlite\"\nversion = \"", "name = \"rusqlite\"\nversion = \"1");
    let other = format!("<<<<<<< HEAD\n{ours}=======\n{theirs}>>>>>>> theirs\n");
    sandbox.write(LOCK, &other);
    assert_snapshot!(sandbox.untouched(&["migrate", "--allow-out-of-order"]).shown(), @"
    exit 2
    --- stderr
    error: `[ROOT]/migrations/Cargo.lock` has the conflict of a merge in it, and the sides do not agree about `rusqlite`
    hint: nothing was applied; take one side, as by `git checkout --ours [ROOT]/migrations/Cargo.lock`: the next build adds to it what it lacks
    ");
    assert_eq!(sandbox.read(LOCK), other);
    // The way that the hint shows leads out.
    sandbox.git(&["checkout", "-q", "--ours", LOCK]).succeeded();
    sandbox.run(&["migrate", "--allow-out-of-order"]).succeeded();
}

#[test]
fn a_rebased_migration_comes_last_under_its_name_everywhere() {
    let sandbox = repository("rebase_first");
    let ([theirs, ours], _) = merged(&sandbox, ["rebase_theirs", "rebase_ours"]);
    let source = format!("migrations/{theirs}/src/lib.rs");
    let text = sandbox.read(&source);
    sandbox.write(&source, &format!("//! {theirs}\n{text}"));
    sandbox.write("migrations/README.md", &format!("about {theirs}\n"));
    assert_snapshot!(sandbox.run(&["rebase", "rebase_theirs"]).shown(), @"
    exit 0
    --- stdout
    [STAMP]_rebase_theirs is [STAMP]_rebase_theirs now
    --- stderr
    note: both sides of the merge only add to `migrations/Cargo.lock`: it has all of both now, and `git add migrations/Cargo.lock` settles it
    note: `migrations/README.md` names the old id
    ");
    assert!(!sandbox.path(format!("migrations/{theirs}")).exists());
    let moved = fs::read_dir(sandbox.path("migrations")).unwrap();
    let mut moved = moved.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let moved = moved.find(|name| name.ends_with("rebase_theirs")).unwrap();
    assert!(moved > ours, "{moved} {ours}");
    for file in [
        format!("migrations/{moved}/Cargo.toml"),
        format!("migrations/{moved}/src/lib.rs"),
        LOCK.into(),
    ] {
        let text = sandbox.read(&file);
        assert!(text.contains(&moved) && !text.contains(&theirs), "{file}:\n{text}");
    }
    // The lock file is what cargo would have made of it.
    assert_snapshot!(sandbox.run(&["migrate", "--locked"]).shown(), @"
    exit 0
    --- stdout
    applied [STAMP]_rebase_theirs ([N] ms)
    applied 1 migration: `app.db` has 3 applied, 0 pending
    ");
}

#[test]
fn a_migration_that_is_applied_or_unknown_is_not_rebased() {
    let sandbox = Sandbox::project();
    table(&sandbox, "rebase_applied");
    let later = sandbox.sql_migration("rebase_pending", "CREATE TABLE p (a)", "DROP TABLE p");
    assert_snapshot!(sandbox.untouched(&["rebase", "rebase_applied"]).shown(), @"
    exit 3
    --- stderr
    error: `[STAMP]_rebase_applied` is applied in `[ROOT]/app.db`
    hint: it keeps its timestamp. `runner migrate --backward` reverts the newest
    explain: runner explain applied-migration
    ");
    assert_snapshot!(sandbox.untouched(&["rebase", "rebase_applide"]).shown(), @"
    exit 2
    --- stderr
    error: there is no migration `rebase_applide`
    hint: did you mean `[STAMP]_rebase_applied`?
    ");
    assert_snapshot!(sandbox.untouched(&["rebase", "rebase_pending"]).shown(), @"
    exit 0
    --- stdout
    nothing to do: [STAMP]_rebase_pending comes last already
    ");
    // Two of one timestamp, which every other command refuses.
    let twin = later.replace("_rebase_pending", "_rebase_twin");
    sandbox.migration_called(&twin, &sandbox.read(format!("migrations/{later}/src/lib.rs")));
    assert_snapshot!(sandbox.untouched(&["status"]).shown(), @"
    exit 2
    --- stderr
    error: `[STAMP]_rebase_pending` and `[STAMP]_rebase_twin` have the same timestamp, so their order is not known
    hint: give one that is applied nowhere yet a later timestamp: `runner rebase ID`
    ");
    sandbox.run(&["rebase", &twin]).succeeded();
    let status = sandbox.run(&["status"]).succeeded().stdout;
    assert!(status.ends_with("1 applied, 2 pending\n"), "{status}");
}
