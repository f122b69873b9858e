//! The body of a method that runs operations.
//!
//! Tokens have no comments, so each operation is laid out by itself and the comments go between.

use proc_macro2::TokenStream;

use super::call::Call;
use super::note::comment;
use super::written::Written;
use crate::scaffold::code::{self, Position};

/// The calls, without the spaces before the first line. One operation is a method of the migrator,
/// several are one run: they share a rebuild.
pub(in crate::scaffold) fn body(operations: &[Written]) -> String {
    match operations {
        [] => format!("let _ = migrator;\n{}Ok(())", Position::Body.indent()),
        [only] => piece(only, Position::Body, Call::of_migrator),
        several => {
            let indent = Position::Element.indent();
            let elements = several.iter().map(|written| {
                let piece = piece(written, Position::Element, Call::of_operation);
                format!("{indent}{piece},\n")
            });
            let elements: String = elements.collect();
            format!("migrator.run([\n{elements}{}])", Position::Body.indent())
        }
    }
}

/// The comment and the code of one operation.
fn piece(written: &Written, place: Position, spelled: impl Fn(&Call) -> TokenStream) -> String {
    let code = code::expression(&spelled(&Call::of(written)), place);
    let lines = written.notes.iter().flat_map(|note| comment(note, place));
    lines.chain([code]).collect::<Vec<_>>().join(&format!("\n{}", place.indent()))
}
