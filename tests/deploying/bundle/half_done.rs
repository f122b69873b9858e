//! A bundle of an older version of the application, where a migration of a newer one is half done.

use crate::sandbox::{Sandbox, rows};
use insta::assert_snapshot;

#[test]
fn an_older_bundle_takes_no_step_in_the_middle_of_a_newer_migration() {
    let sandbox = Sandbox::project();
    sandbox.sql_migration(
        "half_done_purse",
        "CREATE TABLE purse (id INTEGER PRIMARY KEY, amount, times INTEGER DEFAULT 0);
         WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)
         INSERT INTO purse (amount) SELECT iif(i = 250, 'a lot', i) FROM n",
        "DROP TABLE purse",
    );
    sandbox.run(&["bundle", "-o", "older.bundle"]).succeeded();
    sandbox.plugin("changes_rows_in_batches");
    sandbox.run(&["bundle", "-o", "newer.bundle"]).succeeded();
    let migrate = |bundle| sandbox.run(&["migrate", "--create", "--bundle", bundle]);
    migrate("older.bundle").succeeded();
    assert_eq!(migrate("newer.bundle").code, Some(1));
    let half_done = sandbox.contents();
    let refused = migrate("older.bundle").shown();
    assert_snapshot!(refused, @"
    exit 3
    --- stderr
    error: `[STAMP]_changes_rows_in_batches` is half done, and this code does not have it
    hint: bring its folder back from version control, or use the code or bundle that has it; or if its work is done: `runner repair --finished [STAMP]_changes_rows_in_batches --reason TEXT --bundle older.bundle`; or forget that it began, while what it did stays: `runner repair --not-started [STAMP]_changes_rows_in_batches --reason TEXT --bundle older.bundle`
    explain: runner explain half-done
    ");
    let backward = sandbox.run(&["migrate", "--backward", "--bundle", "older.bundle"]);
    assert_eq!(backward.shown(), refused);
    assert_eq!(sandbox.contents(), half_done);
    let mend = "UPDATE purse SET amount = 250 WHERE id = 250";
    sandbox.database().execute_batch(mend).unwrap();
    migrate("newer.bundle").succeeded();
    let wrong = "SELECT * FROM purse WHERE (amount, times) <> (id * 3 + 1, 1)";
    assert_eq!(rows(&sandbox.database(), wrong), "");
}
