//! A schema in the vocabulary of operations; `None` where that cannot express it.

use crate::operation as words;
use crate::operation::Operation;
use crate::schema::normal::{
    Check, Column, ForeignKey, Index, IndexTerm, KeyColumn, Name, PrimaryKey, Table, Unique,
};
use crate::schema::{KeyAction, OnConflict};

/// The names, if the key has nothing but the names of its columns.
fn plain(columns: &[KeyColumn]) -> Option<Vec<String>> {
    let is_plain = columns.iter().all(|key| key.collate.is_none() && !key.descending);
    is_plain.then(|| columns.iter().map(|key| String::from(&key.name)).collect())
}

pub(super) fn names(names: &[Name]) -> Vec<String> {
    names.iter().map(String::from).collect()
}

/// A column, but not what happens to a row that breaks its NOT NULL.
pub(super) fn column(column: &Column) -> words::Column {
    let mut said = words::Column::untyped(&column.name);
    said.declared_type = Some(column.declared_type.clone()).filter(|text| !text.is_empty());
    said.not_null = column.not_null.is_some();
    said.default = column.default.as_ref().map(|words| words.as_str().to_owned());
    said.collate = column.collate.as_ref().map(String::from);
    if let Some(generated) = &column.generated {
        said = said.generated(generated.expression.as_str());
        if generated.stored {
            said = said.stored();
        }
    }
    said
}

pub(super) fn unique(unique: &Unique) -> Option<words::Unique> {
    let mut said = words::Unique::new(plain(&unique.columns)?);
    said.name = unique.name.as_ref().map(String::from);
    said.on_conflict = unique.on_conflict.map(conflict);
    Some(said)
}

pub(super) fn check(check: &Check) -> words::Check {
    let mut said = words::Check::new(check.expression.as_str());
    said.name = check.name.as_ref().map(String::from);
    said
}

pub(super) fn foreign_key(key: &ForeignKey) -> Option<words::ForeignKey> {
    if key.parent_columns.is_empty() {
        return None;
    }
    let mut said = words::ForeignKey::new(names(&key.columns))
        .references(&key.parent, names(&key.parent_columns));
    said.name = key.name.as_ref().map(String::from);
    said.on_delete = action(key.on_delete);
    said.on_update = action(key.on_update);
    said.deferrable = key.deferred.then_some(words::Deferrable::InitiallyDeferred);
    Some(said)
}

/// A foreign key as a clause of its column.
pub(super) fn reference(key: &ForeignKey) -> Option<words::Reference> {
    match (key.columns.as_slice(), key.parent_columns.as_slice()) {
        ([_], [parent]) if key.name.is_none() && !key.deferred => {
            let mut said = words::Reference::to(&key.parent, parent);
            said.on_delete = action(key.on_delete);
            said.on_update = action(key.on_update);
            Some(said)
        }
        _ => None,
    }
}

/// The column of a UNIQUE that a clause of the column can express.
pub(super) fn unique_column(unique: &Unique) -> Option<&Name> {
    match unique.columns.as_slice() {
        [KeyColumn { name, collate: None, descending: false }]
            if unique.name.is_none() && unique.on_conflict.is_none() =>
        {
            Some(name)
        }
        _ => None,
    }
}

pub(super) fn primary_key(table: &Table) -> Option<words::PrimaryKey> {
    let Some(key) = &table.primary_key else { return Some(words::PrimaryKey::none()) };
    if key.on_conflict.is_some() {
        return None;
    }
    let mut said = words::PrimaryKey::new(plain(&key.columns)?).autoincrement(key.autoincrement);
    said.name = key.name.as_ref().map(String::from);
    Some(said)
}

pub(super) fn index(table: &Table, index: &Index) -> words::Index {
    let columns = index.columns.iter().map(|column| {
        let mut said = match &column.term {
            IndexTerm::Column(name) => words::IndexColumn::new(name),
            IndexTerm::Expression(text) => words::IndexColumn::expression(text.as_str()),
        };
        said.collate = column.collate.as_ref().map(String::from);
        said.descending = column.descending;
        said
    });
    let mut said = words::Index::on(&table.name, columns).named(&index.name);
    said.unique = index.unique;
    said.condition = index.condition.as_ref().map(|words| words.as_str().to_owned());
    said
}

/// The operation that creates a table, with its foreign keys or without.
pub(super) fn create_table(table: &Table, with_keys: bool) -> Operation {
    let mut table = table.clone();
    if !with_keys {
        table.foreign_keys.clear();
    }
    create_in_words(&table)
        .map_or_else(|| Operation::execute(table.to_string()), Operation::create_table)
}

fn create_in_words(table: &Table) -> Option<words::Table> {
    let mut said = words::Table::new(&table.name);
    if table.columns.iter().any(|column| column.not_null.is_some_and(|it| it.on_conflict.is_some()))
    {
        return None;
    }
    said.columns = table.columns.iter().map(column).collect();
    said.strict = table.strict;
    said.without_rowid = table.without_rowid;
    let find = |said: &words::Table, name: &Name| {
        said.columns.iter().position(|column| name.is(&column.name))
    };
    if let Some(key) = &table.primary_key {
        said_primary_key(&mut said, key)?;
    }
    for rule in &table.uniques {
        match unique_column(rule).and_then(|name| find(&said, name)) {
            Some(at) if !said.columns[at].unique => said.columns[at].unique = true,
            _ => said = said.constraint(unique(rule)?),
        }
    }
    said = table.checks.iter().fold(said, |said, rule| said.constraint(check(rule)));
    for key in &table.foreign_keys {
        let at = find(&said, &key.columns[0]);
        match (reference(key), at) {
            (Some(reference), Some(at)) if said.columns[at].references.is_none() => {
                said.columns[at].references = Some(reference);
            }
            _ => said = said.constraint(foreign_key(key)?),
        }
    }
    Some(said)
}

fn said_primary_key(said: &mut words::Table, key: &PrimaryKey) -> Option<()> {
    if key.name.is_some() || key.on_conflict.is_some() {
        return None;
    }
    let columns = plain(&key.columns)?;
    match columns.as_slice() {
        [only] => {
            let column =
                said.columns.iter_mut().find(|column| key.columns[0].name.is(&column.name))?;
            debug_assert!(key.columns[0].name.is(only));
            column.primary_key = Some(if key.autoincrement {
                words::KeyColumn::Autoincrement
            } else {
                words::KeyColumn::Plain
            });
        }
        _ => said.primary_key = columns,
    }
    Some(())
}

fn action(action: KeyAction) -> Option<words::Action> {
    match action {
        KeyAction::NoAction => None,
        KeyAction::Restrict => Some(words::Action::Restrict),
        KeyAction::Cascade => Some(words::Action::Cascade),
        KeyAction::SetNull => Some(words::Action::SetNull),
        KeyAction::SetDefault => Some(words::Action::SetDefault),
    }
}

fn conflict(conflict: OnConflict) -> words::Conflict {
    match conflict {
        OnConflict::Rollback => words::Conflict::Rollback,
        OnConflict::Abort => words::Conflict::Abort,
        OnConflict::Fail => words::Conflict::Fail,
        OnConflict::Ignore => words::Conflict::Ignore,
        OnConflict::Replace => words::Conflict::Replace,
    }
}
