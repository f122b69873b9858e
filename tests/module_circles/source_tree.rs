//! The files of a crate, found as the compiler finds them: from `mod` to `mod`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::tokens::{self, Token};

/// A file of a crate.
#[derive(Debug)]
pub(crate) struct SourceFile {
    pub(crate) path: PathBuf,
    /// The module that it is, without the crate: empty for the root.
    pub(crate) module: Vec<String>,
    pub(crate) tokens: Vec<Token>,
}

/// The files of a crate, the root first.
#[derive(Debug)]
pub(crate) struct SourceTree {
    pub(crate) files: Vec<SourceFile>,
}

impl SourceTree {
    /// Reads the crate whose root is the file `root`.
    pub(crate) fn read(root: &Path) -> Self {
        let folder = root.parent().unwrap().to_owned();
        let mut tree = Self { files: Vec::new() };
        tree.add(root.to_owned(), &[], &folder);
        tree
    }

    /// Adds the file `path`, whose modules lie in `folder`, and them.
    fn add(&mut self, path: PathBuf, module: &[String], folder: &Path) {
        let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let tokens = tokens::of_product(&text);
        let declared = declared(&tokens);
        let parent = path.parent().unwrap().to_owned();
        self.files.push(SourceFile { path, module: module.to_vec(), tokens });
        for Declared { inside, name, elsewhere } in declared {
            let below = inside.iter().fold(folder.to_owned(), |folder, name| folder.join(name));
            let flat = below.join(format!("{name}.rs"));
            let file = match elsewhere {
                Some(path) => parent.join(path),
                None if flat.exists() => flat,
                None => below.join(&name).join("mod.rs"),
            };
            let module: Vec<_> = module.iter().chain(&inside).chain([&name]).cloned().collect();
            self.add(file, &module, &below.join(&name));
        }
    }

    /// The names of the root's modules, in files or in braces.
    pub(crate) fn rooms(&self) -> Vec<String> {
        let tokens = &self.files[0].tokens;
        let mut rooms = Vec::new();
        each_module(tokens, |inside, name, _| {
            if inside.is_empty() {
                rooms.push(name.to_owned());
            }
        });
        rooms
    }
}

/// A module that lies in a file of its own.
struct Declared {
    /// The modules in braces around it.
    inside: Vec<String>,
    name: String,
    /// What `#[path]` says.
    elsewhere: Option<String>,
}

fn declared(tokens: &[Token]) -> Vec<Declared> {
    let mut declared = Vec::new();
    each_module(tokens, |inside, name, at| {
        if tokens[at + 2].is(";") {
            let elsewhere = path_attribute(&tokens[..at]);
            declared.push(Declared { inside: inside.to_vec(), name: name.to_owned(), elsewhere });
        }
    });
    declared
}

/// Calls `found` with the modules in braces around a `mod`, its name, and the index of the word.
fn each_module(tokens: &[Token], mut found: impl FnMut(&[String], &str, usize)) {
    let surroundings = surroundings(tokens);
    for (at, words) in tokens.windows(3).enumerate() {
        if words[0].is("mod") && words[1].is_name && (words[2].is(";") || words[2].is("{")) {
            found(&surroundings[at], &words[1].text, at);
        }
    }
}

/// For each token, the modules in braces around it.
pub(crate) fn surroundings(tokens: &[Token]) -> Vec<Vec<String>> {
    let mut open = BTreeMap::<usize, String>::new();
    let mut around = Vec::with_capacity(tokens.len());
    for (at, token) in tokens.iter().enumerate() {
        open.retain(|&end, _| end > at);
        // By their ends, the innermost is first.
        around.push(open.values().rev().cloned().collect());
        let is_inline = token.is("mod")
            && tokens.get(at + 1).is_some_and(|name| name.is_name)
            && tokens.get(at + 2).is_some_and(|brace| brace.is("{"));
        if is_inline {
            open.insert(tokens::group_end(tokens, at + 2), tokens[at + 1].text.clone());
        }
    }
    around
}

/// The text of `#[path = "..."]`, if that is among the attributes that `before` ends with.
fn path_attribute(before: &[Token]) -> Option<String> {
    let last = before.iter().rposition(|token| matches!(token.text.as_str(), ";" | "{" | "}"));
    let attributes = &before[last.map_or(0, |at| at + 1)..];
    let at = attributes.windows(2).position(|words| words[0].is("path") && words[1].is("="))?;
    Some(attributes[at + 2].text.trim_matches('"').to_owned())
}
