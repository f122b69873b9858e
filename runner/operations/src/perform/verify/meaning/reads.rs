//! The columns that a view or trigger reads, as SQLite says on a copy of the schema.

use std::collections::BTreeMap;

use sqlite3_parser::dialect::TokenType;

use crate::perform::verify::affected::ColumnPath;
use crate::perform::verify::schema_copy::{ColumnRead, SchemaCopy};
use crate::schema::name::{same, unquote};
use crate::schema::{ROWID, Schema, Table, sql};

pub(super) struct Read {
    /// The columns that are read, and how often.
    pub(super) places: BTreeMap<ColumnPath, usize>,
    /// How many columns a view has.
    pub(super) width: usize,
    /// How many statements were compiled: none for a trigger that no change fires.
    pub(super) statements: usize,
}

/// The name for a rowid that no column is another name for.
pub(super) const HIDDEN_ROWID: &str = "the rowid";

/// What `statements` read on behalf of the view or trigger `name`.
pub(super) fn read(
    copy: &SchemaCopy,
    schema: &Schema,
    name: &str,
    statements: impl IntoIterator<Item = String>,
) -> rusqlite::Result<Read> {
    let mut all = Read { places: BTreeMap::new(), width: 0, statements: 0 };
    // What WITH has named reads for the object whose text it is in, and so does a view that is
    // changed. What `*` means in another view is that view's own matter.
    let is_own = |seen: &ColumnRead| {
        seen.reader.as_deref().is_some_and(|reader| {
            same(reader, name) || schema.view(reader).is_none_or(|view| !takes_all(&view.sql))
        })
    };
    for statement in statements {
        let (seen, width) = copy.reads(&statement)?;
        all.width = width;
        all.statements += 1;
        for seen in seen.into_iter().filter(is_own) {
            *all.places.entry(place(schema, seen)).or_default() += 1;
        }
    }
    Ok(all)
}

fn place(schema: &Schema, seen: ColumnRead) -> ColumnPath {
    let has = |table: &Table| table.column(&seen.column).is_some();
    let is_rowid = ROWID.iter().any(|rowid| same(rowid, &seen.column))
        && !schema.table(&seen.table).is_some_and(has);
    let column = if is_rowid { HIDDEN_ROWID.to_owned() } else { seen.column.to_ascii_lowercase() };
    (seen.table, column)
}

/// Whether `*` stands for columns somewhere in `text`.
pub(super) fn takes_all(text: &str) -> bool {
    let tokens = sql::tokens(text).unwrap_or_default();
    tokens.windows(2).any(|pair| {
        pair[1].kind == TokenType::TK_STAR
            && matches!(
                pair[0].kind,
                TokenType::TK_SELECT
                    | TokenType::TK_DISTINCT
                    | TokenType::TK_ALL
                    | TokenType::TK_COMMA
                    | TokenType::TK_DOT
            )
    })
}

/// Whether `text` uses `name` without a table before it, other than as an alias.
pub(super) fn says_alone(text: &str, name: &str) -> bool {
    let tokens = sql::tokens(text).unwrap_or_default();
    tokens.iter().enumerate().any(|(at, token)| {
        let behind = at.checked_sub(1).map(|before| tokens[before].kind);
        same(&unquote(&text[token.span.clone()]), name)
            && !matches!(behind, Some(TokenType::TK_DOT | TokenType::TK_AS))
    })
}
