//! A person at a terminal is asked what the models do not say.

use insta::assert_snapshot;

use super::{change, newest, project};
use crate::terminal;

#[test]
fn a_person_at_a_terminal_is_asked_what_nobody_else_can_know() {
    let sandbox = project("auto_asked");
    change(
        &sandbox,
        &[(
            "xp INTEGER NOT NULL DEFAULT 0",
            "experience INTEGER NOT NULL DEFAULT 0,\n  mail TEXT NOT NULL",
        )],
    );
    let (code, shown) = terminal::answered(
        sandbox.command(&["create", "auto_answered", "--auto"]),
        &[("lost", "y"), ("mail", "lower(name)\r")],
    );
    assert_eq!(code, Some(0), "{shown}");
    assert_snapshot!(newest(&sandbox), @r#"
    //! Auto answered.

    use migration_api::prelude::*;

    #[derive(Default)]
    pub struct AutoAnswered;

    impl Migration for AutoAnswered {
        fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
            migrator.run([
                Operation::rename_column("player", "xp", "experience"),
                Operation::add_column(
                    "player",
                    Column::text("mail").not_null().backfill("lower(name)"),
                ),
            ])
        }

        fn migrate_backward(&self, migrator: &mut Migrator) -> Result {
            migrator.run([
                Operation::rename_column("player", "experience", "xp"),
                // Column `mail` of `player` is dropped with all its values.
                Operation::drop_column("player", "mail"),
            ])
        }
    }

    export_migration!(AutoAnswered);
    "#);
}

#[test]
fn a_person_at_a_terminal_is_asked_before_anything_is_lost() {
    let sandbox = project("auto_asked_loss");
    change(&sandbox, &[(",\n  xp INTEGER NOT NULL DEFAULT 0", "")]);
    let create = ["create", "auto_lost", "--auto"];
    let before = sandbox.read("migrations/Cargo.toml");
    let (code, shown) = terminal::answered(sandbox.command(&create), &[("meant", "n")]);
    assert_eq!(code, Some(3), "{shown}");
    assert!(shown.contains("column `xp` of `player` is dropped"), "{shown}");
    assert_eq!(sandbox.read("migrations/Cargo.toml"), before);
    assert!(!newest(&sandbox).contains("drop_column"));
    let (code, shown) = terminal::answered(sandbox.command(&create), &[("meant", "y")]);
    assert_eq!(code, Some(0), "{shown}");
    assert!(newest(&sandbox).contains("drop_column(\"player\", \"xp\")"));
}
