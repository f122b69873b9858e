//! The two ways of a migration that a pattern describes, as code.

use minijinja::{Value, context};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::ScaffoldError;
use super::code::body;
use super::field::{self, Field, FieldError, Reason};
use super::pattern::Pattern;

/// What stands in `migrate_forward` and, if there is one, in `migrate_backward`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Operation {
    pub(super) forward: String,
    pub(super) backward: Backward,
}

/// The way back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Backward {
    /// This code, below lines of comment.
    Code { notes: Vec<String>, code: String },
    /// None, for nothing is known of this column but its name.
    Irreversible { column: String },
}

/// The call of an operation: its name, and what stands in its brackets.
type Call = (&'static str, TokenStream);

impl Operation {
    /// Writes the code for `pattern` on the columns that `fields` describe.
    pub(super) fn write(pattern: Pattern<'_>, fields: &[String]) -> Result<Self, ScaffoldError> {
        match pattern {
            Pattern::CreateTable { table } => create_table(table, fields),
            Pattern::AddColumns { table } => add_columns(table, fields),
            Pattern::DropColumns { table, column } if fields.is_empty() => Ok(Self {
                forward: body(&quote!(migrator.drop_column(#table, #column))),
                backward: Backward::Irreversible { column: column.into() },
            }),
            Pattern::DropColumns { table, column } => drop_columns(table, column, fields),
            Pattern::RenameColumn { .. } if !fields.is_empty() => {
                Err(ScaffoldError::FieldToRename { field: fields[0].clone() })
            }
            Pattern::RenameColumn { column, to, .. } if column == to => {
                Err(ScaffoldError::SameName { column: column.into() })
            }
            Pattern::RenameColumn { table, column, to } => Ok(Self::of(
                &quote!(migrator.rename_column(#table, #column, #to)),
                &quote!(migrator.rename_column(#table, #to, #column)),
            )),
            Pattern::AddIndex { table } => add_index(table, fields),
        }
    }

    /// What the template is filled in with.
    pub(super) fn values(&self) -> Value {
        let forward = &self.forward;
        match &self.backward {
            Backward::Code { notes, code } => {
                let notes: Vec<Value> = notes.iter().map(Value::from).collect();
                context! { forward, notes, backward => code, irreversible => () }
            }
            Backward::Irreversible { column } => {
                context! { forward, backward => (), irreversible => column }
            }
        }
    }

    fn of(forward: &TokenStream, backward: &TokenStream) -> Self {
        let backward = Backward::Code { notes: Vec::new(), code: body(backward) };
        Self { forward: body(forward), backward }
    }
}

fn create_table(table: &str, fields: &[String]) -> Result<Operation, ScaffoldError> {
    let columns = field::columns(fields)?;
    let keys: Vec<&str> =
        columns.iter().filter(|column| column.primary_key).map(|key| key.name.as_str()).collect();
    let builders = columns.iter().map(|column| column.column(keys.len() == 1));
    let key = (keys.len() > 1).then(|| quote!(.primary_key([#(#keys),*])));
    Ok(Operation::of(
        &quote!(migrator.create_table(Table::new(#table) #(.column(#builders))* #key)),
        &quote!(migrator.drop_table(#table)),
    ))
}

fn add_columns(table: &str, fields: &[String]) -> Result<Operation, ScaffoldError> {
    let columns = field::columns(fields)?;
    if let Some((at, _)) = columns.iter().enumerate().find(|(_, column)| column.needs_default()) {
        return Err(FieldError::new(&fields[at], Reason::NeedsDefault).into());
    }
    Ok(Operation::of(&all(&added(table, &columns)), &all(&dropped(table, &columns))))
}

fn drop_columns(table: &str, column: &str, fields: &[String]) -> Result<Operation, ScaffoldError> {
    let columns = field::columns(fields)?;
    // Several may have a name for all; one that is called otherwise would be lost by a slip.
    if let [only] = columns.as_slice()
        && !only.name.eq_ignore_ascii_case(column)
    {
        return Err(ScaffoldError::OtherField { column: column.into(), field: fields[0].clone() });
    }
    let note = |Field { name, .. }: &Field| {
        format!("`{name}` is NOT NULL: if `{table}` has rows by then, it needs a default.")
    };
    let notes = columns.iter().filter(|column| column.needs_default()).map(note).collect();
    Ok(Operation {
        forward: body(&all(&dropped(table, &columns))),
        backward: Backward::Code { notes, code: body(&all(&added(table, &columns))) },
    })
}

fn add_index(table: &str, fields: &[String]) -> Result<Operation, ScaffoldError> {
    let columns = field::names(fields)?;
    // Under a name of its own, so that the way back drops this index and no other.
    let name = format!("{table}_{}", columns.join("_"));
    Ok(Operation::of(
        &quote!(migrator.create_index(Index::on(#table, [#(#columns),*]).named(#name))),
        &quote!(migrator.drop_index(#name)),
    ))
}

fn added(table: &str, columns: &[Field]) -> Vec<Call> {
    let add = |field: &Field| {
        let column = field.column(true);
        ("add_column", quote!(#table, #column))
    };
    columns.iter().map(add).collect()
}

/// The last first, as the way back from [`added`].
fn dropped(table: &str, columns: &[Field]) -> Vec<Call> {
    let drop = |Field { name, primary_key, .. }: &Field| {
        let operation = if *primary_key { "drop_column_cascade" } else { "drop_column" };
        (operation, quote!(#table, #name))
    };
    columns.iter().rev().map(drop).collect()
}

/// One operation as a method of the migrator, several in one run: they share a rebuild.
fn all(operations: &[Call]) -> TokenStream {
    let calls = operations.iter().map(|(name, arguments)| {
        let name = format_ident!("{name}");
        quote!(#name(#arguments))
    });
    if operations.len() == 1 {
        return quote!(migrator.#(#calls)*);
    }
    quote!(migrator.run([#(Operation::#calls),*]))
}
