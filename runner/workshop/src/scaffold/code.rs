//! Rust code as text, by prettyplease.

use proc_macro2::TokenStream;
use syn::parse_quote;

/// How long a line may be.
pub(super) const WIDTH: usize = 100;

/// Where in a migration an expression is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Position {
    /// It is the body of a method.
    Body,
    /// It is in a list in the body of a method.
    Element,
}

impl Position {
    /// What its lines begin with.
    pub(super) fn indent(self) -> &'static str {
        match self {
            Self::Body => "        ",
            Self::Element => "            ",
        }
    }
}

/// The expression `tokens` at its place, without the spaces before its first line.
///
/// It is printed within a method, so that its lines are indented and broken for the place where it is
/// put. What a person typed is in `tokens` as literals only, so they always parse.
pub(super) fn expression(tokens: &TokenStream, place: Position) -> String {
    let (file, around): (syn::File, usize) = match place {
        Position::Body => (parse_quote!(impl A { fn a() { #tokens } }), 2),
        Position::Element => (parse_quote!(mod m { impl A { fn a() { #tokens } } }), 3),
    };
    let text = prettyplease::unparse(&file);
    let lines: Vec<&str> = text.split('\n').collect();
    // The last line is empty, behind the last line break.
    let inside = lines.get(around..lines.len().saturating_sub(around + 1)).unwrap_or_default();
    inside.join("\n").split_off(place.indent().len())
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::*;

    #[test]
    fn a_body_goes_over_as_many_lines_as_it_needs() {
        let short = quote!(migrator.drop_table("a"));
        assert_eq!(expression(&short, Position::Body), "migrator.drop_table(\"a\")");
        assert_eq!(expression(&short, Position::Element), "migrator.drop_table(\"a\")");
        let long = "x".repeat(90);
        assert_eq!(
            expression(&quote!(migrator.drop_column("a", #long)), Position::Body),
            format!(
                "migrator\n            .drop_column(\n                \"a\",\n                {long:?},\n            )"
            )
        );
    }

    #[test]
    fn a_raw_string_keeps_its_lines() {
        let raw: proc_macro2::Literal = "r\"a\n\n  b\n\"".parse().unwrap();
        assert!(expression(&quote!(run(#raw)), Position::Element).contains("r\"a\n\n  b\n\""));
    }
}
