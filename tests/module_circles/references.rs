//! Which room names something of which other, and where.

use std::collections::BTreeMap;

use crate::source_tree::{SourceFile, SourceTree, surroundings};
use crate::tokens::{self, Token};

/// What stands in the root itself, and not in a module below it.
const ROOT: &str = "(root)";

/// From a room to another, and the places, as `file:line`.
pub(crate) type References = BTreeMap<(String, String), Vec<String>>;

/// Who names whom in a crate, its tests apart. A name that the root imports from a room is of that room.
pub(crate) fn between_rooms(tree: &SourceTree) -> References {
    let rooms = tree.rooms();
    let imported = imported_by_root(&tree.files[0].tokens, &rooms);
    let mut references = References::new();
    for file in &tree.files {
        for (from, name, line) in names(file, &rooms) {
            let to = if rooms.contains(&name) {
                name
            } else if let Some(room) = imported.get(&name) {
                // What the root has from another crate is of no room.
                let Some(room) = room else { continue };
                room.clone()
            } else {
                ROOT.to_owned()
            };
            if from != to {
                let place = format!("{}:{line}", file.path.display());
                references.entry((from, to)).or_default().push(place);
            }
        }
    }
    references
}

/// The room that a token stands in, and what it names in the root of the crate, with the line.
fn names(file: &SourceFile, rooms: &[String]) -> Vec<(String, String, usize)> {
    let surroundings = surroundings(&file.tokens);
    let mut names = Vec::new();
    let mut at = 0;
    while at < file.tokens.len() {
        let tokens = &file.tokens[at..];
        let module: Vec<_> = file.module.iter().chain(&surroundings[at]).cloned().collect();
        let from = module.first().map_or(ROOT, String::as_str).to_owned();
        let starts = at == 0 || !file.tokens[at - 1].is("::");
        if module.is_empty() && tokens[0].is("use") {
            // What the root imports is of the room that has it.
            at += tokens.iter().position(|token| token.is(";")).unwrap_or(tokens.len());
            continue;
        }
        if let Some((base, length)) = above(tokens, &module).filter(|_| starts) {
            if let Some(first) = base.first() {
                names.push((from, first.clone(), tokens[0].line));
            } else {
                let found = first_names(&tokens[length..]);
                names.extend(found.into_iter().map(|(name, line)| (from.clone(), name, line)));
            }
            at += length;
            continue;
        }
        let is_path = tokens.get(1).is_some_and(|next| next.is("::"));
        if module.is_empty() && starts && is_path && rooms.contains(&tokens[0].text) {
            names.push((from, tokens[0].text.clone(), tokens[0].line));
        }
        at += 1;
    }
    names
}

/// The module that `crate::` or `super::` at the start of `tokens` leads to from `module`, and of how many
/// tokens they are.
fn above(tokens: &[Token], module: &[String]) -> Option<(Vec<String>, usize)> {
    let is_path = |at: usize| tokens.get(at + 1).is_some_and(|next| next.is("::"));
    if tokens[0].is("crate") && is_path(0) {
        return Some((Vec::new(), 2));
    }
    let mut base = module.to_vec();
    let mut at = if tokens[0].is("self") && is_path(0) { 2 } else { 0 };
    let start = at;
    while tokens.get(at).is_some_and(|token| token.is("super")) && is_path(at) {
        base.pop();
        at += 2;
    }
    (at > start).then_some((base, at))
}

/// The first names of a path, or of each path of a group, with their lines.
fn first_names(tokens: &[Token]) -> Vec<(String, usize)> {
    let Some(first) = tokens.first() else { return Vec::new() };
    if !first.is("{") {
        return vec![(first.text.clone(), first.line)];
    }
    let group = &tokens[1..tokens::group_end(tokens, 0) - 1];
    let (mut names, mut depth, mut begins) = (Vec::new(), 0, true);
    for token in group {
        if begins && depth == 0 && token.is_name {
            names.push((token.text.clone(), token.line));
        }
        depth += i32::from(token.is("{")) - i32::from(token.is("}"));
        begins = token.is(",");
    }
    names
}

/// The names that `use` brings into the root, and the rooms that they are from; none for another crate's.
fn imported_by_root(tokens: &[Token], rooms: &[String]) -> BTreeMap<String, Option<String>> {
    let surroundings = surroundings(tokens);
    let mut imported = BTreeMap::new();
    for at in (0..tokens.len()).filter(|&at| tokens[at].is("use") && surroundings[at].is_empty()) {
        let path = &tokens[at + 1..];
        let path = &path[..path.iter().position(|token| token.is(";")).unwrap_or(path.len())];
        let from_root = ["crate", "self"].iter().any(|word| path[0].is(word));
        let path = if from_root { &path[2..] } else { path };
        let room = rooms.iter().find(|room| path[0].is(room)).cloned();
        // A name is what stands before a comma, a closing brace or the end.
        for (index, token) in path.iter().enumerate() {
            let next = path.get(index + 1);
            if token.is_name && next.is_none_or(|next| next.is(",") || next.is("}")) {
                imported.insert(token.text.clone(), room.clone());
            }
        }
    }
    imported
}
