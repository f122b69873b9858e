//! Views and triggers that change in place, in `repeatable/`: applied after the last step, taken back with it, and out
//! of the way of migrations.

mod alone;
mod applied;
mod in_the_way;
mod taken_over;
mod way_back;

use crate::sandbox::{Sandbox, rows};

const PLAYERS: &str = "CREATE TABLE player (id INTEGER PRIMARY KEY, name TEXT, score INTEGER); \
                       CREATE TABLE log (what TEXT); INSERT INTO player VALUES (1, 'ann', 7)";

/// A project with the table `player`, whose first migration is called `NAME_1`.
pub(super) fn project(name: &str) -> Sandbox {
    let sandbox = Sandbox::project();
    sandbox.sql_migration(&format!("{name}_1"), PLAYERS, "DROP TABLE log; DROP TABLE player");
    sandbox
}

/// What the views and triggers say.
pub(super) fn programs(sandbox: &Sandbox) -> String {
    rows(
        &sandbox.database(),
        "SELECT sql FROM sqlite_schema WHERE type IN ('view', 'trigger') ORDER BY type, name",
    )
}
