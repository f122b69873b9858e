//! Links between the files of the repository.

use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;

use crate::sandbox::repository;

#[test]
fn every_link_leads_to_a_file_and_to_a_heading_in_it() {
    let root = repository();
    let mut broken = Vec::new();
    for page in pages(&root) {
        let text = fs::read_to_string(&page).unwrap();
        for link in links(&text) {
            if !leads_somewhere(&page, &link) {
                broken.push(format!("{}: {link}", page.strip_prefix(&root).unwrap().display()));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

/// The pages for people: those at the top, and all in docs/.
fn pages(root: &Path) -> Vec<PathBuf> {
    let folders = ["", "docs", "docs/decisions"].map(|folder| root.join(folder));
    let entries = folders.into_iter().flat_map(|folder| fs::read_dir(folder).unwrap());
    let paths = entries.map(|entry| entry.unwrap().path());
    let pages: Vec<_> = paths.filter(|path| path.extension().is_some_and(|e| e == "md")).collect();
    assert!(pages.len() > 20, "only {} pages were found", pages.len());
    pages
}

/// Where a page's links lead that stay in the repository.
fn links(markdown: &str) -> Vec<String> {
    let link = Regex::new(r"\]\(([^)\s]+)\)").unwrap();
    let targets = link.captures_iter(markdown).map(|found| found[1].to_owned());
    targets.filter(|target| !target.contains("://") && !target.starts_with("mailto:")).collect()
}

fn leads_somewhere(page: &Path, link: &str) -> bool {
    let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
    let target = if path.is_empty() { page.to_owned() } else { page.parent().unwrap().join(path) };
    if !target.exists() {
        return false;
    }
    anchor.is_empty() || anchors(&fs::read_to_string(target).unwrap()).contains(&anchor.to_owned())
}

/// The names that headings get: small letters, `-` for blanks, and no other signs.
fn anchors(markdown: &str) -> Vec<String> {
    let headings = markdown.lines().filter(|line| line.starts_with('#'));
    let name = |heading: &str| {
        let kept = heading.trim_start_matches('#').trim().to_lowercase();
        let kept = kept.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
        kept.collect::<String>().replace(' ', "-")
    };
    headings.map(name).collect()
}
