//! The digest of a migration's source: of what its compiler reads, and not of how it is laid out.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::{fs, io};

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

use super::listing::Listing;
use runner_engine::explain::Code;
use runner_engine::hint::{self, Hint};
use runner_engine::regular_file;
use runner_engine::source_text::SourceText;
use runner_engine::sum::Sum;

/// The digest of the crate in `folder`.
///
/// Of Rust files the tokens count: comments, documentation, white space, line ends and a comma
/// before a closing bracket do not. Of `Cargo.toml`, which states the dependencies, the values
/// count. Of any other file the bytes count, with `\r\n` read as `\n`. Hidden files, `Cargo.lock`,
/// `target` and the crate's `fixture.sql` and `expected.sql`, which only trials read, do not count. A
/// symbolic link counts as the file, or as the folder outside of the crate, that it leads to; any other,
/// as where it leads.
///
/// # Errors
/// A file that cannot be read.
pub fn source(folder: &Path) -> Result<String, SourceError> {
    digest(folder, &Listing::of(folder)?, |_, _| ())
}

/// The crate in `folder` as it stands there: what is read for its [digest](source).
///
/// # Errors
/// A file that cannot be read.
pub(crate) fn source_text(folder: &Path) -> Result<SourceText, SourceError> {
    let mut text = SourceText::default();
    digest(folder, &Listing::of(folder)?, |path, content| text.add(path, content))?;
    Ok(text)
}

/// As [`source`], if the crate's package were called `package`.
pub(crate) fn source_called(folder: &Path, package: &str) -> Result<String, SourceError> {
    sum(folder, &Listing::of(folder)?, Some(package), |_, _| ())
}

/// As [`source`], of the files that are listed, each of which is passed to `see`.
pub(super) fn digest(
    folder: &Path,
    listing: &Listing,
    see: impl FnMut(&str, &[u8]),
) -> Result<String, SourceError> {
    sum(folder, listing, None, see)
}

fn sum(
    folder: &Path,
    listing: &Listing,
    package: Option<&str>,
    mut see: impl FnMut(&str, &[u8]),
) -> Result<String, SourceError> {
    let mut sum = Sum::new();
    for file in &listing.files {
        let bytes = regular_file::read(&folder.join(file), regular_file::SOURCE)
            .map_err(|source| SourceError { path: folder.join(file), source })?;
        let name = file.to_string_lossy().replace('\\', "/");
        see(&name, &bytes);
        sum.part(name.as_bytes());
        sum.part(&content(file, bytes, package));
    }
    for link in &listing.links {
        let path = folder.join(link);
        let target = fs::read_link(&path).map_err(|source| SourceError { path, source })?;
        sum.part(link.to_string_lossy().replace('\\', "/").as_bytes());
        sum.part(b"link");
        sum.part(target.to_string_lossy().as_bytes());
    }
    Ok(sum.hex())
}

/// What counts of a file. In the manifest, the package is called as `package` says.
fn content(path: &Path, bytes: Vec<u8>, package: Option<&str>) -> Vec<u8> {
    let Ok(text) = std::str::from_utf8(&bytes) else {
        return bytes;
    };
    let meaning = if path.extension().is_some_and(|extension| extension == "rs") {
        TokenStream::from_str(text).ok().map(tokens)
    } else if path == Path::new("Cargo.toml") {
        manifest(text, package)
    } else {
        None
    };
    meaning.unwrap_or_else(|| text.replace("\r\n", "\n").into_bytes())
}

/// The values of a manifest.
fn manifest(text: &str, package: Option<&str>) -> Option<Vec<u8>> {
    let mut table: toml::Table = toml::from_str(text).ok()?;
    let said = table.get_mut("package").and_then(toml::Value::as_table_mut);
    if let (Some(said), Some(package)) = (said, package) {
        said.insert("name".to_owned(), package.into());
    }
    serde_json::to_vec(&table).ok()
}

/// The tokens one after the other. What is open is kept in a list and not on the stack, so that no text is
/// nested too deeply.
fn tokens(stream: TokenStream) -> Vec<u8> {
    let mut out = Vec::new();
    let mut open = vec![Open::new(stream, None)];
    while let Some(inner) = open.last_mut() {
        match inner.next(&mut out) {
            Some(group) => {
                let (begin, end) = match group.delimiter() {
                    Delimiter::Parenthesis => (b'(', b')'),
                    Delimiter::Brace => (b'{', b'}'),
                    Delimiter::Bracket => (b'[', b']'),
                    Delimiter::None => (b' ', b' '),
                };
                out.push(begin);
                open.push(Open::new(group.stream(), Some(end)));
            }
            None => {
                out.extend(inner.end);
                open.pop();
            }
        }
    }
    out
}

