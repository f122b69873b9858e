//! An operation as a call: of a method of the migrator, or of a constructor of the same name.

use migration_api::operation::{Exhaustive, Operation, each_constructor};
use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote};

use super::constraint::{check, unique, which};
use super::key::{foreign_key, primary_key};
use super::literal::{names, sql};
use super::{index, literal, table};

/// A call.
pub(super) struct Call {
    /// As `Operation` has it.
    constructor: Spelled,
    /// As the migrator has it.
    method: Spelled,
    /// What the author must decide, where the operation itself has no place for it.
    before: Option<TokenStream>,
}

/// A name, and what is in its brackets.
type Spelled = (&'static str, TokenStream);

/// [`Spelled`], with commas between the arguments.
macro_rules! spelled {
    ($name:literal, $($argument:expr),*) => {{
        let arguments = [$($argument.to_token_stream()),*];
        ($name, quote!(#(#arguments),*))
    }};
}

impl Call {
    pub(super) fn of(written: &Written) -> Self {
        let undecided = written.undecided.as_ref().map(|what| quote!(compile_error!(#what)));
        let has_place = matches!(
            written.operation,
            Operation::AddColumn { .. }
                | Operation::SetNotNull { .. }
                | Operation::AlterColumnType { .. }
        );
        let constructor = constructor(&written.operation, undecided.as_ref());
        Self {
            method: method(&written.operation, &constructor),
            constructor,
            before: undecided.filter(|_| !has_place),
        }
    }

    /// `migrator.drop_table("a")`, as the end of a body.
    pub(super) fn of_migrator(&self) -> TokenStream {
        let (name, arguments) = &self.method;
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

fn method(operation: &Operation, constructor: &Spelled) -> Spelled {
    match operation {
        Operation::AddIndex(own) if index::is_plain(own) => {
            spelled!("add_index", own.table, index::terms(&own.columns))
        }
        _ => (method_name(constructor.0), constructor.1.clone()),
    }
}

/// Makes [`method_name`] of the table of operations.
macro_rules! method_names {
    ($($(#$doc:tt)* fn $constructor:ident $(as $method:ident)? ($($argument:tt)*))*) => {
        /// The name of the method of the migrator that is a constructor of an operation.
        fn method_name(constructor: &'static str) -> &'static str {
            match constructor {
                $($(stringify!($constructor) => stringify!($method),)?)*
                other => other,
            }
        }
    };
}

each_constructor!(method_names);

fn constructor(operation: &Operation, undecided: Option<&TokenStream>) -> Spelled {
    match operation.exhaustive() {
        Exhaustive::CreateTable(new) => spelled!("create_table", table::table(new)),
        Exhaustive::DropTable { table, if_exists: false } => spelled!("drop_table", table),
        Exhaustive::DropTable { table, if_exists: true } => spelled!("drop_table_if_exists", table),
        Exhaustive::RenameTable { table, to, only: false } => spelled!("rename_table", table, to),
        Exhaustive::RenameTable { table, to, only: true } => {
            spelled!("rename_table_only", table, to)
        }
        Exhaustive::AddColumn { table, column } => {
            spelled!("add_column", table, table::added(column, undecided))
        }
        Exhaustive::DropColumn { table, column, cascade: false } => {
            spelled!("drop_column", table, column)
        }
        Exhaustive::DropColumn { table, column, cascade: true } => {
            spelled!("drop_column_cascade", table, column)
        }
        Exhaustive::RenameColumn { table, column, to } => {
            spelled!("rename_column", table, column, to)
        }
        Exhaustive::AlterColumnType { table, column, declared_type, using } => {
            match filling(using.as_deref(), undecided) {
                None => spelled!("alter_column_type", table, column, declared_type),
                Some(using) => {
                    spelled!("alter_column_type_using", table, column, declared_type, using)
                }
            }
        }
        Exhaustive::SetNotNull { table, column, fill } => {
            match filling(fill.as_deref(), undecided) {
                None => spelled!("set_not_null", table, column),
                Some(fill) => spelled!("set_not_null_filling", table, column, fill),
            }
        }
        Exhaustive::DropNotNull { table, column } => spelled!("drop_not_null", table, column),
        Exhaustive::SetDefault { table, column, default } => match literal::value(default) {
            Some(value) => spelled!("set_default", table, column, value),
            None => spelled!("set_default_sql", table, column, sql(default)),
        },
        Exhaustive::DropDefault { table, column } => spelled!("drop_default", table, column),
        Exhaustive::SetCollate { table, column, collate: Some(collate) } => {
            spelled!("set_collate", table, column, collate)
        }
        Exhaustive::SetCollate { table, column, collate: None } => {
            spelled!("drop_collate", table, column)
        }
        Exhaustive::AddIndex(new) => spelled!("add_index", index::index(new)),
        Exhaustive::DropIndex { name, if_exists: false } => spelled!("drop_index", name),
        Exhaustive::DropIndex { name, if_exists: true } => spelled!("drop_index_if_exists", name),
        Exhaustive::RenameIndex { name, to } => spelled!("rename_index", name, to),
        Exhaustive::AddUnique { table, unique: own } => spelled!("add_unique", table, unique(own)),
        Exhaustive::AddCheck { table, check: own } => spelled!("add_check", table, check(own)),
        Exhaustive::AddForeignKey { table, foreign_key: own } => {
            spelled!("add_foreign_key", table, foreign_key(own))
        }
        Exhaustive::DropConstraint { table, constraint } => {
            spelled!("drop_constraint", table, which(constraint))
        }
        Exhaustive::DropForeignKey { table, columns } => {
            spelled!("drop_foreign_key", table, names(columns))
        }
        Exhaustive::SetPrimaryKey { table, key } => {
            spelled!("set_primary_key", table, primary_key(key))
        }
        Exhaustive::ReorderColumns { table, columns } => {
            spelled!("reorder_columns", table, names(columns))
        }
        Exhaustive::SetTableOptions { table, options } => {
            spelled!("set_table_options", table, table::options(options))
        }
        Exhaustive::Execute { sql: text } => spelled!("execute", sql(text)),
    }
}

/// The expression that makes values, or what is in its place.
fn filling(expression: Option<&str>, undecided: Option<&TokenStream>) -> Option<TokenStream> {
    undecided.cloned().or_else(|| Some(sql(expression?).to_token_stream()))
}

/// An operation to write down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The operation.
    pub operation: Operation,
    /// Lines of comment right above its call. One that is longer than a line is broken between words.
    pub notes: Vec<String>,
    /// What only the author can say: this short text becomes a compile error that is where the
    /// answer belongs, in place of what existing rows get in [`Operation::AddColumn`],
    /// [`Operation::SetNotNull`] and [`Operation::AlterColumnType`], else before the operation.
    pub undecided: Option<String>,
    /// Whether it changes what the values of its column were, for good. What it drops needs no word.
    pub loses_values: bool,
}

impl Written {
    /// Adds a line of comment below those it has.
    #[must_use]
    pub fn noted(mut self, line: impl Into<String>) -> Self {
        self.notes.push(line.into());
        self
    }

    /// Leaves something to the author, who is told this.
    #[must_use]
    pub fn undecided(mut self, what: impl Into<String>) -> Self {
        self.undecided = Some(what.into());
        self
    }
}

impl From<Operation> for Written {
    fn from(operation: Operation) -> Self {
        Self { operation, notes: Vec::new(), undecided: None, loses_values: false }
    }
}
