//! What migrations and models share at their boundaries is in the packages of both
//! (`docs/decisions/two-boundaries.md`).

use std::fs;

use crate::repository;

#[test]
fn both_boundaries_have_the_same_text_panic_and_digest() {
    let [migration, model] = ["migration-api/src/plugin", "migration-api/model/src/plugin"]
        .map(|folder| repository().join(folder));
    for file in ["panic.rs", "source_digest.rs", "text.rs"] {
        let [one, other] = [&migration, &model].map(|folder| {
            let path = folder.join(file);
            fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        });
        assert!(one == other, "{file} of {} and {} differ", migration.display(), model.display());
    }
}