/// A group of tokens that is not written to its end.
struct Open {
    trees: Vec<TokenTree>,
    written: usize,
    end: Option<u8>,
}

impl Open {
    fn new(stream: TokenStream, end: Option<u8>) -> Self {
        Self { trees: stream.into_iter().collect(), written: 0, end }
    }

    /// Writes tokens up to the next group, and gives that; `None`: there is none.
    fn next(&mut self, out: &mut Vec<u8>) -> Option<Group> {
        while let Some((first, rest)) = self.trees[self.written..].split_first() {
            if let Some(after) = documentation(&self.trees[self.written..]) {
                self.written = self.trees.len() - after.len();
                continue;
            }
            self.written += 1;
            match first {
                TokenTree::Group(group) => return Some(group.clone()),
                first if rest.is_empty() && is_punct(first, ',') => {}
                other => {
                    out.extend_from_slice(other.to_string().as_bytes());
                    out.push(b'\n');
                }
            }
        }
        None
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
    pub fn hint(&self) -> Option<Hint> {
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
    fn no_source_is_nested_too_deeply() {
        const DEPTH: usize = 100_000;
        let nested = |inside: &str| {
            format!("fn a() {{ {}{inside}{} }}", "(".repeat(DEPTH), ")".repeat(DEPTH))
        };
        let one = digest(&[("src/lib.rs", &nested("1"))]);
        assert_ne!(one, digest(&[("src/lib.rs", &nested("2"))]));
        assert_eq!(one, digest(&[("src/lib.rs", &nested("/* one */ 1"))]));
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
    #[cfg(unix)]
    fn a_link_to_a_file_counts_as_the_file_that_it_leads_to() {
        let folder = tempfile::tempdir().unwrap();
        let (crate_, outside) = (folder.path().join("a"), folder.path().join("up.sql"));
        fs::create_dir(&crate_).unwrap();
        fs::write(&outside, "x").unwrap();
        std::os::unix::fs::symlink("../up.sql", crate_.join("up.sql")).unwrap();
        assert_eq!(source(&crate_).unwrap(), digest(&[("up.sql", "x")]));
        fs::write(&outside, "y").unwrap();
        assert_eq!(source(&crate_).unwrap(), digest(&[("up.sql", "y")]));
    }

    #[test]
    #[cfg(unix)]
    fn a_link_that_leads_to_no_file_counts_as_where_it_leads() {
        let with_link = |target: &str| {
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join("a.sql"), "x").unwrap();
            fs::create_dir(folder.path().join("sql")).unwrap();
            std::os::unix::fs::symlink(target, folder.path().join("link")).unwrap();
            source(folder.path()).unwrap()
        };
        let targets = ["nowhere", "elsewhere", "link", ".", "..", "sql", "/dev/zero", "/"];
        let digests: std::collections::BTreeSet<_> = targets.map(with_link).into();
        assert_eq!(digests.len(), targets.len());
        assert!(!digests.contains(&digest(&[("a.sql", "x")])));
    }

    #[test]
    fn a_crate_under_another_name_has_the_digest_that_it_had_under_the_old_one() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str| {
            let manifest = format!("[package]\nname = \"{name}\"\n[lib]\nname = \"old\"\n");
            fs::write(folder.path().join("Cargo.toml"), manifest).unwrap();
        };
        write("old");
        let old = source(folder.path()).unwrap();
        write("new");
        assert_ne!(source(folder.path()).unwrap(), old);
        assert_eq!(source_called(folder.path(), "old").unwrap(), old);
    }

    /// Histories hold it: another digest would make every applied migration look edited.
    #[test]
    fn the_digest_of_a_crate_is_what_it_always_was() {
        let files = [
            ("Cargo.toml", "[package]\nname = \"a\"\n"),
            ("src/lib.rs", "fn a() {}"),
            ("up.sql", "x"),
        ];
        assert_eq!(
            digest(&files),
            "6fb33b15145d0827f04b2b50b610d93a6a44f1736544dc38e1412bf27c05bac1"
        );
    }

    #[test]
    fn rust_that_does_not_lex_still_has_a_digest() {
        assert_ne!(digest(&[("src/lib.rs", "fn a( {")]), digest(&[("src/lib.rs", "fn b( {")]));
    }
}
