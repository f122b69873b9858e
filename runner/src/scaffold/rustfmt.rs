//! rustfmt, where there is one.

use std::env;
use std::ffi::OsString;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

/// Names another rustfmt, as for cargo.
const NAME: &str = "RUSTFMT";

/// `text` as rustfmt lays out a file in `folder`, under the configuration that counts there; none if
/// there is no rustfmt, or it does not do it.
pub(super) fn laid_out(text: &[u8], folder: &Path) -> Option<Vec<u8>> {
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
