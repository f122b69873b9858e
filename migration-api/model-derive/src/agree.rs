//! Refuses what cannot stand together, at the word that is wrong.

use proc_macro2::Span;
use syn::{Ident, LitStr, Result};

use crate::assertion::{self, is_in_key, sets_null};
use crate::index::What;
use crate::key::different;
use crate::model::{Column, Errors, Model};
use crate::sql::index_name;

/// Everything that is wrong with `model`.
pub(crate) fn all(model: &Model) -> Result<()> {
    let mut errors = Errors::default();
    for check in [names, primary_key, without_rowid, lists, index_names, has_columns] {
        errors.keep(check(model));
    }
    for column in &model.columns {
        for check in [generated, autoincrement, reference] {
            errors.keep(check(column));
        }
        errors.keep(declared(model, column));
        errors.keep(renamed(model, column));
    }
    errors.none()
}

fn refuse<T>(span: Span, message: impl std::fmt::Display) -> Result<T> {
    Err(syn::Error::new(span, message))
}

fn same(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b)
}

/// The place of a name that may be said.
fn place(said: Option<&LitStr>, otherwise: &Ident) -> Span {
    said.map_or_else(|| otherwise.span(), LitStr::span)
}

fn names(model: &Model) -> Result<()> {
    let span = place(model.said.name.as_ref(), &model.ident);
    for (beginning, whose) in [("sqlite_", "SQLite"), ("_runner_", "the runner")] {
        if model.name.get(..beginning.len()).is_some_and(|start| same(start, beginning)) {
            return refuse(span, format!("tables called `{beginning}...` belong to {whose}"));
        }
    }
    if let Some(was) = model.said.was.as_ref().filter(|was| was.value() == model.name) {
        return refuse(was.span(), "this is its name now: `was` says the one before");
    }
    for (at, column) in model.columns.iter().enumerate() {
        if model.columns[..at].iter().any(|before| same(&before.name, &column.name)) {
            let span = place(column.said.name.as_ref(), &column.field);
            let name = &column.name;
            return refuse(span, format!("two columns are called `{name}`; case does not count"));
        }
    }
    Ok(())
}

fn renamed(model: &Model, column: &Column) -> Result<()> {
    let Some(was) = &column.said.was else { return Ok(()) };
    let before = was.value();
    if before == column.name {
        return refuse(was.span(), "this is its name now: `was` says the one before");
    }
    let is_another = |other: &&Column| other.name != column.name && same(&other.name, &before);
    if model.columns.iter().any(|other| is_another(&other)) {
        return refuse(was.span(), format!("there is a column `{before}` still"));
    }
    Ok(())
}

fn primary_key(model: &Model) -> Result<()> {
    let mut keys = model.columns.iter().filter_map(|column| column.said.primary_key);
    let of_several = "a table has one primary key; of several columns, it is said at the struct: \
                      `#[table(primary_key(a, b))]`";
    match (&model.said.primary_key, keys.next(), keys.next()) {
        (Some(_), Some(span), _) | (None, Some(_), Some(span)) => refuse(span, of_several),
        _ => Ok(()),
    }
}

/// <https://sqlite.org/withoutrowid.html>
fn without_rowid(model: &Model) -> Result<()> {
    let Some(span) = model.said.without_rowid else { return Ok(()) };
    let has_key = model.said.primary_key.is_some()
        || model.columns.iter().any(|column| column.said.primary_key.is_some());
    if !has_key {
        return refuse(
            span,
            "a table without rowid has a primary key: write `#[column(primary_key)]` at a field",
        );
    }
    match model.columns.iter().find_map(|column| column.said.autoincrement) {
        Some(span) => refuse(span, "AUTOINCREMENT counts rowids, and this table has none"),
        None => Ok(()),
    }
}

