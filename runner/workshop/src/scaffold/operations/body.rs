//! The body of a method that runs operations.
//!
//! Tokens have no comments, so each operation is laid out by itself and the comments go between.

use proc_macro2::TokenStream;

use super::call::Call;
use super::note::comment;
use super::written::Written;
use crate::scaffold::code::{self, Place};

/// The calls, without the spaces before the first line. One operation is a method of the migrator,
/// several are one run: they share a rebuild.
pub(in crate::scaffold) fn body(operations: &[Written]) -> String {
    match operations {
        [] => format!("let _ = migrator;\n{}Ok(())", Place::Body.indent()),
        [only] => piece(only, Place::Body, Call::of_migrator),
        several => {
            let indent = Place::Element.indent();
            let elements = several.iter().map(|written| {
                let piece = piece(written, Place::Element, Call::of_operation);
                format!("{indent}{piece},\n")
            });
            let elements: String = elements.collect();
            format!("migrator.run([\n{elements}{}])", Place::Body.indent())
        }
    }
}

/// The comment and the code of one operation.
fn piece(written: &Written, place: Place, spelled: impl Fn(&Call) -> TokenStream) -> String {
    let code = code::expression(&spelled(&Call::of(written)), place);
    let lines = written.notes.iter().flat_map(|note| comment(note, place));
    lines.chain([code]).collect::<Vec<_>>().join(&format!("\n{}", place.indent()))
}
