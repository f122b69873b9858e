//! A table whose new shape no operation can give: made anew by SQL, with its rows.

use super::columns::{needs_value, set_not_null};
use super::context::{Context, Pair};
use crate::difference::change::Change;
use crate::difference::loss::Loss;
use crate::difference::rebuild_sql::rebuild_script;
use crate::difference::to_operations;
use crate::operation::Operation;
use crate::schema::normal::{Column, Name};

/// The types of a STRICT table (<https://sqlite.org/stricttables.html>).
const STRICT_TYPES: [&str; 6] = ["INT", "INTEGER", "REAL", "TEXT", "BLOB", "ANY"];

/// Whether a table that is in both schemas is made anew: no operation can change it, or one was refused.
pub(super) fn is_rebuilt_by_sql(context: Context<'_>, pair: &Pair<'_>) -> bool {
    !pair.old.same_as(pair.new, context.order)
        && (context.obstacles.rebuilt_by_sql.contains(&pair.old.name) || has_no_words(pair))
}

fn has_no_words(pair: &Pair<'_>) -> bool {
    let (old, new) = (pair.old, pair.new);
    let column_has_none = |column: &Column| {
        let before = old.column(column.name.as_str());
        let keeps_values =
            column.generated.is_none() && before.is_some_and(|before| before.generated.is_some());
        let conflict = column.not_null.is_some_and(|rule| rule.on_conflict.is_some())
            && before.is_none_or(|before| before.not_null != column.not_null);
        keeps_values || conflict
    };
    let new_uniques = new.uniques.iter().filter(|rule| !old.uniques.contains(rule));
    let new_keys = new.foreign_keys.iter().filter(|key| !old.foreign_keys.contains(key));
    new.columns.iter().any(column_has_none)
        || (old.primary_key != new.primary_key && to_operations::primary_key(new).is_none())
        || new_uniques.into_iter().any(|rule| to_operations::unique(rule).is_none())
        || new_keys.into_iter().any(|key| to_operations::foreign_key(key).is_none())
}

/// The changes that make the table anew. What a person must decide comes first, as operations.
pub(super) fn rebuilt_by_sql(context: Context<'_>, pair: &Pair<'_>) -> Vec<Change> {
    let Some(read) = context.schema.table(pair.name()) else { return Vec::new() };
    let mut changes = Vec::new();
    let mut added: Vec<Name> = Vec::new();
    for column in &pair.new.columns {
        match pair.old.column(column.name.as_str()) {
            None if needs_value(pair.new, column) && !takes_rowid(pair, column) => {
                changes.push(add_undecided(pair, column));
                added.push(column.name.clone());
            }
            Some(old)
                if old.not_null.is_none()
                    && column.not_null.is_some()
                    && old.generated.is_none() =>
            {
                changes.push(set_not_null(pair, old, column));
            }
            _ => {}
        }
    }
    let mut new = pair.new.clone();
    if context.obstacles.keys.contains(&new.name) {
        new.foreign_keys.retain(|key| to_operations::foreign_key(key).is_none());
    }
    let script = rebuild_script(read, &added, &new, |name| context.is_taken(name));
    changes.push(Change::new(Operation::execute(script)).losing(losses(pair)));
    changes
}

/// Whether the new column is another name for rowids that are there.
fn takes_rowid(pair: &Pair<'_>, column: &Column) -> bool {
    pair.new.is_key(column.name.as_str())
        && pair.new.primary_key.as_ref().is_some_and(|key| key.is_rowid)
        && !pair.old.without_rowid
}

fn add_undecided(pair: &Pair<'_>, column: &Column) -> Change {
    let wanted = column.declared_type.as_str();
    let is_strange = pair.old.strict && !STRICT_TYPES.contains(&wanted);
    let declared_type = if is_strange { "ANY" } else { pair.before_strict(wanted) }.to_owned();
    let mut said = to_operations::column(&Column { declared_type, ..column.clone() });
    said.not_null = true;
    Change::new(Operation::add_column(&pair.old.name, said))
        .undecided(pair.name(), column.name.as_str())
}

fn losses(pair: &Pair<'_>) -> Vec<Loss> {
    let mut losses = Vec::new();
    for old in pair.old.columns.iter().filter(|column| column.generated.is_none()) {
        match pair.new.column(old.name.as_str()) {
            Some(new) if new.generated.is_none() => {
                losses.extend(Loss::of_types((pair.old, old), (pair.new, new)));
            }
            _ => losses.push(Loss::column(pair.old, old.name.as_str())),
        }
    }
    losses.extend(Loss::of_rowids(pair.old, pair.new));
    losses.extend(Loss::of_counter(pair.old, pair.new));
    losses.push(Loss::rule(pair.new, "its new constraints"));
    losses
}
