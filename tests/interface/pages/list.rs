//! Which pages there are. One that is not listed here fails a test, so none is forgotten.

use std::collections::BTreeSet;
use std::fs;

use super::follow::follow;
use super::piece::pieces;
use crate::sandbox::repository;

/// Pages whose commands are run, each by a test of its own: they run at the same time.
macro_rules! run {
    ($($test:ident: $page:literal,)*) => {
        /// The pages whose commands are run.
        const RUN: &[&str] = &[$($page),*];
        $(
            #[test]
            fn $test() {
                let commands = follow($page);
                assert!(commands > 0, "{} shows no command that is run", $page);
            }
        )*
    };
}

run! {
    the_readme_prints_what_it_says: "README.md",
    adopting_prints_what_it_says: "docs/adopting.md",
    backup_prints_what_it_says: "docs/backup.md",
    big_tables_prints_what_it_says: "docs/big-tables.md",
    bundles_prints_what_it_says: "docs/bundles.md",
    ci_prints_what_it_says: "docs/ci.md",
    coming_from_others_prints_what_it_says: "docs/coming-from-others.md",
    coming_from_peewee_prints_what_it_says: "docs/coming-from-peewee.md",
    data_fixups_prints_what_it_says: "docs/data-fixups.md",
    deploying_prints_what_it_says: "docs/deploying.md",
    drift_prints_what_it_says: "docs/drift.md",
    fleets_prints_what_it_says: "docs/fleets.md",
    first_hour_prints_what_it_says: "docs/first-hour.md",
    kept_values_prints_what_it_says: "docs/kept-values.md",
    losses_prints_what_it_says: "docs/losses.md",
    models_prints_what_it_says: "docs/models.md",
    operations_prints_what_it_says: "docs/operations.md",
    rehearsal_prints_what_it_says: "docs/rehearsal.md",
    repeatable_prints_what_it_says: "docs/repeatable.md",
    report_prints_what_it_says: "docs/report.md",
    reverting_prints_what_it_says: "docs/reverting.md",
    squash_prints_what_it_says: "docs/squash.md",
    two_branches_prints_what_it_says: "docs/two-branches.md",
    typed_rows_prints_what_it_says: "docs/typed-rows.md",
    testing_prints_what_it_says: "docs/testing.md",
    writing_migrations_prints_what_it_says: "docs/writing-migrations.md",
}

/// Pages that show nothing to be run.
const TOLD: &[&str] = &[
    "docs/README.md",
    "docs/abi.md",
    "docs/performance.md",
    "docs/reliability.md",
    "docs/start-up.md",
];

/// Pages that another test runs.
const ELSEWHERE: &[&str] = &["docs/json.md"];

#[test]
fn every_page_is_listed_here() {
    let there: BTreeSet<String> = fs::read_dir(repository().join("docs"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".md"))
        .map(|name| format!("docs/{name}"))
        .collect();
    let listed = RUN.iter().chain(TOLD).chain(ELSEWHERE).filter(|page| page.starts_with("docs/"));
    let listed = listed.map(|page| (*page).to_owned()).collect();
    assert_eq!(there, listed, "a page belongs to `RUN` if it shows commands, else to `TOLD`");
}

#[test]
fn a_page_that_is_not_run_shows_no_console() {
    for page in TOLD {
        let text = fs::read_to_string(repository().join(page)).unwrap();
        assert!(pieces(&text).is_empty(), "{page} shows something to run or to write");
    }
}

#[test]
fn the_map_of_the_pages_leads_to_each_of_them() {
    let map = fs::read_to_string(repository().join("docs/README.md")).unwrap();
    for page in
        RUN.iter().chain(TOLD).chain(ELSEWHERE).filter_map(|page| page.strip_prefix("docs/"))
    {
        let is_the_map = page == "README.md";
        assert!(is_the_map || map.contains(&format!("({page})")), "the map does not know {page}");
    }
}

/// None of the packages is in the registry yet: a line that takes one from there resolves to nothing, or to somebody
/// else's.
#[test]
fn no_page_takes_a_package_from_a_registry_that_does_not_have_it() {
    let line =
        regex::Regex::new(r#"(?m)^(migration-[a-z-]+|runner) *= *("|.*version).*$"#).unwrap();
    for page in RUN.iter().chain(TOLD).chain(ELSEWHERE) {
        let text = fs::read_to_string(repository().join(page)).unwrap();
        let lines: Vec<_> = line.find_iter(&text).map(|found| found.as_str()).collect();
        assert!(lines.is_empty(), "{page}: {lines:?}");
    }
}
