//! Where SQL that failed is in the source of its migration, where that is at hand: a script in a file that
//! the source includes, or a literal in the source itself.

use std::fs;
use std::path::{Component, Path, PathBuf};

use crate::ffi::{PluginFailure, PluginStatement};

/// Gives the statements of `failure` the file and the line where they are in `folder`, which has the source of
/// the migration. What is not found stays as it is.
pub(super) fn locate(failure: &mut PluginFailure, folder: &Path) {
    let Some((file, line, column)) = &failure.place else { return };
    let Some(source) = Source::read(folder, Path::new(file)) else { return };
    let argument = source.argument(*line, *column);
    for statement in failure.statements.iter_mut().filter(|it| it.file.is_none()) {
        let found = argument.and_then(|argument| source.place(argument, statement));
        let found = found.or_else(|| source.only_included(statement));
        if let Some((file, place)) = found {
            (statement.file, statement.place) = (Some(file), place);
        }
    }
}

/// A file of Rust.
struct Source<'f> {
    folder: &'f Path,
    /// From the folder on.
    path: PathBuf,
    text: String,
}

/// The file that a statement is in, from the folder on, and its line and column there.
type Found = (String, Option<(u32, u32)>);

impl<'f> Source<'f> {
    /// The source in `folder` that the compiler called `file`, whose path is that of the workspace on.
    fn read(folder: &'f Path, file: &Path) -> Option<Self> {
        let name = folder.file_name()?;
        let mut parts = file.components();
        parts.by_ref().find(|part| part.as_os_str() == name)?;
        let path = parts.as_path().to_owned();
        let text = fs::read_to_string(folder.join(&path)).ok()?;
        Some(Self { folder, path, text })
    }

    /// Where the argument of the call begins whose name is at this line and column.
    fn argument(&self, line: u32, column: u32) -> Option<usize> {
        let start = match line.checked_sub(2) {
            None => 0,
            Some(before) => self.text.match_indices('\n').nth(before as usize)?.0 + 1,
        };
        let in_line = self.text[start..].char_indices().nth(column.checked_sub(1)? as usize)?.0;
        let call = &self.text[start + in_line..];
        let open = call.find(|c: char| !c.is_alphanumeric() && c != '_')?;
        let inside = call[open..].strip_prefix('(')?;
        let inside = inside.trim_start().trim_start_matches('&');
        Some(self.text.len() - inside.len())
    }

    /// Where `statement` is, if the script is the argument at the byte `at`.
    fn place(&self, at: usize, statement: &PluginStatement) -> Option<Found> {
        let argument = &self.text[at..];
        match argument.strip_prefix(INCLUDE) {
            Some(path) => self.included(literal(path)?.1, statement),
            None => {
                let (before, content) = literal(argument)?;
                let place = place_in(&self.text, at + before, content, statement)?;
                Some((self.path.to_str()?.to_owned(), Some(place)))
            }
        }
    }

    /// Where `statement` is, if only one of the files that the source includes has it.
    fn only_included(&self, statement: &PluginStatement) -> Option<Found> {
        let includes = self.text.split(INCLUDE).skip(1).filter_map(|path| Some(literal(path)?.1));
        let mut found: Vec<_> =
            includes.filter_map(|path| self.included(path, statement)).collect();
        found.dedup();
        found.pop().filter(|_| found.is_empty())
    }

    /// Where `statement` is, if the file at `path`, relative to this one, has it.
    fn included(&self, path: &str, statement: &PluginStatement) -> Option<Found> {
        let mut whole = self.path.parent()?.to_owned();
        for part in Path::new(path).components() {
            match part {
                Component::ParentDir if whole.pop() => {}
                Component::Normal(name) => whole.push(name),
                Component::CurDir => {}
                _ => return None,
            }
        }
        let script = fs::read_to_string(self.folder.join(&whole)).ok()?;
        script.contains(&statement.sql).then_some(())?;
        Some((whole.to_str()?.to_owned(), statement.place))
    }
}

const INCLUDE: &str = "include_str!(";

