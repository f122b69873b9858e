//! Which migrations a crate replaces, read in its source: a plan is made before anything is built.

use std::io;
use std::path::Path;

use runner_engine::MigrationId;
use runner_engine::regular_file;
use runner_engine::squash::Replacements;
use syn::{Expr, ExprArray, ExprLit, ImplItem, Item, Lit};

use crate::digest::SourceError;
use crate::discover::Source;

/// The name of the constant.
const CONSTANT: &str = "REPLACES";

/// Those of `sources` that replace others, each with those. Which they are is compared with what the library says before
/// it is used: where the constant is written otherwise than as a list of texts, the library is refused.
///
/// # Errors
/// A file that cannot be read.
pub(crate) fn replacements<'s>(
    sources: impl IntoIterator<Item = &'s Source>,
) -> Result<Replacements, SourceError> {
    let mut all = Replacements::new();
    for source in sources {
        let replaces = replaces(&source.folder)?;
        if !replaces.is_empty() {
            all.insert(source.id.clone(), replaces);
        }
    }
    Ok(all)
}

/// The ids in the constant of the crate in `folder`; none if there is no such constant.
///
/// # Errors
/// Its `src/lib.rs` cannot be read.
pub(crate) fn replaces(folder: &Path) -> Result<Vec<MigrationId>, SourceError> {
    let path = folder.join("src").join("lib.rs");
    match regular_file::read(&path, regular_file::SOURCE) {
        Ok(bytes) => Ok(of_text(&String::from_utf8_lossy(&bytes))),
        // Cargo says so.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(source) => Err(SourceError { path, source }),
    }
}

fn of_text(text: &str) -> Vec<MigrationId> {
    // To parse a thousand files takes longer than to look for a word in them.
    if !text.contains(CONSTANT) {
        return Vec::new();
    }
    let Ok(file) = syn::parse_file(text) else { return Vec::new() };
    let constants = file.items.iter().filter_map(|item| match item {
        Item::Impl(block) if block.trait_.is_some() => Some(&block.items),
        _ => None,
    });
    let value = constants.flatten().find_map(|item| match item {
        ImplItem::Const(constant) if constant.ident == CONSTANT => Some(&constant.expr),
        _ => None,
    });
    value.and_then(ids).unwrap_or_default()
}

/// The ids in `&["..", ".."]`.
fn ids(value: &Expr) -> Option<Vec<MigrationId>> {
    let Expr::Reference(reference) = value else { return None };
    let Expr::Array(ExprArray { elems, .. }) = &*reference.expr else { return None };
    let id = |element: &Expr| match element {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => text.value().parse().ok(),
        _ => None,
    };
    elems.iter().map(id).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(constant: &str) -> usize {
        let text = format!("struct S; impl Migration for S {{ {constant} fn f() {{}} }}");
        of_text(&text).len()
    }

    #[test]
    fn a_list_of_texts_is_read_and_nothing_else() {
        let list = "const REPLACES: &'static [&'static str] = &[\"20250101_000000_a\",\n \
                    // the second\n \"20250102_000000_b\",];";
        assert_eq!(of(list), 2);
        assert_eq!(of("const REPLACES: &[&str] = &[];"), 0);
        assert_eq!(of("// REPLACES"), 0);
        assert_eq!(of("const REPLACES: &[&str] = ids();"), 0);
        assert_eq!(of("const REPLACES: &[&str] = &[OTHER];"), 0);
        assert_eq!(of("const REPLACES: &[&str] = &[\"none\"];"), 0);
        assert_eq!(of_text("REPLACES }").len(), 0);
    }
}
