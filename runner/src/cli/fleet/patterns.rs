//! The databases that patterns match.

use std::io;
use std::path::{Component, Path, PathBuf};

use fast_glob::glob_match;
use runner::Exit;
use runner::database::Database;
use runner::explain::Code;
use walkdir::WalkDir;

use super::super::failure::Failure;
use super::opened::usage;

/// The files that `patterns` match, whatever their names are made of. What SQLite keeps beside a database is
/// none.
///
/// # Errors
/// One of them matches nothing, which is a slip; a folder that it may match in cannot be read.
pub(super) fn matching(patterns: &[String], host: Option<&str>) -> Result<Vec<PathBuf>, Failure> {
    let mut all = Vec::new();
    for pattern in patterns {
        let mut found = matched_by(&normal(pattern))?;
        found.retain(|path| Database::existing_at(path).refuse_companion().is_ok());
        if found.is_empty() {
            let machine = host.map(|host| format!(" for the machine `{host}`")).unwrap_or_default();
            return Err(Failure {
                code: Code::NoFleet,
                ..usage(
                    &format!("no file matches `{pattern}`{machine}"),
                    "no database was touched; see whether the pattern is right",
                )
            });
        }
        all.append(&mut found);
    }
    Ok(all)
}

/// The files that a [normal](normal) pattern matches.
fn matched_by(pattern: &str) -> Result<Vec<PathBuf>, Failure> {
    let mut found = Vec::new();
    let (folder, depth) = where_to_look(pattern);
    // A pattern without a folder is looked for in `.`, which is in no pattern.
    let named = |path: &Path| path.strip_prefix(".").unwrap_or(path).to_owned();
    let matches = |path: &Path| glob_match(pattern, path.as_os_str().as_encoded_bytes());
    for entry in WalkDir::new(folder).follow_links(true).min_depth(1).max_depth(depth) {
        match entry {
            Ok(entry) => found.extend(Some(named(entry.path())).filter(|path| matches(path))),
            // What is in there is found without this link.
            Err(error) if error.loop_ancestor().is_some() => {}
            Err(error) => {
                let path = error.path().map(named).unwrap_or_default();
                if matches(&path) {
                    // A link that leads nowhere, or to itself, is a tenant whose state says so.
                    found.push(path);
                } else if is_closed(&error) && is_on_the_way(pattern, &path) {
                    return Err(unreadable(&error));
                }
            }
        }
    }
    Ok(found)
}

/// `pattern` without what names no folder: `./a//b` is `a/b`, as the files that are found are called.
fn normal(pattern: &str) -> String {
    let root = if pattern.starts_with('/') { "/" } else { "" };
    let parts = pattern.split('/').filter(|part| !matches!(*part, "" | "."));
    root.to_owned() + &parts.collect::<Vec<_>>().join("/")
}

/// Whether `pattern` may match something in the folder `path`.
fn is_on_the_way(pattern: &str, path: &Path) -> bool {
    let depth = path
        .components()
        .filter(|part| matches!(part, Component::Normal(_) | Component::ParentDir))
        .count();
    let root = if pattern.starts_with('/') { "/" } else { "" };
    let parts: Vec<&str> = pattern.trim_start_matches('/').split('/').collect();
    let folders = &parts[..depth.min(parts.len() - 1)];
    // A brace may hold several folders.
    let is_open = folders.iter().any(|part| part.contains("**") || part.contains('{'));
    let prefix = root.to_owned() + &folders.join("/");
    is_open || glob_match(&prefix, path.as_os_str().as_encoded_bytes())
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

/// Whether something is there that cannot be looked into. In a link that leads to itself there is nothing.
fn is_closed(error: &walkdir::Error) -> bool {
    let is_there = |error: &io::Error| error.kind() != io::ErrorKind::NotFound && !is_loop(error);
    error.io_error().is_some_and(is_there)
}

#[cfg(unix)]
fn is_loop(error: &io::Error) -> bool {
    rustix::io::Errno::from_io_error(error) == Some(rustix::io::Errno::LOOP)
}

#[cfg(not(unix))]
fn is_loop(_: &io::Error) -> bool {
    false
}

fn unreadable(error: &walkdir::Error) -> Failure {
    let folder = error.path().unwrap_or(Path::new(".")).display();
    Failure {
        exit: Exit::Usage,
        code: Code::UnusableFile,
        causes: error.io_error().map(ToString::to_string).into_iter().collect(),
        hint: Some(
            "give yourself the right to read it, or name the databases by a narrower pattern or a list"
                .to_owned(),
        ),
        ..Failure::of_system(&format!("cannot look into `{folder}`, where databases may be"), error)
    }
}
