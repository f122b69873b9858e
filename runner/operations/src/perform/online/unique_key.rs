//! What must be unique in a table, and which of its rows are in the way of another one.

use rusqlite::Connection;
use serde::{Deserialize, Serialize};

use crate::schema::name::{literal, quote, same};
use crate::schema::{IndexTerm, ROWID, Table, sql, unquote};

/// A primary key, UNIQUE or a unique index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct UniqueKey {
    terms: Vec<Term>,
    /// The condition of a partial index.
    condition: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Term {
    kind: TermKind,
    collation: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum TermKind {
    Column(String),
    Expression(String),
}

/// What a row that may be in the way is called.
pub(super) const ROW: &str = "placed";

/// Which of the unique keys of a table are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    All,
    /// All but the one by which its rows are found.
    BesideTheKey,
}

/// A row that is no row of the table, in SQL.
pub(super) struct Candidate<'v> {
    /// The value of a column.
    pub(super) value: &'v dyn Fn(&str) -> String,
    /// A table with the same columns that holds the row and no other.
    pub(super) alone_in: &'v str,
}

impl UniqueKey {
    /// The unique keys of `table`, which is in the main schema under its name.
    pub(super) fn of(
        connection: &Connection,
        table: &Table,
        which: Which,
    ) -> rusqlite::Result<Vec<Self>> {
        let mut keys = Vec::new();
        if let (Which::All, Some(alias)) = (which, table.rowid_alias()) {
            let kind = TermKind::Column(alias.name.clone());
            keys.push(Self { terms: vec![Term { kind, collation: None }], condition: None });
        }
        let mut statement = connection.prepare(
            "SELECT part.coll, list.origin = 'pk' FROM pragma_index_list(?1, 'main') AS list, \
             pragma_index_xinfo(list.name, 'main') AS part \
             WHERE list.name = ?2 AND part.key = 1 ORDER BY part.seqno",
        )?;
        for index in table.indexes.iter().filter(|index| index.unique) {
            let parts = statement.query_map([&table.name, &index.name], |row| {
                Ok((row.get::<_, Option<String>>(0)?, row.get::<_, bool>(1)?))
            })?;
            let parts = parts.collect::<rusqlite::Result<Vec<_>>>()?;
            let is_key = table.without_rowid && parts.iter().any(|(_, is_primary)| *is_primary);
            if is_key && which == Which::BesideTheKey {
                continue;
            }
            let names: Vec<&str> = table.column_names().collect();
            // The rows that are looked at have a name of their own: the table's may be `new`.
            let text = |text: &str| {
                without_names_for_strings(&sql::unqualified(text, &table.name), &names)
            };
            let terms = index.columns.iter().zip(parts).map(|(column, (collation, _))| Term {
                kind: match &column.term {
                    IndexTerm::Column(name) => TermKind::Column(name.clone()),
                    IndexTerm::Expression(expression) => TermKind::Expression(text(expression)),
                },
                collation,
            });
            let condition = index.condition.as_ref().map(|condition| text(condition.as_str()));
            keys.push(Self { terms: terms.collect(), condition });
        }
        Ok(keys)
    }

    /// Whether an expression is part of it.
    pub(super) fn has_expression(&self) -> bool {
        self.terms.iter().any(|term| matches!(term.kind, TermKind::Expression(_)))
    }

    /// The columns in it.
    pub(super) fn columns(&self) -> impl Iterator<Item = &str> {
        self.terms.iter().filter_map(|term| match &term.kind {
            TermKind::Column(name) => Some(name.as_str()),
            TermKind::Expression(_) => None,
        })
    }

    /// The expressions in it.
    pub(super) fn expressions(&self) -> impl Iterator<Item = &str> {
        self.terms.iter().filter_map(|term| match &term.kind {
            TermKind::Expression(text) => Some(text.as_str()),
            TermKind::Column(_) => None,
        })
    }

    /// That a row of the table, which is called [`ROW`], is in the way of `candidate`. It may be said of one that is not:
    /// whether the candidate meets the condition of a partial index is not asked.
    pub(super) fn is_in_the_way(&self, candidate: &Candidate<'_>) -> String {
        let mut conditions: Vec<_> = self
            .terms
            .iter()
            .map(|term| {
                let collate = term.collation.as_ref();
                let collate = collate.map(|name| format!(" COLLATE {}", quote(name)));
                let collate = collate.unwrap_or_default();
                match &term.kind {
                    TermKind::Column(name) => {
                        let value = (candidate.value)(name);
                        format!("{ROW}.{}{collate} = {value}", quote(name))
                    }
                    TermKind::Expression(text) => format!(
                        "(\n{text}\n){collate} = (SELECT (\n{text}\n) FROM {})",
                        quote(candidate.alone_in)
                    ),
                }
            })
            .collect();
        conditions.extend(self.condition.as_ref().map(|text| format!("(\n{text}\n)")));
        conditions.join(" AND ")
    }
}

/// `text` with single quotes around what is in double quotes and none of `names`: a schema may say a string so, and a
/// statement of an application may not (<https://sqlite.org/quirks.html#dblquote>).
pub(super) fn without_names_for_strings(text: &str, names: &[&str]) -> String {
    let mut respelled = text.to_owned();
    let is_name = |name: &str| names.iter().chain(&ROWID).any(|known| same(known, name));
    for token in sql::tokens(text).unwrap_or_default().into_iter().rev() {
        let spelled = &text[token.span.clone()];
        let name = unquote(spelled);
        // A name before a parenthesis is a function's, behind COLLATE a collation's.
        let before = text[..token.span.start].trim_end().to_ascii_uppercase();
        let is_other = text[token.span.end..].trim_start().starts_with('(')
            || before.ends_with("COLLATE")
            || before.ends_with('.');
        if spelled.starts_with('"') && !is_other && !is_name(&name) {
            respelled.replace_range(token.span, &literal(&name));
        }
    }
    respelled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_in_double_quotes_is_told_from_a_name() {
        for (text, expected) in [
            ("\"a\" = \"b\"", "\"a\" = 'b'"),
            ("t.\"b\" || \"it's\" || \"A\"", "t.\"b\" || 'it''s' || \"A\""),
            ("\"lower\"(a COLLATE \"NOCASE\") || 'x'", "\"lower\"(a COLLATE \"NOCASE\") || 'x'"),
            ("\"rowid\" > 1", "\"rowid\" > 1"),
        ] {
            assert_eq!(without_names_for_strings(text, &["a", "t"]), expected);
        }
    }
}
