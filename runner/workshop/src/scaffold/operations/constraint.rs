//! What a table requires of its rows.

use migration_api::operation::{Check, Conflict, Constraint, Unique, WhichConstraint};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::key::foreign_key;
use super::literal::{names, sql};

/// A constraint as a method of a table: `.unique(["a", "b"])`.
pub(super) fn of_table(constraint: &Constraint) -> TokenStream {
    match constraint {
        Constraint::Unique(Unique { columns, name: None, on_conflict: None, .. }) => {
            let columns = names(columns);
            quote!(.unique(#columns))
        }
        Constraint::Unique(other) => {
            let unique = unique(other);
            quote!(.constraint(#unique))
        }
        Constraint::Check(own) => {
            let check = check(own);
            quote!(.check(#check))
        }
        Constraint::ForeignKey(own) => {
            let key = foreign_key(own);
            quote!(.foreign_key(#key))
        }
        other => {
            let message = format!("there are no words yet for {other:?}");
            quote!(.constraint(compile_error!(#message)))
        }
    }
}

pub(super) fn unique(unique: &Unique) -> TokenStream {
    let Unique { columns, name, on_conflict, .. } = unique;
    let columns = names(columns);
    let named = name.iter();
    let conflict = on_conflict.map(|conflict| {
        let conflict = variant(conflict);
        quote!(.on_conflict(#conflict))
    });
    quote!(Unique::new(#columns) #(.named(#named))* #conflict)
}

/// The expression alone, if it has no name.
pub(super) fn check(check: &Check) -> TokenStream {
    let Check { name, expression, .. } = check;
    let expression = sql(expression);
    match name {
        None => quote!(#expression),
        Some(name) => quote!(Check::new(#expression).named(#name)),
    }
}

pub(super) fn which(constraint: &WhichConstraint) -> TokenStream {
    match constraint {
        WhichConstraint::Named(name) => quote!(#name),
        WhichConstraint::Unique(columns) => {
            let columns = names(columns);
            quote!(WhichConstraint::unique(#columns))
        }
        WhichConstraint::Check(expression) => {
            let expression = sql(expression);
            quote!(WhichConstraint::check(#expression))
        }
        WhichConstraint::ForeignKey(columns) => {
            let columns = names(columns);
            quote!(WhichConstraint::foreign_key(#columns))
        }
    }
}

fn variant(conflict: Conflict) -> TokenStream {
    let name = format_ident!(
        "{}",
        match conflict {
            Conflict::Rollback => "Rollback",
            Conflict::Abort => "Abort",
            Conflict::Fail => "Fail",
            Conflict::Ignore => "Ignore",
            Conflict::Replace => "Replace",
        }
    );
    quote!(Conflict::#name)
}
