//! The sample migrations of this repository, applied to rows.

use crate::sandbox::{self, Sandbox, repository, rows};
use insta::assert_snapshot;

/// Runs the runner on the samples and the database `app.db`.
fn samples(sandbox: &Sandbox, arguments: &[&str]) -> sandbox::Outcome {
    let migrations = repository().join("migrations").display().to_string();
    let named = ["--migrations", &migrations, "--database", "app.db"];
    sandbox.run(&[arguments, &named].concat()).succeeded()
}

fn migrate(sandbox: &Sandbox, arguments: &[&str]) -> sandbox::Outcome {
    samples(sandbox, &[&["migrate", "--create", "--locked"], arguments].concat())
}

#[test]
fn replaying_all_on_a_new_database_gives_the_same_schema_and_rows() {
    let (first, second) = (Sandbox::empty(), Sandbox::empty());
    migrate(&first, &[]);
    for _ in 0..9 {
        migrate(&second, &["--steps", "1"]);
    }
    assert_eq!(first.contents(), second.contents());
    assert_snapshot!(first.contents());
}

#[test]
fn each_sample_goes_backward_to_exactly_what_was_there_before() {
    let sandbox = Sandbox::empty();
    migrate(&sandbox, &["--to", "create_roomstay"]);
    sandbox
        .database()
        .execute_batch(
            "INSERT INTO roomstay (player_id, guest, room, arrives_on, leaves_on) VALUES
               (1, 'Lovelace, Ada (Countess)', '12', '2025-05-01', '2025-05-04'),
               (NULL, 'Turing, Alan', '7', '2025-05-02', '2025-05-03')",
        )
        .unwrap();
    let mut states = Vec::new();
    while samples(&sandbox, &["status"]).stdout.contains("[ ]") {
        states.push(sandbox.contents());
        migrate(&sandbox, &["--steps", "1"]);
    }
    assert_eq!(states.len(), 5);
    for before in states.iter().rev() {
        migrate(&sandbox, &["--backward"]);
        assert_eq!(&sandbox.contents(), before);
    }
    migrate(&sandbox, &["--backward", "--all"]);
    let left = "SELECT name FROM sqlite_schema WHERE name NOT LIKE 'sqlite%'";
    assert_eq!(
        rows(&sandbox.database(), left),
        "  Text(\"_runner_migrations\")\n  Text(\"_runner_log\")\n  Text(\"_runner_schema\")\n"
    );
    assert_eq!(rows(&sandbox.database(), "SELECT * FROM _runner_migrations"), "");
}

#[test]
fn names_are_parsed_and_one_that_cannot_be_stops_the_migration() {
    let sandbox = Sandbox::empty();
    migrate(&sandbox, &["--to", "rename_guest_to_guest_name_in_roomstay"]);
    let insert = |name: &str| {
        sandbox
            .database()
            .execute(
                "INSERT INTO roomstay (guest_name, room, arrives_on, leaves_on)
                 VALUES (?1, '1', '2025-05-01', '2025-05-02')",
                [name],
            )
            .unwrap();
    };
    insert("Lovelace, Ada (Countess)");
    insert("Turing, Alan");
    insert("Merlin");
    insert(", Nobody");
    let before = sandbox.contents();
    let migrations = repository().join("migrations").display().to_string();
    let arguments = ["migrate", "--migrations", &migrations, "--database", "app.db"];
    assert_snapshot!(sandbox.run(&arguments).shown(), @"
    exit 1
    --- stderr
    error: the migration `[STAMP]_split_guest_name_in_roomstay` failed
      caused by: row 4 of `roomstay`, where `guest_name` = ', Nobody'
        at [STAMP]_split_guest_name_in_roomstay/src/lib.rs:17:28
      caused by: it is not written as the hotel writes names
    hint: everything that it did was rolled back
    ");
    assert_eq!(sandbox.contents(), before);

    sandbox.database().execute("DELETE FROM roomstay WHERE guest_name LIKE ',%'", []).unwrap();
    migrate(&sandbox, &[]);
    assert_snapshot!(
        rows(&sandbox.database(), "SELECT family_name, given_name, title FROM roomstay"),
        @r#"
    Text("Lovelace"), Text("Ada"), Text("Countess")
    Text("Turing"), Text("Alan"), Null
    Text("Merlin"), Null, Null
    "#
    );
}

#[test]
fn levels_follow_the_rule_of_the_game() {
    let sandbox = Sandbox::empty();
    migrate(&sandbox, &["--to", "add_experience_to_player"]);
    sandbox
        .database()
        .execute_batch(
            "UPDATE player SET experience = NULL WHERE name = 'Tom';
             INSERT INTO player (name, joined_on, experience) VALUES
               ('just below', '2025-01-07', 99), ('just there', '2025-01-07', 100),
               ('third', '2025-01-07', 300);",
        )
        .unwrap();
    migrate(&sandbox, &["--to", "add_level_to_player"]);
    assert_snapshot!(
        rows(&sandbox.database(), "SELECT name, experience, level FROM player ORDER BY id"),
        @r#"
    Text("Merlin"), Integer(6400), Integer(11)
    Text("Morgana"), Integer(900), Integer(4)
    Text("Tom"), Null, Integer(1)
    Text("just below"), Integer(99), Integer(1)
    Text("just there"), Integer(100), Integer(2)
    Text("third"), Integer(300), Integer(3)
    "#
    );
}

#[test]
fn search_names_are_made_in_batches() {
    let sandbox = Sandbox::empty();
    migrate(&sandbox, &["--to", "split_guest_name_in_roomstay"]);
    sandbox
        .database()
        .execute_batch(
            "INSERT INTO roomstay (guest_name, family_name, room, arrives_on, leaves_on) VALUES
               ('Ørsted', 'Ørsted', '1', '2025-05-01', '2025-05-02'),
               ('nobody', NULL, '1', '2025-05-01', '2025-05-02')",
        )
        .unwrap();
    migrate(&sandbox, &["--lock-time", "20ms"]);
    let found = "SELECT guest_name, search_name FROM roomstay ORDER BY id";
    assert_snapshot!(rows(&sandbox.database(), found), @r#"
    Text("Ørsted"), Text("ørsted")
    Text("nobody"), Null
    "#);
}
