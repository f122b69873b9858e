//! The page `docs/models.md`: its two models are one schema, as it says.

use std::fs;

use crate::project::{facts, read, with_crate, with_sql};
use crate::sandbox::repository;

#[test]
fn both_models_of_the_page_are_one_schema() {
    let page = fs::read_to_string(repository().join("docs/models.md")).unwrap();
    let block = |language: &str| {
        let (_, rest) = page.split_once(&format!("```{language}\n")).unwrap();
        rest.split_once("```").unwrap().0.to_owned()
    };
    let file = read(&with_sql(&block("sql"))).succeeded().stdout;
    let structs = read(&with_crate("models_of_the_page", &block("rust"))).succeeded().stdout;
    assert_eq!(facts(&structs), facts(&file));
    let renames = |text: &str| -> Vec<String> {
        text.lines().filter(|line| line.starts_with("-- {")).map(str::to_owned).collect()
    };
    assert_eq!(renames(&structs), renames(&file));
    assert_eq!(renames(&file).len(), 2);
}
