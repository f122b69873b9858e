//! Lists of columns, by the names of their fields: `primary_key(a, b)`, `unique(a, b)`.

use syn::ext::IdentExt as _;
use syn::parse::ParseStream;
use syn::punctuated::Punctuated;
use syn::{Ident, Result, Token, parenthesized, token};

/// Columns of this table, by the names of their fields.
pub(crate) struct Fields {
    pub(crate) names: Vec<Ident>,
}

impl Fields {
    /// Reads the brackets after `key`.
    pub(crate) fn read(key: &Ident, input: ParseStream<'_>) -> Result<Self> {
        if !input.peek(token::Paren) {
            return Err(syn::Error::new(key.span(), format!("write `{key}(a, b)`")));
        }
        let content;
        parenthesized!(content in input);
        let names: Vec<Ident> =
            Punctuated::<Ident, Token![,]>::parse_terminated_with(&content, Ident::parse_any)?
                .into_iter()
                .collect();
        if names.is_empty() {
            return Err(syn::Error::new(key.span(), format!("`{key}` names no column")));
        }
        Ok(Self { names })
    }
}

/// Refuses a name that is in `names` twice.
pub(crate) fn different<'n>(names: impl IntoIterator<Item = &'n Ident>) -> Result<()> {
    let mut seen: Vec<&Ident> = Vec::new();
    for name in names {
        if seen.iter().any(|before| before.unraw() == name.unraw()) {
            return Err(syn::Error::new(name.span(), format!("`{name}` is here twice")));
        }
        seen.push(name);
    }
    Ok(())
}
