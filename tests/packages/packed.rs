//! Each package can be packed, in an order in which each finds those that it needs, and holds what it is built of.

use std::path::{Path, PathBuf};
use std::process::Command;

use cargo_metadata::{MetadataCommand, Package};

use crate::repository;

/// The packages of the workspace.
fn packages() -> Vec<Package> {
    let manifest = repository().join("Cargo.toml");
    MetadataCommand::new().manifest_path(manifest).no_deps().exec().unwrap().packages
}

/// Packs the whole workspace, and gives the folder with the archives. Nothing is compiled: siblings are not in
/// the registry, and what is in the archives is what the tests are built of.
fn pack() -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("packages");
    let output = Command::new("cargo")
        .args(["package", "--workspace", "--no-verify", "--allow-dirty", "--offline", "--quiet"])
        .current_dir(repository())
        .env("CARGO_TARGET_DIR", &target)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    target.join("package")
}

/// The names of the files in an archive, below its one folder.
fn files(archive: &Path) -> Vec<String> {
    let output = Command::new("tar").arg("tzf").arg(archive).output().unwrap();
    assert!(output.status.success(), "{}", archive.display());
    let names = String::from_utf8(output.stdout).unwrap();
    names.lines().map(|name| name.split_once('/').unwrap().1.to_owned()).collect()
}

#[test]
fn each_is_packed_with_the_files_that_it_is_built_of() {
    let folder = pack();
    let mut templates = 0;
    for package in packages() {
        let files = files(&folder.join(format!("{}-{}.crate", package.name, package.version)));
        for needed in ["Cargo.toml", "README.md", "LICENSE-MIT", "LICENSE-APACHE"] {
            assert!(files.iter().any(|name| name == needed), "{}: no {needed}", package.name);
        }
        templates += files.iter().filter(|name| name.ends_with(".jinja")).count();
    }
    // In one of them: that which makes projects.
    assert_eq!(templates, count_of_templates(&repository().join("templates")));
}

fn count_of_templates(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let count = |path: PathBuf| match path.is_dir() {
        true => count_of_templates(&path),
        false => usize::from(path.extension().is_some_and(|end| end == "jinja")),
    };
    entries.map(count).sum()
}

#[test]
fn each_says_what_it_is_and_where_it_belongs() {
    for package in packages() {
        let name = &package.name;
        // The name `runner` is that of another program.
        assert!(name.starts_with("migration-"), "{name}");
        assert!(package.description.is_some(), "{name}");
        assert_eq!(package.license.as_deref(), Some("MIT OR Apache-2.0"), "{name}");
        assert!((1..=5).contains(&package.keywords.len()), "{name}: {:?}", package.keywords);
        assert!(package.keywords.contains(&"sqlite".to_owned()), "{name}: {:?}", package.keywords);
        assert!(package.categories.contains(&"database".to_owned()), "{name}");
        assert!(package.readme.is_some(), "{name}");
        // What a sibling needs to be published needs a version.
        for dependency in &package.dependencies {
            let is_needed = dependency.kind != cargo_metadata::DependencyKind::Development;
            let has_version = dependency.req != cargo_metadata::semver::VersionReq::STAR;
            assert!(!is_needed || has_version, "{name}: {}", dependency.name);
        }
    }
}
