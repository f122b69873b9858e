//! The migrations that do more than make a schema and rows: what they did to the rows of real databases is not in a
//! squash.

use std::collections::BTreeMap;
use std::fmt;

use migration_api::schema::unquote;
use serde::Serialize;
use sqlite3_parser::ast::{
    Cmd, FromClause, InsertBody, OneSelect, QualifiedName, Select, SelectTable, Stmt,
};
use sqlite3_parser::lexer::sql::Parser;
use sqlite3_parser::{Bump, FallibleIterator as _};

use runner_engine::{Event, Issuer, MigrationId};

/// A migration that reads or changes rows that are there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fixup {
    /// The migration.
    pub id: MigrationId,
    /// What it does to which tables, each once: `UPDATE player`.
    pub statements: Vec<String>,
}

impl fmt::Display for Fixup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.id, self.statements.join(", "))
    }
}

/// Finds them by the statements that they run.
#[derive(Debug, Default)]
pub struct Fixups(BTreeMap<MigrationId, Vec<String>>);

impl Fixups {
    /// Notes a statement of a migration, if `event` is one. What an operation does is known by its name.
    pub fn follow(&mut self, event: &Event) {
        if let Event::Statement { id, sql, issuer: Issuer::Migration } = event
            && !sql.starts_with("--")
        {
            for found in of_sql(sql) {
                let statements = self.0.entry(id.clone()).or_default();
                if !statements.contains(&found) {
                    statements.push(found);
                }
            }
        }
    }

    /// Those that were found, oldest first.
    #[must_use]
    pub fn found(self) -> Vec<Fixup> {
        self.0.into_iter().map(|(id, statements)| Fixup { id, statements }).collect()
    }
}

/// What `sql` does to rows that are there.
fn of_sql(sql: &str) -> Vec<String> {
    let arena = Bump::new();
    let mut parser = Parser::new(&arena, sql.as_bytes());
    let mut found = Vec::new();
    while let Ok(Some(command)) = parser.next() {
        if let Cmd::Stmt(statement) = command {
            found.extend(of_statement(&statement));
        }
    }
    found
}

fn of_statement(statement: &Stmt<'_>) -> Option<String> {
    match statement {
        Stmt::Update { tbl_name, .. } => of("UPDATE", tbl_name),
        Stmt::Delete { tbl_name, .. } => of("DELETE FROM", tbl_name),
        Stmt::Insert { tbl_name, body: InsertBody::Select(select, _), .. } => {
            let read = of_select(select)?;
            Some(format!("INSERT INTO `{}` SELECT FROM `{read}`", unquote(tbl_name.name.0)))
        }
        Stmt::Select(select) => Some(format!("SELECT FROM `{}`", of_select(select)?)),
        _ => None,
    }
}

fn of(act: &str, table: &QualifiedName<'_>) -> Option<String> {
    let name = unquote(table.name.0);
    (!is_of_sqlite(&name)).then(|| format!("{act} `{name}`"))
}

/// The first table that `select` reads.
fn of_select(select: &Select<'_>) -> Option<String> {
    let compounds = select.body.compounds.iter().flatten().map(|compound| &compound.select);
    std::iter::once(&select.body.select).chain(compounds).find_map(|one| match one {
        OneSelect::Select { from: Some(from), .. } => of_from(from),
        _ => None,
    })
}

fn of_from(from: &FromClause<'_>) -> Option<String> {
    let joined = from.joins.iter().flatten().map(|joined| &joined.table);
    from.select.into_iter().chain(joined).find_map(|table| match table {
        SelectTable::Table(name, ..) => {
            Some(unquote(name.name.0)).filter(|name| !is_of_sqlite(name))
        }
        SelectTable::Select(select, _) => of_select(select),
        SelectTable::Sub(from, _) => of_from(from),
        SelectTable::TableCall(..) => None,
    })
}

/// Whether it is about the schema, and not about rows.
fn is_of_sqlite(table: &str) -> bool {
    let begins =
        |word: &str| table.get(..word.len()).is_some_and(|it| it.eq_ignore_ascii_case(word));
    begins("sqlite_") || begins("pragma_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_reads_or_changes_rows_is_found_and_what_makes_them_is_not() {
        for sql in [
            "CREATE TABLE a (x)",
            "INSERT INTO a VALUES (1), (2)",
            "INSERT INTO a SELECT 1",
            "INSERT INTO a DEFAULT VALUES",
            "SELECT name FROM sqlite_schema",
            "SELECT * FROM pragma_table_info('a')",
            "PRAGMA user_version = 1",
            "DROP TABLE a",
        ] {
            assert_eq!(of_sql(sql), [""; 0], "{sql}");
        }
        for (sql, found) in [
            ("UPDATE a SET x = 1", "UPDATE `a`"),
            ("DELETE FROM main.\"a b\"", "DELETE FROM `a b`"),
            ("SELECT x FROM a JOIN b", "SELECT FROM `a`"),
            ("SELECT 1 UNION SELECT x FROM (SELECT y FROM b)", "SELECT FROM `b`"),
            ("INSERT INTO a SELECT x FROM b", "INSERT INTO `a` SELECT FROM `b`"),
        ] {
            assert_eq!(of_sql(sql), [found], "{sql}");
        }
    }
}
