//! Indexes.

use super::context::{Context, Pair};
use super::rebuilt_by_sql::is_rebuilt_by_sql;
use crate::difference::change::Change;
use crate::difference::loss::Loss;
use crate::difference::to_operations;
use crate::operation::Operation;
use crate::schema::normal::{Index, IndexTerm, Table};

/// Whether `index`, of a table that is in both schemas, is dropped, for good or to be made again.
fn goes(context: Context<'_>, pair: &Pair<'_>, index: &Index) -> bool {
    context.obstacles.indexes.contains(&index.name)
        || !pair.new.indexes.contains(index)
        || is_rebuilt_by_sql(context, pair)
        || pair.regenerated().iter().any(|name| mentions(index, name.as_str()))
}

fn mentions(index: &Index, column: &str) -> bool {
    let condition = index.condition.as_ref();
    condition.is_some_and(|words| words.mentions(column))
        || index.columns.iter().any(|own| match &own.term {
            IndexTerm::Column(name) => name.is(column),
            IndexTerm::Expression(words) => words.mentions(column),
        })
}

/// Drops the indexes that are changed or an obstacle. Those of a table that is dropped are dropped with it,
/// unless another index needs the name.
pub(super) fn drop(context: Context<'_>) -> Vec<Change> {
    let mut dropped: Vec<&Index> = Vec::new();
    for pair in context.pairs() {
        dropped.extend(pair.old.indexes.iter().filter(|index| goes(context, &pair, index)));
    }
    for table in context.gone() {
        dropped.extend(table.indexes.iter().filter(|index| is_named_again(context, index)));
    }
    dropped.into_iter().map(|index| Change::new(Operation::drop_index(&index.name))).collect()
}

fn is_named_again(context: Context<'_>, index: &Index) -> bool {
    let tables = &context.target.tables;
    tables.iter().any(|table| {
        table.name == index.name || table.indexes.iter().any(|other| other.name == index.name)
    })
}

/// Makes the missing indexes of `new`.
pub(super) fn add(context: Context<'_>, new: &Table) -> Vec<Change> {
    let old = context.current.table(new.name.as_str());
    let stays = |index: &Index| {
        old.is_some_and(|old| {
            old.indexes.contains(index) && !goes(context, &Pair { old, new }, index)
        })
    };
    let is_new_rule =
        |index: &Index| index.unique && old.is_some_and(|old| !old.indexes.contains(index));
    let added = |index: &Index| {
        let rule = Loss::rule(new, format_args!("the unique index `{}`", index.name.as_str()));
        Change::new(Operation::add_index(to_operations::index(new, index)))
            .losing(is_new_rule(index).then_some(rule))
    };
    new.indexes.iter().filter(|index| !stays(index)).map(added).collect()
}
