//! Tables and columns.

use migration_api::operation::{
    AddedColumn, Column, Generated, KeyColumn, Place, Storage, Table, TableOptions,
};
use proc_macro2::TokenStream;
use quote::quote;

use super::constraint::{check, of_table};
use super::key;
use super::literal::{self, names, sql};

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

/// `Column::integer("level").not_null().default(0)`.
pub(super) fn column(column: &Column) -> TokenStream {
    let begin = begin(&column.name, column.declared_type.as_deref());
    let primary_key = column.primary_key.map(|key| match key {
        KeyColumn::Plain => quote!(.primary_key()),
        KeyColumn::Autoincrement => quote!(.autoincrement()),
    });
    let not_null = column.not_null.then(|| quote!(.not_null()));
    let unique = column.unique.then(|| quote!(.unique()));
    let default = column.default.as_deref().map(default);
    let collate = column.collate.iter();
    let check = column.check.as_ref().map(|own| {
        let check = check(own);
        quote!(.check(#check))
    });
    let generated = column.generated.as_ref().map(generated);
    let references = column.references.as_ref().map(key::of_column);
    quote!(
        #begin #primary_key #not_null #unique #default #(.collate(#collate))* #check #generated
        #references
    )
}

/// A column with its place, and with what existing rows get: `undecided`, if that is left open.
pub(super) fn added(added: &AddedColumn, undecided: Option<&TokenStream>) -> TokenStream {
    let AddedColumn { place, backfill, .. } = added;
    let column = column(&added.column);
    let place = place.as_ref().map(|place| match place {
        Place::After(other) => quote!(.after(#other)),
        Place::Before(other) => quote!(.before(#other)),
    });
    let backfill = undecided.cloned().or_else(|| {
        let expression = sql(backfill.as_deref()?);
        Some(quote!(#expression))
    });
    let backfill = backfill.iter();
    quote!(#column #place #(.backfill(#backfill))*)
}

fn begin(name: &str, declared_type: Option<&str>) -> TokenStream {
    match declared_type {
        None => quote!(Column::untyped(#name)),
        Some("INTEGER") => quote!(Column::integer(#name)),
        Some("TEXT") => quote!(Column::text(#name)),
        Some("REAL") => quote!(Column::real(#name)),
        Some("BLOB") => quote!(Column::blob(#name)),
        Some(other) => quote!(Column::new(#name, #other)),
    }
}

fn default(given: &str) -> TokenStream {
    match literal::value(given) {
        Some(value) => quote!(.default(#value)),
        None => {
            let expression = sql(given);
            quote!(.default_sql(#expression))
        }
    }
}

fn generated(generated: &Generated) -> TokenStream {
    let Generated { expression, storage, .. } = generated;
    let expression = sql(expression);
    let stored = match storage {
        Storage::Virtual => None,
        Storage::Stored => Some(quote!(.stored())),
    };
    quote!(.generated(#expression) #stored)
}
