//! Rust code as text, by prettyplease.

use proc_macro2::TokenStream;
use syn::parse_quote;

/// How deep the body of a method stands.
const DEPTH: usize = 8;

/// The expression `tokens` as the body of a method, without the spaces before its first line.
///
/// It is printed within a method, so that its lines are indented and broken for the place where the
/// template has it. What a person typed is in `tokens` as literals only, so they always parse.
pub(super) fn body(tokens: &TokenStream) -> String {
    let file: syn::File = parse_quote!(
        impl A {
            fn a() {
                #tokens
            }
        }
    );
    let text = prettyplease::unparse(&file);
    let lines: Vec<&str> = text.lines().collect();
    let body = lines.get(2..lines.len().saturating_sub(2)).unwrap_or_default();
    body.join("\n").split_off(DEPTH)
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::*;

    #[test]
    fn a_body_goes_over_as_many_lines_as_it_needs() {
        assert_eq!(body(&quote!(migrator.drop_table("a"))), "migrator.drop_table(\"a\")");
        let long = "x".repeat(90);
        assert_eq!(
            body(&quote!(migrator.drop_column("a", #long))),
            format!(
                "migrator\n            .drop_column(\n                \"a\",\n                {long:?},\n            )"
            )
        );
    }
}
