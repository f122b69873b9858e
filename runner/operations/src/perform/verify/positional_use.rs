//! Finds the triggers and views that take columns by position, from their texts.

use std::collections::BTreeSet;

use sqlite3_parser::ast::{
    Expr, FromClause, OneSelect, ResultColumn, Select, SelectTable, Stmt, TriggerCmd,
};

use crate::schema::name::unquote;
use crate::schema::sql;

/// Whether the view `text` passes on the order of the columns of one of `tables`, which are in lower
/// case.
pub(in crate::perform) fn passes_on(text: &str, tables: &BTreeSet<String>) -> bool {
    let by_place = |statement: &Stmt<'_>| match statement {
        Stmt::CreateView { select, .. } => takes_all(text, select, tables),
        _ => false,
    };
    sql::statement(text, by_place).unwrap_or(false)
}

/// Whether the trigger or view `text` takes the columns of one of `tables` by their place: an INSERT
/// without a list of columns, or `*` where something else gives the names.
pub(in crate::perform) fn takes(text: &str, tables: &BTreeSet<String>) -> bool {
    let by_place = |statement: &Stmt<'_>| match statement {
        Stmt::CreateView { columns, select, .. } => {
            (columns.is_some() || select.body.compounds.is_some())
                && takes_all(text, select, tables)
        }
        Stmt::CreateTrigger { commands, .. } => commands.iter().any(|command| match command {
            TriggerCmd::Insert { tbl_name, col_names, select, .. } => {
                (col_names.is_none() && is_one(tbl_name.name.0, tables))
                    || takes_all(text, select, tables)
            }
            TriggerCmd::Update { sets, .. } => sets.iter().any(|set| match &set.expr {
                Expr::Subquery(select) => takes_all(text, select, tables),
                _ => false,
            }),
            _ => false,
        }),
        _ => false,
    };
    sql::statement(text, by_place).unwrap_or(false)
}

fn is_one(name: &str, tables: &BTreeSet<String>) -> bool {
    tables.contains(&unquote(name).to_ascii_lowercase())
}

/// Whether `*` stands for columns of one of `tables` in the result of `select`, which is a part of
/// `text`. What WITH has named is not followed: then any mention counts.
fn takes_all(text: &str, select: &Select<'_>, tables: &BTreeSet<String>) -> bool {
    let compounds = select.body.compounds.iter().flatten().map(|compound| &compound.select);
    std::iter::once(&select.body.select).chain(compounds).any(|part| match part {
        OneSelect::Select { columns, from: Some(from), .. } => {
            let has_star = columns
                .iter()
                .any(|column| matches!(column, ResultColumn::Star | ResultColumn::TableStar(_)));
            let reads = || match &select.with {
                Some(_) => sql::names_any(text, tables),
                None => reads(text, from, tables),
            };
            has_star && reads()
        }
        _ => false,
    })
}

fn reads(text: &str, from: &FromClause<'_>, tables: &BTreeSet<String>) -> bool {
    let joined = from.joins.iter().flatten().map(|join| &join.table);
    from.select.into_iter().chain(joined).any(|table| match table {
        SelectTable::Table(name, ..) => is_one(name.name.0, tables),
        SelectTable::TableCall(..) => false,
        SelectTable::Select(select, _) => takes_all(text, select, tables),
        SelectTable::Sub(from, _) => reads(text, from, tables),
    })
}
