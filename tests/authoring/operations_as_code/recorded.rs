//! Migrations of operations, made by the library, built by cargo, and asked what they would run.

use std::fs;
use std::process::Command;

use migration_api::operation::Operation;
use runner::scaffold::{Backward, Content, Directions, Written, create};

use crate::sandbox::{Sandbox, TARGET, repository};

/// Makes a migration, and gives the text of its `src/lib.rs`.
pub(crate) fn made(sandbox: &Sandbox, name: &str, ways: &Directions) -> String {
    let config = sandbox.config();
    let created = create(&config, name, Content::Operations(ways)).unwrap();
    fs::read_to_string(created.folder.join("src/lib.rs")).unwrap()
}

pub(crate) fn ways<W: Into<Written>>(
    forward: impl IntoIterator<Item = W>,
    backward: impl IntoIterator<Item = W>,
) -> Directions {
    let backward = Backward::Operations(backward.into_iter().map(Into::into).collect());
    Directions { forward: forward.into_iter().map(Into::into).collect(), backward }
}

/// What the migrations of these texts would run, forward and backward, each as JSON.
pub(crate) fn recorded(
    sandbox: &Sandbox,
    libraries: &[String],
) -> Vec<[Vec<serde_json::Value>; 2]> {
    let api = repository().join("migration-api");
    let operate = fs::read_to_string(api.join("src/migrator/operate.rs")).unwrap();
    sandbox.write("recorder/src/operate.rs", &operate);
    sandbox.write("recorder/src/lib.rs", include_str!("recorder.rs"));
    let real = format!(
        "real = {{ package = \"migration-api\", path = {api:?}, features = [\"plugin\", \"serde\"] }}\n"
    );
    sandbox.write(
        "recorder/Cargo.toml",
        &format!(
            "[package]\nname = \"migration_api\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
             [dependencies]\n{real}"
        ),
    );
    sandbox.write(
        "teller/Cargo.toml",
        "[package]\nname = \"teller\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n\
         [dependencies]\nmigration_api = { path = \"../recorder\" }\nserde_json = \"1\"\n",
    );
    let mut main = String::new();
    let mut list = String::new();
    for (number, text) in libraries.iter().enumerate() {
        sandbox.write(format!("teller/src/m{number}.rs"), text);
        main += &format!("mod m{number};\n");
        list += &format!("m{number}::noted(), ");
    }
    main += &format!(
        "fn main() {{\n    let all = [{list}];\n\
         println!(\"{{}}\", serde_json::to_string(&all.to_vec()).unwrap());\n}}\n"
    );
    sandbox.write("teller/src/main.rs", &main);
    fs::copy(repository().join("Cargo.lock"), sandbox.path("teller/Cargo.lock")).unwrap();
    let output = Command::new(env!("CARGO"))
        .args(["run", "--quiet"])
        .current_dir(sandbox.path("teller"))
        .env("CARGO_TARGET_DIR", TARGET)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

pub(crate) fn json(operations: &[Operation]) -> Vec<serde_json::Value> {
    operations.iter().map(|operation| serde_json::to_value(operation).unwrap()).collect()
}
