//! The databases that a list names.

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use runner::Exit;
use runner::explain::Code;
use runner::fleet::Tenant;
use runner::hint;

use super::super::failure::Failure;
use super::opened::usage;

/// The database at `path`.
pub(super) fn tenant(path: PathBuf) -> Tenant {
    let path = std::path::absolute(&path).unwrap_or(path);
    let bytes = fs::metadata(&path).map_or(0, |metadata| metadata.len());
    Tenant { path, bytes, canary: false }
}

/// The files that the file at `path` names; `-` is standard input. `noun`: what they are.
///
/// # Errors
/// It cannot be read, or names none.
pub(super) fn listed(path: &Path, null: bool, noun: &str) -> Result<Vec<PathBuf>, Failure> {
    let read = || -> io::Result<Vec<u8>> {
        if path == Path::new("-") {
            let mut bytes = Vec::new();
            io::stdin().read_to_end(&mut bytes)?;
            return Ok(bytes);
        }
        fs::read(path)
    };
    let bytes = read().map_err(|error| Failure {
        exit: Exit::Usage,
        code: Code::UnusableFile,
        hint: hint::reading(&error).map(|hint| hint.to_string()),
        ..Failure::of_system(&format!("cannot read `{}`", path.display()), &error)
    })?;
    if !null && bytes.contains(&0) {
        let message = format!("`{}` has zero bytes, which no path has", path.display());
        return Err(usage(&message, "if its names end with them, say so by `-0`"));
    }
    // Editors put a byte order mark in front of the first name.
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&bytes);
    let end = if null { 0 } else { b'\n' };
    let names = bytes.split(|byte| *byte == end);
    let names = names.map(|name| match name.strip_suffix(b"\r") {
        Some(name) if !null => name,
        _ => name,
    });
    let names: Vec<PathBuf> =
        names.filter(|name| !name.is_empty()).map(named).collect::<Result<_, _>>()?;
    if names.is_empty() {
        return Err(Failure {
            code: Code::NoFleet,
            ..usage(
                &format!("`{}` names no {noun}", path.display()),
                "nothing was written; see whether this is the right file",
            )
        });
    }
    Ok(names)
}

#[cfg(unix)]
#[allow(clippy::unnecessary_wraps, reason = "elsewhere there is an error")]
fn named(bytes: &[u8]) -> Result<PathBuf, Failure> {
    use std::os::unix::ffi::OsStrExt as _;
    Ok(std::ffi::OsStr::from_bytes(bytes).into())
}

#[cfg(not(unix))]
fn named(bytes: &[u8]) -> Result<PathBuf, Failure> {
    let name = String::from_utf8(bytes.to_owned());
    name.map(PathBuf::from).map_err(|error| Failure::of_system("cannot read a name", &error))
}
