//! Items of attributes: `key`, `key = value`, `key(...)`.

use proc_macro2::Span;
use syn::ext::IdentExt as _;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Ident, LitStr, Result, Token, token};

/// An item that stands alone, and says something by being there.
pub(crate) type Flag = Option<Span>;

/// Shows each item of `attribute` to `read`: its key, which is one of `known`, and what follows it.
pub(crate) fn items(
    attribute: &Attribute,
    known: &[&str],
    mut read: impl FnMut(&Ident, ParseStream<'_>) -> Result<()>,
) -> Result<()> {
    attribute.parse_args_with(|input: ParseStream<'_>| {
        while !input.is_empty() {
            let key = input.call(Ident::parse_any)?;
            if !known.contains(&key.to_string().as_str()) {
                return Err(unknown("attribute", &key, known.iter().copied()));
            }
            read(&key, input)?;
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(())
    })
}

/// There is no `what` of this name; perhaps one that is spelled like it was meant.
pub(crate) fn unknown<'k>(
    what: &str,
    word: &Ident,
    known: impl Iterator<Item = &'k str>,
) -> syn::Error {
    const SIMILAR: f64 = 0.7;
    let name = word.unraw().to_string();
    let known: Vec<&str> = known.collect();
    let nearest = known
        .iter()
        .map(|known| (strsim::jaro_winkler(&name, known), known))
        .filter(|(likeness, _)| *likeness > SIMILAR)
        .max_by(|(a, _), (b, _)| a.total_cmp(b));
    let hint = match nearest {
        Some((_, nearest)) => format!("did you mean `{nearest}`?"),
        None => format!("there are `{}`", known.join("`, `")),
    };
    syn::Error::new(word.span(), format!("there is no {what} `{name}`; {hint}"))
}

/// Sets what may be said once.
pub(crate) fn once<T>(slot: &mut Option<T>, key: &Ident, value: T) -> Result<()> {
    if slot.is_some() {
        return Err(syn::Error::new(key.span(), format!("`{key}` is here twice")));
    }
    *slot = Some(value);
    Ok(())
}

/// Sets a flag.
pub(crate) fn flag(slot: &mut Flag, key: &Ident, input: ParseStream<'_>) -> Result<()> {
    if input.peek(Token![=]) || input.peek(token::Paren) {
        return Err(input.error(format!("`{key}` stands alone: write it, or leave it out")));
    }
    once(slot, key, key.span())
}

/// What follows `=`.
pub(crate) fn value<T: Parse>(key: &Ident, input: ParseStream<'_>) -> Result<T> {
    equals(key, input, "...")?;
    input.parse()
}

/// The text that follows `=`, which is not empty.
pub(crate) fn text(key: &Ident, input: ParseStream<'_>) -> Result<LitStr> {
    equals(key, input, "\"...\"")?;
    full(input.parse()?)
}

/// `text`, unless there is nothing in it.
pub(crate) fn full(text: LitStr) -> Result<LitStr> {
    if text.value().trim().is_empty() {
        return Err(syn::Error::new(text.span(), "this is empty"));
    }
    Ok(text)
}

fn equals(key: &Ident, input: ParseStream<'_>, what: &str) -> Result<()> {
    if !input.peek(Token![=]) {
        return Err(syn::Error::new(key.span(), format!("write `{key} = {what}`")));
    }
    input.parse::<Token![=]>()?;
    Ok(())
}

/// Reads `#[was("...")]`.
pub(crate) fn was(slot: &mut Option<LitStr>, attribute: &Attribute) -> Result<()> {
    let name = attribute
        .parse_args::<LitStr>()
        .map_err(|error| syn::Error::new(error.span(), "write `#[was(\"old_name\")]`"))?;
    if slot.is_some() {
        let message = "`was` is here twice; the last name before this one is enough";
        return Err(syn::Error::new(name.span(), message));
    }
    *slot = Some(full(name)?);
    Ok(())
}
