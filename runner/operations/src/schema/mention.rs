//! The columns that an expression may mention.

use std::collections::BTreeSet;

use sqlite3_parser::ast::{Expr, FunctionCallOrder, Literal, SortedColumn};

use super::name;

/// Names that an expression mentions where a column could stand, in lower case. Strings, functions,
/// collations and types are none. What is in a subquery is not looked at: SQLite allows none
/// where the schema holds expressions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Mentions {
    names: BTreeSet<String>,
    /// How deep the expression goes.
    depth: usize,
}

impl Mentions {
    /// Whether `column` is among them.
    pub(crate) fn column(&self, column: &str) -> bool {
        self.names.contains(&column.to_ascii_lowercase())
    }

    pub(crate) fn in_expression(expression: &Expr<'_>) -> Self {
        let mut mentions = Self::default();
        mentions.expression(expression);
        mentions
    }

    /// How deep expressions are nested, without those in subqueries.
    pub(super) fn depth(&self) -> usize {
        self.depth
    }

    fn name(&mut self, spelled: &str) {
        self.names.insert(name::unquote(spelled).to_ascii_lowercase());
    }

    pub(crate) fn sorted(&mut self, columns: &[SortedColumn<'_>]) {
        let mut open = Vec::new();
        for column in columns {
            self.sorted_one(column, &mut open);
        }
        self.all(open);
    }

    /// Takes the column, or leaves its expression `open`.
    fn sorted_one<'e>(&mut self, column: &'e SortedColumn<'e>, open: &mut Vec<&'e Expr<'e>>) {
        match &column.expr {
            // Where only a column can stand, SQLite takes a string for its name.
            Expr::Literal(Literal::String(spelled)) => self.name(spelled),
            other => open.push(other),
        }
    }

    pub(crate) fn expression(&mut self, expression: &Expr<'_>) {
        self.all(vec![expression]);
    }

    /// Looks at all that are `open`. They are kept in a list and not on the stack: SQLite, which says how
    /// deep an expression may be, is asked later.
    fn all<'e>(&mut self, mut open: Vec<&'e Expr<'e>>) {
        while !open.is_empty() {
            self.depth += 1;
            let mut deeper = Vec::new();
            open.into_iter().for_each(|expression| self.one(expression, &mut deeper));
            open = deeper;
        }
    }

    fn one<'e>(&mut self, expression: &'e Expr<'e>, open: &mut Vec<&'e Expr<'e>>) {
        match expression {
            Expr::Id(id) => self.name(id.0),
            Expr::Name(column) | Expr::Qualified(_, column) => self.name(column.0),
            Expr::DoublyQualified(_, _, column) => self.name(column.0),
            Expr::Between { lhs, start, end, .. } => open.extend([*lhs, *start, *end]),
            Expr::Binary(left, _, right) => open.extend([*left, *right]),
            Expr::Case { base, when_then_pairs, else_expr } => {
                open.extend(base.iter().copied().chain(else_expr.iter().copied()));
                open.extend(when_then_pairs.iter().flat_map(|(when, then)| [when, then]));
            }
            Expr::Cast { expr, .. }
            | Expr::Collate(expr, _)
            | Expr::IsNull(expr)
            | Expr::NotNull(expr)
            | Expr::Unary(_, expr) => open.push(expr),
            Expr::FunctionCall { args, order_by, filter_over, .. } => {
                open.extend(args.iter().copied().flatten());
                if let Some(FunctionCallOrder::SortList(columns)) = order_by {
                    columns.iter().for_each(|column| self.sorted_one(column, open));
                }
                open.extend(filter_over.iter().filter_map(|tail| tail.filter_clause));
            }
            Expr::FunctionCallStar { filter_over, .. } => {
                open.extend(filter_over.iter().filter_map(|tail| tail.filter_clause));
            }
            Expr::InList { lhs, rhs, .. } => {
                open.push(lhs);
                open.extend(rhs.iter().copied().flatten());
            }
            Expr::InSelect { lhs, .. } | Expr::InTable { lhs, .. } => open.push(lhs),
            Expr::Like { lhs, rhs, escape, .. } => {
                open.extend([*lhs, *rhs].into_iter().chain(escape.iter().copied()));
            }
            Expr::Parenthesized(inner) => open.extend(inner.iter()),
            Expr::Raise(_, message) => open.extend(message.iter().copied()),
            Expr::Exists(_) | Expr::Subquery(_) | Expr::Literal(_) | Expr::Variable(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::expression::Expression;

    #[test]
    fn columns_are_mentioned_and_strings_functions_collations_and_types_are_not() {
        let text = "lower(A) || 'b' COLLATE c = CAST(\"d d\" AS e) AND t.[f] IN (g, CASE h WHEN 1 \
                    THEN i END) AND -j BETWEEN k AND l";
        let expression = Expression::parse(text).unwrap();
        let mentioned = |column: &str| expression.mentions(column);
        for column in ["a", "D D", "f", "g", "h", "i", "j", "k", "l"] {
            assert!(mentioned(column), "{column}");
        }
        for other in ["b", "c", "e", "lower", "t"] {
            assert!(!mentioned(other), "{other}");
        }
    }

    #[test]
    fn what_is_nested_too_deeply_is_refused_and_ends_no_process() {
        let nested = |(open, close): (&str, &str), depth: usize| {
            Expression::parse(&format!("{}a{}", open.repeat(depth), close.repeat(depth)))
        };
        for way in [
            ("(", ")"),
            ("NOT ", ""),
            ("1 + ", ""),
            ("CASE WHEN 1 THEN ", " END"),
            ("(SELECT ", ")"),
        ] {
            nested(way, 300).unwrap();
            let error = nested(way, 100_000).unwrap_err();
            assert_eq!(error.reason.to_string(), "it is nested too deeply", "{way:?}");
        }
    }
}
