//! Tables and their options.

use migration_api::operation::{Table, TableOptions};
use proc_macro2::TokenStream;
use quote::quote;

use super::column::column;
use super::constraint::of_table;
use super::text::names;

pub(super) fn table(table: &Table) -> TokenStream {
    let Table { name, columns, primary_key, constraints, .. } = table;
    let columns = columns.iter().map(column);
    let key = (!primary_key.is_empty()).then(|| {
        let key = names(primary_key);
        quote!(.primary_key(#key))
    });
    let constraints = constraints.iter().map(of_table);
    let strict = table.strict.then(|| quote!(.strict()));
    let without_rowid = table.without_rowid.then(|| quote!(.without_rowid()));
    let if_not_exists = table.if_not_exists.then(|| quote!(.if_not_exists()));
    quote!(
        Table::new(#name) #(.column(#columns))* #key #(#constraints)* #strict #without_rowid
        #if_not_exists
    )
}

pub(super) fn options(options: &TableOptions) -> TokenStream {
    let TableOptions { strict, without_rowid, .. } = options;
    let (strict, without_rowid) = (strict.iter(), without_rowid.iter());
    quote!(TableOptions::new() #(.strict(#strict))* #(.without_rowid(#without_rowid))*)
}
