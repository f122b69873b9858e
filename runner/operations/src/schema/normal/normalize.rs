//! Makes the normal form of a schema that was read.

use sqlite3_parser::dialect::TokenType;

use super::keys::{Constraints, collate, conflict, primary_key};
use super::model::{
    Column, Generated, Index, IndexColumn, IndexTerm, Normal, NotNull, Table, Trigger, View,
    VirtualTable,
};
use super::name::Name;
use super::words::{Words, without_parentheses};
use crate::schema::name::{literal, quote, same, unquote};
use crate::schema::{self, ClauseKind, Schema, bare_word, sql};

impl Schema {
    /// The normal form of this schema: see [`Normal`].
    #[must_use]
    pub fn normal(&self) -> Normal {
        let own = self.tables.iter().filter(|table| !table.shadow);
        let mut normal = Normal {
            tables: own.map(|table| read_table(self, table)).collect(),
            virtual_tables: self.virtual_tables.iter().map(|it| read_virtual_table(it)).collect(),
            views: self.views.iter().map(|it| read_view(it)).collect(),
            triggers: self.triggers.iter().map(|it| read_trigger(it)).collect(),
        };
        normal.tables.sort_by(|a, b| a.name.cmp(&b.name));
        normal.virtual_tables.sort_by(|a, b| a.name.cmp(&b.name));
        normal.views.sort_by(|a, b| a.name.cmp(&b.name));
        normal.triggers.sort_by(|a, b| a.name.cmp(&b.name));
        normal
    }
}

fn read_table(schema: &Schema, table: &schema::Table) -> Table {
    let names: Vec<_> = table.column_names().collect();
    let Constraints { uniques, checks, foreign_keys } = Constraints::of(schema, table);
    let indexes = table.indexes.iter().filter(|index| !index.is_automatic());
    let mut indexes: Vec<_> = indexes.map(|index| read_index(table, index, &names)).collect();
    indexes.sort();
    Table {
        name: Name::new(&table.name),
        columns: table.columns.iter().map(|column| read_column(table, column, &names)).collect(),
        primary_key: primary_key(table),
        uniques,
        checks,
        foreign_keys,
        indexes,
        strict: table.strict,
        without_rowid: table.without_rowid,
    }
}

fn read_column(table: &schema::Table, column: &schema::Column, names: &[&str]) -> Column {
    let is_rowid = table.rowid_alias().is_some_and(|alias| alias.name == column.name);
    let not_null = column.clauses.iter().rev().find_map(|clause| match &clause.kind {
        ClauseKind::NotNull(on_conflict) => Some(NotNull { on_conflict: conflict(*on_conflict) }),
        _ => None,
    });
    let is_said_anyway =
        |not_null: &NotNull| table.is_never_null_key(column) && not_null.on_conflict.is_none();
    Column {
        name: Name::new(&column.name),
        declared_type: declared_type(&column.declared_type),
        not_null: not_null.filter(|not_null| !is_rowid && !is_said_anyway(not_null)),
        default: column.default().filter(|_| !is_rowid).and_then(default),
        collate: column.collate().filter(|given| !same(given, "BINARY")).map(Name::new),
        generated: column.generated().map(|(expression, stored)| Generated {
            expression: Words::expression(expression.as_str(), names),
            stored,
        }),
    }
}

/// A type in capitals, with single blanks, and in quotes where it needs them.
fn declared_type(declared: &str) -> String {
    let tokens = sql::tokens(declared).unwrap_or_default();
    let mut text = String::new();
    for token in &tokens {
        let word = declared[token.span.clone()].to_ascii_uppercase();
        let is_glued =
            matches!(word.as_str(), "(" | ")" | ",") || text.ends_with(['(', ',', '+', '-']);
        if !text.is_empty() && !is_glued {
            text.push(' ');
        }
        text.push_str(&word);
    }
    let is_type = |text: &str| {
        let read = schema::Table::parse(&format!("CREATE TABLE x (x {text}\n)"));
        read.is_ok_and(|table| match &table.columns[..] {
            [only] => only.clauses.is_empty() && table.constraints.is_empty(),
            _ => false,
        })
    };
    let is_plain =
        tokens.iter().all(|token| !declared[token.span.clone()].starts_with(['"', '[', '`', '\'']));
    let has_comment = declared.contains("--") || declared.contains("/*");
    if declared.trim().is_empty() {
        String::new()
    } else if is_plain && !has_comment && is_type(&text) {
        text
    } else {
        quote(&unquote(declared.trim()).to_ascii_uppercase())
    }
}

fn read_index(table: &schema::Table, index: &schema::Index, names: &[&str]) -> Index {
    let read = |column: &schema::IndexColumn| match &column.term {
        schema::IndexTerm::Column(name) => IndexColumn {
            term: IndexTerm::Column(Name::new(name)),
            collate: collate(table, name, column.collate.as_deref()),
            descending: column.descending,
        },
        schema::IndexTerm::Expression(text) => {
            let words = Words::expression(text, names);
            let name = unquote(words.as_str());
            let term = match table.column(&name) {
                Some(_) => IndexTerm::Column(Name::new(name)),
                None => IndexTerm::Expression(words),
            };
            IndexColumn { term, collate: None, descending: column.descending }
        }
    };
    Index {
        name: Name::new(&index.name),
        unique: index.unique,
        columns: index.columns.iter().map(read).collect(),
        condition: index.condition.as_ref().map(|text| Words::expression(text.as_str(), names)),
    }
}

fn read_view(view: &schema::View) -> View {
    View { name: Name::new(&view.name), definition: Words::statement(&view.sql) }
}

fn read_trigger(trigger: &schema::Trigger) -> Trigger {
    Trigger {
        name: Name::new(&trigger.name),
        table: Name::new(&trigger.table),
        definition: Words::trigger(&trigger.sql),
    }
}

fn read_virtual_table(table: &schema::VirtualTable) -> VirtualTable {
    VirtualTable {
        name: Name::new(&table.name),
        module: Name::new(&table.module),
        arguments: table.arguments.iter().map(|argument| argument.trim().to_owned()).collect(),
    }
}

/// The default `text` as it is written behind DEFAULT; `None` for NULL, as without one.
fn default(text: &str) -> Option<Words> {
    let tokens = sql::tokens(text).unwrap_or_default();
    if let Some(word) = bare_word(text) {
        return Some(Words::expression(&literal(&word), &[]));
    }
    let value = Words::expression(text, &[]);
    match without_parentheses(&tokens) {
        [only] if only.kind == TokenType::TK_NULL => None,
        // The words are numbers (<https://sqlite.org/lang_expr.html#booleanexpr>).
        [only] if same(&text[only.span.clone()], "true") => Some(value.meaning("1")),
        [only] if same(&text[only.span.clone()], "false") => Some(value.meaning("0")),
        _ => Some(value),
    }
}
