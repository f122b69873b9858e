//! `default = ...`, as SQL.

use syn::ext::IdentExt as _;
use syn::parse::{Parse, ParseStream};
use syn::{Ident, Lit, LitStr, Result, Token, parenthesized, token};

use crate::attribute::full;
use crate::spell;

/// What a column holds in a row that says nothing about it, as SQL.
pub(crate) struct Default(pub(crate) String);

const WHAT_MAY_STAND: &str = "a default is a number, a text, bytes, `true`, `false`, or SQL: \
                              `default = sql(\"CURRENT_TIMESTAMP\")`";

impl Parse for Default {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        if input.peek(Ident::peek_any) && input.peek2(token::Paren) {
            return sql(input);
        }
        let minus = input.parse::<Option<Token![-]>>()?;
        let sign = if minus.is_some() { "-" } else { "" };
        let literal: Lit =
            input.parse().map_err(|error| syn::Error::new(error.span(), WHAT_MAY_STAND))?;
        Ok(Self(match (&literal, sign) {
            (Lit::Int(number), _) => {
                let text = format!("{sign}{}", number.base10_digits());
                text.parse::<i64>().map_err(|_| {
                    syn::Error::new(number.span(), "SQLite's integers have 64 bits and a sign")
                })?;
                text
            }
            (Lit::Float(number), _) => format!("{sign}{}", number.base10_digits()),
            (Lit::Str(text), "") if text.value().contains('\0') => {
                let message = "a text in SQL has no zero byte: write it as bytes, b\"...\"";
                return Err(syn::Error::new(text.span(), message));
            }
            (Lit::Str(text), "") => spell::text(&text.value()),
            (Lit::ByteStr(bytes), "") => spell::blob(&bytes.value()),
            (Lit::Bool(yes), "") => u8::from(yes.value).to_string(),
            _ => return Err(syn::Error::new(literal.span(), WHAT_MAY_STAND)),
        }))
    }
}

/// `sql("...")`. The words that SQLite knows as values have no brackets, as people write them
/// (<https://sqlite.org/lang_createtable.html#dfltval>).
fn sql(input: ParseStream<'_>) -> Result<Default> {
    const WORDS: [&str; 4] = ["CURRENT_TIME", "CURRENT_DATE", "CURRENT_TIMESTAMP", "NULL"];
    let function = input.call(Ident::parse_any)?;
    if function != "sql" {
        return Err(syn::Error::new(function.span(), WHAT_MAY_STAND));
    }
    let content;
    parenthesized!(content in input);
    let text = full(content.parse::<LitStr>()?)?.value();
    let is_word = WORDS.iter().any(|word| word.eq_ignore_ascii_case(&text));
    Ok(Default(if is_word { text } else { format!("({text})") }))
}
