//! The page `docs/models.md`: its two models are one schema, as it says.

use std::fs;

use super::project::{facts, read, renames, with_crate, with_sql};
use crate::sandbox::repository;

#[test]
fn both_models_of_the_page_are_one_schema() {
    let page = fs::read_to_string(repository().join("docs/models.md")).unwrap();
    let block = |language: &str| {
        let (_, rest) = page.split_once(&format!("```{language}\n")).unwrap();
        rest.split_once("```").unwrap().0.to_owned()
    };
    let file = with_sql(&block("sql"));
    let structs = with_crate("models_of_the_page", &block("rust"));
    let of = |sandbox| facts(&read(sandbox).succeeded().stdout);
    assert_eq!(of(&structs), of(&file));
    assert_eq!(renames(&structs), renames(&file));
    assert_eq!(renames(&file).len(), 2);
}
