//! The digest of a migration's source: what its compiler reads, and not how it is laid out.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::{fs, io};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use super::sum::Sum;
use crate::explain::Code;
use crate::hint;
use crate::rehearse::FIXTURE;

/// The digest of the crate in `folder`.
///
/// Of Rust files the tokens count: comments, documentation, white space, line ends and a comma
/// before a closing bracket do not. Of `Cargo.toml`, which states the dependencies, the values
/// count. Of any other file the bytes count, with `\r\n` read as `\n`. Hidden files, `Cargo.lock`,
/// `target` and the crate's `fixture.sql`, which only rehearsals read, do not count.
///
/// # Errors
/// A file that cannot be read.
pub fn source(folder: &Path) -> Result<String, SourceError> {
    digest(folder, &Listing::of(folder)?)
}

/// As [`source`], of the files that are listed.
pub(super) fn digest(folder: &Path, listing: &Listing) -> Result<String, SourceError> {
    let mut sum = Sum::new();
    for file in &listing.files {
        let bytes = fs::read(folder.join(file))
            .map_err(|source| SourceError { path: folder.join(file), source })?;
        sum.part(file.to_string_lossy().replace('\\', "/").as_bytes());
        sum.part(&content(file, bytes));
    }
    Ok(sum.hex())
}

/// Names of what lies in a crate's folder without being its source.
const NOT_SOURCE: [&str; 2] = ["target", "Cargo.lock"];

/// Names of what lies in an application's folder in great numbers without being its source.
const NOT_RUST: [&str; 2] = ["target", "node_modules"];

/// What lies in a crate's folder, relative to it and in order.
pub(super) struct Listing {
    /// The folders, of which the crate's own, the empty path, is the first.
    pub(super) folders: Vec<PathBuf>,
    pub(super) files: Vec<PathBuf>,
}

impl Listing {
    /// Of a migration.
    pub(super) fn of(root: &Path) -> Result<Self, SourceError> {
        Self::walk(root, |path, _| {
            let name = name(path);
            let is_fixture = path == Path::new(FIXTURE);
            !(name.starts_with('.') || NOT_SOURCE.contains(&&*name) || is_fixture)
        })
    }

    /// Of a crate of models.
    pub(super) fn of_models(root: &Path) -> Result<Self, SourceError> {
        Self::walk(root, |path, kind| {
            let name = name(path);
            if kind.is_dir() {
                let is_package = || root.join(path).join("Cargo.toml").exists();
                !(name.starts_with('.') || NOT_RUST.contains(&&*name) || is_package())
            } else {
                let is_read = |end| end == "rs" || end == "sql";
                path == Path::new("Cargo.toml") || path.extension().is_some_and(is_read)
            }
        })
    }

    /// The folders and files, of which there is at least one.
    pub(super) fn paths(&self) -> impl Iterator<Item = &Path> {
        self.folders.iter().chain(&self.files).map(PathBuf::as_path)
    }

    /// All that `counts`, and all of it in folders that do.
    fn walk(
        root: &Path,
        counts: impl Fn(&Path, fs::FileType) -> bool,
    ) -> Result<Self, SourceError> {
        let mut listing = Self { folders: vec![PathBuf::new()], files: Vec::new() };
        let mut next = 0;
        while let Some(below) = listing.folders.get(next).cloned() {
            listing.add(root, &below, &counts)?;
            next += 1;
        }
        listing.folders.sort();
        listing.files.sort();
        Ok(listing)
    }

    fn add(
        &mut self,
        root: &Path,
        below: &Path,
        counts: impl Fn(&Path, fs::FileType) -> bool,
    ) -> Result<(), SourceError> {
        let folder = root.join(below);
        let fail = |source| SourceError { path: folder.clone(), source };
        for entry in fs::read_dir(&folder).map_err(fail)? {
            let entry = entry.map_err(fail)?;
            let path = below.join(entry.file_name());
            let kind = entry.file_type().map_err(fail)?;
            if counts(&path, kind) {
                let list = if kind.is_dir() { &mut self.folders } else { &mut self.files };
                list.push(path);
            }
        }
        Ok(())
    }
}

/// The last part of a path that has one.
fn name(path: &Path) -> Cow<'_, str> {
    path.file_name().unwrap_or_default().to_string_lossy()
}

/// What counts of a file.
fn content(path: &Path, bytes: Vec<u8>) -> Vec<u8> {
    let Ok(text) = std::str::from_utf8(&bytes) else {
        return bytes;
    };
    let meaning = if path.extension().is_some_and(|extension| extension == "rs") {
        TokenStream::from_str(text).ok().map(tokens)
    } else if path == Path::new("Cargo.toml") {
        toml::from_str::<toml::Table>(text).ok().and_then(|table| serde_json::to_vec(&table).ok())
    } else {
        None
    };
    meaning.unwrap_or_else(|| text.replace("\r\n", "\n").into_bytes())
}

fn tokens(stream: TokenStream) -> Vec<u8> {
    let mut out = Vec::new();
    write_tokens(&stream.into_iter().collect::<Vec<_>>(), &mut out);
    out
}

