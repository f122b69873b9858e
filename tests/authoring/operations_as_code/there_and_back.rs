//! Code that is made of operations makes those operations.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;

use migration_api::operation::{
    Check, Column, Constraint, ForeignKey, Operation, Reference, Unique,
};
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use super::any_operation::operation;
use super::recorded::{self, made, recorded};
use crate::sandbox::Sandbox;

/// The same ones each time.
fn operations(count: usize) -> Vec<Operation> {
    let mut runner = TestRunner::deterministic();
    (0..count).map(|_| operation().new_tree(&mut runner).unwrap().current()).collect()
}

#[test]
fn the_code_of_any_operation_makes_that_operation() {
    let sandbox = Sandbox::project();
    let all = operations(480);
    // Some alone, as methods of the migrator; the others in runs.
    let (alone, together) = all.split_at(160);
    let parts: Vec<&[Operation]> = alone.chunks(1).chain(together.chunks(10)).collect();
    let pairs: Vec<(&[Operation], &[Operation])> =
        parts.chunks(2).map(|pair| (pair[0], *pair.last().unwrap())).collect();
    let libraries: Vec<String> = pairs
        .iter()
        .enumerate()
        .map(|(number, (forward, backward))| {
            let ways = recorded::ways(forward.to_vec(), backward.to_vec());
            made(&sandbox, &format!("change_{number}"), &ways)
        })
        .collect();
    assert_laid_out(&sandbox);
    let told = recorded(&sandbox, &libraries);
    assert_eq!(told.len(), pairs.len());
    for (([forward, backward], expected), library) in told.iter().zip(&pairs).zip(&libraries) {
        assert_eq!(*forward, recorded::json(expected.0), "{library}");
        assert_eq!(*backward, recorded::json(expected.1), "{library}");
    }
}

/// rustfmt would leave every migration as it is.
fn assert_laid_out(sandbox: &Sandbox) {
    let folders = fs::read_dir(sandbox.path("migrations")).unwrap();
    let libraries = folders.map(|folder| folder.unwrap().path().join("src/lib.rs"));
    let output = Command::new("rustfmt")
        .args(["--check", "--edition", "2024"])
        .args(libraries.filter(|library| library.is_file()))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

/// The names in backticks after `expected`, of which serde knows all there are.
fn expected(error: &serde_json::Error) -> BTreeSet<String> {
    let text = error.to_string();
    let (_, list) = text.split_once("expected").unwrap_or_else(|| panic!("{text}"));
    list.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

fn fields<T: serde::de::DeserializeOwned>(mut with: Value) -> BTreeSet<String> {
    with["no such field"] = json!(1);
    match serde_json::from_value::<T>(with) {
        Ok(_) => panic!("a field too many is no error"),
        Err(error) => expected(&error),
    }
}

fn keys(seen: &mut BTreeMap<String, BTreeSet<String>>, what: &str, value: &Value) {
    let keys = value.as_object().into_iter().flatten().map(|(key, _)| key.clone());
    seen.entry(what.to_owned()).or_default().extend(keys);
}

/// Otherwise the test above could leave out what nobody has words for.
#[test]
fn the_operations_tried_have_every_variant_and_every_field_of_the_vocabulary() {
    let mut seen: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for value in recorded::json(&operations(480)) {
        keys(&mut seen, value["op"].as_str().unwrap(), &value);
        let columns = value["columns"].as_array().cloned().unwrap_or_default();
        match value["op"].as_str().unwrap() {
            "create_table" => columns.iter().for_each(|column| keys(&mut seen, "column", column)),
            "add_index" => columns.iter().for_each(|column| keys(&mut seen, "term", column)),
            "add_column" => {
                keys(&mut seen, "column", &value["column"]);
                keys(&mut seen, "references", &value["column"]["references"]);
                keys(&mut seen, "check", &value["column"]["check"]);
            }
            _ => {}
        }
        for constraint in value["constraints"].as_array().into_iter().flatten() {
            keys(&mut seen, constraint["kind"].as_str().unwrap(), constraint);
        }
    }
    let unknown = serde_json::from_value::<Operation>(json!({"op": "none"})).unwrap_err();
    for op in expected(&unknown) {
        let all = fields::<Operation>(json!({"op": op}));
        let tried = seen.get(&op).cloned().unwrap_or_default();
        let left: Vec<_> = all.difference(&tried).filter(|field| *field != "op").collect();
        assert!(seen.contains_key(&op) && left.is_empty(), "{op}: {left:?}");
    }
    let unknown = serde_json::from_value::<Constraint>(json!({"kind": "none"})).unwrap_err();
    assert!(expected(&unknown).iter().all(|kind| seen.contains_key(kind)));
    for (what, all) in [
        ("column", fields::<Column>(json!({}))),
        ("references", fields::<Reference>(json!({}))),
        ("check", fields::<Check>(json!({}))),
        ("unique", fields::<Unique>(json!({}))),
        ("foreign_key", fields::<ForeignKey>(json!({}))),
        ("term", ["column", "expr", "desc", "collate"].map(str::to_owned).into()),
    ] {
        let left: Vec<_> = all.difference(&seen[what]).collect();
        assert!(left.is_empty(), "{what}: {left:?}");
    }
}
