//! The operations that a pattern asks for.

use migration_api::operation::{Column, Index, Operation, Table};

use super::Pattern;
use crate::scaffold::ScaffoldError;
use crate::scaffold::content::{Backward, Directions};
use crate::scaffold::field::{self, FieldError, Reason};
use crate::scaffold::operations::Written;

impl Pattern<'_> {
    /// The two ways that it asks for, on the columns that `fields` describe.
    pub(in crate::scaffold) fn ways(self, fields: &[String]) -> Result<Directions, ScaffoldError> {
        match self {
            Self::CreateTable { table } => create_table(table, fields),
            Self::AddColumns { table } => add_columns(table, fields),
            Self::DropColumns { table, column } if fields.is_empty() => Ok(Directions {
                forward: vec![Operation::drop_column(table, column).into()],
                backward: Backward::Irreversible { column: column.into() },
            }),
            Self::DropColumns { table, column } => drop_columns(table, column, fields),
            Self::RenameColumn { .. } if !fields.is_empty() => {
                Err(ScaffoldError::FieldToRename { field: fields[0].clone() })
            }
            Self::RenameColumn { column, to, .. } if column == to => {
                Err(ScaffoldError::SameName { column: column.into() })
            }
            Self::RenameColumn { table, column, to } => Ok(there_and_back(
                [Operation::rename_column(table, column, to)],
                [Operation::rename_column(table, to, column)],
            )),
            Self::AddIndex { table } => add_index(table, fields),
        }
    }
}

fn there_and_back(
    forward: impl IntoIterator<Item = impl Into<Written>>,
    backward: impl IntoIterator<Item = impl Into<Written>>,
) -> Directions {
    let backward = Backward::Operations(backward.into_iter().map(Into::into).collect());
    Directions { forward: forward.into_iter().map(Into::into).collect(), backward }
}

fn create_table(table: &str, fields: &[String]) -> Result<Directions, ScaffoldError> {
    let mut columns = field::columns(fields)?;
    let is_key = |column: &&mut Column| column.primary_key.is_some();
    let mut new = Table::new(table);
    if columns.iter_mut().filter(is_key).count() > 1 {
        for column in columns.iter_mut().filter(is_key) {
            column.primary_key = None;
            new.primary_key.push(column.name.clone());
        }
    }
    let new = new.columns(columns);
    Ok(there_and_back([Operation::create_table(new)], [Operation::drop_table(table)]))
}

fn add_columns(table: &str, fields: &[String]) -> Result<Directions, ScaffoldError> {
    let columns = field::columns(fields)?;
    if let Some(at) = columns.iter().position(field::needs_default) {
        return Err(FieldError::new(&fields[at], Reason::NeedsDefault).into());
    }
    let dropped = dropped(table, &columns);
    Ok(there_and_back(
        columns.into_iter().map(|column| Operation::add_column(table, column)),
        dropped,
    ))
}

fn drop_columns(table: &str, column: &str, fields: &[String]) -> Result<Directions, ScaffoldError> {
    let columns = field::columns(fields)?;
    // Several may have a name for all; one that is called otherwise would be lost by a slip.
    if let [only] = columns.as_slice()
        && !only.name.eq_ignore_ascii_case(column)
    {
        return Err(ScaffoldError::OtherField { column: column.into(), field: fields[0].clone() });
    }
    let dropped = dropped(table, &columns);
    let added = columns.into_iter().map(|column| {
        let note = field::needs_default(&column).then(|| {
            let name = &column.name;
            format!("`{name}` is NOT NULL: if `{table}` has rows by then, it needs a default.")
        });
        let notes = note.into_iter().collect();
        Written { notes, ..Operation::add_column(table, column).into() }
    });
    Ok(there_and_back(dropped, added))
}

/// The last first, as the way back from adding them.
fn dropped(table: &str, columns: &[Column]) -> Vec<Operation> {
    let drop = |column: &Column| match column.primary_key {
        Some(_) => Operation::drop_column_cascade(table, &column.name),
        None => Operation::drop_column(table, &column.name),
    };
    columns.iter().rev().map(drop).collect()
}

fn add_index(table: &str, fields: &[String]) -> Result<Directions, ScaffoldError> {
    let columns = field::names(fields)?;
    // Under a name of its own, so that the way back drops this index and no other.
    let name = format!("{table}_{}", columns.join("_"));
    let index = Index::on(table, columns).named(&name);
    Ok(there_and_back([Operation::add_index(index)], [Operation::drop_index(name)]))
}
