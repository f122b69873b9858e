//! Signals: what they stop, what is told, and that nothing half done stays.
#![cfg(unix)]

use std::fs;
use std::process::{Child, Command, Stdio};

use crate::sandbox::{Outcome, Sandbox, rows};
use crate::scene::{self, Scene, wait_until};
use insta::assert_snapshot;
use rustix::process::{Pid, Signal, kill_process, test_kill_process};

const STARTED: &str = "SELECT substr(id, 17), direction FROM _runner_started";

fn send(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).unwrap();
}

/// Runs `arguments`, and sends `signals`, one after the other, when the plugin has come half way.
#[track_caller]
fn stopped(scene: &Scene, arguments: &[&str], signals: &[Signal]) -> String {
    scene.unharmed_when(scene.sandbox.command(arguments), |child| {
        scene.wait_for("half");
        signals.iter().for_each(|signal| send(child, *signal));
    })
}

/// Waits until the process whose number is in the file `name` is gone.
#[track_caller]
fn gone(sandbox: &Sandbox, name: &str) {
    let id = sandbox.read(name).trim().parse().ok().and_then(Pid::from_raw).unwrap();
    wait_until(|| test_kill_process(id).is_err() || is_zombie(id));
}

/// In a container nobody may have waited for what lost its parent.
fn is_zombie(id: Pid) -> bool {
    let stat = fs::read_to_string(format!("/proc/{}/stat", id.as_raw_nonzero()));
    stat.is_ok_and(|stat| stat.contains(") Z"))
}

/// Whether a program that is started here would ignore or block a signal.
#[cfg(target_os = "linux")]
fn deafens() -> bool {
    let told = Command::new("cat").arg("/proc/self/status").output().unwrap().stdout;
    let told = String::from_utf8(told).unwrap();
    let mask = |name| told.lines().find_map(|line| line.strip_prefix(name)).unwrap().trim();
    // Beyond these are signals that the C library keeps for itself.
    let deaf_to = |name| u64::from_str_radix(mask(name), 16).unwrap() & 0x7fff_ffff;
    deaf_to("SigIgn:") | deaf_to("SigBlk:") != 0
}

#[test]
#[cfg(target_os = "linux")]
fn what_a_test_starts_hears_signals_whoever_started_the_test() {
    /// Set where this test runs once more, in a process that ignores and blocks signals.
    const DEAF: &str = "RUNNER_TEST_DEAF";
    let this = "signals::what_a_test_starts_hears_signals_whoever_started_the_test";
    if std::env::var_os(DEAF).is_some() {
        assert!(deafens());
    } else {
        let ignore = "trap '' HUP INT QUIT TERM ALRM USR1 USR2 CHLD XFSZ PIPE";
        let mut again = Command::new("sh");
        again.args(["-c", &format!("{ignore}; exec \"$0\" --exact \"$1\"")]);
        again.arg(std::env::current_exe().unwrap()).arg(this).env(DEAF, "yes");
        let all = nix::sys::signal::SigSet::all();
        all.thread_block().unwrap();
        let outcome = again.output().unwrap();
        all.thread_unblock().unwrap();
        assert!(outcome.status.success(), "{}", String::from_utf8_lossy(&outcome.stdout));
    }
    let _sandbox = Sandbox::empty();
    assert!(!deafens());
}

