//! `#[table(...)]` and `#[was("...")]` at a struct.

use syn::parse::ParseStream;
use syn::{Attribute, Ident, LitStr, Result, Token, parenthesized, token};

use crate::attribute::{self, Flag, flag, full, once, text};
use crate::index::Index;
use crate::key::Fields;
use crate::reference::ForeignKey;

/// What is said at a struct.
#[derive(Default)]
pub(crate) struct TableAttributes {
    pub(crate) name: Option<LitStr>,
    pub(crate) strict: Flag,
    pub(crate) without_rowid: Flag,
    pub(crate) primary_key: Option<Fields>,
    pub(crate) unique: Vec<Fields>,
    pub(crate) index: Vec<Index>,
    pub(crate) check: Vec<Check>,
    pub(crate) foreign_key: Vec<(Fields, ForeignKey)>,
    pub(crate) was: Option<LitStr>,
}

/// A CHECK of a table.
pub(crate) struct Check {
    pub(crate) expression: LitStr,
    pub(crate) name: Option<LitStr>,
}

const KEYS: [&str; 8] =
    ["check", "foreign_key", "index", "name", "primary_key", "strict", "unique", "without_rowid"];

impl TableAttributes {
    pub(crate) fn read(attributes: &[Attribute]) -> Result<Self> {
        let mut read = Self::default();
        for attribute in attributes {
            if attribute.path().is_ident("table") {
                read.items(attribute)?;
            } else if attribute.path().is_ident("was") {
                attribute::was(&mut read.was, attribute)?;
            } else if attribute.path().is_ident("column") {
                let message = "`#[column(...)]` belongs at a field; at the struct, `#[table(...)]`";
                return Err(syn::Error::new_spanned(attribute.path(), message));
            }
        }
        Ok(read)
    }

    fn items(&mut self, attribute: &Attribute) -> Result<()> {
        attribute::items(attribute, &KEYS, |key, input| {
            match key.to_string().as_str() {
                "name" => once(&mut self.name, key, text(key, input)?)?,
                "strict" => flag(&mut self.strict, key, input)?,
                "without_rowid" => flag(&mut self.without_rowid, key, input)?,
                "primary_key" => once(&mut self.primary_key, key, Fields::read(key, input)?)?,
                "unique" => self.unique.push(Fields::read(key, input)?),
                "index" => self.index.push(Index::of_table(key, input)?),
                "check" => self.check.push(Check::read(key, input)?),
                _ => self.foreign_key.push(ForeignKey::of_table(key, input)?),
            }
            Ok(())
        })
    }
}

impl Check {
    /// Reads `check = "..."`, or `check("...", name = "...")`.
    fn read(key: &Ident, input: ParseStream<'_>) -> Result<Self> {
        if !input.peek(token::Paren) {
            return Ok(Self { expression: text(key, input)?, name: None });
        }
        let content;
        parenthesized!(content in input);
        let expression = full(content.parse()?)?;
        let mut name = None;
        if !content.is_empty() {
            content.parse::<Token![,]>()?;
            let word: Ident = content.parse()?;
            if word != "name" {
                return Err(attribute::unknown("option", &word, ["name"].into_iter()));
            }
            name = Some(text(&word, &content)?);
        }
        Ok(Self { expression, name })
    }
}
