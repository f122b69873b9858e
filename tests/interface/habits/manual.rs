//! `runner man`: a page for each command, which the manual's own programs can read.

use std::fs;
use std::process::Command;

use super::commands;
use crate::sandbox::Sandbox;

#[test]
fn every_command_has_a_page_that_troff_reads_without_complaint() {
    let sandbox = Sandbox::empty();
    sandbox.run(&["man", "pages"]).succeeded();
    let mut pages = vec!["runner.1".to_owned()];
    pages.extend(commands().iter().map(|words| format!("runner-{}.1", words.join("-"))));
    for page in pages {
        let path = sandbox.path("pages").join(&page);
        assert!(fs::read_to_string(&path).is_ok_and(|text| text.contains(".SH NAME")), "{page}");
        let arguments = ["-man", "-Tutf8", "-ww"];
        // Not every machine has one.
        let Ok(read) = Command::new("groff").args(arguments).arg(&path).output() else { continue };
        let complaints = String::from_utf8_lossy(&read.stderr);
        assert!(read.status.success() && complaints.is_empty(), "{page}: {complaints}");
    }
}

#[test]
fn pages_that_are_there_are_written_anew() {
    let sandbox = Sandbox::empty();
    sandbox.write("man/runner.1", "of an older version");
    sandbox.run(&["man"]).succeeded();
    assert!(sandbox.read("man/runner.1").contains("EXIT STATUS"));
}
