//! The files of a migration that hold its structs.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens as _, format_ident, quote};

use super::structs::{ChangeStruct, Field, Module, RowStruct, Structs};

/// The text of a module, if it has structs.
pub(super) fn module(structs: &Structs, module: Module) -> Option<String> {
    let rows: Vec<_> = structs.rows(module).collect();
    let changes: Vec<_> = structs.changes(module).collect();
    if rows.is_empty() {
        return None;
    }
    let about = match module {
        Module::Old => "Rows as they are before this migration.",
        Module::New => "Rows as they are after this migration.",
    };
    let traits = match changes.as_slice() {
        [] => "Row, TableRow",
        _ => "NewValue, Row, RowChange, TableRow",
    };
    let fields = rows.iter().flat_map(|row| &row.fields);
    let mut fields = fields.chain(changes.iter().flat_map(|change| &change.fields));
    let value = match fields.any(|field| field.of.is_any()) {
        true => "use migration_api::rusqlite::types::Value;\n",
        false => "",
    };
    let mut text = format!(
        "//! {about}\n\nuse migration_api::Result;\nuse migration_api::rows::{{{traits}}};\n{value}"
    );
    for row in rows {
        text += &items(row_items(row));
        let own = changes.iter().filter(|change| change.table == row.table);
        text.extend(own.map(|change| items(change_items(change))));
    }
    Some(text)
}

/// The text of items with a blank line before each, and before a method behind constants.
fn items(items: [TokenStream; 2]) -> String {
    let item = |item: TokenStream| {
        let text = prettyplease::unparse(&syn::parse_quote!(#item));
        format!("\n{}", text.replace(";\n    fn ", ";\n\n    fn "))
    };
    items.map(item).concat()
}

fn row_items(row: &RowStruct) -> [TokenStream; 2] {
    let RowStruct { name, table, called, fields, .. } = row;
    let doc = match table == called {
        true => format!("A row of `{}`.", visible(table)),
        false => format!("A row of `{}`, called `{}` by then.", visible(table), visible(called)),
    };
    let columns = fields.iter().map(|field| &field.called);
    let read = fields.iter().map(|field| {
        let (name, column) = (ident(&field.name), &field.called);
        quote!(#name: row.get(#column)?)
    });
    let declared = declaration(&doc, name, fields);
    let name = ident(name);
    let implemented = quote! {
        impl TableRow for #name {
            const TABLE: &'static str = #called;
            const COLUMNS: &'static [&'static str] = &[#(#columns),*];
            fn from_row(row: &Row<'_>) -> Result<Self> {
                Ok(Self { #(#read,)* })
            }
        }
    };
    [declared, implemented]
}

fn change_items(change: &ChangeStruct) -> [TokenStream; 2] {
    let ChangeStruct { module, name, table, row, fields } = change;
    let doc = format!(
        "What a row of `{}` gets; columns without a field are not written.",
        visible(table)
    );
    let values = fields.iter().map(|field| {
        let (name, column) = (ident(&field.name), &field.called);
        quote!((#column, |it| &it.#name))
    });
    let row = match row {
        (of, name) if of == module => ident(name).into_token_stream(),
        row => {
            let path = path(row);
            quote!(super::#path)
        }
    };
    let declared = declaration(&doc, name, fields);
    let name = ident(name);
    let implemented = quote! {
        impl RowChange for #name {
            type Row = #row;
            const COLUMNS: &'static [NewValue<Self>] = &[#(#values),*];
        }
    };
    [declared, implemented]
}

fn declaration(doc: &str, name: &str, fields: &[Field]) -> TokenStream {
    let (doc, name) = (format!(" {doc}"), ident(name));
    let fields = fields.iter().map(|field| {
        let (name, of) = (ident(&field.name), field.of.tokens());
        quote!(pub #name: #of)
    });
    quote! {
        #[doc = #doc]
        #[derive(Debug, Clone)]
        pub struct #name { #(#fields,)* }
    }
}

/// `old::Player`
pub(super) fn path((module, name): &(Module, String)) -> TokenStream {
    let (module, name) = (format_ident!("{}", module.name()), ident(name));
    quote!(#module::#name)
}

/// A name that was found free, which is raw where it is a word of Rust.
pub(super) fn ident(name: &str) -> Ident {
    match name.strip_prefix("r#") {
        Some(word) => Ident::new_raw(word, Span::call_site()),
        None => Ident::new(name, Span::call_site()),
    }
}

/// A name in a comment, which it must not end.
fn visible(name: &str) -> String {
    name.chars()
        .flat_map(|c| if c.is_control() { c.escape_debug().collect() } else { vec![c] })
        .collect()
}
