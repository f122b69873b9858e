//! No circle stands between the rooms of a crate. A room is a top-level module with all below it; a room
//! imports another if its code, tests apart, names something of it. Circles are shown with the file and line
//! of what closes them: `cargo test --test module_circles`.
#![allow(clippy::unwrap_used)]

mod circles;
mod references;
mod source_tree;
mod tokens;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use cargo_metadata::{MetadataCommand, TargetKind};

use circles::Circle;
use source_tree::SourceTree;

/// The circles that are still there: a target, as `package/target`, and the rooms. The list may only
/// shrink: a room that is out of a circle must leave it here too.
const STANDING: &[(&str, &str)] = &[];

/// The folder of this repository.
fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// A crate of the workspace: its name, as `package/target`, and the file of its root.
fn crates() -> Vec<(String, PathBuf)> {
    let manifest = repository().join("Cargo.toml");
    let metadata = MetadataCommand::new().manifest_path(manifest).no_deps().exec().unwrap();
    let mut crates = Vec::new();
    for package in &metadata.packages {
        for target in &package.targets {
            let is_product = |kind: &TargetKind| {
                matches!(kind, TargetKind::Lib | TargetKind::Bin | TargetKind::ProcMacro)
            };
            if target.kind.iter().any(is_product) {
                let name = format!("{}/{}", package.name, target.name);
                crates.push((name, target.src_path.clone().into()));
            }
        }
    }
    crates
}

/// The circles of the crate whose root is that file.
fn circles_of(root: &Path) -> Vec<Circle> {
    circles::find(&references::between_rooms(&SourceTree::read(root)))
}

#[test]
fn no_circle_stands_between_rooms() {
    let crates = crates();
    assert!(crates.len() > 3, "{crates:?}");
    let (mut found, mut shown) = (Vec::new(), String::new());
    for (name, root) in crates {
        for circle in circles_of(&root) {
            writeln!(shown, "{name}: {circle}").unwrap();
            found.push((name.clone(), circle.rooms));
        }
    }
    let shown = shown.replace(&format!("{}/", repository().display()), "");
    let standing = STANDING.iter().map(|&(name, rooms)| {
        (name.to_owned(), rooms.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    });
    let standing: Vec<_> = standing.collect();
    for circle in &found {
        let known = standing.iter().any(|listed| {
            listed.0 == circle.0 && circle.1.iter().all(|room| listed.1.contains(room))
        });
        assert!(known, "a new circle in {}: {:?}\n{shown}", circle.0, circle.1);
    }
    assert_eq!(found, standing, "fewer than in `STANDING`: take out what is gone\n{shown}");
}

/// A crate of these files, in a folder that lasts as long as it.
fn made_by_hand(files: &[(&str, &str)]) -> (tempfile::TempDir, Vec<Circle>) {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let circles = circles_of(&folder.path().join("lib.rs"));
    (folder, circles)
}

#[test]
fn a_circle_is_found_with_the_lines_that_close_it() {
    let (folder, circles) = made_by_hand(&[
        ("lib.rs", "mod plan;\npub mod apply;\nmod record;\nmod id;\npub use apply::Step;\n"),
        ("plan.rs", "use crate::{id::Id,\n    record::{self, Row}};\npub struct Plan(Id);\n"),
        ("apply/mod.rs", "mod step;\npub use step::Step;\n"),
        ("apply/step.rs", "pub fn plan() { super::super::plan::make(\"crate::id\"); }\n"),
        ("record/mod.rs", "mod row;\n"),
        ("record/row.rs", "// crate::id\nfn take() {\n    vec![crate::Step::new()];\n}\n"),
        ("id.rs", "pub struct Id;\n#[cfg(test)]\nmod tests {\n    use crate::plan::Plan;\n}\n"),
    ]);
    assert_eq!(circles.len(), 1, "{circles:?}");
    let shown = circles[0].to_string().replace(folder.path().to_str().unwrap(), "[ROOT]");
    assert_eq!(
        shown,
        "a circle of 3 rooms: apply, plan, record\n  \
         apply -> plan: [ROOT]/apply/step.rs:1\n  \
         plan -> record: [ROOT]/plan.rs:2\n  \
         record -> apply: [ROOT]/record/row.rs:3\n"
    );
}

#[test]
fn what_only_tests_import_closes_no_circle() {
    let test = "#[cfg(all(test, unix))]\nuse crate::a::{\n  self, A\n};\n#[test]\nfn t() { crate::a::f() }\n\
                pub struct B { #[cfg(test)] a: crate::a::A, b: u8 }\n#[cfg(test)]\nmod tests;\n";
    let (_folder, circles) = made_by_hand(&[
        ("lib.rs", "mod a;\nmod b;\n"),
        ("a.rs", "use crate::b::B;\npub struct A;\n"),
        ("b.rs", test),
        ("b/tests.rs", "use crate::a::A;\n"),
    ]);
    assert!(circles.is_empty(), "{circles:?}");
}

#[test]
fn code_after_a_test_counts() {
    let (_folder, circles) = made_by_hand(&[
        ("lib.rs", "mod a;\nmod b;\nfn main() { a::start(); }\npub struct Root;\n"),
        ("a.rs", "#[cfg(test)]\nfn f<A, B>(a: A, b: B) { [1, 2]; }\nfn g() { crate::b::h() }\n"),
        ("b.rs", "mod inner {\n    fn f() { super::super::a::g() }\n}\nuse crate::Root;\n"),
    ]);
    let rooms: Vec<_> = circles.iter().flat_map(|circle| circle.rooms.clone()).collect();
    assert_eq!(rooms, ["(root)", "a", "b"]);
}
