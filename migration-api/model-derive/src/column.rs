//! `#[column(...)]` and `#[was("...")]` at a field.

use proc_macro2::Span;
use syn::{Attribute, LitStr, Result};

use crate::attribute::{self, Flag, flag, once, text, value};
use crate::default::Default as DefaultValue;
use crate::index::Index;
use crate::reference::ForeignKey;

/// What is said at a field.
#[derive(Default)]
pub(crate) struct ColumnAttributes {
    pub(crate) name: Option<LitStr>,
    pub(crate) declared: Option<LitStr>,
    pub(crate) primary_key: Flag,
    pub(crate) autoincrement: Flag,
    pub(crate) default: Option<(Span, DefaultValue)>,
    pub(crate) unique: Flag,
    pub(crate) index: Option<Index>,
    pub(crate) check: Option<LitStr>,
    pub(crate) collate: Option<LitStr>,
    pub(crate) foreign_key: ForeignKey,
    pub(crate) generated: Option<LitStr>,
    pub(crate) stored: Flag,
    pub(crate) skip: Flag,
    pub(crate) was: Option<LitStr>,
    /// How many items there are.
    pub(crate) count: usize,
}

const KEYS: [&str; 16] = [
    "autoincrement",
    "check",
    "collate",
    "default",
    "deferrable",
    "generated",
    "index",
    "name",
    "on_delete",
    "on_update",
    "primary_key",
    "references",
    "skip",
    "stored",
    "type",
    "unique",
];

impl ColumnAttributes {
    pub(crate) fn read(attributes: &[Attribute]) -> Result<Self> {
        let mut read = Self::default();
        for attribute in attributes {
            if attribute.path().is_ident("column") {
                read.items(attribute)?;
            } else if attribute.path().is_ident("was") {
                attribute::was(&mut read.was, attribute)?;
            } else if attribute.path().is_ident("table") {
                let message = "`#[table(...)]` belongs at the struct; at a field, `#[column(...)]`";
                return Err(syn::Error::new_spanned(attribute.path(), message));
            }
        }
        Ok(read)
    }

    fn items(&mut self, attribute: &Attribute) -> Result<()> {
        attribute::items(attribute, &KEYS, |key, input| {
            self.count += 1;
            match key.to_string().as_str() {
                "name" => once(&mut self.name, key, text(key, input)?),
                "type" => once(&mut self.declared, key, text(key, input)?),
                "primary_key" => flag(&mut self.primary_key, key, input),
                "autoincrement" => flag(&mut self.autoincrement, key, input),
                "default" => once(&mut self.default, key, (key.span(), value(key, input)?)),
                "unique" => flag(&mut self.unique, key, input),
                "index" => once(&mut self.index, key, Index::of_field(key, input)?),
                "check" => once(&mut self.check, key, text(key, input)?),
                "collate" => once(&mut self.collate, key, text(key, input)?),
                "generated" => once(&mut self.generated, key, text(key, input)?),
                "stored" => flag(&mut self.stored, key, input),
                "skip" => flag(&mut self.skip, key, input),
                _ => self.foreign_key.read(key, input),
            }
        })
    }
}
