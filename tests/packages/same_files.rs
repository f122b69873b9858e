//! What migrations and models share at their boundaries is in the packages of both
//! (`docs/decisions/two-boundaries.md`).

use std::fs;

use crate::repository;

#[test]
fn both_boundaries_have_the_same_text_panic_and_digest() {
    let read = |path: &str| {
        let path = repository().join(path);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    };
    // In `migration-api` a panic of a function that goes over rows is caught outside of the boundary too.
    for (migration, model) in [
        ("panic.rs", "panic.rs"),
        ("plugin/source_digest.rs", "source_digest.rs"),
        ("plugin/text.rs", "text.rs"),
    ] {
        let migration = format!("migration-api/src/{migration}");
        let model = format!("migration-api/model/src/plugin/{model}");
        assert!(read(&migration) == read(&model), "{migration} and {model} differ");
    }
}
