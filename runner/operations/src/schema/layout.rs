//! Where the parts of a CREATE TABLE stand in its text.
//!
//! The parser gives the parts and not their places. Commas separate the columns; where a clause ends
//! inside a column, the parser itself is asked: the shortest beginning that it reads as the clauses
//! up to this one.

use sqlite3_parser::ast::{CreateTableBody, NamedColumnConstraint, NamedTableConstraint, Stmt};
use sqlite3_parser::dialect::TokenType;

use super::SyntaxError;
use super::sql::{self, Span, Token};

/// Where a table's parts stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Layout {
    /// The table's name.
    pub(crate) name: Span,
    /// Each column, in order.
    pub(crate) columns: Vec<ColumnLayout>,
    /// Each table constraint, in order, with its `CONSTRAINT name`.
    pub(crate) constraints: Vec<Span>,
    /// The parenthesis that closes the list.
    pub(crate) close: usize,
}

/// Where a column's parts stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ColumnLayout {
    /// From the name to the end of the last clause.
    pub(crate) whole: Span,
    pub(crate) name: Span,
    pub(crate) declared_type: Option<Span>,
    /// Each clause, with its `CONSTRAINT name`.
    pub(crate) clauses: Vec<Span>,
}

const COLUMN_CLAUSE_STARTS: [TokenType; 12] = [
    TokenType::TK_CONSTRAINT,
    TokenType::TK_PRIMARY,
    TokenType::TK_NOT,
    TokenType::TK_NULL,
    TokenType::TK_UNIQUE,
    TokenType::TK_CHECK,
    TokenType::TK_DEFAULT,
    TokenType::TK_COLLATE,
    TokenType::TK_REFERENCES,
    TokenType::TK_GENERATED,
    TokenType::TK_AS,
    TokenType::TK_DEFERRABLE,
];

const TABLE_CONSTRAINT_STARTS: [TokenType; 5] = [
    TokenType::TK_CONSTRAINT,
    TokenType::TK_PRIMARY,
    TokenType::TK_UNIQUE,
    TokenType::TK_CHECK,
    TokenType::TK_FOREIGN,
];

impl Layout {
    /// The layout of `text`, which the parser reads as a table with these columns and constraints.
    pub(super) fn of(text: &str, body: &CreateTableBody<'_>) -> Result<Self, SyntaxError> {
        let CreateTableBody::ColumnsAndConstraints { columns, constraints, .. } = body else {
            return Err(SyntaxError::not("list of columns", text));
        };
        let tokens = sql::tokens(text)?;
        let lost = || SyntaxError::not("table whose parts can be found", text);
        let open = tokens.iter().position(|t| t.kind == TokenType::TK_LP).ok_or_else(lost)?;
        let close = closing(&tokens, open).ok_or_else(lost)?;
        let name = tokens[open.checked_sub(1).ok_or_else(lost)?].span.clone();
        let mut items = split(&tokens[open + 1..close]);
        if items.len() < columns.len() || items.iter().any(|item| item.is_empty()) {
            return Err(lost());
        }
        let rest = items.split_off(columns.len());
        let columns = items
            .iter()
            .zip(columns.iter())
            .map(|(item, column)| ColumnLayout::of(text, item, column.constraints).ok_or_else(lost))
            .collect::<Result<_, _>>()?;
        let constraints =
            table_constraints(text, &rest, constraints.unwrap_or_default()).ok_or_else(lost)?;
        Ok(Self { name, columns, constraints, close: tokens[close].span.start })
    }

    /// The spans of everything in the list, in order.
    pub(crate) fn items(&self) -> Vec<Span> {
        let columns = self.columns.iter().map(|column| column.whole.clone());
        columns.chain(self.constraints.iter().cloned()).collect()
    }
}

