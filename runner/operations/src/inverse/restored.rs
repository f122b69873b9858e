//! What a schema has, in the words of operations; nothing where they have no words for it.

use super::{
    Action, Check, Conflict, Constraint, Deferrable, ForeignKey, Index, IndexColumn, PrimaryKey,
    Reference, Unique,
};
use crate::schema::{
    self, Column, ConstraintKind, IndexTerm, KeyAction, KeyColumn, OnConflict, Table,
};

pub(super) fn known_constraint(name: Option<String>, kind: &ConstraintKind) -> Option<Constraint> {
    match kind {
        ConstraintKind::PrimaryKey { .. } => None,
        ConstraintKind::Unique { columns, on_conflict } => Some(Constraint::Unique(Unique {
            columns: plain_names(columns)?,
            name,
            on_conflict: on_conflict.map(known_conflict),
        })),
        ConstraintKind::Check(expression) => {
            Some(Constraint::Check(Check { name, expression: expression.to_string() }))
        }
        ConstraintKind::ForeignKey(key) => {
            Some(Constraint::ForeignKey(ForeignKey { name, ..known_key(key)? }))
        }
    }
}

fn known_key(key: &schema::ForeignKey) -> Option<ForeignKey> {
    if key.parent_columns.is_empty() {
        return None;
    }
    let deferrable = key.deferred.then_some(Deferrable::InitiallyDeferred);
    let reference = Reference {
        on_delete: known_action(key.on_delete),
        on_update: known_action(key.on_update),
        ..Reference::to(&key.parent, "")
    };
    let plain = ForeignKey::new(&key.columns).references(&key.parent, &key.parent_columns);
    let Reference { on_delete, on_update, .. } = reference;
    Some(ForeignKey { on_delete, on_update, deferrable, ..plain })
}

fn known_action(action: KeyAction) -> Option<Action> {
    match action {
        KeyAction::NoAction => None,
        KeyAction::Restrict => Some(Action::Restrict),
        KeyAction::Cascade => Some(Action::Cascade),
        KeyAction::SetNull => Some(Action::SetNull),
        KeyAction::SetDefault => Some(Action::SetDefault),
    }
}

fn known_conflict(conflict: OnConflict) -> Conflict {
    match conflict {
        OnConflict::Rollback => Conflict::Rollback,
        OnConflict::Abort => Conflict::Abort,
        OnConflict::Fail => Conflict::Fail,
        OnConflict::Ignore => Conflict::Ignore,
        OnConflict::Replace => Conflict::Replace,
    }
}

/// The names, if the key says nothing else about its columns.
fn plain_names(columns: &[KeyColumn]) -> Option<Vec<String>> {
    let plain = columns.iter().all(|key| key.collate.is_none() && !key.descending);
    plain.then(|| columns.iter().map(|key| key.name.clone()).collect())
}

pub(super) fn known_primary_key(before: &Table) -> Option<PrimaryKey> {
    let of_column = before.columns.iter().find_map(Column::primary_key);
    let of_table = before
        .constraints
        .iter()
        .find(|constraint| matches!(constraint.kind, ConstraintKind::PrimaryKey { .. }));
    let name = match (of_column, of_table) {
        (Some(clause), _) => clause.name.clone(),
        (None, Some(constraint)) => constraint.name.clone(),
        (None, None) => None,
    };
    let columns = plain_names(&before.primary_key())?;
    Some(PrimaryKey { columns, name, autoincrement: Some(before.is_autoincrement()) })
}

pub(super) fn known_index(index: &schema::Index) -> Option<Index> {
    if index.is_automatic() {
        return None;
    }
    let columns = index.columns.iter().map(|column| {
        let term = match &column.term {
            IndexTerm::Column(name) => IndexColumn::new(name),
            IndexTerm::Expression(text) => IndexColumn::expression(text),
        };
        IndexColumn { descending: column.descending, collate: column.collate.clone(), ..term }
    });
    let mut known = Index::on(&index.table, columns).named(&index.name);
    known.unique = index.unique;
    known.condition = index.condition.as_ref().map(ToString::to_string);
    Some(known)
}
