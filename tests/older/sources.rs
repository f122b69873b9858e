//! The sources of the migrations, as an older runner wrote and summed them up.

use insta::assert_snapshot;

use crate::place::{DATABASES, Place};

#[test]
fn none_of_them_counts_as_edited_and_no_schema_as_changed() {
    let place = Place::new();
    for name in DATABASES {
        let status = place.with_sources(name, &["status"]).succeeded().stdout;
        assert!(!status.contains("edited") && !status.contains("changed"), "{name}: {status}");
    }
    assert_snapshot!(place.with_sources("all", &["check"]).shown(), @"
    exit 0
    --- stdout
    nothing is pending, nothing has drifted
    ");
}

#[test]
fn they_still_compile_go_on_with_a_database_and_come_to_the_same() {
    let place = Place::new();
    place.with_sources("half", &["migrate"]).succeeded();
    assert_eq!(place.content("half"), place.content("all"));
    place.with_sources("all", &["migrate", "--backward"]).succeeded();
    assert_eq!(place.content("all"), place.content("reverted"));
    let said = place.with_sources("all", &["migrate"]).succeeded().stdout;
    assert!(said.contains("add_language_to_book"), "{said}");
    assert_eq!(place.content("half"), place.content("all"));
}
