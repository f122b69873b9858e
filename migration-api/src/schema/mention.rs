//! Which columns an expression may be about.

use std::collections::BTreeSet;

use sqlite3_parser::ast::{Expr, FunctionCallOrder, Literal, SortedColumn};

use super::name;

/// Names that an expression mentions where a column could stand, in lower case. Strings, functions,
/// collations and types are none. What stands in a subquery is not looked at: SQLite allows none
/// where the schema holds expressions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Mentions(BTreeSet<String>);

impl Mentions {
    /// Whether `column` is among them.
    pub(crate) fn column(&self, column: &str) -> bool {
        self.0.contains(&column.to_ascii_lowercase())
    }

    pub(crate) fn in_expression(expression: &Expr<'_>) -> Self {
        let mut mentions = Self::default();
        mentions.expression(expression);
        mentions
    }

    fn name(&mut self, spelled: &str) {
        self.0.insert(name::unquote(spelled).to_ascii_lowercase());
    }

    fn all<'e>(&mut self, expressions: impl IntoIterator<Item = &'e Expr<'e>>) {
        for expression in expressions {
            self.expression(expression);
        }
    }

    pub(crate) fn sorted(&mut self, columns: &[SortedColumn<'_>]) {
        for column in columns {
            match &column.expr {
                // Where only a column can stand, SQLite takes a string for its name.
                Expr::Literal(Literal::String(spelled)) => self.name(spelled),
                other => self.expression(other),
            }
        }
    }

    pub(crate) fn expression(&mut self, expression: &Expr<'_>) {
        match expression {
            Expr::Id(id) => self.name(id.0),
            Expr::Name(column) | Expr::Qualified(_, column) => self.name(column.0),
            Expr::DoublyQualified(_, _, column) => self.name(column.0),
            Expr::Between { lhs, start, end, .. } => self.all([*lhs, *start, *end]),
            Expr::Binary(left, _, right) => self.all([*left, *right]),
            Expr::Case { base, when_then_pairs, else_expr } => {
                self.all(base.iter().copied().chain(else_expr.iter().copied()));
                self.all(when_then_pairs.iter().flat_map(|(when, then)| [when, then]));
            }
            Expr::Cast { expr, .. }
            | Expr::Collate(expr, _)
            | Expr::IsNull(expr)
            | Expr::NotNull(expr)
            | Expr::Unary(_, expr) => self.expression(expr),
            Expr::FunctionCall { args, order_by, filter_over, .. } => {
                self.all(args.iter().copied().flatten());
                if let Some(FunctionCallOrder::SortList(columns)) = order_by {
                    self.sorted(columns);
                }
                self.all(filter_over.iter().filter_map(|tail| tail.filter_clause));
            }
            Expr::FunctionCallStar { filter_over, .. } => {
                self.all(filter_over.iter().filter_map(|tail| tail.filter_clause));
            }
            Expr::InList { lhs, rhs, .. } => {
                self.expression(lhs);
                self.all(rhs.iter().copied().flatten());
            }
            Expr::InSelect { lhs, .. } | Expr::InTable { lhs, .. } => self.expression(lhs),
            Expr::Like { lhs, rhs, escape, .. } => {
                self.all([*lhs, *rhs].into_iter().chain(escape.iter().copied()));
            }
            Expr::Parenthesized(inner) => self.all(inner.iter()),
            Expr::Raise(_, message) => self.all(message.iter().copied()),
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
}
