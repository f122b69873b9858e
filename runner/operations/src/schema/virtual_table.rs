//! A virtual table.

use sqlite3_parser::ast::Stmt;
use sqlite3_parser::dialect::TokenType;

use super::name;
use super::table::ROWID;
use super::{SyntaxError, sql};

/// A virtual table: a module provides its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VirtualTable {
    /// Its name.
    pub name: String,
    /// The module.
    pub module: String,
    /// The arguments of the module.
    pub arguments: Vec<String>,
    /// The text that made it.
    pub sql: String,
}

impl VirtualTable {
    /// Reads `sql`, if it is a CREATE VIRTUAL TABLE.
    pub(super) fn parse(sql: &str) -> Result<Option<Self>, SyntaxError> {
        let tokens = sql::tokens(sql)?;
        if tokens.get(1).is_none_or(|token| token.kind != TokenType::TK_VIRTUAL) {
            return Ok(None);
        }
        sql::statement(sql, |statement| match statement {
            Stmt::CreateVirtualTable { tbl_name, module_name, args, .. } => Some(Self {
                name: name::unquote(tbl_name.name.0),
                module: name::unquote(module_name.0),
                arguments: args
                    .unwrap_or_default()
                    .iter()
                    .map(|argument| (*argument).to_owned())
                    .collect(),
                sql: sql.to_owned(),
            }),
            _ => None,
        })
    }

    /// The table whose rows a full-text index keeps instead of rows of its own
    /// (<https://sqlite.org/fts5.html#external_content_tables>).
    #[must_use]
    pub fn content(&self) -> Option<String> {
        if !name::same(&self.module, "fts5") && !name::same(&self.module, "fts4") {
            return None;
        }
        self.option("content")
    }

    /// The column of its content table by which it finds rows there, where it is not the rowid.
    #[must_use]
    pub fn content_rowid(&self) -> Option<String> {
        self.option("content_rowid")
            .filter(|column| !ROWID.iter().any(|rowid| name::same(rowid, column)))
    }

    fn option(&self, wanted: &str) -> Option<String> {
        self.arguments.iter().find_map(|argument| {
            let (key, value) = argument.split_once('=')?;
            let value = name::unquote(value.trim());
            (name::same(key.trim(), wanted) && !value.is_empty()).then_some(value)
        })
    }

    /// Whether it has a column of this name, or finds rows by one, as far as its arguments tell.
    #[must_use]
    pub fn names_column(&self, column: &str) -> bool {
        let finds_by = self.content_rowid().is_some_and(|name| name::same(&name, column));
        finds_by
            || self.arguments.iter().any(|argument| {
                let tokens = sql::tokens(argument).unwrap_or_default();
                tokens.first().is_some_and(|first| {
                    name::same(&name::unquote(&argument[first.span.clone()]), column)
                })
            })
    }
}
