//! `init` and `create` make what cargo and the runner can use as it is, wholly or not at all, and
//! write over nothing.

use std::fs;
use std::process::{Command, Stdio};

use crate::sandbox::{Sandbox, TARGET, repository};
use insta::assert_snapshot;

/// The names of the packages that cargo finds in the folder, without asking a registry.
fn packages(sandbox: &Sandbox, folder: &str) -> String {
    let output = Command::new("cargo")
        .args(["metadata", "--offline", "--no-deps", "--format-version", "1"])
        .current_dir(sandbox.path(folder))
        .env("CARGO_TARGET_DIR", TARGET)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let mut names: Vec<_> =
        packages.iter().map(|package| package["name"].as_str().unwrap()).collect();
    names.sort_unstable();
    sandbox.normal(&names.join(" "))
}

/// The ids of the migrations there are, oldest first.
fn ids(sandbox: &Sandbox) -> Vec<String> {
    let mut ids: Vec<String> = fs::read_dir(sandbox.path("migrations"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with(|first: char| first.is_ascii_digit()))
        .collect();
    ids.sort();
    ids
}

#[test]
fn init_makes_a_project_of_an_empty_folder_and_a_second_time_changes_nothing() {
    let sandbox = Sandbox::empty();
    assert_snapshot!(sandbox.run(&["init", "game"]).shown(), @"
    exit 0
    --- stdout
    made game/.gitignore
    made game/migrations/.gitignore
    made game/migrations/Cargo.toml
    made game/runner.toml
    next: `runner create NAME` makes a migration, `runner migrate` applies it
    --- stderr
    note: `game/migrations/Cargo.toml` takes migration-api from `[REPOSITORY]/migration-api`, which other machines may not have: `--api-path DIR` takes it from a folder of the same repository, `--api-git URL` from another one
    ");
    assert_snapshot!(sandbox.read("game/runner.toml"), @r#"
    # What `runner` migrates. Paths are relative to this file. DATABASE_URL, in the environment or in
    # .env, and then the flags of the command line go before what stands here.
    database = "game.db"
    migrations = "migrations"

    # Back up the database into this folder before anything is applied; the last 10 backups are kept.
    backup = true
    # backups = "backups"
    # backup_keep = 10

    # Keep what migrations say that they lose, so that their way back can put it back.
    # keep_lost = true

    # What the database should be, for `runner create NAME --auto`: a file of CREATE statements, or the folder
    # of a crate.
    # models = "schema.sql"

    # The schema of the database as SQL, written by each command that changes it, to be committed.
    # schema_file = "schema.dump.sql"

    # A folder with your own templates for `runner create --template NAME`.
    # templates = "templates"
    "#);
    assert_snapshot!(sandbox.normal(&sandbox.read("game/migrations/Cargo.toml")), @r#"
    # The migrations are a cargo workspace of their own: in one build with a program that holds an SQLite,
    # cargo would unify rusqlite's features, and the program would lose its SQLite.
    [workspace]
    resolver = "3"
    members = ["[0-9]*"]

    [workspace.dependencies]
    migration-api = { path = "[REPOSITORY]/migration-api", features = ["plugin"] }

    # How `runner` builds: loops over rows run about as fast as in a release build, and an edit still
    # compiles in a moment. In one unit, and without files for the next build, the first build takes less time
    # and less room.
    [profile.dev]
    opt-level = 2
    debug = false
    codegen-units = 1
    incremental = false

    # It has no loops over rows, and is most of the first build.
    [profile.dev.package.migration-operation]
    opt-level = "s"

    # How `runner bundle` builds.
    [profile.release]
    strip = true
    codegen-units = 1
    "#);
    assert_snapshot!(sandbox.read("game/migrations/.gitignore"), @"/target");
    assert_snapshot!(sandbox.read("game/.gitignore"), @"
    /game.db
    /game.db-*
    ");
    assert_snapshot!(sandbox.untouched(&["init", "game"]).shown(), @"
    exit 0
    --- stdout
    kept game/.gitignore
    kept game/migrations/.gitignore
    kept game/migrations/Cargo.toml
    kept game/runner.toml
    next: `runner create NAME` makes a migration, `runner migrate` applies it
    ");
}

#[test]
fn init_keeps_what_a_person_wrote() {
    let sandbox = Sandbox::empty();
    sandbox.write("runner.toml", "database = \"mine.db\"\n");
    assert_snapshot!(sandbox.run(&["init"]).shown(), @"
    exit 0
    --- stdout
    made .gitignore
    made migrations/.gitignore
    made migrations/Cargo.toml
    kept runner.toml
    next: `runner create NAME` makes a migration, `runner migrate` applies it
    --- stderr
    note: `migrations/Cargo.toml` takes migration-api from `[REPOSITORY]/migration-api`, which other machines may not have: `--api-path DIR` takes it from a folder of the same repository, `--api-git URL` from another one
    ");
    assert_eq!(sandbox.read("runner.toml"), "database = \"mine.db\"\n");
}

#[test]
fn init_refuses_what_is_in_the_way_before_it_makes_anything() {
    let sandbox = Sandbox::empty();
    sandbox.write("migrations", "a file");
    assert_snapshot!(sandbox.untouched(&["init"]).shown(), @"
    exit 2
    --- stderr
    error: `./migrations` is there already, and it is not what `runner init` makes
    hint: move `./migrations` away, or edit it by hand
    ");
    fs::remove_file(sandbox.path("migrations")).unwrap();
    // What other tools keep in a folder of this name: a crate.
    sandbox.write("migrations/Cargo.toml", "[package]\nname = \"migration\"\n");
    assert_snapshot!(sandbox.untouched(&["init"]).shown(), @"
    exit 2
    --- stderr
    error: `./migrations/Cargo.toml` is there already, and it is not what `runner init` makes
    hint: move `./migrations/Cargo.toml` away, or edit it by hand
    ");
    fs::remove_dir_all(sandbox.path("migrations")).unwrap();
    fs::create_dir(sandbox.path("runner.toml")).unwrap();
    assert_snapshot!(sandbox.untouched(&["init"]).shown(), @"
    exit 2
    --- stderr
    error: `./runner.toml` is there already, and it is not what `runner init` makes
    hint: move `./runner.toml` away, or edit it by hand
    ");
    fs::remove_dir(sandbox.path("runner.toml")).unwrap();
    sandbox.write("file", "");
    assert_snapshot!(sandbox.untouched(&["init", "file"]).shown(), @"
    exit 2
    --- stderr
    error: `file` is there already, and it is not what `runner init` makes
    hint: move `file` away, or edit it by hand
    ");
    sandbox.write("Cargo.toml", "[workspace\n");
    assert_snapshot!(sandbox.untouched(&["init"]).shown(), @"
    exit 2
    --- stderr
    error: `./Cargo.toml` is not right
      caused by: TOML parse error at line 1, column 11
          |
        1 | [workspace
          |           ^
        unclosed table, expected `]`
    ");
}

#[test]
fn init_takes_migration_api_from_where_it_is_told() {
    let sandbox = Sandbox::empty();
    let nowhere = ["init", "a", "--api-path", "nowhere"];
    assert_snapshot!(sandbox.untouched(&nowhere).shown(), @"
    exit 2
    --- stderr
    error: there is no folder `nowhere`
    hint: see whether this is the right path, from the current folder; `--api-path DIR` names a folder, `--api-git URL` a repository
    ");
    sandbox.write("other/Cargo.toml", "[package]\nname = \"other\"\n");
    assert_eq!(sandbox.untouched(&["init", "a", "--api-path", "other"]).code, Some(2));

    let dependency = |folder: &str| {
        let manifest = sandbox.read(format!("{folder}/migrations/Cargo.toml"));
        let line = manifest.lines().find(|line| line.starts_with("migration-api"));
        line.unwrap().to_owned()
    };
    sandbox.run(&["init", "b", "--api-version", "0.7.1"]).succeeded();
    assert_snapshot!(dependency("b"), @r#"migration-api = { version = "0.7.1", features = ["plugin"] }"#);
    sandbox.write("c/vendor/api/Cargo.toml", "[package]\nname = \"migration-api\"\n");
    sandbox.run(&["init", "c", "--api-path", "c/vendor/api"]).succeeded();
    assert_snapshot!(dependency("c"), @r#"migration-api = { path = "../vendor/api", features = ["plugin"] }"#);
    let git = ["init", "d", "--api-git", "https://host.example/runner", "--rev", "v1"];
    sandbox.run(&git).succeeded();
    assert_snapshot!(dependency("d"), @r#"migration-api = { git = "https://host.example/runner", rev = "v1", features = ["plugin"] }"#);
    assert_snapshot!(sandbox.untouched(&["init", "e", "--api-git", "git@host.example:runner"]).shown(), @"
    exit 2
    --- stderr
    error: `git@host.example:runner` is no URL
    hint: cargo takes `https://host.example/runner`, and `ssh://git@host.example/runner` for what git writes as `git@host.example:runner`
    ");
}

#[cfg(unix)]
#[test]
fn a_folder_that_is_given_relative_stays_relative_and_a_colleague_can_build() {
    let sandbox = Sandbox::empty();
    fs::create_dir_all(sandbox.path("repo/tools")).unwrap();
    std::os::unix::fs::symlink(repository(), sandbox.path("repo/tools/runner")).unwrap();
    let repo = sandbox.below("repo");
    repo.run(&["init", "--api-path", "tools/runner/migration-api"]).succeeded();
    let manifest = repo.read("migrations/Cargo.toml");
    let line =
        r#"migration-api = { path = "../tools/runner/migration-api", features = ["plugin"] }"#;
    assert!(manifest.contains(line), "{manifest}");
    repo.run(&["create", "scaff_relative"]).succeeded();
    assert_snapshot!(packages(&repo, "migrations"), @"m[STAMP]_scaff_relative");
    // A path that is another machine's.
    let other = manifest.replace("../tools/runner/migration-api", "/home/alice/src/migration-api");
    repo.write("migrations/Cargo.toml", &other);
    let outcome = repo.run(&["migrate"]);
    assert_eq!(outcome.code, Some(1));
    let hint = "hint: nothing was applied; `/home/alice/src/migration-api` is not on this machine: name in the \
                `Cargo.toml` where the package is, relative to it if both are in one repository, or a git source\n";
    assert!(outcome.stderr.ends_with(hint), "{}", outcome.stderr);
}

#[test]
fn a_cargo_package_gets_migrations_that_are_a_workspace_of_their_own() {
    let sandbox = Sandbox::empty();
    let manifest = "[package]\nname = \"game\"\nedition = \"2024\"\n";
    sandbox.write("Cargo.toml", manifest);
    sandbox.write("src/lib.rs", "");
    sandbox.run(&["init"]).succeeded();
    sandbox.run(&["create", "scaff_package"]).succeeded();
    assert_eq!(sandbox.read("Cargo.toml"), manifest);
    assert_snapshot!(packages(&sandbox, "."), @"game");
    assert_snapshot!(packages(&sandbox, "migrations"), @"m[STAMP]_scaff_package");
}

#[test]
fn a_cargo_workspace_of_all_folders_leaves_the_migrations_out() {
    let sandbox = Sandbox::empty();
    sandbox.write("Cargo.toml", "[workspace]\nmembers = [\"*\"] # all of them\nresolver = \"3\"\n");
    sandbox.write("game/Cargo.toml", "[package]\nname = \"game\"\nedition = \"2024\"\n");
    sandbox.write("game/src/lib.rs", "");
    assert_snapshot!(sandbox.run(&["init"]).shown(), @"
    exit 0
    --- stdout
    made .gitignore
    made migrations/.gitignore
    made migrations/Cargo.toml
    made runner.toml
    edited Cargo.toml: the workspace excludes `migrations`
    next: `runner create NAME` makes a migration, `runner migrate` applies it
    --- stderr
    note: `migrations/Cargo.toml` takes migration-api from `[REPOSITORY]/migration-api`, which other machines may not have: `--api-path DIR` takes it from a folder of the same repository, `--api-git URL` from another one
    ");
    assert_snapshot!(sandbox.read("Cargo.toml"), @r#"
    [workspace]
    members = ["*"] # all of them
    resolver = "3"
    exclude = ["migrations"]
    "#);
    sandbox.run(&["create", "scaff_workspace"]).succeeded();
    assert_snapshot!(packages(&sandbox, "."), @"game");
    assert_snapshot!(packages(&sandbox, "migrations"), @"m[STAMP]_scaff_workspace");
    sandbox.write("runner.toml", "database = \"app.db\"\n");
    assert_snapshot!(sandbox.run(&["migrate"]).shown(), @"
    exit 0
    --- stdout
    applied [STAMP]_scaff_workspace ([N] ms)
    applied 1 migration: `app.db` has 1 applied, 0 pending
    ");
    // The database has another name now.
    assert_snapshot!(sandbox.run(&["init"]).shown(), @"
    exit 0
    --- stdout
    kept migrations/.gitignore
    kept migrations/Cargo.toml
    kept runner.toml
    edited .gitignore: the database is ignored
    next: `runner create NAME` makes a migration, `runner migrate` applies it
    ");
    sandbox.untouched(&["init"]).succeeded();
}

#[test]
fn migrations_made_at_once_have_different_stamps_and_are_all_there() {
    let sandbox = Sandbox::project();
    let names: Vec<String> = (0..8).map(|number| format!("scaff_at_once_{number}")).collect();
    let running: Vec<_> = names
        .iter()
        .map(|name| {
            let mut command = sandbox.command(&["create", name]);
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
        })
        .collect();
    for process in running {
        sandbox.outcome(&process.wait_with_output().unwrap()).succeeded();
    }
    let ids = ids(&sandbox);
    let mut stamps: Vec<&str> = ids.iter().map(|id| &id[..15]).collect();
    stamps.dedup();
    assert_eq!(stamps.len(), names.len(), "{ids:?}");
    let mut made: Vec<&str> = ids.iter().map(|id| &id[16..]).collect();
    made.sort_unstable();
    assert_eq!(made, names);
    let status = sandbox.untouched(&["status"]).succeeded();
    assert!(status.stdout.contains("\n0 applied, 8 pending\n"), "{}", status.shown());
    // What a process makes on the way there is gone again.
    assert!(sandbox.files().keys().all(|path| !path.to_string_lossy().contains(".new-")));
}

#[test]
fn a_new_migration_comes_after_all_others_even_if_they_are_from_the_future() {
    let sandbox = Sandbox::project();
    fs::create_dir(sandbox.path("migrations/29991231_235959_scaff_future")).unwrap();
    sandbox.run(&["create", "scaff_later"]).succeeded();
    assert_eq!(ids(&sandbox).pop().unwrap(), "30000101_000000_scaff_later");
}

#[test]
fn a_name_that_cannot_be_one_is_refused_and_nothing_is_made() {
    let sandbox = Sandbox::project();
    let refusal = |name: &str| {
        let outcome = sandbox.untouched(&["create", "--", name]);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (Some(2), ""), "{name}");
        outcome.stderr
    };
    let long = "x".repeat(300);
    let names = [
        "",
        " ",
        "../evil",
        "/etc/evil",
        "a/b",
        "a\\b",
        "..",
        "-x",
        "add level",
        "größe",
        "2nd",
        "_",
        "struct",
        "Self",
        "fn",
        "result",
        "new\nline",
        "a;b",
        "$HOME",
        "\u{1b}[31mred",
        &long,
    ];
    let all: Vec<String> = names.iter().map(|name| refusal(name)).collect();
    assert_snapshot!(all.concat().replace(&long, "[LONG]"), @r"
    error: `` cannot be the name of a migration: it is empty
    hint: for example `add_level_to_player`
    error: ` ` cannot be the name of a migration: it may hold only the letters a to z, digits and `_`
    hint: for example `add_level_to_player`
    error: `../evil` cannot be the name of a migration: it may hold only the letters a to z, digits and `_`
    hint: for example `evil`
    error: `/etc/evil` cannot be the name of a migration: it may hold only the letters a to z, digits and `_`
    hint: for example `etc_evil`
    error: `a/b` cannot be the name of a migration: it may hold only the letters a to z, digits and `_`
    hint: for example `a_b`
    error: `a\\b` cannot be the name of a migration: it may hold only the letters a to z, digits and `_`
    hint: for example `a_b`
    error: `..` cannot be the name of a migration: it may hold only the letters a to z, digits and `_`
    hint: for example `add_level_to_player`
    error: `-x` cannot be the name of a migration: it may hold only the letters a to z, digits and `_`
    hint: for example `x`
    error: `add level` cannot be the name of a migration: it may hold only the letters a to z, digits and `_`
    hint: for example `add_level`
    error: `größe` cannot be the name of a migration: it may hold only the letters a to z, digits and `_`
    hint: for example `add_level_to_player`
    error: `2nd` cannot be the name of a migration: it must begin with a letter
    hint: for example `add_level_to_player`
    error: `_` cannot be the name of a migration: it must begin with a letter
    hint: for example `add_level_to_player`
    error: `struct` cannot be the name of a migration: Rust or `migration-api` uses that word
    hint: for example `add_struct`
    error: `Self` cannot be the name of a migration: Rust or `migration-api` uses that word
    hint: for example `add_self`
    error: `fn` cannot be the name of a migration: Rust or `migration-api` uses that word
    hint: for example `add_fn`
    error: `result` cannot be the name of a migration: Rust or `migration-api` uses that word
    hint: for example `add_result`
    error: `new\nline` cannot be the name of a migration: it may hold only the letters a to z, digits and `_`
    hint: for example `new_line`
    error: `a;b` cannot be the name of a migration: it may hold only the letters a to z, digits and `_`
    hint: for example `a_b`
    error: `$HOME` cannot be the name of a migration: it may hold only the letters a to z, digits and `_`
    hint: for example `home`
    error: `\u{1b}[31mred` cannot be the name of a migration: it may hold only the letters a to z, digits and `_`
    hint: for example `add_level_to_player`
    error: `[LONG]` cannot be the name of a migration: it is longer than 100 characters
    hint: write the rest as a comment into the migration
    ");
}
