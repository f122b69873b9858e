//! An operation as a call: of a method of the migrator, or of a constructor of the same name.

use migration_api::operation::Operation;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::constraint::{check, unique, which};
use super::key::{foreign_key, primary_key};
use super::text::{names, sql};
use super::written::Written;
use super::{column, index, literal, table};

/// A call.
pub(super) struct Call {
    /// As `Operation` has it.
    constructor: Spelled,
    /// As the migrator has it, where that is something else.
    method: Option<Spelled>,
    /// What the author must decide, where the operation itself has no place for it.
    before: Option<TokenStream>,
}

/// A name, and what stands in its brackets.
type Spelled = (&'static str, TokenStream);

impl Call {
    pub(super) fn of(written: &Written) -> Self {
        let undecided = written.undecided.as_ref().map(|what| quote!(compile_error!(#what)));
        let has_place = matches!(
            written.operation,
            Operation::AddColumn { .. }
                | Operation::SetNotNull { .. }
                | Operation::AlterColumnType { .. }
        );
        Self {
            constructor: constructor(&written.operation, undecided.as_ref()),
            method: method(&written.operation),
            before: undecided.filter(|_| !has_place),
        }
    }

    /// `migrator.drop_table("a")`, as the end of a body.
    pub(super) fn of_migrator(&self) -> TokenStream {
        let (name, arguments) = self.method.as_ref().unwrap_or(&self.constructor);
        let (name, before) = (format_ident!("{name}"), self.before.iter());
        quote!(#(#before;)* migrator.#name(#arguments))
    }

    /// `Operation::drop_table("a")`, as an expression.
    pub(super) fn of_operation(&self) -> TokenStream {
        let (name, arguments) = &self.constructor;
        let name = format_ident!("{name}");
        match &self.before {
            None => quote!(Operation::#name(#arguments)),
            Some(decision) => quote!({ #decision; Operation::#name(#arguments) }),
        }
    }
}

/// Of the methods of the migrator, those that differ from the constructor.
fn method(operation: &Operation) -> Option<Spelled> {
    match operation {
        Operation::AddIndex(own) if index::is_plain(own) => {
            let (table, columns) = (&own.table, index::terms(&own.columns));
            Some(("add_index", quote!(#table, #columns)))
        }
        Operation::AddIndex(own) => Some(("create_index", index::index(own))),
        Operation::Execute { sql: text } => {
            let text = sql(text);
            Some(("execute_script", quote!(#text)))
        }
        _ => None,
    }
}

fn constructor(operation: &Operation, undecided: Option<&TokenStream>) -> Spelled {
    match operation {
        Operation::CreateTable(new) => ("create_table", table::table(new)),
        Operation::DropTable { table, if_exists: false } => ("drop_table", quote!(#table)),
        Operation::DropTable { table, if_exists: true } => ("drop_table_if_exists", quote!(#table)),
        Operation::RenameTable { table, to, only: false } => ("rename_table", quote!(#table, #to)),
        Operation::RenameTable { table, to, only: true } => {
            ("rename_table_only", quote!(#table, #to))
        }
        Operation::SetTableOptions { table, options } => {
            let options = table::options(options);
            ("set_table_options", quote!(#table, #options))
        }
        Operation::AddIndex(new) => ("add_index", index::index(new)),
        Operation::DropIndex { name, if_exists: false } => ("drop_index", quote!(#name)),
        Operation::DropIndex { name, if_exists: true } => ("drop_index_if_exists", quote!(#name)),
        Operation::RenameIndex { name, to } => ("rename_index", quote!(#name, #to)),
        Operation::Execute { sql: text } => {
            let text = sql(text);
            ("execute", quote!(#text))
        }
        _ => of_column(operation, undecided),
    }
}

/// The operations on columns.
fn of_column(operation: &Operation, undecided: Option<&TokenStream>) -> Spelled {
    match operation {
        Operation::AddColumn { table, column } => {
            let column = column::added(column, undecided);
            ("add_column", quote!(#table, #column))
        }
        Operation::DropColumn { table, column, cascade: false } => {
            ("drop_column", quote!(#table, #column))
        }
        Operation::DropColumn { table, column, cascade: true } => {
            ("drop_column_cascade", quote!(#table, #column))
        }
        Operation::RenameColumn { table, column, to } => {
            ("rename_column", quote!(#table, #column, #to))
        }
        Operation::ReorderColumns { table, columns } => {
            let columns = names(columns);
            ("reorder_columns", quote!(#table, #columns))
        }
        Operation::AlterColumnType { table, column, declared_type, using } => {
            match filling(using.as_deref(), undecided) {
                None => ("alter_column_type", quote!(#table, #column, #declared_type)),
                Some(using) => {
                    ("alter_column_type_using", quote!(#table, #column, #declared_type, #using))
                }
            }
        }
        Operation::SetNotNull { table, column, fill } => {
            match filling(fill.as_deref(), undecided) {
                None => ("set_not_null", quote!(#table, #column)),
                Some(fill) => ("set_not_null_filling", quote!(#table, #column, #fill)),
            }
        }
        Operation::DropNotNull { table, column } => ("drop_not_null", quote!(#table, #column)),
        Operation::SetDefault { table, column, default } => match literal::value(default) {
            Some(value) => ("set_default", quote!(#table, #column, #value)),
            None => {
                let default = sql(default);
                ("set_default_sql", quote!(#table, #column, #default))
            }
        },
        Operation::DropDefault { table, column } => ("drop_default", quote!(#table, #column)),
        Operation::SetCollate { table, column, collate: Some(collate) } => {
            ("set_collate", quote!(#table, #column, #collate))
        }
        Operation::SetCollate { table, column, collate: None } => {
            ("drop_collate", quote!(#table, #column))
        }
        _ => of_constraint(operation),
    }
}

/// The operations on constraints and keys.
fn of_constraint(operation: &Operation) -> Spelled {
    match operation {
        Operation::AddUnique { table, unique: own } => {
            let unique = unique(own);
            ("add_unique", quote!(#table, #unique))
        }
        Operation::AddCheck { table, check: own } => {
            let check = check(own);
            ("add_check", quote!(#table, #check))
        }
        Operation::AddForeignKey { table, foreign_key: own } => {
            let key = foreign_key(own);
            ("add_foreign_key", quote!(#table, #key))
        }
        Operation::DropConstraint { table, constraint } => {
            let constraint = which(constraint);
            ("drop_constraint", quote!(#table, #constraint))
        }
        Operation::DropForeignKey { table, columns } => {
            let columns = names(columns);
            ("drop_foreign_key", quote!(#table, #columns))
        }
        Operation::SetPrimaryKey { table, key } => {
            let key = primary_key(key);
            ("set_primary_key", quote!(#table, #key))
        }
        // The vocabulary may grow in its own crate. A test knows what it has today.
        other => {
            let message = format!("there are no words yet to {other}");
            ("execute", quote!(compile_error!(#message)))
        }
    }
}

/// The expression that makes values, or what stands in its place.
fn filling(expression: Option<&str>, undecided: Option<&TokenStream>) -> Option<TokenStream> {
    undecided.cloned().or_else(|| {
        let expression = sql(expression?);
        Some(quote!(#expression))
    })
}
