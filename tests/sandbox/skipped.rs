//! Tests that cannot be run here, which nobody takes for passed ones.

use std::io::Write as _;

/// Says that the test of this thread is not run, and why. The line is shown although the test passes: what is
/// printed by `println!` is kept back.
pub fn skipped(why: &str) {
    let thread = std::thread::current();
    let test = thread.name().unwrap_or_default();
    let _ = writeln!(std::io::stderr(), "skipped: {test}: {why}");
}
