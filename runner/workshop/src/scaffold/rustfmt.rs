//! Formats with rustfmt, if it is installed.

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

/// Names another rustfmt, as for cargo.
const NAME: &str = "RUSTFMT";

/// How many calls in a chain it is asked to lay out. It takes memory with the square of them: 0.1 GB for 500,
/// and 1 GB for the 2,000 columns that a table may have.
const LONGEST_CHAIN: usize = 500;

/// `text` as rustfmt lays out a file in `folder`, under the configuration that counts there; none if
/// there is no rustfmt, or it does not do it, or `text` has a chain of calls that is too long for it.
pub(super) fn laid_out(text: &[u8], folder: &Path) -> Option<Vec<u8>> {
    if longest_chain(&String::from_utf8_lossy(text)) > LONGEST_CHAIN {
        return None;
    }
    let program = env::var_os(NAME).filter(|name| !name.is_empty());
    let mut rustfmt = Command::new(program.unwrap_or_else(|| OsString::from("rustfmt")))
        .args(["--edition", "2024"])
        .current_dir(folder)
        // A toolchain without it is no reason to load one down.
        .env("RUSTUP_AUTO_INSTALL", "0")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    // It reads all before it writes any. One that does not read ends badly, or writes nothing.
    let written = rustfmt.stdin.take()?.write_all(text);
    let output = rustfmt.wait_with_output().ok()?;
    let done = written.is_ok() && output.status.success() && !output.stdout.is_empty();
    done.then_some(output.stdout)
}

/// How many calls the longest chain of `text` has, which has each of them on a line.
fn longest_chain(text: &str) -> usize {
    let mut longest = 0;
    // The calls of the chains that a line is in, by how far these are indented.
    let mut calls: BTreeMap<usize, usize> = BTreeMap::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let code = line.trim_start();
        let indent = line.len() - code.len();
        calls.retain(|of, _| *of <= indent);
        if code.starts_with('.') {
            let chain = calls.entry(indent).or_default();
            *chain += 1;
            longest = longest.max(*chain);
        }
    }
    longest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_is_as_long_as_it_has_calls_whatever_stands_in_them() {
        let text = "run(\n    Table::new()\n        .column(\n            Column::text()\n                .unique(),\n        )\n\n        \
                    .column()\n        .check(),\n    Table::new()\n        .strict(),\n)\n";
        assert_eq!(longest_chain(text), 3);
        assert_eq!(longest_chain("a()"), 0);
    }

    #[test]
    fn a_table_of_very_many_columns_is_left_as_it_is() {
        let table = |columns: usize| {
            let calls = "        .column(Column::text(\"a\"))\n".repeat(columns);
            format!("fn a() {{\n    Table::new(\"t\")\n{calls}        .strict()\n}}\n").into_bytes()
        };
        assert!(laid_out(&table(LONGEST_CHAIN), Path::new(".")).is_none());
        assert!(laid_out(&table(10), Path::new(".")).is_some());
    }
}
