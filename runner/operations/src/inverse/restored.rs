//! What a schema has, in the words of operations; nothing where they have no words for it.

use crate::operation::{
    Action, Check, Conflict, Constraint, Deferrable, ForeignKey, Index, IndexColumn, PrimaryKey,
    Unique,
};
use crate::schema::{
    self, Column, ConstraintKind, IndexTerm, KeyAction, KeyColumn, OnConflict, Table,
};

pub(super) fn known_constraint(name: Option<String>, kind: &ConstraintKind) -> Option<Constraint> {
    match kind {
        ConstraintKind::PrimaryKey { .. } => None,
        ConstraintKind::Unique { columns, on_conflict } => {
            let mut unique = Unique::new(plain_names(columns)?);
            unique.name = name;
            unique.on_conflict = on_conflict.map(known_conflict);
            Some(Constraint::Unique(unique))
        }
        ConstraintKind::Check(expression) => {
            let mut check = Check::new(expression.to_string());
            check.name = name;
            Some(Constraint::Check(check))
        }
        ConstraintKind::ForeignKey(key) => {
            let mut key = known_key(key)?;
            key.name = name;
            Some(Constraint::ForeignKey(key))
        }
    }
}

fn known_key(key: &schema::ForeignKey) -> Option<ForeignKey> {
    if key.parent_columns.is_empty() {
        return None;
    }
    let mut known = ForeignKey::new(&key.columns).references(&key.parent, &key.parent_columns);
    known.on_delete = known_action(key.on_delete);
    known.on_update = known_action(key.on_update);
    known.deferrable = key.deferred.then_some(Deferrable::InitiallyDeferred);
    Some(known)
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
    let mut known = PrimaryKey::new(plain_names(&before.primary_key())?);
    known.name = name;
    known.autoincrement = Some(before.is_autoincrement());
    Some(known)
}

pub(super) fn known_index(index: &schema::Index) -> Option<Index> {
    if index.is_automatic() {
        return None;
    }
    let columns = index.columns.iter().map(|column| {
        let mut term = match &column.term {
            IndexTerm::Column(name) => IndexColumn::new(name),
            IndexTerm::Expression(text) => IndexColumn::expression(text),
        };
        term.descending = column.descending;
        term.collate.clone_from(&column.collate);
        term
    });
    let mut known = Index::on(&index.table, columns).named(&index.name);
    known.unique = index.unique;
    known.condition = index.condition.as_ref().map(ToString::to_string);
    Some(known)
}
