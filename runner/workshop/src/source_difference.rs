//! In what the source of a migration is another than when it was applied.

use std::collections::BTreeSet;

use runner_engine::source_text::SourceText;
use serde::Serialize;

use crate::schema::{Line, text_lines};

/// A file of a migration that is another than when that was applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileDifference {
    /// Its path below the migration's folder.
    pub path: String,
    /// The lines that differ, with those around them.
    pub lines: Vec<Line>,
}

/// The files that differ, in order. What does not count for the digest, as comments do not, is compared too.
pub(crate) fn between(before: &SourceText, now: &SourceText) -> Vec<FileDifference> {
    let text = |source: &SourceText, path: &str| source.0.get(path).cloned().unwrap_or_default();
    let paths: BTreeSet<&String> = before.0.keys().chain(now.0.keys()).collect();
    let differing = paths.into_iter().filter(|path| before.0.get(*path) != now.0.get(*path));
    let file = |path: &String| FileDifference {
        path: path.clone(),
        lines: text_lines(&text(before, path), &text(now, path)),
    };
    differing.map(file).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_differ_are_told_line_by_line() {
        let source = |files: &[(&str, &str)]| {
            let mut source = SourceText::default();
            files.iter().for_each(|(path, text)| source.add(path, text.as_bytes()));
            source
        };
        let before = source(&[("a.sql", "one\ntwo\n"), ("b.sql", "same\n"), ("gone.sql", "x\n")]);
        let now = source(&[("a.sql", "one\r\n2\n"), ("b.sql", "same\n"), ("new.sql", "y\n")]);
        let told: Vec<_> = between(&before, &now)
            .iter()
            .map(|file| {
                let line = |line: &Line| format!("{}{}", line.side.mark(), line.text);
                let lines: Vec<_> = file.lines.iter().map(line).collect();
                format!("{}: {}", file.path, lines.join("|"))
            })
            .collect();
        assert_eq!(told, ["a.sql:  one|-two|+2", "gone.sql: -x", "new.sql: +y"]);
        assert_eq!(between(&before, &before), []);
    }
}
