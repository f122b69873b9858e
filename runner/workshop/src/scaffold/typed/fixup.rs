//! A pass over the rows of a table, as a statement of a migration.

use proc_macro2::TokenStream;
use quote::quote;

use super::code::{ident, path};
use super::migration::Transactions;
use super::structs::{ChangeStruct, Field, Pass};

/// The statement of `pass`, without a semicolon.
pub(super) fn statement(pass: &Pass, transactions: Transactions) -> TokenStream {
    let of = path(&(pass.row.module, pass.row.name.clone()));
    // In batches the rows are counted anyway.
    let progress = match transactions {
        Transactions::One => quote!(.with_progress()),
        Transactions::Batches => quote!(),
    };
    match &pass.change {
        Some(change) => {
            let (name, values) =
                (path(&(change.module, change.name.clone())), values(pass, change));
            quote!(migrator.rows_of::<#of>()#progress.update(|row| {
                Ok(Some(#name { #(#values,)* }))
            })?)
        }
        None => {
            let what = format!("what becomes of a row of `{}`?", pass.row.table);
            quote!(migrator.rows_of::<#of>()#progress.for_each(|row| { compile_error!(#what) })?)
        }
    }
}

/// The fields of `change`, each with the value that is known, or a compile error in its place.
fn values(pass: &Pass, change: &ChangeStruct) -> Vec<TokenStream> {
    let value = |field: &Field| {
        let name = ident(&field.name);
        let value = value(pass, change, field);
        quote!(#name: #value)
    };
    change.fields.iter().map(value).collect()
}

fn value(pass: &Pass, change: &ChangeStruct, field: &Field) -> TokenStream {
    let (table, column) = (&change.table, field.name.trim_start_matches("r#"));
    let same = |read: &&Field| read.called.eq_ignore_ascii_case(&field.called);
    let read = pass.row.fields.iter().find(same);
    let Some(read) = read.filter(|read| !read.of.is_another_than(field.of)) else {
        let what = format!("what does a row of `{table}` get in `{column}`?");
        return quote!(compile_error!(#what));
    };
    let name = ident(&read.name);
    if read.of.is_nullable_beside(field.of) {
        let what = format!("what does NULL become in `{column}`?");
        quote!(row.#name.unwrap_or(compile_error!(#what)))
    } else if field.of.is_nullable_beside(read.of) {
        quote!(Some(row.#name))
    } else {
        quote!(row.#name)
    }
}
