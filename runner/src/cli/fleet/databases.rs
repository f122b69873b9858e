//! Which databases a fleet has: the files that patterns match, or that a list names.

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use fast_glob::glob_match;
use runner::Exit;
use runner::database::Database;
use runner::explain::Code;
use runner::fleet::Tenant;
use walkdir::WalkDir;

use super::super::failure::Failure;

/// The database at `path`.
pub(super) fn tenant(path: PathBuf) -> Tenant {
    let path = std::path::absolute(&path).unwrap_or(path);
    let bytes = fs::metadata(&path).map_or(0, |metadata| metadata.len());
    Tenant { path, bytes, canary: false }
}

/// The files that `patterns` match, whatever their names are made of. What SQLite keeps beside a database is
/// none.
///
/// # Errors
/// A folder that cannot be read.
pub(super) fn matching(patterns: &[String]) -> Result<Vec<PathBuf>, Failure> {
    let mut found = Vec::new();
    for pattern in patterns {
        let (folder, depth) = where_to_look(pattern);
        let matched = |path: &Path| {
            // A pattern without a folder is looked for in `.`, which is in no pattern.
            let path = path.strip_prefix(".").unwrap_or(path);
            glob_match(pattern, path.as_os_str().as_encoded_bytes()).then(|| path.to_owned())
        };
        for entry in WalkDir::new(folder).follow_links(true).max_depth(depth) {
            match entry {
                Ok(entry) => found.extend(matched(entry.path())),
                // Nothing matches where nothing is, and a link that leads nowhere is `missing`.
                Err(error) if is_not_there(&error) => {
                    found.extend(error.path().and_then(&matched));
                }
                // What is in there is found without this link.
                Err(error) if error.loop_ancestor().is_some() => {}
                Err(error) => return Err(unreadable(&error)),
            }
        }
    }
    found.retain(|path| Database::existing_at(path).refuse_companion().is_ok());
    Ok(found)
}

/// The folder that all matches of `pattern` are in, and how far below it they may be.
fn where_to_look(pattern: &str) -> (PathBuf, usize) {
    let is_special = |part: &&str| part.contains(['*', '?', '[', '{', '\\']);
    let parts: Vec<&str> = pattern.split('/').collect();
    // The last part is the name of a file, and no folder.
    let plain = parts.iter().take_while(|part| !is_special(part)).count().min(parts.len() - 1);
    let folder = match parts[..plain].join("/") {
        folder if folder.is_empty() && pattern.starts_with('/') => "/".to_owned(),
        folder if folder.is_empty() => ".".to_owned(),
        folder => folder,
    };
    let depth = if pattern.contains("**") { usize::MAX } else { parts.len() - plain };
    (folder.into(), depth)
}

fn is_not_there(error: &walkdir::Error) -> bool {
    error.io_error().is_some_and(|error| error.kind() == io::ErrorKind::NotFound)
}

fn unreadable(error: &walkdir::Error) -> Failure {
    let folder = error.path().unwrap_or(Path::new(".")).display();
    Failure::of_system(&format!("cannot look into `{folder}`"), error)
}

/// The files that the file at `path` names; `-` is standard input.
///
/// # Errors
/// It cannot be read.
pub(super) fn listed(path: &Path, null: bool) -> Result<Vec<PathBuf>, Failure> {
    let read = || -> io::Result<Vec<u8>> {
        if path == Path::new("-") {
            let mut bytes = Vec::new();
            io::stdin().read_to_end(&mut bytes)?;
            return Ok(bytes);
        }
        fs::read(path)
    };
    let bytes = read().map_err(|error| {
        let failure = Failure::of_system(&format!("cannot read `{}`", path.display()), &error);
        Failure { exit: Exit::Usage, code: Code::UnusableFile, ..failure }
    })?;
    let end = if null { 0 } else { b'\n' };
    let names = bytes.split(|byte| *byte == end);
    let names = names.map(|name| match name.strip_suffix(b"\r") {
        Some(name) if !null => name,
        _ => name,
    });
    names.filter(|name| !name.is_empty()).map(named).collect()
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
