//! Crates of models that are none, or that do not end well: each is told, and none looks like success.

use insta::assert_snapshot;

use super::project::{read, with_crate, with_models, write_crate};
use crate::scene::wait_until;

/// A crate whose table runs `code` when it is asked what it is.
fn doing(code: &str) -> String {
    format!(
        "use migration_model::{{Definition, Table, export_models}};\n\
         pub struct Player;\n\
         impl Table for Player {{\n\
             const NAME: &'static str = \"player\";\n\
             const COLUMNS: &'static [(&'static str, &'static str)] = &[];\n\
             fn definition() -> Definition {{ {code} }}\n\
         }}\n\
         export_models!(Player);\n"
    )
}

/// A crate that exports this as its descriptor.
fn exporting(magic: &str, size: u32, major: u16) -> String {
    format!(
        "#[repr(C)]\npub struct Descriptor([u8; 8], u32, u16, u16, [usize; 3]);\n\
         #[unsafe(no_mangle)]\n\
         pub static RUNNER_MODELS: Descriptor = Descriptor(*b\"{magic}\", {size}, {major}, 0, [0; 3]);\n"
    )
}

#[test]
fn a_panic_is_told_with_its_words_and_its_line() {
    let sandbox = with_crate("models_that_panic", &doing("panic!(\"not today\")"));
    assert_snapshot!(read(&sandbox).shown(), @"
    exit 1
    --- stderr
    error: cannot read the models in `[TARGET]/debug/libmodels_that_panic.so`
      caused by: it panicked at src/lib.rs:6: not today
    ");
}

#[test]
fn an_abort_is_no_success() {
    let sandbox = with_crate("models_that_abort", &doing("std::process::abort()"));
    assert_snapshot!(read(&sandbox).shown(), @"
    exit 1
    --- stderr
    error: the code of the models in `[TARGET]/debug/libmodels_that_abort.so` ended its process without a report (signal: 6 (SIGABRT))
    ");
}

#[test]
fn an_exit_is_no_success() {
    let sandbox = with_crate("models_that_exit", &doing("std::process::exit(0)"));
    assert_snapshot!(read(&sandbox).shown(), @"
    exit 1
    --- stderr
    error: the code of the models in `[TARGET]/debug/libmodels_that_exit.so` ended its process without a report (exit status: 0)
    ");
}

#[test]
fn a_report_that_the_models_print_themselves_is_no_success() {
    let forged = r#"println!("{{\"done\":{{\"sql\":[],\"renames\":[]}}}}"); std::process::exit(0)"#;
    let sandbox = with_crate("models_that_forge", &doing(forged));
    assert_snapshot!(read(&sandbox).shown(), @r#"
    exit 1
    --- stderr
    {"done":{"sql":[],"renames":[]}}
    error: the code of the models in `[TARGET]/debug/libmodels_that_forge.so` ended its process without a report (exit status: 0)
    "#);
}

#[test]
fn models_that_never_answer_are_killed() {
    let sandbox = with_crate("models_that_hang", &doing("loop { std::thread::park() }"));
    assert_snapshot!(read(&sandbox).shown(), @"
    exit 1
    --- stderr
    error: the code of the models in `[TARGET]/debug/libmodels_that_hang.so` reported nothing for 10 s, and was killed
    ");
}

#[cfg(unix)]
#[test]
fn a_signal_ends_models_that_never_answer() {
    use std::process::Stdio;

    use rustix::process::{Pid, Signal, kill_process};

    let begin = "std::fs::write(\"begun\", \"x\").unwrap(); loop { std::thread::park() }";
    let sandbox = with_crate("models_that_wait_for_a_signal", &doing(begin));
    let mut command = sandbox.command(&["schema", "dump", "models"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    wait_until(|| sandbox.path("begun").exists());
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    assert_snapshot!(sandbox.outcome(&child.wait_with_output().unwrap()).shown(), @"
    exit 130
    --- stderr
    error: the code of the models in `[TARGET]/debug/libmodels_that_wait_for_a_signal.so` was stopped (SIGINT)
    ");
}

#[cfg(unix)]
#[test]
fn models_end_with_the_runner_that_asked_them() {
    use std::process::Stdio;

    use rustix::process::{Pid, test_kill_process};

    let begin = "std::fs::write(\"half\", std::process::id().to_string()).unwrap(); \
                 std::fs::rename(\"half\", \"begun\").unwrap(); loop { std::thread::park() }";
    let sandbox = with_crate("models_that_are_left_alone", &doing(begin));
    let mut command = sandbox.command(&["schema", "dump", "models"]);
    let mut runner = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    wait_until(|| sandbox.path("begun").exists());
    let id = sandbox.read("begun");
    let child = Pid::from_raw(id.parse().unwrap()).unwrap();
    runner.kill().unwrap();
    runner.wait().unwrap();
    let is_zombie = || {
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat"));
        stat.is_ok_and(|stat| stat.contains(") Z"))
    };
    wait_until(|| test_kill_process(child).is_err() || is_zombie());
}

#[test]
fn a_crate_without_an_export_is_told_what_to_write() {
    let sandbox = with_crate("models_without_export", "pub struct Player;\n");
    assert_snapshot!(read(&sandbox).shown(), @"
    exit 3
    --- stderr
    error: cannot read the models in `[TARGET]/debug/libmodels_without_export.so`
      caused by: it exports no models
    hint: write `migration_model::export_models!(YourTable, ...);` in its `src/lib.rs`
    explain: runner explain no-export
    ");
}

#[test]
fn another_abi_is_refused_before_anything_is_called() {
    for (name, source) in [
        ("models_of_another_kind", exporting("SOMETHIN", 40, 1)),
        ("models_of_a_newer_abi", exporting("RUNNERMO", 40, 2)),
        ("models_of_an_older_abi", exporting("RUNNERMO", 40, 0)),
        ("models_cut_short", exporting("RUNNERMO", 16, 1)),
    ] {
        let sandbox = with_crate(name, &source);
        assert_snapshot!(name, read(&sandbox).shown());
    }
}

#[test]
fn a_path_that_is_neither_is_named() {
    for (name, path, file) in [
        ("not_there", "schema.sql", None),
        ("a_folder_without_a_crate", "models", Some("models/readme.md")),
        ("a_file_that_is_no_sql", "models.txt", Some("models.txt")),
        ("a_folder_called_like_a_file", "schema.sql", Some("schema.sql/readme.md")),
    ] {
        let sandbox = with_models(path);
        if let Some(file) = file {
            sandbox.write(file, "");
        }
        let outcome = sandbox.untouched(&["schema", "dump", "models"]);
        assert_eq!(outcome.code, Some(2));
        assert_snapshot!(name, outcome.shown());
    }
}

#[test]
fn a_project_without_models_is_told_what_they_could_be() {
    let sandbox = with_models("");
    sandbox.write("runner.toml", "database = \"app.db\"\n");
    assert_snapshot!(sandbox.untouched(&["schema", "dump", "models"]).shown(), @r#"
    exit 2
    --- stderr
    error: `[ROOT]/runner.toml` says nothing of models
    hint: write `models = "schema.sql"`, a file of CREATE statements, or `models = "models"`, the folder of a crate that exports them
    "#);
}

#[test]
fn a_workspace_without_a_package_is_no_crate() {
    let sandbox = with_models("all");
    sandbox.write("all/Cargo.toml", "[workspace]\nresolver = \"3\"\nmembers = [\"one\"]\n");
    write_crate(&sandbox, "all/one", "models_of_a_workspace", "", &doing("unreachable!()"));
    let outcome = read(&sandbox);
    assert_ne!(outcome.code, Some(0), "{}", outcome.shown());
    assert!(outcome.stderr.contains("[ROOT]/all"), "{}", outcome.shown());
}
