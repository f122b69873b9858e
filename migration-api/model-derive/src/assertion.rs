//! What only the compiler can tell, since it knows the types: constants that do not evaluate if it is not
//! so, at the place of the type.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::Ident;
use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;

use crate::model::{Column, Model};

pub(crate) const AUTOINCREMENT: &str =
    "AUTOINCREMENT counts rowids: the type is `i64`, or another that is declared as INTEGER";
pub(crate) const STRICT: &str =
    "a STRICT table knows INT, INTEGER, REAL, TEXT, BLOB and ANY, and no other type";
pub(crate) const KEY: &str = "a primary key is never NULL: leave out the `Option`";
pub(crate) const SET_NULL: &str =
    "this column is never NULL: make it an `Option`, or take another `on_delete` or `on_update`";

/// A constant for each thing that a column's type has to be.
pub(crate) fn all(model: &Model) -> Vec<TokenStream> {
    model.columns.iter().flat_map(|column| of_column(model, column)).collect()
}

fn of_column(model: &Model, column: &Column) -> Vec<TokenStream> {
    // What is said at the field was judged where it was read.
    if column.said.declared.is_some() {
        return Vec::new();
    }
    let ty = &column.ty;
    let declared = quote!(<#ty as ::migration_model::ColumnType>::DECLARED);
    let nullable = quote!(<#ty as ::migration_model::ColumnType>::NULLABLE);
    let assert = |condition: TokenStream, message: &str| quote_spanned!(ty.span()=> const _: () = ::core::assert!(#condition, #message););
    let mut assertions = Vec::new();
    if column.said.autoincrement.is_some() {
        let integer = quote!(::migration_model::derived::is_integer(#declared));
        assertions.push(assert(integer, AUTOINCREMENT));
    }
    if model.said.strict.is_some() {
        let strict = quote!(::migration_model::derived::is_strict(#declared));
        assertions.push(assert(strict, STRICT));
    }
    if is_in_key(model, column) {
        assertions.push(assert(quote!(!#nullable), KEY));
    }
    if sets_null(column) {
        assertions.push(assert(nullable, SET_NULL));
    }
    assertions
}

/// That `field` is one of `columns`, at its place.
pub(crate) fn is_column(columns: &TokenStream, field: &Ident) -> TokenStream {
    let name = field.unraw().to_string();
    quote_spanned! {field.span()=>
        const _: () = ::core::assert!(
            ::migration_model::derived::is_column(#columns, #name),
            "the struct that is referenced has no such column",
        );
    }
}

/// Whether `column` is one of the primary key.
pub(crate) fn is_in_key(model: &Model, column: &Column) -> bool {
    model.primary_key().iter().any(|key| key.field == column.field)
}

/// Whether a foreign key may make the column NULL.
pub(crate) fn sets_null(column: &Column) -> bool {
    let key = &column.said.foreign_key;
    [&key.on_delete, &key.on_update].into_iter().flatten().any(|action| action.sql == "SET NULL")
}