fn write_tokens(mut trees: &[TokenTree], out: &mut Vec<u8>) {
    while let Some((first, rest)) = trees.split_first() {
        trees = match documentation(trees) {
            Some(after) => after,
            None => {
                if !(rest.is_empty() && is_punct(first, ',')) {
                    write_token(first, out);
                }
                rest
            }
        };
    }
}

fn write_token(tree: &TokenTree, out: &mut Vec<u8>) {
    match tree {
        TokenTree::Group(group) => {
            let (open, close) = match group.delimiter() {
                Delimiter::Parenthesis => (b'(', b')'),
                Delimiter::Brace => (b'{', b'}'),
                Delimiter::Bracket => (b'[', b']'),
                Delimiter::None => (b' ', b' '),
            };
            out.push(open);
            write_tokens(&group.stream().into_iter().collect::<Vec<_>>(), out);
            out.push(close);
        }
        other => {
            out.extend_from_slice(other.to_string().as_bytes());
            out.push(b'\n');
        }
    }
}

/// What follows a doc comment, which the lexer gives as `#[doc = ".."]` or `#![doc = ".."]`.
fn documentation(trees: &[TokenTree]) -> Option<&[TokenTree]> {
    let (hash, rest) = trees.split_first()?;
    if !is_punct(hash, '#') {
        return None;
    }
    let rest = match rest {
        [bang, rest @ ..] if is_punct(bang, '!') => rest,
        _ => rest,
    };
    let (TokenTree::Group(group), after) = rest.split_first()? else {
        return None;
    };
    let inside: Vec<TokenTree> = group.stream().into_iter().collect();
    match inside.as_slice() {
        [TokenTree::Ident(name), equals, TokenTree::Literal(_)]
            if name == "doc" && is_punct(equals, '=') =>
        {
            Some(after)
        }
        _ => None,
    }
}

fn is_punct(tree: &TokenTree, wanted: char) -> bool {
    matches!(tree, TokenTree::Punct(punct) if punct.as_char() == wanted)
}

/// A file of a migration that could not be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read `{}`", path.display())]
pub struct SourceError {
    /// The file or folder.
    pub path: PathBuf,
    /// Why.
    pub source: io::Error,
}

impl SourceError {
    /// What `runner explain` has to say about it.
    #[must_use]
    pub fn code(&self) -> Code {
        Code::UnreadableFile
    }

    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        hint::reading(&self.source)
    }
}

#[cfg(test)]
mod examples {
    use super::*;
    use crate::messages::{Examples, refused};

    impl Examples for SourceError {
        fn examples() -> Vec<Self> {
            let path = "/srv/game/migrations/20250106_090000_add_level/src/lib.rs".into();
            vec![Self { path, source: refused() }]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(files: &[(&str, &str)]) -> String {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        source(folder.path()).unwrap()
    }

    #[test]
    fn layout_and_comments_of_rust_do_not_count() {
        let plain = digest(&[("src/lib.rs", "fn a(x: u8) -> u8 { x + 1 }")]);
        for same in [
            "fn a(x: u8) -> u8 {\r\n    x + 1\r\n}\r\n",
            "//! Crate.\n/// Adds.\nfn a(\n    x: u8, // one\n) -> u8 {\n    /* why */ x + 1\n}\n",
        ] {
            assert_eq!(plain, digest(&[("src/lib.rs", same)]), "{same}");
        }
        for other in ["fn a(x: u8) -> u8 { x + 2 }", "fn a(x: u8) -> u8 { x - 1 }", "fn a() {}"] {
            assert_ne!(plain, digest(&[("src/lib.rs", other)]), "{other}");
        }
    }

    #[test]
    fn strings_count_to_the_byte() {
        let one = digest(&[("src/lib.rs", "const A: &str = \"a // b\";")]);
        assert_ne!(one, digest(&[("src/lib.rs", "const A: &str = \"a //  b\";")]));
    }

    #[test]
    fn sql_counts_to_the_byte_except_for_line_ends() {
        let unix = digest(&[("up.sql", "SELECT 1;\nSELECT 2;\n")]);
        assert_eq!(unix, digest(&[("up.sql", "SELECT 1;\r\nSELECT 2;\r\n")]));
        assert_ne!(unix, digest(&[("up.sql", "SELECT 1;\nSELECT  2;\n")]));
    }

    #[test]
    fn dependencies_count_and_comments_in_the_manifest_do_not() {
        let one = digest(&[("Cargo.toml", "[dependencies]\na = '1'\n")]);
        assert_eq!(one, digest(&[("Cargo.toml", "# why\n[dependencies]\na   = \"1\"\n")]));
        assert_ne!(one, digest(&[("Cargo.toml", "[dependencies]\na = '2'\n")]));
    }

    #[test]
    fn a_new_or_renamed_file_counts_and_build_output_does_not() {
        let one = digest(&[("a.sql", "x")]);
        assert_ne!(one, digest(&[("b.sql", "x")]));
        assert_ne!(one, digest(&[("a.sql", "x"), ("b.sql", "")]));
        assert_eq!(one, digest(&[("a.sql", "x"), ("target/t", "x"), ("Cargo.lock", "x")]));
    }

    #[test]
    fn rust_that_does_not_lex_still_has_a_digest() {
        assert_ne!(digest(&[("src/lib.rs", "fn a( {")]), digest(&[("src/lib.rs", "fn b( {")]));
    }
}
