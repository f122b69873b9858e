//! Reads `docs/json.md`: sections with commands, files and tables.

use std::fs;

use crate::sandbox::repository;

/// A part of the page about a command.
pub(crate) struct Section {
    /// What its heading says.
    pub(crate) title: String,
    /// What stands in it, in order.
    pub(crate) pieces: Vec<Piece>,
    /// The rows of its tables: a field, and of what kind it is.
    pub(crate) fields: Vec<(String, String)>,
}

/// A piece of a section that does something.
pub(crate) enum Piece {
    /// A command, what it prints, and its exit code.
    Command { line: String, output: String, code: i32 },
    /// A file, whose path may have a `*` in it, and its text.
    File { path: String, text: String },
}

pub(crate) fn read() -> Vec<Section> {
    let text = fs::read_to_string(repository().join("docs/json.md")).unwrap();
    text.split("\n## ").skip(1).map(section).collect()
}

fn section(text: &str) -> Section {
    let mut lines = text.lines();
    let title = lines.next().unwrap().trim_matches('`').to_owned();
    let mut section = Section { title, pieces: Vec::new(), fields: Vec::new() };
    let mut file = None;
    while let Some(line) = lines.next() {
        if let Some(path) = line.strip_prefix("In `").and_then(|rest| rest.strip_suffix("`:")) {
            file = Some(path.to_owned());
        } else if let Some(row) = line.strip_prefix("| `") {
            let (name, rest) = row.split_once("` | ").unwrap();
            let (kind, _) = rest.split_once(" | ").unwrap();
            section.fields.push((name.to_owned(), kind.to_owned()));
        } else if let Some(language) = line.strip_prefix("```") {
            let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            match language.strip_prefix("console") {
                Some(how) => section.pieces.extend(commands(&block, how)),
                None => {
                    let (path, text) = (file.take().unwrap(), block.join("\n") + "\n");
                    section.pieces.push(Piece::File { path, text });
                }
            }
        }
    }
    section
}

fn commands(block: &[&str], how: &str) -> Vec<Piece> {
    let code = match how {
        "" => 0,
        " failed" => 1,
        " usage" => 2,
        other => panic!("how is `{other}`?"),
    };
    let block = block.join("\n");
    let each = block.split("$ ").skip(1).map(|text| {
        let (line, output) = text.split_once('\n').unwrap_or((text, ""));
        Piece::Command { line: line.to_owned(), output: output.to_owned(), code }
    });
    each.collect()
}
