//! Every operation of the conformance cases is read from its JSON, with unknown fields refused, and
//! written back as the same JSON.

use std::fs;
use std::path::Path;

use migration_api::operation::Operation;
use serde_json::Value;

#[test]
fn every_operation_of_the_cases_goes_there_and_back() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance/cases");
    let mut seen = 0;
    for entry in fs::read_dir(folder).unwrap() {
        for line in fs::read_to_string(entry.unwrap().path()).unwrap().lines() {
            let case: Value = serde_json::from_str(line).unwrap();
            for written in case["operations"].as_array().unwrap() {
                let operation: Operation = serde_json::from_value(written.clone())
                    .unwrap_or_else(|error| panic!("{} of {}: {error}", written, case["id"]));
                assert_eq!(serde_json::to_value(&operation).unwrap(), *written, "{}", case["id"]);
                seen += 1;
            }
        }
    }
    assert!(seen >= 215, "only {seen} operations were read");
}
