//! A struct as a table: its columns, and what is said about them.

use heck::ToSnakeCase as _;
use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::ext::IdentExt as _;
use syn::{Data, DeriveInput, Field, Fields, GenericParam, Ident, Result, Type};

use crate::attribute::unknown;
use crate::column::ColumnAttributes;
use crate::table::TableAttributes;

/// A table.
pub(crate) struct Model {
    pub(crate) name: String,
    /// Where the name comes from.
    pub(crate) ident: Ident,
    pub(crate) said: TableAttributes,
    pub(crate) columns: Vec<Column>,
}

/// A column.
pub(crate) struct Column {
    pub(crate) field: Ident,
    pub(crate) name: String,
    /// The type of the field, without lifetimes of the struct.
    pub(crate) ty: TokenStream,
    /// Whether it is written as an `Option`.
    pub(crate) is_option: bool,
    pub(crate) said: ColumnAttributes,
}

impl Model {
    /// Reads a struct, with every mistake in it.
    pub(crate) fn read(input: &DeriveInput) -> Result<Self> {
        let fields = fields(input)?;
        let mut errors = Errors::default();
        let said = errors.keep(TableAttributes::read(&input.attrs)).unwrap_or_default();
        let columns = fields.iter().filter_map(|field| errors.keep(Column::read(field))?).collect();
        errors.none()?;
        let name = match &said.name {
            Some(name) => name.value(),
            None => input.ident.unraw().to_string().to_snake_case(),
        };
        Ok(Self { name, ident: input.ident.clone(), said, columns })
    }

    /// The column of the field `name`.
    pub(crate) fn column(&self, name: &Ident) -> Result<&Column> {
        let found = self.columns.iter().find(|column| column.field.unraw() == name.unraw());
        found.ok_or_else(|| {
            let fields: Vec<String> =
                self.columns.iter().map(|column| column.field.unraw().to_string()).collect();
            unknown("column", name, fields.iter().map(String::as_str))
        })
    }

    /// The columns of the primary key.
    pub(crate) fn primary_key(&self) -> Vec<&Column> {
        match &self.said.primary_key {
            Some(fields) => fields.names.iter().filter_map(|name| self.column(name).ok()).collect(),
            None => {
                self.columns.iter().filter(|column| column.said.primary_key.is_some()).collect()
            }
        }
    }
}

impl Column {
    /// `None` if the field is no column.
    fn read(field: &Field) -> Result<Option<Self>> {
        let Some(ident) = field.ident.clone() else { return Ok(None) };
        let said = ColumnAttributes::read(&field.attrs)?;
        if let Some(span) = said.skip {
            if said.count > 1 || said.was.is_some() {
                let message = "a field that is no column has nothing else to say: leave out `skip`, \
                               or the rest";
                return Err(syn::Error::new(span, message));
            }
            return Ok(None);
        }
        let name = match &said.name {
            Some(name) => name.value(),
            None => ident.unraw().to_string(),
        };
        let ty = for_ever(field.ty.to_token_stream());
        let is_option = is_option(&field.ty);
        Ok(Some(Self { field: ident, name, ty, is_option, said }))
    }
}

fn fields(input: &DeriveInput) -> Result<&syn::punctuated::Punctuated<Field, syn::Token![,]>> {
    let refused = |message| Err(syn::Error::new_spanned(&input.ident, message));
    let Data::Struct(data) = &input.data else {
        return refused("a table is a struct with named fields, one for each column");
    };
    let Fields::Named(fields) = &data.fields else {
        return refused(
            "a table is a struct with named fields: their names are those of the columns",
        );
    };
    let parameter = input
        .generics
        .params
        .iter()
        .find(|parameter| !matches!(parameter, GenericParam::Lifetime(_)));
    if let Some(parameter) = parameter {
        let message = "a table is one struct: write out what this stands for";
        return Err(syn::Error::new_spanned(parameter, message));
    }
    Ok(&fields.named)
}

/// Whether a type is written as `Option<...>`, with or without a path before it.
fn is_option(ty: &Type) -> bool {
    match ty {
        Type::Path(path) => path.path.segments.last().is_some_and(|last| last.ident == "Option"),
        Type::Group(group) => is_option(&group.elem),
        Type::Paren(paren) => is_option(&paren.elem),
        _ => false,
    }
}

/// `tokens` with `'static` for each lifetime: what is a constant knows no other.
pub(crate) fn for_ever(tokens: TokenStream) -> TokenStream {
    let mut after_tick = false;
    tokens
        .into_iter()
        .map(|token| {
            let is_name = std::mem::replace(&mut after_tick, is_tick(&token));
            match token {
                TokenTree::Ident(name) if is_name => Ident::new("static", name.span()).into(),
                TokenTree::Group(group) => {
                    let mut inner =
                        proc_macro2::Group::new(group.delimiter(), for_ever(group.stream()));
                    inner.set_span(group.span());
                    inner.into()
                }
                other => other,
            }
        })
        .collect()
}

fn is_tick(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == '\'')
}

/// Mistakes, to be reported together.
#[derive(Default)]
pub(crate) struct Errors(Option<syn::Error>);

impl Errors {
    /// What was read; a mistake is kept.
    pub(crate) fn keep<T>(&mut self, result: Result<T>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                match &mut self.0 {
                    Some(errors) => errors.combine(error),
                    None => self.0 = Some(error),
                }
                None
            }
        }
    }

    /// Fails with all of them, if there are any.
    pub(crate) fn none(self) -> Result<()> {
        self.0.map_or(Ok(()), Err)
    }
}
