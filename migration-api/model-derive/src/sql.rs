//! The text of what needs no types: clauses, keys, options, indexes.

use syn::{Ident, LitStr};

use crate::index::{Index, Term, What};
use crate::key::Fields;
use crate::model::{Column, Model};
use crate::spell;
use crate::table::Check;

/// What follows the type and NOT NULL, with a blank before each.
pub(crate) fn clauses(column: &Column) -> String {
    let said = &column.said;
    let mut sql = String::new();
    if said.primary_key.is_some() {
        sql += " PRIMARY KEY";
    }
    if said.autoincrement.is_some() {
        sql += " AUTOINCREMENT";
    }
    if said.unique.is_some() {
        sql += " UNIQUE";
    }
    if let Some((_, default)) = &said.default {
        sql += &format!(" DEFAULT {}", default.0);
    }
    if let Some(expression) = &said.check {
        sql += &format!(" CHECK ({})", expression.value());
    }
    if let Some(collation) = &said.collate {
        sql += &format!(" COLLATE {}", spell::name(&collation.value()));
    }
    if let Some(expression) = &said.generated {
        let how = if said.stored.is_some() { "STORED" } else { "VIRTUAL" };
        sql += &format!(" GENERATED ALWAYS AS ({}) {how}", expression.value());
    }
    sql
}

/// A CHECK of the table.
pub(crate) fn check(check: &Check) -> String {
    let name = check.name.as_ref().map(LitStr::value);
    let name = name.map(|name| format!("CONSTRAINT {} ", spell::name(&name)));
    format!("{}CHECK ({})", name.unwrap_or_default(), check.expression.value())
}

/// The columns of `fields`, in double quotes.
pub(crate) fn names(model: &Model, fields: &Fields) -> String {
    let columns = fields.names.iter().filter_map(|name| model.column(name).ok());
    spell::names(columns.map(|column| column.name.as_str()))
}

/// STRICT and WITHOUT ROWID, with a blank before them.
pub(crate) fn options(model: &Model) -> String {
    let options: Vec<&str> =
        [model.said.strict.map(|_| "STRICT"), model.said.without_rowid.map(|_| "WITHOUT ROWID")]
            .into_iter()
            .flatten()
            .collect();
    if options.is_empty() { String::new() } else { format!(" {}", options.join(", ")) }
}

/// The statements that make the indexes: those of fields, then those of the struct.
pub(crate) fn indexes(model: &Model) -> Vec<String> {
    let of_fields =
        model.columns.iter().filter_map(|column| Some((column.said.index.as_ref()?, Some(column))));
    let all = of_fields.chain(model.said.index.iter().map(|index| (index, None)));
    all.map(|(index, column)| create_index(model, index, column)).collect()
}

fn create_index(model: &Model, index: &Index, column: Option<&Column>) -> String {
    let terms: Vec<String> = match column {
        Some(column) => vec![spell::name(&column.name)],
        None => index.terms.iter().map(|sorted_by| term(model, sorted_by)).collect(),
    };
    let unique = if index.unique.is_some() { "UNIQUE " } else { "" };
    let condition = index.condition.as_ref().map(|text| format!(" WHERE {}", text.value()));
    format!(
        "CREATE {unique}INDEX {} ON {} ({}){}",
        spell::name(&index_name(model, index, column)),
        spell::name(&model.name),
        terms.join(", "),
        condition.unwrap_or_default(),
    )
}

fn term(model: &Model, term: &Term) -> String {
    let mut sql = match &term.what {
        What::Field(field) => column_name(model, field).map_or_else(String::new, spell::name),
        What::Expression(expression) => expression.value(),
    };
    if let Some(collation) = &term.collate {
        sql += &format!(" COLLATE {}", spell::name(&collation.value()));
    }
    if term.descending {
        sql += " DESC";
    }
    sql
}

/// The name of an index: the said one, or that of the table and its columns, as `runner create` has it.
pub(crate) fn index_name(model: &Model, index: &Index, column: Option<&Column>) -> String {
    if let Some(name) = &index.name {
        return name.value();
    }
    let of_terms = index.terms.iter().filter_map(|term| match &term.what {
        What::Field(field) => column_name(model, field),
        What::Expression(_) => None,
    });
    let columns = column.map(|column| column.name.as_str()).into_iter().chain(of_terms);
    let names: Vec<&str> = [model.name.as_str()].into_iter().chain(columns).collect();
    names.join("_")
}

fn column_name<'m>(model: &'m Model, field: &Ident) -> Option<&'m str> {
    model.column(field).ok().map(|column| column.name.as_str())
}
