//! `index`: at a field, `index` or `index(name = "...", unique, where = "...")`; at a struct the same,
//! after the columns.

use proc_macro2::Span;
use syn::ext::IdentExt as _;
use syn::parse::ParseStream;
use syn::{Ident, LitStr, Result, Token, parenthesized, token};

use crate::attribute::{Flag, flag, full, once, text, unknown};

/// An index.
pub(crate) struct Index {
    pub(crate) span: Span,
    /// None at a field: it is that one.
    pub(crate) terms: Vec<Term>,
    pub(crate) name: Option<LitStr>,
    pub(crate) unique: Flag,
    pub(crate) condition: Option<LitStr>,
}

/// What an index sorts by.
pub(crate) struct Term {
    pub(crate) what: What,
    pub(crate) collate: Option<LitStr>,
    pub(crate) descending: bool,
}

/// A column or an expression.
pub(crate) enum What {
    Field(Ident),
    Expression(LitStr),
}

const OPTIONS: [&str; 3] = ["name", "unique", "where"];

impl Index {
    /// At a field.
    pub(crate) fn of_field(key: &Ident, input: ParseStream<'_>) -> Result<Self> {
        let mut index = Self::empty(key);
        if input.peek(token::Paren) {
            let content;
            parenthesized!(content in input);
            index.read(&content, |word, _| Err(unknown("option", word, OPTIONS.into_iter())))?;
        } else if input.peek(Token![=]) {
            return Err(input.error("write `index`, or `index(name = \"...\")`"));
        }
        Ok(index)
    }

    /// At a struct.
    pub(crate) fn of_table(key: &Ident, input: ParseStream<'_>) -> Result<Self> {
        let mut index = Self::empty(key);
        let mut terms = Vec::new();
        if input.peek(token::Paren) {
            let content;
            parenthesized!(content in input);
            index.read(&content, |word, input| {
                terms.push(Term::read(What::Field(word.clone()), input)?);
                Ok(())
            })?;
        }
        index.terms.extend(terms);
        if index.terms.is_empty() {
            return Err(syn::Error::new(key.span(), "write `index(a, b)`: it names no column"));
        }
        let expression = index.terms.iter().find_map(|term| match &term.what {
            What::Expression(text) => Some(text),
            What::Field(_) => None,
        });
        match (expression, &index.name) {
            (Some(text), None) => Err(syn::Error::new(
                text.span(),
                "an index of an expression has no name of its own: write `name = \"...\"` behind it",
            )),
            _ => Ok(index),
        }
    }

    fn empty(key: &Ident) -> Self {
        let (terms, name, unique, condition) = (Vec::new(), None, None, None);
        Self { span: key.span(), terms, name, unique, condition }
    }

    /// Reads what is in the brackets; a word that is no option is for `column`. A column that is
    /// called like an option is written raw: `r#unique`.
    fn read(
        &mut self,
        input: ParseStream<'_>,
        mut column: impl FnMut(&Ident, ParseStream<'_>) -> Result<()>,
    ) -> Result<()> {
        while !input.is_empty() {
            if input.peek(LitStr) {
                let text = full(input.parse()?)?;
                self.terms.push(Term::read(What::Expression(text), input)?);
            } else {
                let word = input.call(Ident::parse_any)?;
                match word.to_string().as_str() {
                    "unique" => flag(&mut self.unique, &word, input)?,
                    "name" if input.peek(Token![=]) => {
                        once(&mut self.name, &word, text(&word, input)?)?;
                    }
                    "where" => once(&mut self.condition, &word, text(&word, input)?)?,
                    _ => column(&word, input)?,
                }
            }
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(())
    }
}

impl Term {
    /// Reads `collate "..."` and `asc` or `desc`, which may follow.
    fn read(what: What, input: ParseStream<'_>) -> Result<Self> {
        let mut term = Self { what, collate: None, descending: false };
        while input.peek(Ident::peek_any) {
            let word = input.call(Ident::parse_any)?;
            match word.to_string().as_str() {
                "asc" => {}
                "desc" => term.descending = true,
                "collate" => once(&mut term.collate, &word, full(input.parse()?)?)?,
                _ => return Err(unknown("order", &word, ["asc", "desc", "collate"].into_iter())),
            }
        }
        Ok(term)
    }
}
