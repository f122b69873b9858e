//! Writes the code: the implementation of `Table`.

use proc_macro2::TokenStream;
use quote::{ToTokens as _, format_ident, quote, quote_spanned};
use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;
use syn::{Data, DeriveInput, Ident, Path};

use crate::model::{Column, Model, for_ever};
use crate::reference::{ForeignKey, Target};
use crate::{agree, assertion, spell, sql};

/// The implementation of `Table` for a struct; or what is wrong with it, and an implementation that
/// keeps the compiler from missing one elsewhere.
pub(crate) fn table(input: &DeriveInput) -> TokenStream {
    let model = Model::read(input).and_then(|model| agree::all(&model).map(|()| model));
    match model {
        Ok(model) => implementation(input, &model),
        Err(error) => {
            let (error, placeholder) = (error.into_compile_error(), placeholder(input));
            quote!(#error #placeholder)
        }
    }
}

fn implementation(input: &DeriveInput, model: &Model) -> TokenStream {
    let assertions = assertion::all(model);
    let mut references = Vec::new();
    let columns: Vec<_> = model
        .columns
        .iter()
        .map(|column| self::column(model, column, input, &mut references))
        .collect();
    let constraints = constraints(model, input, &mut references);
    let name = &model.name;
    let pairs = model.columns.iter().map(|column| {
        let (field, name) = (column.field.unraw().to_string(), &column.name);
        quote!((#field, #name))
    });
    let (spelled, options) = (spell::name(name), sql::options(model));
    let indexes = sql::indexes(model);
    let renames = renames(model);
    let body = quote! {
        const NAME: &'static str = #name;
        const COLUMNS: &'static [(&'static str, &'static str)] = &[#(#pairs),*];

        fn definition() -> ::migration_model::Definition {
            ::migration_model::Definition {
                statements: ::std::vec![
                    ::migration_model::derived::create_table(
                        #spelled, &[#(#columns),*], &[#(#constraints),*], #options,
                    ),
                    #(::std::string::String::from(#indexes)),*
                ],
                renames: ::std::vec![#(#renames),*],
                file: ::core::file!(),
                line: ::core::line!(),
            }
        }
    };
    let implementation = implement(input, &body);
    quote! {
        const _: () = {
            #(#assertions)*
            #(#references)*
            #implementation
        };
    }
}

fn implement(input: &DeriveInput, body: &TokenStream) -> TokenStream {
    let ident = &input.ident;
    let (impl_generics, ty_generics, where_clause) = input.generics.split_for_impl();
    quote! {
        #[automatically_derived]
        impl #impl_generics ::migration_model::Table for #ident #ty_generics #where_clause {
            #body
        }
    }
}

fn placeholder(input: &DeriveInput) -> TokenStream {
    let fields = match &input.data {
        Data::Struct(data) => data.fields.iter().filter_map(|field| field.ident.as_ref()).collect(),
        _ => Vec::new(),
    };
    let names: Vec<String> = fields.iter().map(|field| field.unraw().to_string()).collect();
    let body = quote! {
        const NAME: &'static str = "";
        const COLUMNS: &'static [(&'static str, &'static str)] = &[#((#names, #names)),*];
        fn definition() -> ::migration_model::Definition {
            ::core::unreachable!()
        }
    };
    implement(input, &body)
}

fn column(
    model: &Model,
    column: &Column,
    input: &DeriveInput,
    references: &mut Vec<TokenStream>,
) -> TokenStream {
    let name = spell::name(&column.name);
    let (declared, nullable) = match &column.said.declared {
        Some(declared) => (declared.to_token_stream(), column.is_option.to_token_stream()),
        None => {
            let ty = &column.ty;
            (
                quote!(<#ty as ::migration_model::ColumnType>::DECLARED),
                quote!(<#ty as ::migration_model::ColumnType>::NULLABLE),
            )
        }
    };
    let is_key = model.said.without_rowid.is_none()
        && matches!(model.primary_key().as_slice(), [only] if only.field == column.field);
    let clauses = sql::clauses(column);
    let reference = reference(&column.said.foreign_key, input, references)
        .map_or_else(|| quote!(None), |reference| quote!(Some(#reference)));
    quote! {
        ::migration_model::derived::Column {
            name: #name,
            declared: #declared,
            nullable: #nullable,
            is_key: #is_key,
            clauses: #clauses,
            reference: ::core::option::Option::#reference,
        }
    }
}

/// The constraints of the table, as expressions that are `String`s.
fn constraints(
    model: &Model,
    input: &DeriveInput,
    references: &mut Vec<TokenStream>,
) -> Vec<TokenStream> {
    let said = &model.said;
    let mut constraints = Vec::new();
    if let Some(key) = &said.primary_key {
        constraints.push(text(&format!("PRIMARY KEY ({})", sql::names(model, key))));
    }
    for fields in &said.unique {
        constraints.push(text(&format!("UNIQUE ({})", sql::names(model, fields))));
    }
    for check in &said.check {
        constraints.push(text(&sql::check(check)));
    }
    for (fields, key) in &said.foreign_key {
        if let Some(reference) = reference(key, input, references) {
            let columns = sql::names(model, fields);
            constraints
                .push(quote!(::migration_model::derived::foreign_key(#columns, &#reference)));
        }
    }
    constraints
}

fn text(sql: &str) -> TokenStream {
    quote!(::std::string::String::from(#sql))
}

/// Where `key` leads to. Of a struct and its fields, a constant in `constants` finds the names.
fn reference(
    key: &ForeignKey,
    input: &DeriveInput,
    constants: &mut Vec<TokenStream>,
) -> Option<TokenStream> {
    let (_, target) = key.target.as_ref()?;
    let (table, columns) = match target {
        Target::Names { table, columns } => (quote!(#table), quote!(&[#(#columns),*])),
        Target::Fields { table, fields } => {
            let table = named(table, input);
            let constant = format_ident!("__REFERENCED_{}", constants.len());
            let columns = quote!(<#table as ::migration_model::Table>::COLUMNS);
            let names = fields.iter().map(|field| {
                let name = field.unraw().to_string();
                quote!(::migration_model::derived::column_of(#columns, #name))
            });
            let assertions = fields.iter().map(|field| assertion::is_column(&columns, field));
            constants.push(quote! {
                #(#assertions)*
                const #constant: &[&str] = &[#(#names),*];
            });
            let name = quote_spanned!(table.span()=> <#table as ::migration_model::Table>::NAME);
            (name, quote!(#constant))
        }
    };
    let actions = key.actions();
    Some(quote! {
        (::migration_model::derived::Reference {
            table: #table,
            columns: #columns,
            actions: #actions,
        })
    })
}

/// The struct that `path` names, which `Self` may stand for.
fn named(path: &Path, input: &DeriveInput) -> TokenStream {
    if path.is_ident("Self") {
        let ident = Ident::new(&input.ident.to_string(), path.span());
        let (_, generics, _) = input.generics.split_for_impl();
        return for_ever(quote!(#ident #generics));
    }
    path.to_token_stream()
}

fn renames(model: &Model) -> Vec<TokenStream> {
    let table = &model.name;
    let of_table = model.said.was.iter().map(
        |from| quote!(::migration_model::Renamed::Table { from: #from.into(), to: #table.into() }),
    );
    let of_columns = model.columns.iter().filter_map(|column| {
        let (from, to) = (column.said.was.as_ref()?, &column.name);
        Some(quote! {
            ::migration_model::Renamed::Column {
                table: #table.into(), from: #from.into(), to: #to.into(),
            }
        })
    });
    of_table.chain(of_columns).collect()
}
