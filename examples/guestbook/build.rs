//! Refuses to embed a bundle that is not what `migrations/` says.

use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=guestbook.bundle\ncargo::rerun-if-changed=migrations");
    let checked = Command::new("runner").args(["check", "bundle", "guestbook.bundle"]).status();
    assert!(checked.expect("`runner` is in PATH").success(), "guestbook.bundle is stale");
}
