//! Keys: primary, and to other tables.

use migration_api::operation::{Action, Deferrable, ForeignKey, PrimaryKey, Reference};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::literal::names;

pub(super) fn primary_key(key: &PrimaryKey) -> TokenStream {
    let PrimaryKey { columns, name, autoincrement, .. } = key;
    let begin = if columns.is_empty() {
        quote!(PrimaryKey::none())
    } else {
        let columns = names(columns);
        quote!(PrimaryKey::new(#columns))
    };
    let (name, autoincrement) = (name.iter(), autoincrement.iter());
    quote!(#begin #(.named(#name))* #(.autoincrement(#autoincrement))*)
}

pub(super) fn foreign_key(key: &ForeignKey) -> TokenStream {
    let ForeignKey { columns, ref_table, ref_columns, name, on_delete, on_update, .. } = key;
    let (columns, parents) = (names(columns), names(ref_columns));
    let name = name.iter();
    let actions = actions(*on_delete, *on_update);
    let deferred = key.deferrable.map(|deferrable| match deferrable {
        Deferrable::InitiallyDeferred => quote!(.initially_deferred()),
        other => {
            let message = format!("there are no words yet for {other:?}");
            quote!(.initially_deferred(compile_error!(#message)))
        }
    });
    quote!(ForeignKey::new(#columns).references(#ref_table, #parents) #(.named(#name))* #actions #deferred)
}

/// A foreign key as methods of its column.
pub(super) fn of_column(reference: &Reference) -> TokenStream {
    let Reference { table, column, on_delete, on_update, .. } = reference;
    let actions = actions(*on_delete, *on_update);
    quote!(.references(#table, #column) #actions)
}

fn actions(on_delete: Option<Action>, on_update: Option<Action>) -> TokenStream {
    let (delete, update) = (on_delete.map(action), on_update.map(action));
    let (delete, update) = (delete.iter(), update.iter());
    quote!(#(.on_delete(#delete))* #(.on_update(#update))*)
}

fn action(action: Action) -> TokenStream {
    let name = format_ident!(
        "{}",
        match action {
            Action::Cascade => "Cascade",
            Action::SetNull => "SetNull",
            Action::SetDefault => "SetDefault",
            Action::Restrict => "Restrict",
            Action::NoAction => "NoAction",
        }
    );
    quote!(Action::#name)
}
