//! Reads the folder of views and triggers that change in place.

use std::path::{Path, PathBuf};
use std::{fs, io};

use runner_engine::regular_file;
use runner_engine::repeatable::{Definitions, Problem, RepeatableError, RepeatableFile};

/// Reads what the files of `folder`, and of folders in it, define: those whose names end in `.sql`, in the order of
/// their names. Names are given relative to `root`. A folder that is not there defines nothing.
///
/// # Errors
/// What is wrong with the files: all of it.
pub(crate) fn read(root: &Path, folder: &Path) -> Result<Definitions, RepeatableError> {
    let (mut files, mut problems) = (Vec::new(), Vec::new());
    let problem =
        |path: &Path, reason: String| Problem { file: name(root, path), line: None, reason };
    let mut found = Vec::new();
    if let Err((path, error)) = list(folder, &mut found) {
        problems.push(problem(&path, error.to_string()));
    }
    found.sort();
    for path in found {
        match regular_file::read_text(&path, regular_file::SCHEMA) {
            Ok(text) => files.push(RepeatableFile { file: name(root, &path), text }),
            Err(error) => problems.push(problem(&path, error.to_string())),
        }
    }
    match Definitions::read(files) {
        Err(RepeatableError::Files { problems: more }) => {
            problems.extend(more);
            Err(RepeatableError::Files { problems })
        }
        _ if !problems.is_empty() => Err(RepeatableError::Files { problems }),
        read => read,
    }
}

/// Adds the files of SQL in `folder` to `found`.
fn list(folder: &Path, found: &mut Vec<PathBuf>) -> Result<(), (PathBuf, io::Error)> {
    let at = |error| (folder.to_owned(), error);
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries.map_err(at)?,
    };
    for entry in entries {
        let path = entry.map_err(at)?.path();
        let is_hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes()[0] == b'.');
        if is_hidden {
            continue;
        }
        // A link to a folder may lead back here.
        if path.is_dir() && !path.is_symlink() {
            list(&path, found)?;
        } else if path.extension().is_some_and(|end| end.eq_ignore_ascii_case("sql")) {
            found.push(path);
        }
    }
    Ok(())
}

/// The name of a file in errors and in bundles, which is the same on every platform.
fn name(root: &Path, path: &Path) -> String {
    let relative = path.strip_prefix(root).unwrap_or(path);
    let parts: Vec<_> = relative.iter().map(|part| part.to_string_lossy()).collect();
    match relative.is_absolute() {
        true => relative.to_string_lossy().into_owned(),
        false => parts.join("/"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_read_in_the_order_of_their_names_and_all_that_is_wrong_is_named() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("repeatable");
        assert_eq!(read(root.path(), &folder).unwrap(), Definitions::default());
        fs::create_dir_all(folder.join("audit")).unwrap();
        fs::write(folder.join("b.sql"), "CREATE VIEW b AS SELECT 1").unwrap();
        fs::write(folder.join("audit/a.SQL"), "CREATE VIEW a AS SELECT 1").unwrap();
        fs::write(folder.join("README.md"), "no SQL").unwrap();
        fs::write(folder.join(".draft.sql"), "no SQL").unwrap();
        let definitions = read(root.path(), &folder).unwrap();
        let files: Vec<_> = definitions.files().iter().map(|it| it.file.as_str()).collect();
        assert_eq!(files, ["repeatable/audit/a.SQL", "repeatable/b.sql"]);

        fs::write(folder.join("c.sql"), [0xff]).unwrap();
        fs::write(folder.join("b.sql"), "DROP TABLE t").unwrap();
        let error = read(root.path(), &folder).unwrap_err().to_string();
        assert_eq!(
            error,
            "files of views and triggers cannot be used:\n    repeatable/c.sql: it is not UTF-8\n    \
             repeatable/b.sql:1: `DROP TABLE` makes no view and no trigger"
        );
    }
}
