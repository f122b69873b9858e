//! Symbolic links in the crate of an applied migration.

use std::fs;
use std::os::unix::fs::symlink;

use super::project::applied;
use crate::sandbox::Sandbox;

/// Panics unless nothing has drifted.
#[track_caller]
fn in_order(sandbox: &Sandbox) {
    let said = sandbox.run(&["repair"]).succeeded().stdout;
    assert_eq!(said.lines().next(), Some("nothing to repair"));
}

#[test]
fn no_symbolic_link_in_an_applied_crate_stops_a_command() {
    let (sandbox, [first, ..]) = applied("links");
    sandbox.write("common/a.sql", "SELECT 1;");
    let link = |target: &str| {
        let path = sandbox.path(format!("migrations/{first}/link"));
        let _ = fs::remove_file(&path);
        symlink(target, path).unwrap();
    };
    for target in
        ["../../common", "../../common/a.sql", "src", "nowhere", "link", "..", "/dev/zero"]
    {
        link(target);
        let status = sandbox.run(&["status"]).succeeded().stdout;
        assert!(status.contains("[~] 1 edited since applied"), "{target}: {status}");
        assert_eq!(sandbox.run(&["migrate"]).code, Some(3), "{target}");
        assert_eq!(sandbox.run(&["check", "drift"]).code, Some(1), "{target}");
        let accept = ["repair", "--accept", &first, "--reason", "a link"];
        sandbox.run(&accept).succeeded();
        in_order(&sandbox);
    }
    // Of a folder elsewhere, what is in it counts, as it would where the link is.
    link("../../common");
    sandbox.run(&["repair", "--accept", &first, "--reason", "a folder"]).succeeded();
    sandbox.write("common/a.sql", "SELECT 2;");
    let status = sandbox.run(&["status"]).succeeded().stdout;
    assert!(status.contains("[~] 1 edited since applied"), "{status}");
    // What was built from a crate with links runs.
    sandbox.run(&["repair", "--accept", &first, "--reason", "another text"]).succeeded();
    link("nowhere");
    sandbox.run(&["redo", "--steps", "3"]).succeeded();
    in_order(&sandbox);
}

#[test]
fn a_link_that_leads_nowhere_is_no_crate() {
    let (sandbox, [_, second, _]) = applied("links_away");
    let folder = sandbox.path(format!("migrations/{second}"));
    fs::rename(&folder, sandbox.path("moved")).unwrap();
    symlink(sandbox.path("moved"), &folder).unwrap();
    in_order(&sandbox);
    fs::rename(sandbox.path("moved"), sandbox.path("moved_again")).unwrap();
    let status = sandbox.run(&["status"]).succeeded().stdout;
    assert!(status.contains("[?] 1 applied, and the crate is gone"), "{status}");
}
