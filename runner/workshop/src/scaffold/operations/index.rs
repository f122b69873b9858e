//! Indexes.

use migration_api::operation::{Index, IndexColumn, Indexed};
use proc_macro2::TokenStream;
use quote::quote;

use super::literal::{names, sql};

/// `Index::on("player", ["name"]).unique()`.
pub(super) fn index(index: &Index) -> TokenStream {
    let Index { table, columns, name, unique, condition, if_not_exists, .. } = index;
    let columns = terms(columns);
    let name = name.iter();
    let unique = unique.then(|| quote!(.unique()));
    let condition = condition.as_deref().map(sql);
    let condition = condition.iter();
    let if_not_exists = if_not_exists.then(|| quote!(.if_not_exists()));
    quote!(
        Index::on(#table, #columns) #(.named(#name))* #unique #(.where_(#condition))* #if_not_exists
    )
}

/// What it orders by: names, if each is a column and nothing else is said of any.
pub(super) fn terms(columns: &[IndexColumn]) -> TokenStream {
    let plain = |column: &IndexColumn| match column {
        IndexColumn {
            indexed: Indexed::Column(name), descending: false, collate: None, ..
        } => Some(name.clone()),
        _ => None,
    };
    if let Some(plain) = columns.iter().map(plain).collect::<Option<Vec<_>>>() {
        return names(&plain);
    }
    let terms = columns.iter().map(term);
    quote!([#(#terms),*])
}

fn term(column: &IndexColumn) -> TokenStream {
    let IndexColumn { indexed, descending, collate, .. } = column;
    let begin = match indexed {
        Indexed::Column(name) => quote!(IndexColumn::new(#name)),
        Indexed::Expression(expression) => {
            let expression = sql(expression);
            quote!(IndexColumn::expression(#expression))
        }
    };
    let descending = descending.then(|| quote!(.desc()));
    let collate = collate.iter();
    quote!(#begin #descending #(.collate(#collate))*)
}

/// Whether nothing is said of it but what it orders by.
pub(super) fn is_plain(index: &Index) -> bool {
    *index == Index::on(&index.table, index.columns.clone())
}
