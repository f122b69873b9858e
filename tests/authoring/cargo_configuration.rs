//! Cargo's configuration is the application's: a migration is loaded into the runner, whatever that is built for.

use crate::sandbox::Sandbox;
use insta::assert_snapshot;

#[test]
fn a_migration_is_built_for_this_machine_whatever_the_application_is_built_for() {
    let sandbox = Sandbox::project();
    sandbox.write(
        ".cargo/config.toml",
        "[build]\ntarget = \"wasm32-unknown-unknown\"\n\
         rustflags = [\"-C\", \"target-feature=+crt-static\"]\n",
    );
    sandbox.sql_migration("cargo_other_target", "CREATE TABLE here (a)", "DROP TABLE here");
    assert_snapshot!(sandbox.run(&["migrate"]).shown(), @"
    exit 0
    --- stdout
    applied [STAMP]_cargo_other_target ([N] ms)
    applied 1 migration: `app.db` has 1 applied, 0 pending
    ");
    // Where nothing is pending, nothing is built, and the source is known again.
    assert_snapshot!(sandbox.untouched(&["migrate"]).shown(), @"
    exit 0
    --- stdout
    nothing to do: `app.db` has 1 applied, 0 pending
    ");
}
