//! The folder of cases, and how it is read.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use serde_json::Value;

use crate::case::Case;

/// A line of the corpus. What is no case is kept, to fail under its id.
pub(crate) struct Entry {
    pub(crate) id: String,
    pub(crate) file: String,
    pub(crate) case: Result<Case, String>,
}

/// The folder that `CONFORMANCE_CASES` names, or the project's own. A path that is not absolute is
/// looked for from the top of the workspace too: cargo starts tests in the folder of their package.
pub(crate) fn folder() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let Some(named) = env::var_os("CONFORMANCE_CASES").filter(|value| !value.is_empty()) else {
        return package.join("tests/conformance/cases");
    };
    let named = PathBuf::from(named);
    if named.exists() { named } else { package.join("..").join(named) }
}

/// Reads every line of every `.jsonl` file of a folder, in the order of the files' names.
pub(crate) fn read(folder: &Path) -> io::Result<Vec<Entry>> {
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "jsonl"));
    files.sort();
    let (mut entries, mut seen) = (Vec::new(), BTreeSet::new());
    for file in files {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        for (index, line) in fs::read_to_string(&file)?.lines().enumerate() {
            if !line.trim().is_empty() {
                let mut entry = entry(line, &name, index + 1);
                if !seen.insert(entry.id.clone()) {
                    entry.case = Err("its id is taken by an earlier case".to_owned());
                }
                entries.push(entry);
            }
        }
    }
    Ok(entries)
}

fn entry(line: &str, file: &str, number: usize) -> Entry {
    let place = format!("{file}:{number}");
    match serde_json::from_str::<Value>(line) {
        Err(error) => Entry { id: place.clone(), file: place, case: Err(error.to_string()) },
        Ok(value) => Entry {
            id: value["id"].as_str().unwrap_or(&place).to_owned(),
            file: place,
            case: serde_json::from_value(value).map_err(|error| error.to_string()),
        },
    }
}
