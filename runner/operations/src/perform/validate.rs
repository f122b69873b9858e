//! Checks the pieces of SQL in an operation: each must be complete, and mean what it says.

use super::connection_settings::{Configured, STRICTLY};
use super::session::{Result, Session};
use super::sqlite_error::Blame;
use crate::operation::Column;
use crate::operation::Refusal;
use crate::schema::name::quote;
use crate::schema::{Expression, SyntaxError, Table};

impl Session<'_> {
    /// Reads `text` as an expression, and lets SQLite find every name in it among the columns of
    /// `table`.
    ///
    /// # Errors
    /// It is not a complete expression; SQLite's, for a name or function that is not there.
    pub(super) fn resolve(&self, what: &'static str, text: &str, table: &str) -> Result {
        parse(what, text)?;
        let sql = format!("SELECT (\n{text}\n) FROM main.{}", quote(table));
        let _strict = Configured::new(self.connection, &STRICTLY)?;
        match self.connection.prepare(&sql) {
            Ok(_) => Ok(()),
            Err(source) if Blame::of(&source) == Blame::Circumstances => Err(source.into()),
            Err(source) => {
                Err(Refusal::BadExpression { what: what.into(), text: text.to_owned(), source })
            }
        }
    }

    /// Checks that each piece of SQL in `column` is complete.
    pub(super) fn parse_clauses(&self, column: &Column) -> Result {
        if let Some(check) = &column.check {
            parse("check", &check.expression)?;
        }
        if let Some(generated) = &column.generated {
            parse("expression", &generated.expression)?;
        }
        if let Some(default) = &column.default {
            parse("default", default)?;
        }
        if let Some(declared_type) = &column.declared_type {
            check_type(declared_type)?;
        }
        match &column.collate {
            Some(collation) => self.check_collation(collation),
            None => Ok(()),
        }
    }

    /// Lets SQLite find every name in the expressions of `column`, which is in `table` now.
    pub(super) fn resolve_clauses(&self, table: &str, column: &Column) -> Result {
        if let Some(check) = &column.check {
            self.resolve("check", &check.expression, table)?;
        }
        if let Some(generated) = &column.generated {
            self.resolve("expression", &generated.expression, table)?;
        }
        match &column.default {
            Some(default) => self.resolve("default", default, table),
            None => Ok(()),
        }
    }

    pub(super) fn check_collation(&self, collation: &str) -> Result {
        Ok(self.connection.prepare(&format!("SELECT '' COLLATE {}", quote(collation))).map(drop)?)
    }
}

/// Reads `text` as an expression.
pub(super) fn parse(what: &'static str, text: &str) -> Result<Expression> {
    Expression::parse(text).map_err(|error| Refusal::NotSql {
        what: what.into(),
        text: text.to_owned(),
        source: error.reason,
    })
}

/// Checks that `declared_type` is a type and nothing else.
pub(super) fn check_type(declared_type: &str) -> Result {
    let text = format!("CREATE TABLE x(x {declared_type}\n)");
    let refused = |error: SyntaxError| Refusal::NotSql {
        what: "type".into(),
        text: declared_type.to_owned(),
        source: error.reason,
    };
    let table = Table::parse(&text).map_err(refused)?;
    // A comment at its end would take along what is behind it.
    let is_all = |column: &crate::schema::Column| {
        let read = column.layout.declared_type.clone().map_or("", |span| &text[span]);
        read == declared_type.trim() && column.clauses.is_empty()
    };
    match &table.columns[..] {
        [column] if is_all(column) && table.constraints.is_empty() => Ok(()),
        _ => Err(refused(SyntaxError::not("type", declared_type))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_says_nothing_but_a_type() {
        for good in ["", "INT", "VARCHAR ( 5 )", "\"my type\"", "DOUBLE PRECISION(10, 2)"] {
            check_type(good).unwrap();
        }
        for bad in [
            "INT NOT NULL",
            "INT, b",
            "INT)",
            "INT DEFAULT 1",
            "(5)",
            "INT --",
            "INT /* a */",
            "--",
        ] {
            assert!(check_type(bad).is_err(), "{bad}");
        }
    }
}
