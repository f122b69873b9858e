//! What cannot be rehearsed is said, and nothing is changed.

use std::fs;

use insta::assert_snapshot;

use super::scene::Scene;

#[test]
fn where_nothing_is_pending_nothing_is_copied() {
    let scene = Scene::new();
    let before = scene.files();
    assert_snapshot!(scene.rehearse(&["--copy-in", "nowhere"]).shown(), @"
    exit 0
    --- stdout
    nothing is pending: `app.db` needs no rehearsal
    ");
    assert_snapshot!(scene.rehearse(&["--json"]).shown(), @r#"
    exit 0
    --- stdout
    {
      "rehearsal": null
    }
    "#);
    assert_eq!(scene.files(), before);
}

#[test]
fn without_a_database_there_is_nothing_to_copy() {
    let scene = Scene::new();
    fs::remove_file(scene.sandbox.path("app.db")).unwrap();
    assert_snapshot!(scene.rehearse(&[]).shown(), @"
    exit 2
    --- stderr
    error: there is no database `[ROOT]/app.db` to rehearse on
    hint: a rehearsal is on a copy of what is there; for a new one, `runner migrate --create`; `--database FILE`, `DATABASE_URL` or `runner.toml` names it
    ");
    assert!(!scene.sandbox.path("app.db").exists());
}

#[test]
fn what_is_no_database_or_a_damaged_one_is_named() {
    let scene = Scene::new();
    scene.pending("rehearsed_damaged", "", "UPDATE player SET price = 1", Some(""));
    let whole = fs::read(scene.sandbox.path("app.db")).unwrap();
    let mut damaged = whole.clone();
    // The pages after the schema: the rows of tables.
    damaged[4096..12288].fill(0xff);
    fs::write(scene.sandbox.path("app.db"), &damaged).unwrap();
    let outcome = scene.rehearse(&[]);
    assert_ne!(outcome.code, Some(0), "{outcome:?}");
    assert_eq!(fs::read(scene.sandbox.path("app.db")).unwrap(), damaged);
    fs::write(scene.sandbox.path("app.db"), "no database, but as long as one. ".repeat(99))
        .unwrap();
    let outcome = scene.rehearse(&[]);
    assert_eq!(outcome.code, Some(4), "{outcome:?}");
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let scene = Scene::new();
    scene.pending("rehearsed_nowhere", "", "DELETE FROM item", Some(""));
    let before = scene.files();
    assert_snapshot!(scene.rehearse(&["--copy-in", "nowhere"]).shown(), @"
    exit 2
    --- stderr
    error: cannot make a folder for the copy in `nowhere`
      caused by: No such file or directory (os error 2)
    hint: nothing was copied. In a folder with more room: `runner rehearse --copy-in DIR`
    ");
    assert_eq!(scene.files(), before);
}

/// A file system of its own that is too small.
#[cfg(target_os = "linux")]
#[test]
fn too_little_room_is_said_before_anything_is_copied() {
    use crate::sandbox::skipped;
    let scene = Scene::new();
    scene.pending("rehearsed_room", "", "DELETE FROM item", Some(""));
    fs::create_dir(scene.sandbox.path("small")).unwrap();
    let mount = "mount -t tmpfs -o size=64k none small";
    let line = format!("{mount} && \"$0\" rehearse --copy-in small; code=$?; ls small; exit $code");
    let mut command = scene.sandbox.shell(&format!("unshare -rm sh -c '{line}' \"$0\""));
    let may = scene.sandbox.shell(&format!("unshare -rm sh -c '{mount}'")).output();
    if !may.is_ok_and(|output| output.status.success()) {
        return skipped("no file system can be mounted here");
    }
    let outcome = scene.sandbox.outcome(&command.output().unwrap());
    assert_eq!((outcome.code, outcome.stdout.as_str()), (Some(75), ""), "{outcome:?}");
    assert!(outcome.stderr.contains("has room for 65 kB, and the rehearsal needs"), "{outcome:?}");
    assert!(outcome.stderr.contains("`runner rehearse --copy-in DIR`"), "{outcome:?}");
}

#[cfg(unix)]
#[test]
fn who_asks_for_the_end_gets_it_and_no_copy_is_left() {
    use crate::sandbox::wait_until;
    use rustix::process::{Pid, Signal, kill_process};
    let scene = Scene::new();
    scene.sandbox.plugin("stops_when_asked");
    let folder = scene.sandbox.path("copies");
    fs::create_dir(&folder).unwrap();
    let before = scene.files();
    let mut command = scene.sandbox.command(&["rehearse", "--copy-in", "copies"]);
    let child = command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let child = child.spawn().unwrap();
    let has_a_copy = || {
        let mut folders = fs::read_dir(&folder).unwrap().map(Result::unwrap);
        folders.any(|entry| entry.path().join("base.db").exists())
    };
    wait_until(has_a_copy);
    let pid = Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    kill_process(pid, Signal::INT).unwrap();
    let outcome = scene.sandbox.outcome(&child.wait_with_output().unwrap());
    assert_eq!(outcome.code, Some(130), "{outcome:?}");
    assert!(outcome.stderr.contains("the database is unchanged"), "{outcome:?}");
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
    assert_eq!(scene.files(), before);
}
