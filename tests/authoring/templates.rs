//! A template makes a migration that works as it is; one that cannot be filled in makes nothing.

use std::fs;

use crate::sandbox::{self, Sandbox};
use insta::assert_snapshot;

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

/// All files of the newest migration, each with its text.
fn newest(sandbox: &Sandbox) -> String {
    let folder = format!("migrations/{}", ids(sandbox).pop().unwrap());
    let mut text = String::new();
    for (path, bytes) in sandbox.files() {
        if let Ok(below) = path.strip_prefix(&folder)
            && sandbox.path(&path).is_file()
        {
            text += &format!("=== {}\n{}", below.display(), String::from_utf8(bytes).unwrap());
        }
    }
    sandbox.normal(&text)
}

#[test]
fn a_new_migration_of_each_built_in_template_can_be_applied_and_reverted() {
    let sandbox = Sandbox::project();
    sandbox.sql_migration(
        "template_table",
        "CREATE TABLE player (name TEXT); INSERT INTO player VALUES (' Ada'), (NULL)",
        "DROP TABLE player",
    );
    assert_snapshot!(sandbox.run(&["create", "template_blank"]).shown(), @"
    exit 0
    --- stdout
    made migrations/[STAMP]_template_blank/Cargo.toml
    made migrations/[STAMP]_template_blank/src/lib.rs
    it begins blank: names that write the code are `create_TABLE FIELD...`, `add_X_to_TABLE FIELD...`, `drop_COLUMN_from_TABLE [FIELD...]`, `rename_COLUMN_to_NEW_in_TABLE`, `add_index_to_TABLE COLUMN...`
    ");
    let blank = newest(&sandbox);
    assert_snapshot!(blank, @r#"
    === Cargo.toml
    [package]
    name = "m[STAMP]_template_blank"
    version = "0.0.0"
    edition = "2024"
    publish = false

    [lib]
    crate-type = ["cdylib"]

    [dependencies]
    migration-api = { workspace = true }
    === src/lib.rs
    //! Template blank.

    use migration_api::prelude::*;

    #[derive(Default)]
    pub struct TemplateBlank;

    impl Migration for TemplateBlank {
        fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
            // What this migration does, for example:
            // migrator.add_column("player", Column::integer("level").not_null().default(1))?;
            let _ = migrator;
            Ok(())
        }

        fn migrate_backward(&self, migrator: &mut Migrator) -> Result {
            // The way back. Without this method the migration is irreversible.
            // migrator.drop_column("player", "level")?;
            let _ = migrator;
            Ok(())
        }
    }

    export_migration!(TemplateBlank);
    "#);
    sandbox.run(&["create", "template_sql", "--template", "sql"]).succeeded();
    assert_snapshot!(newest(&sandbox), @r#"
    === Cargo.toml
    [package]
    name = "m[STAMP]_template_sql"
    version = "0.0.0"
    edition = "2024"
    publish = false

    [lib]
    crate-type = ["cdylib"]

    [dependencies]
    migration-api = { workspace = true }
    === backward.sql
    -- The way back from: Template sql.
    === forward.sql
    -- Template sql. The runner begins and commits; write no BEGIN or COMMIT.
    === src/lib.rs
    //! Template sql: the SQL is in `forward.sql` and `backward.sql`.

    use migration_api::prelude::*;

    #[derive(Default)]
    pub struct TemplateSql;

    impl Migration for TemplateSql {
        fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
            migrator.execute_batch(include_sql!("../forward.sql"))
        }

        fn migrate_backward(&self, migrator: &mut Migrator) -> Result {
            migrator.execute_batch(include_sql!("../backward.sql"))
        }
    }

    export_migration!(TemplateSql);
    "#);
    sandbox.run(&["create", "TemplateDataFixup", "-t", "data-fixup"]).succeeded();
    let library = format!("migrations/{}/src/lib.rs", ids(&sandbox).pop().unwrap());
    let source = sandbox.read(&library);
    let source = source
        .replace("your_table", "player")
        .replace("new_column", "plain_name")
        .replace("old_column", "name");
    assert!(source.contains("pub struct TemplateDataFixup;"), "{source}");
    sandbox.write(&library, &source);
    sandbox.run(&["create", "TemplateBatched", "-t", "batched"]).succeeded();
    let library = format!("migrations/{}/src/lib.rs", ids(&sandbox).pop().unwrap());
    let source = sandbox.read(&library);
    assert!(source.contains("pub struct TemplateBatched;"), "{source}");
    let source = source
        .replace("your_table", "player")
        .replace("new_column", "lower_name")
        .replace("old_column", "name");
    sandbox.write(&library, &source);

    assert_snapshot!(sandbox.run(&["migrate"]).shown(), @"
    exit 0
    --- stdout
    template_data_fixup: rows changed: 1
    template_batched: rows changed: 1
    applied [STAMP]_template_table ([N] ms)
    applied [STAMP]_template_blank ([N] ms)
    applied [STAMP]_template_sql ([N] ms)
    applied [STAMP]_template_data_fixup ([N] ms)
    applied [STAMP]_template_batched ([N] ms)
    applied 5 migrations: `app.db` has 5 applied, 0 pending
    ");
    assert_snapshot!(sandbox::rows(&sandbox.database(), "SELECT * FROM player"), @r#"
    Text(" Ada"), Text("ada"), Text("ada")
    Null, Null, Null
    "#);
    let reverted = sandbox.run(&["migrate", "--backward", "--all"]).succeeded();
    assert!(reverted.stdout.ends_with("0 applied, 5 pending\n"), "{}", reverted.shown());
}

#[test]
fn a_template_of_the_project_is_filled_in_where_its_files_ask_for_it() {
    let sandbox = Sandbox::project();
    let folder = "templates/ours";
    sandbox.write(format!("{folder}/Cargo.toml.jinja"), "name = \"{{ package }}\"\n");
    sandbox.write(
        format!("{folder}/src/lib.rs.jinja"),
        "// {{ id }} {{ name }} {{ type_name }} {{ sentence }}\n",
    );
    sandbox.write(format!("{folder}/notes/plain.txt"), "{{ id }} stays {% as it is\n");
    assert_snapshot!(sandbox.run(&["create", "TemplateOurs", "-t", "ours"]).shown(), @"
    exit 0
    --- stdout
    made migrations/[STAMP]_template_ours/Cargo.toml
    made migrations/[STAMP]_template_ours/notes/plain.txt
    made migrations/[STAMP]_template_ours/src/lib.rs
    ");
    assert_snapshot!(newest(&sandbox), @r#"
    === Cargo.toml
    name = "m[STAMP]_template_ours"
    === notes/plain.txt
    {{ id }} stays {% as it is
    === src/lib.rs
    // [STAMP]_template_ours template_ours TemplateOurs Template ours
    "#);
}

#[test]
fn a_template_may_hold_files_that_are_no_text() {
    let sandbox = Sandbox::project();
    sandbox.write("templates/ours/Cargo.toml", "[package]\n");
    let picture = b"\x89PNG\r\n\x1a\n\xff\0";
    fs::write(sandbox.path("templates/ours/picture.png"), picture).unwrap();
    sandbox.run(&["create", "template_picture", "-t", "ours"]).succeeded();
    let copy = format!("migrations/{}/picture.png", ids(&sandbox).pop().unwrap());
    assert_eq!(fs::read(sandbox.path(copy)).unwrap(), picture);
}

#[test]
fn a_template_that_cannot_be_filled_in_makes_nothing() {
    let sandbox = Sandbox::project();
    sandbox.write("templates/ours/Cargo.toml.jinja", "[package]\nname = \"{{ pakage }}\"\n");
    let create = ["create", "template_template", "-t", "ours"];
    assert_snapshot!(sandbox.untouched(&create).shown(), @"
    exit 2
    --- stderr
    error: the template file `[ROOT]/templates/ours/Cargo.toml.jinja` is not right
      caused by: undefined value (in Cargo.toml.jinja:2)
    hint: it may use `id`, `package`, `name`, `type_name` and `sentence`, each in `{{ }}`
    ");
    sandbox.write("templates/ours/Cargo.toml.jinja", "{% if %}\n");
    assert_snapshot!(sandbox.untouched(&create).shown(), @"
    exit 2
    --- stderr
    error: the template file `[ROOT]/templates/ours/Cargo.toml.jinja` is not right
      caused by: syntax error: unexpected end of block (in Cargo.toml.jinja:1)
    hint: it may use `id`, `package`, `name`, `type_name` and `sentence`, each in `{{ }}`
    ");
}

#[test]
fn a_template_that_is_not_known_is_refused_with_those_that_are() {
    let sandbox = Sandbox::project();
    sandbox.write("templates/ours/Cargo.toml", "");
    sandbox.write("templates/no_template/README.md", "");
    let refusal = |name: &str| {
        let template = format!("--template={name}");
        sandbox.untouched(&["create", "template_unknown", &template]).shown()
    };
    assert_snapshot!(refusal("blnk"), @"
    exit 2
    --- stderr
    error: there is no template `blnk`
    hint: there are `batched`, `blank`, `data-fixup`, `ours`, `sql`
    ");
    // Folders that are part of a template, or hold some, are none.
    for name in ["", ".", "..", "no_template", "sql/src", "../project", "/"] {
        assert_eq!(refusal(name), refusal("blnk").replace("blnk", name), "{name}");
    }
}

#[cfg(unix)]
#[test]
fn a_template_without_an_end_is_refused() {
    let sandbox = Sandbox::project();
    let config = sandbox.read("runner.toml");
    sandbox.write("runner.toml", &format!("templates = \"templates\"\n{config}"));
    sandbox.write("templates/endless/Cargo.toml.jinja", "");
    std::os::unix::fs::symlink("..", sandbox.path("templates/endless/again")).unwrap();
    let refused = || sandbox.run(&["create", "templates_endless", "--template", "endless"]);
    assert_snapshot!(refused().shown(), @"
    exit 2
    --- stderr
    error: cannot read `[ROOT]/templates/endless/again/endless`
      caused by: it is a link to a folder that it is in, and has no end
    ");
    fs::remove_file(sandbox.path("templates/endless/again")).unwrap();
    std::os::unix::fs::symlink("/dev/zero", sandbox.path("templates/endless/zero")).unwrap();
    assert_snapshot!(refused().shown(), @"
    exit 2
    --- stderr
    error: cannot read `[ROOT]/templates/endless/zero`
      caused by: it is a device and no regular file
    hint: put a regular file there, or name another one
    ");
}