/// The text in the quotes that `source` begins with, as it is written, and what length is before it.
fn literal(source: &str) -> Option<(usize, &str)> {
    let quoted = source.trim_start();
    let raw = quoted.strip_prefix('r');
    let hashes = raw.map_or(0, |raw| raw.len() - raw.trim_start_matches('#').len());
    let content = raw.unwrap_or(quoted)[hashes..].strip_prefix('"')?;
    let end = match raw {
        Some(_) => content.find(&format!("\"{}", "#".repeat(hashes)))?,
        None => {
            let mut is_escaped = false;
            content.find(|c| {
                let is_end = c == '"' && !is_escaped;
                is_escaped = c == '\\' && !is_escaped;
                is_end
            })?
        }
    };
    Some((source.len() - content.len(), &content[..end]))
}

/// Where `statement` is in `source`, in which the literal `content` begins at the byte `start`.
fn place_in(
    source: &str,
    start: usize,
    content: &str,
    statement: &PluginStatement,
) -> Option<(u32, u32)> {
    let (line, column) = line_and_column(source, start);
    // What is escaped makes other lines than there are: the statement is searched for then.
    let is_as_written = !content.contains('\\');
    if let (true, Some((own_line, own_column))) = (is_as_written, statement.place) {
        let shift = if own_line == 1 { column - 1 } else { 0 };
        return Some((line + own_line - 1, own_column + shift));
    }
    let mut found = content.match_indices(&statement.sql);
    let (at, _) = found.next()?;
    found.next().is_none().then(|| line_and_column(source, start + at))
}

fn line_and_column(text: &str, at: usize) -> (u32, u32) {
    let before = &text[..at];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ffi::PluginFailureKind;

    /// What is told of `sql`, which failed at `place` of the script that is run where `@` stands in `source`.
    fn told(source: &str, sql: &str, place: (u32, u32)) -> Option<String> {
        let workspace = tempfile::tempdir().unwrap();
        let folder = workspace.path().join("20250101_000000_a");
        fs::create_dir_all(folder.join("src")).unwrap();
        let (line, column) = line_and_column(source, source.find('@').unwrap());
        fs::write(folder.join("src/lib.rs"), source.replace('@', "")).unwrap();
        fs::write(folder.join("forward.sql"), "CREATE TABLE a (x);\nDROP TABLE a;").unwrap();
        fs::write(folder.join("backward.sql"), "DROP TABLE a;").unwrap();
        let statement = PluginStatement {
            cause: 0,
            file: None,
            place: Some(place),
            sql: sql.to_owned(),
            detail: None,
        };
        let mut failure = PluginFailure {
            kind: PluginFailureKind::Error,
            message: String::new(),
            causes: Vec::new(),
            place: Some(("20250101_000000_a/src/lib.rs".into(), line, column)),
            sqlite_code: 1,
            statements: vec![statement],
        };
        locate(&mut failure, &folder);
        let statement = failure.statements.remove(0);
        let (line, column) = statement.place.unwrap();
        statement.file.map(|file| format!("{file}:{line}:{column}"))
    }

    #[test]
    fn a_statement_is_found_in_the_file_or_the_literal_that_it_stands_in() {
        let drop = "DROP TABLE a";
        for (source, place, expected) in [
            ("m.@execute_batch(include_str!(\"../forward.sql\"))", (2, 1), Some("forward.sql:2:1")),
            ("m.@run(\n  include_str!(\"../backward.sql\"),\n)", (1, 1), Some("backward.sql:1:1")),
            // By a constant: the only file that has it.
            (
                "const A: &str = include_str!(\"../forward.sql\");\nm.@run(A)",
                (2, 1),
                Some("forward.sql:2:1"),
            ),
            (
                "include_str!(\"../forward.sql\") include_str!(\"../backward.sql\") @run(A)",
                (2, 1),
                None,
            ),
            ("fn a() {\n  é.@run(\"DROP TABLE a\")", (1, 12), Some("src/lib.rs:2:21")),
            ("m.@run(r#\"SELECT \"1\";\n  DROP TABLE a;\"#)", (2, 3), Some("src/lib.rs:2:3")),
            // What is written otherwise than it is: the statement itself is found, if it stands there once.
            ("m.@run(\"SELECT 1;\\n\\\n  DROP TABLE a;\")", (2, 1), Some("src/lib.rs:2:3")),
            ("m.@run(\"DROP TABLE a;\\nDROP TABLE a;\")", (2, 1), None),
            ("m.@run(&format!(\"DROP TABLE {a}\"))", (1, 1), None),
        ] {
            assert_eq!(told(source, drop, place).as_deref(), expected, "{source}");
        }
    }
}
