//! What people and scripts write and read: arguments, names of migrations, JSON, help, completions.

use std::fs;

use crate::sandbox::Sandbox;
use insta::assert_snapshot;

#[test]
fn a_migration_is_meant_by_its_id_its_name_or_the_beginning_of_its_id() {
    let sandbox = Sandbox::project();
    for id in ["20240101_000000_command_first", "20250101_000000_command_second"] {
        fs::create_dir(sandbox.path(format!("migrations/{id}"))).unwrap();
    }
    // No history yet, so all that can go wrong is that no migration is meant, or several are.
    for words in
        ["20250101_000000_command_second", "command_second", "2025", "20250101_000000_command_s"]
    {
        let outcome = sandbox.untouched(&["migrate", "--backward", "--to", words]);
        let expected = "error: cannot go back to `[STAMP]_command_second`: it is not applied\n";
        assert!(outcome.stderr.starts_with(expected), "{words}: {}", outcome.shown());
    }
    for words in ["20", "scaff", "0101", ""] {
        assert_eq!(sandbox.untouched(&["migrate", "--to", words]).code, Some(2), "{words}");
    }
}

#[test]
fn a_target_that_is_not_known_is_refused_with_the_nearest_one() {
    let sandbox = Sandbox::project();
    let id = sandbox.sql_migration("command_add_player", "SELECT 1", "SELECT 1");
    sandbox.sql_migration("command_add_level", "SELECT 1", "SELECT 1");
    assert_snapshot!(sandbox.untouched(&["migrate", "--to", "command_ad_player"]).shown(), @"
    exit 2
    --- stderr
    error: there is no migration `command_ad_player`
    hint: did you mean `[STAMP]_command_add_player`?
    ");
    assert_snapshot!(sandbox.untouched(&["migrate", "--to", "something_else"]).shown(), @"
    exit 2
    --- stderr
    error: there is no migration `something_else`
    hint: `runner status` shows which there are
    ");
    // Their stamps are a second apart, so they share a year.
    let year = &id[..4];
    let outcome = sandbox.untouched(&["migrate", "--to", year]);
    assert_snapshot!(outcome.shown().replace(&format!("`{year}`"), "`[YEAR]`"), @"
    exit 2
    --- stderr
    error: `[YEAR]` may mean `[STAMP]_command_add_player` and `[STAMP]_command_add_level`
    hint: write more of the id
    ");
}

#[test]
fn going_back_to_what_is_not_applied_is_refused() {
    let sandbox = Sandbox::project();
    let id = sandbox.sql_migration("command_not_applied", "SELECT 1", "SELECT 1");
    assert_snapshot!(sandbox.untouched(&["migrate", "--backward", "--to", &id]).shown(), @"
    exit 2
    --- stderr
    error: cannot go back to `[STAMP]_command_not_applied`: it is not applied
    hint: `runner status` shows what is applied
    ");
}

#[test]
fn arguments_that_make_no_sense_are_refused() {
    let sandbox = Sandbox::project();
    sandbox.sql_migration("command_arguments", "SELECT 1", "SELECT 1");
    for (arguments, why) in [
        (["migrate", "--steps", "0"].as_slice(), "0 is not in 1.."),
        (&["migrate", "--steps", "-1"], "unexpected argument"),
        (&["migrate", "--steps", "many"], "invalid digit"),
        (&["migrate", "--steps", "1", "--all"], "cannot be used with"),
        (&["migrate", "--to", "a", "--steps", "1"], "cannot be used with"),
        (&["down", "--to", "a", "--all"], "cannot be used with"),
        (&["redo", "--steps", "0"], "0 is not in 1.."),
        (&["init", "--api-path", ".", "--api-version", "1"], "cannot be used with"),
        (&["init", "--database", "game.db"], "cannot be used with 'init'"),
        (&["--migrations", "elsewhere", "init"], "cannot be used with 'init'"),
        (&["migrate", "--timeout", "0"], "nothing is done in no time"),
        (&["status", "--busy-timeout", "-1"], "unexpected argument"),
        (&["status", "--busy-timeout=-1"], "negative"),
        (&["status", "--busy-timeout", "soon"], "not a number of seconds"),
        (&["migrat"], "unrecognized subcommand"),
        (&["create"], "required arguments"),
        (&[], "Usage"),
    ] {
        let outcome = sandbox.untouched(arguments);
        assert_eq!(outcome.code, Some(2), "{arguments:?}: {}", outcome.shown());
        assert!(outcome.stderr.contains(why), "{arguments:?}: {}", outcome.shown());
        assert_eq!(outcome.stdout, "", "{arguments:?}");
    }
    assert_snapshot!(sandbox.untouched(&["migrate", "--steps", "0"]).shown(), @"
    exit 2
    --- stderr
    error: invalid value '0' for '--steps <N>': 0 is not in 1..=4294967295

    For more information, try '--help'.
    ");
}

#[test]
fn json_is_one_document_for_each_command() {
    let sandbox = Sandbox::empty();
    let json = |arguments: &[&str]| {
        let outcome = sandbox.run(&[arguments, &["--json"]].concat()).succeeded();
        assert_eq!(outcome.stderr, "");
        let document: serde_json::Value = serde_json::from_str(&outcome.stdout.replace("[N]", "0"))
            .unwrap_or_else(|error| panic!("{error}: {}", outcome.stdout));
        assert!(document.is_object());
        outcome.stdout
    };
    assert_snapshot!(json(&["init"]), @r#"
    {
      "excluded": false,
      "ignored": false,
      "kept": [],
      "made": [
        ".gitignore",
        "migrations/.gitignore",
        "migrations/Cargo.toml",
        "runner.toml"
      ],
      "only_here": "[REPOSITORY]/migration-api",
      "to_include": null
    }
    "#);
    sandbox.write("runner.toml", "database = \"app.db\"\n");
    assert_snapshot!(json(&["create", "command_json", "-t", "sql"]), @r#"
    {
      "files": [
        "Cargo.toml",
        "backward.sql",
        "forward.sql",
        "src/lib.rs"
      ],
      "folder": "[ROOT]/migrations/[STAMP]_command_json",
      "id": "[STAMP]_command_json",
      "namesakes": [],
      "patterns": [],
      "unused_fields": []
    }
    "#);
    let forward = sandbox.files().into_keys().find(|path| path.ends_with("forward.sql")).unwrap();
    sandbox.write(forward, "CREATE TABLE t (a);\nINSERT INTO t VALUES ('\"');\n");
    assert_snapshot!(json(&["status"]), @r#"
    {
      "applied": 0,
      "database": "[ROOT]/app.db",
      "drift": [],
      "exists": false,
      "migrations": [
        {
          "id": "[STAMP]_command_json",
          "state": "pending"
        }
      ],
      "missing": 0,
      "pending": 1,
      "repairs": []
    }
    "#);
    assert_snapshot!(json(&["migrate", "--dry-run"]), @r#"
    {
      "already_done": [],
      "backup": null,
      "database": "[ROOT]/app.db",
      "dry_run": true,
      "log": [],
      "statements": [
        {
          "id": "[STAMP]_command_json",
          "sql": "CREATE TABLE t (a);"
        },
        {
          "id": "[STAMP]_command_json",
          "sql": "INSERT INTO t VALUES ('\"');"
        }
      ],
      "steps": [
        {
          "direction": "forward",
          "duration_us": [N],
          "id": "[STAMP]_command_json"
        }
      ],
      "unverified": []
    }
    "#);
    assert_snapshot!(json(&["migrate"]), @r#"
    {
      "already_done": [],
      "backup": null,
      "database": "[ROOT]/app.db",
      "dry_run": false,
      "log": [],
      "statements": [],
      "steps": [
        {
          "direction": "forward",
          "duration_us": [N],
          "id": "[STAMP]_command_json"
        }
      ],
      "unverified": []
    }
    "#);
    assert_snapshot!(json(&["status"]), @r#"
    {
      "applied": 1,
      "database": "[ROOT]/app.db",
      "drift": [],
      "exists": true,
      "migrations": [
        {
          "applied_at": "[TIME]",
          "duration_us": [N],
          "id": "[STAMP]_command_json",
          "state": "applied"
        }
      ],
      "missing": 0,
      "pending": 0,
      "repairs": []
    }
    "#);

    let outcome = sandbox.untouched(&["create", "a b", "--json"]);
    assert_snapshot!(outcome.shown(), @r#"
    exit 2
    --- stderr
    {"error":{"causes":[],"code":"bad-name","exit":"usage","hint":"for example `a_b`","message":"`a b` cannot be the name of a migration: it may hold only the letters a to z, digits and `_`"}}
    "#);
    serde_json::from_str::<serde_json::Value>(&outcome.stderr).unwrap();
}

/// What a shell is offered for the last of `words`, whose script calls the runner so.
fn offered(sandbox: &Sandbox, words: &[&str]) -> Vec<String> {
    let mut command = sandbox.command(&[&["--", "runner"], words].concat());
    command.env("RUNNER_COMPLETE", "bash").env("_CLAP_IFS", "\n");
    command.env("_CLAP_COMPLETE_INDEX", words.len().to_string());
    let outcome = sandbox.outcome(&command.output().unwrap()).succeeded();
    outcome.stdout.lines().map(|line| line.trim_end().to_owned()).collect()
}

#[test]
fn shells_get_completions_that_know_the_commands_and_the_project() {
    let sandbox = Sandbox::project();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = sandbox.untouched(&["completions", shell]).succeeded().stdout;
        assert!(script.contains("RUNNER_COMPLETE"), "{shell}: {script}");
    }
    assert_eq!(sandbox.untouched(&["completions", "tcsh"]).code, Some(2));

    let id = sandbox.sql_migration("offered_one", "CREATE TABLE a (b)", "DROP TABLE a");
    sandbox.sql_migration("offered_two", "CREATE TABLE c (d)", "DROP TABLE c");
    sandbox.write("templates/house/Cargo.toml", "");
    assert_eq!(offered(&sandbox, &["mig"]), ["migrate"]);
    assert_eq!(offered(&sandbox, &["migrate", "--back"]), ["--backward"]);
    assert_eq!(offered(&sandbox, &["migrate", "--to", ""]), ["offered_one", "offered_two"]);
    assert_eq!(offered(&sandbox, &["test", &id[..15]]), [sandbox.normal(&id)]);
    assert_eq!(
        offered(&sandbox, &["create", "--template", ""]),
        ["batched", "blank", "data-fixup", "house", "sql"]
    );
    assert_eq!(offered(&sandbox, &["schema", "diff", "m"])[..2], ["migrations", "models"]);
    // Where there is no project, nothing is made up.
    assert!(offered(&Sandbox::empty(), &["migrate", "--to", ""]).is_empty());
}

#[test]
fn help_tells_what_there_is() {
    let sandbox = Sandbox::empty();
    let help = |arguments: &[&str]| {
        let mut command = sandbox.command(arguments);
        command.env("COLUMNS", "100");
        sandbox.unchanged_by(command).shown()
    };
    assert_snapshot!(help(&["--help"]), @"
    exit 0
    --- stdout
    Migrate SQLite databases with migrations written in Rust

    Usage: runner [OPTIONS] <COMMAND>

    Commands:
      init         Make a project: runner.toml, and migrations/ as a cargo workspace
      create       Make a migration from what its name says, or a template [aliases: new, add, generate]
      rebase       Give a migration that is applied nowhere a later timestamp
      squash       Make one first migration of many, which stay until you delete them
      migrate      Apply what is pending, or revert what is applied [aliases: up, run, apply]
      rehearse     Take what is pending on a copy of the database, and back again: what it takes,
                   changes and loses
      down         Revert what is applied: `migrate --backward` [aliases: rollback, revert]
      redo         Revert the last applied migrations and apply them again
      fresh        Make the database anew from all migrations, for development; what it holds is backed
                   up first [alias: reset]
      status       Show what is applied, pending, and drifted; never writes [aliases: list, info]
      history      Show every step that was ever taken, with repairs and backups; never writes [alias:
                   log]
      report       Make a page to look at: how things stand, every step, the schema through time
      repair       Show the way out of what has drifted, or take it, with the reason recorded
      fake         Take pending migrations for applied without running them: how an older database is
                   adopted [aliases: stamp, baseline]
      import       Take over the history of another tool: its SQL files become migrations, and what it
                   has applied to the database is recorded
      check        For CI: fail if migrations are pending, drifted, or not what the models say; never
                   writes
      schema       Show the schema of the migrations, the models or a database: as SQL, compared, as a
                   picture
      bundle       Build all migrations and pack them into one file, for machines without Rust
      fleet        Migrate many databases of one schema: on all processors, in shards, on several
                   machines
      kept         Show what was kept of what migrations took away, or let go of it
      backup       Back up the database
      restore      Make the database what a backup is; what it holds is backed up first
      test         Try migrations on scratch databases with rows: forward, backward, forward again
      explain      Tell what the code of an error means, and what to do about it
      man          Write manual pages: runner.1, and one for each command
      completions  Print a completion script for a shell
      help         Print this message or the help of the given subcommand(s)

    Options:
      -h, --help     Print help
      -V, --version  Print version

    Options of every command:
          --database <FILE>             The database, instead of the one in DATABASE_URL or runner.toml
          --migrations <DIR>            The folder of migrations, instead of the one in runner.toml
          --bundle <FILE>               A bundle that the migrations come from, instead of a folder: no
                                        Rust is needed
          --require-signature <PUBKEY>  Use the bundle only if FILE.minisig is its signature by this key
                                        of minisign
          --config <FILE>               The configuration file, instead of the nearest runner.toml
          --json                        Print one JSON document instead of text
      -q, --quiet                       Print nothing but errors, and what is asked for as a document;
                                        the exit code tells the rest
      -v, --verbose                     Tell on standard error what is done, and how long it takes
          --busy-timeout <SECONDS>      How long to wait for another program that holds the database's
                                        lock [default: 5; in a fleet 1, since it is tried again]

    Exit codes: 0 done or nothing to do, 1 failed, 2 not usable as it is (arguments, configuration,
    project), 3 refused because it would not be safe, 4 damaged database, 75 busy or full: try again,
    129, 130, 143 stopped by SIGHUP, SIGINT, SIGTERM.
    ");
    assert_snapshot!(help(&["migrate", "--help"]), @"
    exit 0
    --- stdout
    Apply what is pending, or revert what is applied

    Usage: runner migrate [OPTIONS] [ID]

    Arguments:
      [ID]  As --to, forward

    Options:
      -b, --backward            Revert instead of apply; alone: the last applied migration
          --allow-out-of-order  Apply migrations that are older than the last applied
          --leave-schema        Revert also what leaves the schema as its way forward made it
          --last-applied        Backward: the migration that was applied last, where that is not the
                                newest
          --to <ID>             Up to and including this migration; backward: until it is the last one
                                applied. An id, a name, or the beginning of an id
      -n, --steps <N>           So many migrations
          --all                 All of them
          --as-rehearsed        Do nothing but what `runner rehearse` did on a copy of this database:
                                the same steps, sources and schema
          --keep-lost           Keep what the migrations say that they lose, whatever runner.toml says
          --no-keep-lost        Keep nothing of what the migrations lose, whatever runner.toml says
          --keep-in <FILE>      Keep what the migrations lose in a new file of its own
          --kept-in <FILE>      The file that lost values were kept in, if it was moved
          --dry-run             Do it to a copy that is thrown away, and print every SQL statement that
                                runs
          --single-transaction  Take all steps in one transaction: all of them happen, or none
          --create              Make the database if it is not there
          --no-backup           Make no backup, whatever runner.toml says
          --paranoid            Compare indexes of every kind with their tables; takes much longer
          --timeout <SECONDS>   How long the code of one migration may run [default: as long as it
                                likes]
          --lock-time <TIME>    For how long a batch may hold the write lock, as `50ms` [default: 50ms]
          --pause <TIME>        How long to let others write between two batches, as `20ms` or `0s`
                                [default: as long as they need]
          --max-time <TIME>     End at the next batch or migration after this time, as `2h`, with the
                                exit code 75
          --offline             Let cargo work without a registry
          --locked              Let cargo refuse to change migrations/Cargo.lock
      -y, --yes                 Agree to what would be asked, as of a protected database
      -h, --help                Print help

    Options of every command:
          --database <FILE>             The database, instead of the one in DATABASE_URL or runner.toml
          --migrations <DIR>            The folder of migrations, instead of the one in runner.toml
          --bundle <FILE>               A bundle that the migrations come from, instead of a folder: no
                                        Rust is needed
          --require-signature <PUBKEY>  Use the bundle only if FILE.minisig is its signature by this key
                                        of minisign
          --config <FILE>               The configuration file, instead of the nearest runner.toml
          --json                        Print one JSON document instead of text
      -q, --quiet                       Print nothing but errors, and what is asked for as a document;
                                        the exit code tells the rest
      -v, --verbose                     Tell on standard error what is done, and how long it takes
          --busy-timeout <SECONDS>      How long to wait for another program that holds the database's
                                        lock [default: 5; in a fleet 1, since it is tried again]
    ");
    assert_snapshot!(help(&["create", "-h"]), @"
    exit 0
    --- stdout
    Make a migration from what its name says, or a template

    Usage: runner create [OPTIONS] <NAME> [FIELD]...

    Arguments:
      <NAME>      What the migration does: add_level_to_player or AddLevelToPlayer
      [FIELD]...  Columns for a name that says what it does: level:integer:default=1

    Options:
      -t, --template <NAME>          `blank`, `sql`, `data-fixup`, `batched`, or a folder in the
                                     project's own templates
          --typed <TABLE>...         Write the rows of these tables as structs, for code that changes
                                     them: as they are when the migration runs, and with --auto as they
                                     will be
          --auto                     Write what leads from the migrations to the models
          --from-database            Write what leads from the migrations to the database; with --auto,
                                     from it to the models
          --fill <TABLE.COLUMN=SQL>  What the rows that are there get in a new column that must not be
                                     NULL; any SQL expression
          --rename-as-suggested      Take each table and column that goes while one like it comes for
                                     renamed, and ask nothing about it
          --allow-loss               Let values go that the models have no place for; without it each is
                                     asked for at a terminal, and elsewhere nothing is written
          --drop-all-tables          Drop every table, where the models have none
          --rename <OLD:NEW>         A table or a column that has another name: player:gamer,
                                     player.xp:experience
          --column-order             Let the order of columns count too: to change it is to write every
                                     row anew
          --timeout <SECONDS>        How long the code of one migration may run [default: as long as it
                                     likes]
          --offline                  Let cargo work without a registry
          --locked                   Let cargo refuse to change migrations/Cargo.lock
      -h, --help                     Print help

    Options of every command:
          --database <FILE>             The database, instead of the one in DATABASE_URL or runner.toml
          --migrations <DIR>            The folder of migrations, instead of the one in runner.toml
          --bundle <FILE>               A bundle that the migrations come from, instead of a folder: no
                                        Rust is needed
          --require-signature <PUBKEY>  Use the bundle only if FILE.minisig is its signature by this key
                                        of minisign
          --config <FILE>               The configuration file, instead of the nearest runner.toml
          --json                        Print one JSON document instead of text
      -q, --quiet                       Print nothing but errors, and what is asked for as a document;
                                        the exit code tells the rest
      -v, --verbose                     Tell on standard error what is done, and how long it takes
          --busy-timeout <SECONDS>      How long to wait for another program that holds the database's
                                        lock [default: 5; in a fleet 1, since it is tried again]

    Names that say what to do, and write it and its way back; all others begin blank:
      create_TABLE FIELD...             create_room number:text:unique
      add_X_to_TABLE FIELD...           add_level_to_player level:integer:default=1
      drop_COLUMN_from_TABLE [FIELD...] drop_level_from_player level:integer
                                        (without the field there is no way back)
      rename_COLUMN_to_NEW_in_TABLE     rename_xp_to_experience_in_player
      add_index_to_TABLE COLUMN...      add_index_to_player name score
    FIELD is name:type[:modifier...]; the type integer, text, real, blob, any, a name from other
    tools (string, int, bool, datetime, varchar(20), ...), or another in quotes; modifiers not_null,
    null, unique, primary_key, default=VALUE, default=(SQL), references=table.column.
    ");
}
