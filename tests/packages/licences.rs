//! What the packages are built of, tests and tools included, is under a licence that lets everybody pass it on.
//! Known faults in them are looked up elsewhere: a test needs no network (`docs/decisions/publishing.md`).

use std::process::Command;

use cargo_metadata::{MetadataCommand, Package};
use spdx::{Expression, ParseMode};

use crate::repository;

/// A package is fine if one of these is enough to use it. A new one is a decision, not a correction.
const ACCEPTED: [&str; 10] = [
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BlueOak-1.0.0",
    "ISC",
    "MIT",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// The platform that this runs on: what only others need may not be on this machine.
fn platform() -> String {
    let output = Command::new("rustc").arg("-vV").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().find_map(|line| line.strip_prefix("host: ")).unwrap().to_owned()
}

/// What a workspace is built of.
fn packages(manifest: &str) -> Vec<Package> {
    let platform = platform();
    let mut command = MetadataCommand::new();
    command.manifest_path(repository().join(manifest));
    command
        .other_options(["--locked", "--offline", "--filter-platform", &platform].map(String::from));
    let metadata = command.exec().unwrap();
    let resolved = metadata.resolve.unwrap();
    let used = |package: &Package| resolved.nodes.iter().any(|node| node.id == package.id);
    metadata.packages.into_iter().filter(used).collect()
}

/// Why a licence is not accepted, if it is not.
fn fault(licence: Option<&str>) -> Option<String> {
    let Some(text) = licence else { return Some("says nothing".to_owned()) };
    let expression = match Expression::parse_mode(text, ParseMode::LAX) {
        Ok(expression) => expression,
        Err(error) => return Some(format!("says `{text}`: {error}")),
    };
    let accepted = expression.evaluate(|required| {
        required.license.id().is_some_and(|licence| ACCEPTED.contains(&licence.name))
    });
    (!accepted).then(|| format!("says `{text}`"))
}

#[test]
fn all_that_is_built_in_is_under_a_licence_that_is_accepted() {
    let packages = packages("Cargo.toml");
    assert!(packages.len() > 80, "{}", packages.len());
    let refused: Vec<_> = packages
        .iter()
        .filter_map(|package| Some((package, fault(package.license.as_deref())?)))
        .map(|(package, why)| format!("{} {} {why}", package.name, package.version))
        .collect();
    assert!(refused.is_empty(), "{refused:#?}");
}

#[test]
fn a_licence_that_binds_whoever_passes_it_on_is_refused_unless_there_is_a_choice() {
    for fine in
        ["MIT", "MIT OR GPL-3.0-only", "MIT/Apache-2.0", "(MIT OR GPL-2.0-only) AND Unicode-3.0"]
    {
        assert_eq!(fault(Some(fine)), None);
    }
    for refused in ["GPL-3.0-only", "MIT AND GPL-3.0-only", "no such thing"] {
        assert!(fault(Some(refused)).is_some(), "{refused}");
    }
    assert!(fault(None).is_some());
}
