//! What differs from run to run in what is said: times, durations, sizes, digests, names by chance.

use std::sync::LazyLock;

use regex::Regex;

/// Each pattern with what is written in its place, in the order in which they are replaced. Made once for all
/// tests of a program: in a build for tests one pattern takes longer than a run of the binary.
static WHAT_VARIES: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    [
        (r"\d{8}_\d{6}_", "[STAMP]_"),
        (r"( UTC)  [^\s@]+@\S+ +", "$1  [WHO]  "),
        (r#""(user|host)": "[^"]*""#, r#""$1": "[WHO]""#),
        (r"SQLite \d+\.\d+\.\d+", "SQLite [VERSION]"),
        (r#""sqlite_version": "[^"]*""#, r#""sqlite_version": "[VERSION]""#),
        (r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2} UTC", "[TIME]"),
        (r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z", "[TIME]"),
        (r"([0-9a-f]{12}-\d{6}-)?\d{8}T\d{6}Z", "[TIME]"),
        // The system tells it on Linux alone.
        (r", held by (process \d+|this process)[^\n]*", ""),
        (r"\(\d+ ms\)", "([N] ms)"),
        // What a rehearsal measures.
        (r"(?m)  [\d.]+ m?s \(code .*$", "  [MEASURED]"),
        (r", [\d.]+ [kM]B in [\d.]+ m?s", ", [SIZE] in [N] ms"),
        (r"\(\d+(\.\d+)? [kM]B\)", "([SIZE])"),
        (r"\b(aarch64|riscv64gc|x86_64)-[a-z0-9_-]+", "[PLATFORM]"),
        (r"migrating_[0-9a-f]{16}", "migrating_[RANDOM]"),
        (r#""duration_us": \d+"#, r#""duration_us": [N]"#),
        (r"\b[0-9a-f]{64}\b|\b[0-9a-f]{12}\b", "[DIGEST]"),
        // What is built already depends on which tests ran before.
        (r"(?m)^note: (building|waiting for another cargo).*\n", ""),
        // Other tests have cargo build at the same time.
        (r"(?m)^ *(Blocking waiting for file lock|Updating crates\.io index).*\n", ""),
    ]
    .map(|(pattern, instead)| (Regex::new(pattern).unwrap(), instead))
    .into()
});

/// `text` without it.
pub(super) fn without_what_varies(text: String) -> String {
    WHAT_VARIES
        .iter()
        .fold(text, |text, (pattern, instead)| pattern.replace_all(&text, *instead).into_owned())
}