#[test]
fn each_signal_interrupts_the_query_and_has_its_exit_code() {
    let scene = Scene::with("queries_for_ever");
    assert_snapshot!(stopped(&scene, &["migrate"], &[Signal::INT]), @"
    exit 130
    --- stderr
    error: the migration `[STAMP]_queries_for_ever` was stopped (SIGINT)
    hint: nothing of it is in the database. `app.db` has 1 applied, 2 pending
    ");
    assert_snapshot!(stopped(&scene, &["migrate"], &[Signal::TERM]), @"
    exit 143
    --- stderr
    error: the migration `[STAMP]_queries_for_ever` was stopped (SIGTERM)
    hint: nothing of it is in the database. `app.db` has 1 applied, 2 pending
    ");
    assert_snapshot!(stopped(&scene, &["migrate"], &[Signal::HUP]), @"
    exit 129
    --- stderr
    error: the migration `[STAMP]_queries_for_ever` was stopped (SIGHUP)
    hint: nothing of it is in the database. `app.db` has 1 applied, 2 pending
    ");
    assert_snapshot!(stopped(&scene, &["migrate", "--json"], &[Signal::TERM]), @r#"
    exit 143
    --- stderr
    {"error":{"causes":[],"code":"stopped","exit":"terminated","hint":"nothing of it is in the database. `app.db` has 1 applied, 2 pending","message":"the migration `[STAMP]_queries_for_ever` was stopped (SIGTERM)"}}
    "#);
}

#[test]
fn a_signal_in_the_middle_of_a_rebuild_ends_it_and_no_row_was_moved() {
    let scene = Scene::with("rebuilds_half_way");
    assert_snapshot!(stopped(&scene, &["migrate"], &[Signal::INT]), @"
    exit 130
    --- stderr
    error: the migration `[STAMP]_rebuilds_half_way` was stopped (SIGINT)
    hint: nothing of it is in the database. `app.db` has 1 applied, 2 pending
    ");
    assert_snapshot!(stopped(&scene, &["migrate"], &[Signal::TERM]), @"
    exit 143
    --- stderr
    error: the migration `[STAMP]_rebuilds_half_way` was stopped (SIGTERM)
    hint: nothing of it is in the database. `app.db` has 1 applied, 2 pending
    ");
    // What is in the file by then is rolled back by whoever opens it next.
    assert_snapshot!(shown_after(&scene, &["migrate"], Signal::KILL, |_| {}), @"
    exit 1
    --- stderr
    error: the migration `[STAMP]_rebuilds_half_way` ended its process without a report (signal: 9 (SIGKILL))
    hint: SQLite rolled back what was not committed; `[STAMP]_rebuilds_half_way` is not applied. `app.db` has 1 applied, 2 pending
    ");
}

#[test]
fn code_that_asks_whether_to_stop_is_told_so_and_what_it_did_is_rolled_back() {
    let scene = Scene::with("asks_now_and_then");
    assert_snapshot!(stopped(&scene, &["migrate"], &[Signal::INT]), @"
    exit 130
    --- stderr
    error: the migration `[STAMP]_asks_now_and_then` was stopped (SIGINT)
    hint: nothing of it is in the database. `app.db` has 1 applied, 2 pending
    ");
}

#[test]
fn code_that_does_not_end_is_killed_in_the_end() {
    let scene = Scene::with("computes_for_ever");
    assert_snapshot!(stopped(&scene, &["migrate"], &[Signal::TERM]), @"
    exit 143
    --- stderr
    error: the migration `[STAMP]_computes_for_ever` did not stop when it was asked to, and was killed (SIGTERM)
    hint: SQLite rolled back what was not committed; `[STAMP]_computes_for_ever` is not applied. `app.db` has 1 applied, 2 pending
    ");
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let scene = Scene::with("goes_on_when_asked");
    let before = scene.sandbox.contents();
    let child = start(scene.sandbox.command(&["migrate"]));
    scene.wait_for("half");
    send(&child, Signal::INT);
    // Two at the same moment may be delivered as one, or in another order.
    scene.wait_for("asked");
    send(&child, Signal::TERM);
    let outcome = scene.sandbox.outcome(&child.wait_with_output().unwrap());
    assert_snapshot!(outcome.shown(), @"
    exit 130
    --- stderr
    error: the migration `[STAMP]_goes_on_when_asked` was killed at once (SIGINT)
    hint: SQLite rolls back what was not committed; `runner status` shows what is applied
    ");
    assert_eq!(scene.sandbox.contents(), before);
}

/// What is told when the process of the migrations alone gets `signal`, half way.
#[track_caller]
fn shown_after(
    scene: &Scene,
    arguments: &[&str],
    signal: Signal,
    then: impl FnOnce(&Child),
) -> String {
    scene.unharmed_when(scene.sandbox.command(arguments), |runner| {
        scene.wait_for("half");
        let worker = scene.sandbox.read("half").parse().ok().and_then(Pid::from_raw).unwrap();
        kill_process(worker, signal).unwrap();
        then(runner);
    })
}

#[test]
fn a_signal_to_the_process_of_the_migrations_alone_is_not_told_as_one_to_the_runner() {
    let scene = Scene::with("queries_for_ever");
    assert_snapshot!(shown_after(&scene, &["migrate"], Signal::TERM, |_| {}), @"
    exit 143
    --- stderr
    error: the migration `[STAMP]_queries_for_ever` was stopped: its process got SIGTERM, and not from the runner
    hint: nothing of it is in the database. `app.db` has 1 applied, 2 pending
    ");
    assert_snapshot!(shown_after(&scene, &["migrate", "--json"], Signal::INT, |_| {}), @r#"
    exit 130
    --- stderr
    {"error":{"causes":[],"code":"stopped","exit":"interrupted","hint":"nothing of it is in the database. `app.db` has 1 applied, 2 pending","message":"the migration `[STAMP]_queries_for_ever` was stopped: its process got SIGINT, and not from the runner"}}
    "#);
    assert_snapshot!(shown_after(&scene, &["migrate"], Signal::KILL, |_| {}), @"
    exit 1
    --- stderr
    error: the migration `[STAMP]_queries_for_ever` ended its process without a report (signal: 9 (SIGKILL))
    hint: SQLite rolled back what was not committed; `[STAMP]_queries_for_ever` is not applied. `app.db` has 1 applied, 2 pending
    ");
}

#[test]
fn a_process_that_somebody_has_stopped_ends_when_its_time_is_over_or_with_the_runner() {
    let scene = Scene::with("queries_for_ever");
    let timeout = ["migrate", "--timeout", "2"];
    assert_snapshot!(shown_after(&scene, &timeout, Signal::STOP, |_| {}), @"
    exit 1
    --- stderr
    error: the migration `[STAMP]_queries_for_ever` ran for longer than 2 s
    hint: it was interrupted and rolled back; `--timeout SECONDS` gives it longer. `app.db` has 1 applied, 2 pending
    ");
    let interrupt = |runner: &Child| send(runner, Signal::INT);
    assert_snapshot!(shown_after(&scene, &["migrate"], Signal::STOP, interrupt), @"
    exit 130
    --- stderr
    error: the migration `[STAMP]_queries_for_ever` was stopped (SIGINT)
    hint: nothing of it is in the database. `app.db` has 1 applied, 2 pending
    ");
}

#[test]
fn a_program_that_a_migration_waits_for_ends_with_it() {
    let scene = Scene::with("waits_for_a_process");
    let shown = scene.unharmed_when(scene.sandbox.command(&["migrate"]), |child| {
        scene.wait_for("half");
        scene.wait_for("helper");
        send(child, Signal::INT);
        gone(&scene.sandbox, "helper");
    });
    assert_snapshot!(shown, @"
    exit 130
    --- stderr
    error: the migration `[STAMP]_waits_for_a_process` was stopped (SIGINT)
    hint: nothing of it is in the database. `app.db` has 1 applied, 2 pending
    ");
}

#[test]
fn a_program_that_a_migration_leaves_behind_ends_with_it() {
    let scene = Scene::with("leaves_a_program_behind");
    scene.succeeds(&[]);
    gone(&scene.sandbox, "helper");
}

#[test]
fn a_program_that_a_migration_waits_for_ends_when_the_time_is_over() {
    let scene = Scene::with("waits_for_a_process");
    let shown = scene.unharmed_when(scene.sandbox.command(&["migrate", "--timeout", "5"]), |_| {
        scene.wait_for("helper");
        gone(&scene.sandbox, "helper");
    });
    assert_snapshot!(shown, @"
    exit 1
    --- stderr
    error: the migration `[STAMP]_waits_for_a_process` ran for longer than 5 s
    hint: it was interrupted and rolled back; `--timeout SECONDS` gives it longer. `app.db` has 1 applied, 2 pending
    ");
}

#[test]
fn all_that_a_migration_started_ends_with_a_runner_that_is_killed() {
    let scene = Scene::with("waits_for_a_process");
    let before = scene.sandbox.contents();
    let mut child = start(scene.sandbox.command(&["migrate"]));
    scene.wait_for("half");
    scene.wait_for("helper");
    send(&child, Signal::KILL);
    child.wait().unwrap();
    gone(&scene.sandbox, "helper");
    gone(&scene.sandbox, "half");
    scene.sandbox.database().execute_batch("BEGIN IMMEDIATE; ROLLBACK").unwrap();
    assert_eq!(scene.sandbox.contents(), before);
}

#[test]
fn steps_before_the_one_that_is_stopped_stay() {
    let sandbox = Sandbox::project();
    sandbox.sql_migration("stopped_first", scene::GROUND, "");
    sandbox.plugin("queries_for_ever");
    let outcome = signalled(&sandbox, &["migrate"], Signal::INT);
    assert_snapshot!(outcome.shown(), @"
    exit 130
    --- stdout
    applied [STAMP]_stopped_first ([N] ms)
    --- stderr
    error: the migration `[STAMP]_queries_for_ever` was stopped (SIGINT)
    hint: nothing of it is in the database. `app.db` has 1 applied, 1 pending
    ");
    let history = rows(&sandbox.database(), "SELECT substr(id, 17) FROM _runner_migrations");
    assert_eq!(history, "  Text(\"stopped_first\")\n");
}

#[test]
fn steps_in_the_same_transaction_do_not() {
    let sandbox = Sandbox::project();
    sandbox.sql_migration("stopped_together", scene::GROUND, "");
    sandbox.plugin("queries_for_ever");
    let outcome = signalled(&sandbox, &["migrate", "--single-transaction"], Signal::INT);
    assert_snapshot!(outcome.shown(), @"
    exit 130
    --- stderr
    error: the migration `[STAMP]_queries_for_ever` was stopped (SIGINT)
    hint: nothing of it is in the database. The step before it was rolled back with it. `app.db` has 0 applied, 2 pending
    ");
    assert_eq!(rows(&sandbox.database(), "SELECT name FROM sqlite_schema"), "");
}

#[test]
fn one_without_a_transaction_stays_recorded_as_started() {
    let scene = Scene::with("queries_for_ever_alone");
    let outcome = signalled(&scene.sandbox, &["migrate"], Signal::TERM);
    assert_snapshot!(outcome.shown(), @"
    exit 143
    --- stderr
    error: the migration `[STAMP]_queries_for_ever_alone` was stopped (SIGTERM)
    hint: it runs without a transaction, so what it did before that stays; `runner status` shows how to go on. `app.db` has 1 applied, 2 pending
    ");
    let started = "  Text(\"queries_for_ever_alone\"), Text(\"forward\")\n";
    assert_eq!(rows(&scene.sandbox.database(), STARTED), started);
    assert_eq!(scene.history(), ["ground"]);
}

#[test]
fn a_signal_after_the_commit_comes_too_late_and_the_report_says_so() {
    let sandbox = Sandbox::project();
    sandbox.plugin("lingers_at_exit");
    let child = start(sandbox.command(&["migrate"]));
    wait_until(|| sandbox.path("half").exists());
    send(&child, Signal::TERM);
    sandbox.write("go", "");
    let outcome = sandbox.outcome(&child.wait_with_output().unwrap());
    assert_snapshot!(outcome.shown(), @"
    exit 0
    --- stdout
    applied [STAMP]_lingers_at_exit ([N] ms)
    applied 1 migration: `app.db` has 1 applied, 0 pending
    ");
    let history = rows(&sandbox.database(), "SELECT substr(id, 17) FROM _runner_migrations");
    assert_eq!(history, "  Text(\"lingers_at_exit\")\n");
}

#[test]
fn a_dry_run_that_is_stopped_leaves_no_copy_of_the_database_behind() {
    let scene = Scene::with("computes_for_ever");
    fs::create_dir(scene.sandbox.path("tmp")).unwrap();
    for signals in [&[Signal::INT][..], &[Signal::INT, Signal::TERM]] {
        // Interrupted by the first signal; ended at once by the second.
        let mut dry_run = scene.sandbox.command(&["migrate", "--dry-run"]);
        dry_run.env("TMPDIR", scene.sandbox.path("tmp"));
        let shown = scene.unharmed_when(dry_run, |child| {
            scene.wait_for("half");
            assert_eq!(fs::read_dir(scene.sandbox.path("tmp")).unwrap().count(), 1);
            signals.iter().for_each(|signal| send(child, *signal));
        });
        assert_eq!(fs::read_dir(scene.sandbox.path("tmp")).unwrap().count(), 0);
        if signals.len() == 1 {
            assert_snapshot!(shown, @"
            exit 130
            --- stdout
            would apply [STAMP]_computes_for_ever
            --- stderr
            error: the migration `[STAMP]_computes_for_ever` did not stop when it was asked to, and was killed (SIGINT)
            hint: `app.db` is unchanged
            ");
        }
    }
}

#[test]
fn a_build_that_is_stopped_ends_with_all_that_it_runs_and_nothing_is_touched() {
    let sandbox = Sandbox::project();
    let id = sandbox.sql_migration("stopped_build", "CREATE TABLE t (a)", "");
    sandbox.write(
        format!("migrations/{id}/build.rs"),
        &format!(
            "fn main() {{ let root = std::path::Path::new({:?});\n\
             std::fs::write(root.join(\"half\"), std::process::id().to_string()).unwrap();\n\
             while root.exists() {{ std::thread::yield_now(); }} }}",
            sandbox.root()
        ),
    );
    let outcome = signalled(&sandbox, &["migrate"], Signal::INT);
    gone(&sandbox, "half");
    assert_snapshot!(outcome.shown(), @"
    exit 130
    --- stderr
    error: the build was stopped (SIGINT)
    hint: nothing was applied
    ");
    assert!(!sandbox.path("app.db").exists());
}

#[test]
fn who_waits_for_the_lock_can_be_stopped() {
    let scene = Scene::with("uses_savepoint");
    let holder = scene.sandbox.database();
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    let child = start(scene.sandbox.command(&["migrate", "--busy-timeout", "3600"]));
    let children = format!("/proc/{0}/task/{0}/children", child.id());
    // The second child is the one that migrates; the first was cargo.
    wait_until(|| fs::read_to_string(&children).is_ok_and(|ids| is_worker(&ids)));
    send(&child, Signal::TERM);
    let outcome = scene.sandbox.outcome(&child.wait_with_output().unwrap());
    assert_eq!(outcome.code, Some(143), "{}", outcome.shown());
    drop(holder);
    scene.succeeds(&[]);
}

fn is_worker(ids: &str) -> bool {
    ids.split_whitespace().any(|id| {
        fs::read(format!("/proc/{id}/cmdline"))
            .is_ok_and(|words| words.split(|byte| *byte == 0).any(|word| word == b"apply-job"))
    })
}

#[test]
fn what_was_to_be_ignored_from_the_start_is_ignored() {
    let scene = Scene::with("waits_half_way");
    let mut nohup = scene.sandbox.shell("trap '' HUP INT; exec \"$0\" migrate");
    let child = nohup.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    scene.wait_for("half");
    send(&child, Signal::HUP);
    send(&child, Signal::INT);
    scene.sandbox.write("go", "");
    scene.sandbox.outcome(&child.wait_with_output().unwrap()).succeeded();
    assert_eq!(scene.history().len(), 3);
}

#[test]
#[cfg(target_os = "linux")]
fn ctrl_c_at_a_terminal_is_one_signal() {
    let scene = Scene::with("queries_for_ever");
    let before = scene.sandbox.contents();
    let line = format!("'{}' migrate", env!("CARGO_BIN_EXE_runner"));
    // A terminal, whose keys are the standard input of `script`.
    let mut terminal = Command::new("script");
    terminal.args(["--quiet", "--return", "--command", &line, "/dev/null"]);
    scene.sandbox.prepare(&mut terminal);
    let mut child = terminal.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    scene.wait_for("half");
    std::io::Write::write_all(child.stdin.as_mut().unwrap(), b"\x03").unwrap();
    gone(&scene.sandbox, "half");
    let outcome = scene.sandbox.outcome(&child.wait_with_output().unwrap());
    assert_eq!(outcome.code, Some(130), "{}", outcome.shown());
    assert!(outcome.stdout.contains("(SIGINT)"), "{}", outcome.shown());
    assert!(outcome.stdout.contains("1 applied, 2 pending"), "{}", outcome.shown());
    assert_eq!(scene.sandbox.contents(), before);
}

fn start(mut command: Command) -> Child {
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// What a run does that gets `signal` when there is a file `half`.
fn signalled(sandbox: &Sandbox, arguments: &[&str], signal: Signal) -> Outcome {
    let child = start(sandbox.command(arguments));
    let half = sandbox.path("half");
    wait_until(|| fs::metadata(&half).is_ok_and(|metadata| metadata.len() > 0));
    send(&child, signal);
    sandbox.outcome(&child.wait_with_output().unwrap())
}
