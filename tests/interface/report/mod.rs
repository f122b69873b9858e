//! `runner report`.

mod bad_input;
#[cfg(unix)]
mod browser;
mod fleet;
mod long_history;
mod not_known;
#[cfg(unix)]
mod seen;

use std::fs;

use crate::sandbox::Sandbox;

#[test]
fn a_long_history_makes_a_small_page() {
    let sandbox = Sandbox::project();
    long_history::write(&sandbox, &long_history::steps(), 2);
    sandbox.run(&["report"]).succeeded();
    let page = fs::read(sandbox.path("report.html")).unwrap();
    assert!(page.len() < 2_000_000, "{} bytes", page.len());
}
