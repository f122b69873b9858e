//! What somebody at a terminal sees of a run.

use super::scene::Fleet;
use crate::terminal::raw;

#[test]
fn a_terminal_shows_one_bar_which_goes_in_the_end_and_quiet_none() {
    let fleet = Fleet::of(3);
    fleet.add_wish("wish", "fail");
    let words = ["migrate", "--databases", "data/*.db"];
    let (code, text) = raw(fleet.command(&[&words[..], &["--quiet"]].concat()).env_remove("CI"));
    assert_eq!(code, Some(1), "{text}");
    assert!(!text.contains("/4 "), "{text}");
    let (code, text) = raw(&mut fleet.command(&words));
    assert_eq!(code, Some(1), "{text}");
    let shown = anstream::adapter::strip_str(&text).to_string();
    assert!(shown.contains("0/4 "), "{shown}");
    let last = shown.rsplit(['\r', '\n']).find(|line| line.contains("databases: ")).unwrap();
    assert_eq!(last.trim(), "4 databases: 3 already, 1 failed");
}
