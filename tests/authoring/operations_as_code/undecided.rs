//! What the author must decide is a compile error at the place of the answer.

use insta::assert_snapshot;
use migration_api::operation::{Column, Operation};
use runner::scaffold::Written;

use super::recorded::{made, ways};
use crate::sandbox::Sandbox;

#[test]
fn a_decision_that_is_left_open_does_not_compile_and_says_what_is_asked_for() {
    let sandbox = Sandbox::project();
    let asked = "rows of `player` need a `name`: write an SQL expression";
    let added = Operation::add_column("player", Column::text("name").not_null());
    let filled = Operation::set_not_null("player", "email");
    let key = Operation::drop_table("score");
    let text = made(
        &sandbox,
        "name_the_players",
        &ways(
            [
                Written::from(added).undecided(asked),
                Written::from(filled)
                    .noted("Refused while `email` of a row holds NULL.")
                    .undecided("rows may hold NULL in `email`: write what takes its place"),
            ],
            [Written::from(key).undecided("say why `score` goes")],
        ),
    );
    assert_snapshot!(text, @r#"
    //! Name the players.

    use migration_api::prelude::*;

    #[derive(Default)]
    pub struct NameThePlayers;

    impl Migration for NameThePlayers {
        fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
            migrator.run([
                Operation::add_column(
                    "player",
                    Column::text("name").not_null().backfill(compile_error!(
                        "rows of `player` need a `name`: write an SQL expression"
                    )),
                ),
                // Refused while `email` of a row holds NULL.
                Operation::set_not_null_filling(
                    "player",
                    "email",
                    compile_error!("rows may hold NULL in `email`: write what takes its place"),
                ),
            ])
        }

        fn migrate_backward(&self, migrator: &mut Migrator) -> Result {
            compile_error!("say why `score` goes");
            migrator.drop_table("score")
        }
    }

    export_migration!(NameThePlayers);
    "#);
    let outcome = sandbox.run(&["migrate"]);
    let shown = outcome.shown();
    let errors: Vec<&str> =
        shown.lines().filter(|line| line.contains("error: ") || line.contains("--> ")).collect();
    assert_snapshot!(errors.join("\n"), @"
    error: the migrations do not compile; cargo says:
        error: rows of `player` need a `name`: write an SQL expression
          --> [STAMP]_name_the_players/src/lib.rs:13:58
        error: rows may hold NULL in `email`: write what takes its place
          --> [STAMP]_name_the_players/src/lib.rs:21:17
        error: say why `score` goes
          --> [STAMP]_name_the_players/src/lib.rs:27:9
        error: could not compile `m[STAMP]_name_the_players` (lib) due to 3 previous errors
    ");
}
