//! NATURAL JOIN and JOIN USING: they join by the column names that tables have in common, so adding or
//! dropping a name can change the join.

use std::collections::BTreeSet;

use sqlite3_parser::dialect::TokenType;

use crate::operation::Operation;
use crate::perform::verify::affected::{ColumnPath, follow};
use crate::perform::verify::schema_copy::SchemaCopy;
use crate::schema::name::unquote;
use crate::schema::{Schema, sql};

/// What the joins of a view or trigger can join by.
pub(in crate::perform) struct Joins {
    pub(in crate::perform) join: &'static str,
    /// The columns that the tables and views in the text have in common, by name.
    common: Vec<(String, BTreeSet<ColumnPath>)>,
}

impl Joins {
    /// The joins by name in `text`, which makes the view or trigger `own`, if there are any.
    pub(in crate::perform) fn in_text(
        text: &str,
        own: &str,
        schema: &Schema,
        copy: &SchemaCopy,
    ) -> Option<Self> {
        let words = words(text);
        let is_natural = words.iter().any(|(kind, word)| {
            *kind == TokenType::TK_JOIN_KW && word.eq_ignore_ascii_case("natural")
        });
        let using = using(&words);
        let join = match (is_natural, using.is_empty()) {
            (true, _) => "NATURAL JOIN",
            (false, false) => "JOIN USING",
            (false, true) => return None,
        };
        let tables = schema.tables.iter().map(|table| &table.name);
        let named: Vec<String> = tables
            .chain(schema.virtual_tables.iter().map(|table| &table.name))
            .chain(schema.views.iter().map(|view| &view.name))
            .map(|name| name.to_ascii_lowercase())
            .filter(|name| !name.eq_ignore_ascii_case(own))
            .filter(|name| words.iter().any(|(_, word)| word.eq_ignore_ascii_case(name)))
            .collect();
        let mut common: Vec<(String, BTreeSet<ColumnPath>)> = Vec::new();
        for table in named {
            for column in copy.columns(&table) {
                if !is_natural && !using.contains(&column) {
                    continue;
                }
                let place = (table.clone(), column.clone());
                match common.iter_mut().find(|(name, _)| *name == column) {
                    Some((_, places)) => drop(places.insert(place)),
                    None => common.push((column, BTreeSet::from([place]))),
                }
            }
        }
        // A table may be joined to itself, and a column alone may still meet one that a subquery or
        // WITH names in the text.
        let is_twice = |table: &str| {
            let unqualified = words.windows(2).filter(|pair| {
                pair[0].1.eq_ignore_ascii_case(table) && pair[1].0 != TokenType::TK_DOT
            });
            let last = words.last().filter(|(_, word)| word.eq_ignore_ascii_case(table));
            unqualified.count() + usize::from(last.is_some()) > 1
        };
        let has_subquery = words.windows(2).any(|pair| {
            matches!(pair[0].0, TokenType::TK_LP) && matches!(pair[1].0, TokenType::TK_SELECT)
        });
        common.retain(|(name, places)| {
            places.len() > 1
                || places.iter().any(|(table, _)| is_twice(table))
                || (has_subquery && words.iter().any(|(_, word)| word.eq_ignore_ascii_case(name)))
        });
        Some(Self { join, common })
    }

    /// The name of a column by which `now` would join, and `self` does not, or the other way round.
    pub(in crate::perform) fn differ(
        &self,
        now: &Self,
        operations: &[Operation],
    ) -> Option<String> {
        let before: Vec<BTreeSet<ColumnPath>> = self
            .common
            .iter()
            .map(|(_, places)| places.iter().map(|place| follow(operations, place)).collect())
            .collect();
        let new = now.common.iter().find(|(_, places)| !before.contains(places));
        let gone = || {
            let still = |places| now.common.iter().any(|(_, now)| now == places);
            self.common.iter().zip(&before).find(|(_, places)| !still(*places))
        };
        new.map(|(name, _)| name.clone()).or_else(|| gone().map(|((name, _), _)| name.clone()))
    }
}

fn words(text: &str) -> Vec<(TokenType, String)> {
    let tokens = sql::tokens(text).unwrap_or_default();
    tokens.into_iter().map(|token| (token.kind, unquote(&text[token.span]))).collect()
}

/// The columns of each USING, in lower case.
fn using(words: &[(TokenType, String)]) -> BTreeSet<String> {
    let mut columns = BTreeSet::new();
    for (at, _) in words.iter().enumerate().filter(|(_, (kind, _))| *kind == TokenType::TK_USING) {
        let list = words[at + 1..].iter().take_while(|(kind, _)| *kind != TokenType::TK_RP);
        columns.extend(list.map(|(_, word)| word.to_ascii_lowercase()));
    }
    columns
}