impl ColumnLayout {
    fn of(text: &str, tokens: &[Token], expected: &[NamedColumnConstraint<'_>]) -> Option<Self> {
        let name = tokens.first()?.span.clone();
        let whole = name.start..tokens.last()?.span.end;
        let boundaries = boundaries(tokens, &COLUMN_CLAUSE_STARTS);
        let mut ends = Vec::new();
        let mut candidates = boundaries.into_iter();
        for count in 0..=expected.len() {
            let end = candidates.find(|&end| {
                let beginning = &text[whole.start..tokens[end - 1].span.end];
                reads_as_clauses(beginning, &expected[..count])
            })?;
            ends.push(end);
        }
        let type_end = *ends.first()?;
        let declared_type = (type_end > 1).then(|| over(&tokens[1..type_end]));
        let clauses = ends.windows(2).map(|pair| over(&tokens[pair[0]..pair[1]])).collect();
        Some(Self { whole, name, declared_type, clauses })
    }
}

/// Whether a clause or constraint begins with a name of its own.
pub(super) fn is_named(clause: &str) -> bool {
    clause.get(..10).is_some_and(|word| word.eq_ignore_ascii_case("CONSTRAINT"))
}

/// The span from the first to the last of `tokens`, of which there is one at least.
fn over(tokens: &[Token]) -> Span {
    match (tokens.first(), tokens.last()) {
        (Some(first), Some(last)) => first.span.start..last.span.end,
        _ => 0..0,
    }
}

/// The place of the parenthesis that closes the one at `open`.
pub(super) fn closing(tokens: &[Token], open: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        match token.kind {
            TokenType::TK_LP => depth += 1,
            TokenType::TK_RP => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(at);
        }
    }
    None
}

/// The runs of tokens between the commas that stand in no parentheses.
fn split(tokens: &[Token]) -> Vec<&[Token]> {
    let mut depth = 0_i32;
    tokens
        .split(|token| {
            match token.kind {
                TokenType::TK_LP => depth += 1,
                TokenType::TK_RP => depth -= 1,
                _ => {}
            }
            depth == 0 && token.kind == TokenType::TK_COMMA
        })
        .collect()
}

/// How many tokens may make a beginning: those before each token of `starts` that is in no
/// parentheses, and all.
fn boundaries(tokens: &[Token], starts: &[TokenType]) -> Vec<usize> {
    let mut depth = 0_i32;
    let mut ends = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        if at > 0 && depth == 0 && starts.contains(&token.kind) {
            ends.push(at);
        }
        match token.kind {
            TokenType::TK_LP => depth += 1,
            TokenType::TK_RP => depth -= 1,
            _ => {}
        }
    }
    ends.push(tokens.len());
    ends
}

fn reads_as_clauses(column: &str, expected: &[NamedColumnConstraint<'_>]) -> bool {
    sql::statement(&format!("CREATE TABLE x({column}\n)"), |statement| {
        let Stmt::CreateTable {
            body: CreateTableBody::ColumnsAndConstraints { columns, constraints: None, .. },
            ..
        } = statement
        else {
            return false;
        };
        // Not the names: the parser hands one that has no clause to the next column's.
        matches!(&columns[..], [only] if only.constraints.len() == expected.len()
            && only.constraints.iter().zip(expected).all(|(a, b)| a.constraint == b.constraint))
    })
    .unwrap_or(false)
}

/// Where each of `expected` is: separated by commas, or by nothing at all.
fn table_constraints(
    text: &str,
    items: &[&[Token]],
    expected: &[NamedTableConstraint<'_>],
) -> Option<Vec<Span>> {
    let mut found = Vec::new();
    for item in items {
        let mut start = 0;
        let ends = boundaries(item, &TABLE_CONSTRAINT_STARTS);
        for end in ends {
            let span = over(&item[start..end]);
            let Some(next) = expected.get(found.len()) else { break };
            if reads_as_constraint(&text[span.clone()], next) {
                found.push(span);
                start = end;
            }
        }
    }
    (found.len() == expected.len()).then_some(found)
}

fn reads_as_constraint(constraint: &str, expected: &NamedTableConstraint<'_>) -> bool {
    sql::statement(&format!("CREATE TABLE x(x, {constraint}\n)"), |statement| {
        let Stmt::CreateTable {
            body: CreateTableBody::ColumnsAndConstraints { constraints: Some(constraints), .. },
            ..
        } = statement
        else {
            return false;
        };
        matches!(constraints, [only] if only.constraint == expected.constraint)
    })
    .unwrap_or(false)
}

/// What stands between the first parenthesis of `text` and the one that closes it.
pub(super) fn inside_parentheses(text: &str) -> &str {
    let tokens = sql::tokens(text).unwrap_or_default();
    let Some(open) = tokens.iter().position(|token| token.kind == TokenType::TK_LP) else {
        return "";
    };
    let close = closing(&tokens, open).unwrap_or(tokens.len() - 1);
    text[tokens[open].span.end..tokens[close].span.start].trim()
}