/// Every field that a list names is a column, and is there once.
fn lists(model: &Model) -> Result<()> {
    let said = &model.said;
    let keys = said.primary_key.iter().chain(&said.unique);
    for fields in keys.chain(said.foreign_key.iter().map(|(fields, _)| fields)) {
        different(&fields.names)?;
        for name in &fields.names {
            model.column(name)?;
        }
    }
    for index in &said.index {
        for term in &index.terms {
            if let What::Field(name) = &term.what {
                model.column(name)?;
            }
        }
    }
    Ok(())
}

fn index_names(model: &Model) -> Result<()> {
    let mut names: Vec<String> = Vec::new();
    let at_fields = model
        .columns
        .iter()
        .filter_map(|column| column.said.index.as_ref().map(|index| (index, Some(column))));
    for (index, column) in at_fields.chain(model.said.index.iter().map(|index| (index, None))) {
        let name = index_name(model, index, column);
        if names.iter().any(|before| same(before, &name)) {
            let span = index.name.as_ref().map_or(index.span, LitStr::span);
            let hint = "give one another with `name = \"...\"`";
            return refuse(span, format!("two indexes are called `{name}`: {hint}"));
        }
        names.push(name);
    }
    Ok(())
}

/// <https://sqlite.org/gencol.html>
fn has_columns(model: &Model) -> Result<()> {
    if model.columns.is_empty() {
        return refuse(
            model.ident.span(),
            "a table has a column: this struct has no field for one",
        );
    }
    if model.columns.iter().all(|column| column.said.generated.is_some()) {
        return refuse(model.ident.span(), "a table has a column that is not generated");
    }
    Ok(())
}

fn generated(column: &Column) -> Result<()> {
    let said = &column.said;
    if said.generated.is_none() {
        return match said.stored {
            Some(span) => {
                refuse(span, "only what is generated is stored: write `generated = \"...\"`")
            }
            None => Ok(()),
        };
    }
    if let Some((span, _)) = said.default {
        return refuse(span, "a generated column has no default: it is what its expression gives");
    }
    match said.primary_key {
        Some(span) => refuse(span, "a generated column is no primary key"),
        None => Ok(()),
    }
}

fn autoincrement(column: &Column) -> Result<()> {
    match column.said.autoincrement {
        Some(span) if column.said.primary_key.is_none() => {
            refuse(span, "AUTOINCREMENT is for a primary key: write `primary_key, autoincrement`")
        }
        _ => Ok(()),
    }
}

fn reference(column: &Column) -> Result<()> {
    let key = &column.said.foreign_key;
    if let Some((span, target)) = &key.target {
        return match target.len() {
            1 => Ok(()),
            _ => refuse(
                *span,
                "a field leads to one column; of several, a key is said at the struct: \
                 `#[table(foreign_key(columns(a, b), references(Room::a, Room::b)))]`",
            ),
        };
    }
    let action = key.on_delete.as_ref().or(key.on_update.as_ref()).map(|action| action.span);
    match action.or(key.deferrable) {
        Some(span) => refuse(span, "this is of a foreign key: write `references(Room::id)` too"),
        None => Ok(()),
    }
}

/// What `type = "..."` says, and the `Option` that is in the type of such a field.
fn declared(model: &Model, column: &Column) -> Result<()> {
    let Some(declared) = &column.said.declared else { return Ok(()) };
    let text = declared.value();
    if column.said.autoincrement.is_some() && !same(&text, "INTEGER") {
        return refuse(declared.span(), assertion::AUTOINCREMENT);
    }
    let strict = ["INT", "INTEGER", "REAL", "TEXT", "BLOB", "ANY"];
    if model.said.strict.is_some() && !strict.iter().any(|known| same(known, &text)) {
        return refuse(declared.span(), assertion::STRICT);
    }
    if column.is_option && is_in_key(model, column) {
        return refuse(column.field.span(), assertion::KEY);
    }
    if !column.is_option && sets_null(column) {
        return refuse(column.field.span(), assertion::SET_NULL);
    }
    Ok(())
}
