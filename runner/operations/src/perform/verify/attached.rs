//! What belongs to a table: its indexes and triggers, dropped and made again.

use rusqlite::Connection;
use sqlite3_parser::ast::Stmt;
use sqlite3_parser::dialect::TokenType;

use crate::perform::alter::statistics::Statistics;
use crate::perform::connection_settings::{AS_WRITTEN, Configured};
use crate::perform::session::{Result, Session};
use crate::schema::name::{self, quote};
use crate::schema::sql;

/// The indexes and triggers of a table, in the order in which they were made: SQLite fires triggers
/// in an order that follows from it.
pub(in crate::perform) struct Attached {
    objects: Vec<Object>,
    statistics: Statistics,
}

struct Object {
    kind: String,
    name: String,
    sql: String,
    schema: &'static str,
}

impl Attached {
    /// Drops everything that DROP TABLE would drop with `table`, triggers of the temporary schema
    /// included.
    pub(in crate::perform) fn take_off(session: &Session<'_>, table: &str) -> Result<Self> {
        let attached = Self::of(session, table)?;
        attached.drop_from(session, |_| true)?;
        Ok(attached)
    }

    /// Drops the triggers of `table`. Its indexes stay until it is dropped, so that their pages are not
    /// used again before that and need not be kept for a rollback; [`Session::rename_indexes_away`]
    /// frees their names.
    pub(in crate::perform) fn take_triggers_off(
        session: &Session<'_>,
        table: &str,
    ) -> Result<Self> {
        let attached = Self::of(session, table)?;
        attached.drop_from(session, |object| object.kind == "trigger")?;
        Ok(attached)
    }

    fn of(session: &Session<'_>, table: &str) -> Result<Self> {
        let statistics = Statistics::of(session.connection, table)?;
        let mut objects = read(session.connection, "main", table)?;
        objects.extend(read(session.connection, "temp", table)?);
        Ok(Self { objects, statistics })
    }

    fn drop_from(&self, session: &Session<'_>, which: impl Fn(&Object) -> bool) -> Result {
        for object in self.objects.iter().filter(|object| which(object)) {
            let Object { kind, name, schema, .. } = object;
            session.run(&format!("DROP {kind} {schema}.{}", quote(name)))?;
        }
        Ok(())
    }

    /// Makes everything again, with the texts it had.
    pub(in crate::perform) fn put_back(self, session: &Session<'_>) -> Result {
        let _as_written = Configured::new(session.connection, &AS_WRITTEN)?;
        for object in self.objects {
            let sql = in_schema(&object.sql, object.schema);
            let made = session.run(&sql);
            made.map_err(|refusal| session.with_duplicates(refusal, &sql))?;
        }
        Ok(self.statistics.put_back(session.connection)?)
    }
}

impl Attached {
    /// Makes the triggers again; the indexes are there already.
    pub(in crate::perform) fn put_triggers_back(mut self, session: &Session<'_>) -> Result {
        self.objects.retain(|object| object.kind == "trigger");
        self.put_back(session)
    }
}

fn read(
    connection: &Connection,
    schema: &'static str,
    table: &str,
) -> rusqlite::Result<Vec<Object>> {
    let mut statement = connection.prepare(&format!(
        "SELECT type, name, sql FROM {schema}.sqlite_schema \
         WHERE type IN ('index', 'trigger') AND sql IS NOT NULL \
         AND tbl_name = ?1 COLLATE NOCASE ORDER BY rowid"
    ))?;
    let objects = statement.query_map([table], |row| {
        Ok(Object { kind: row.get(0)?, name: row.get(1)?, sql: row.get(2)?, schema })
    })?;
    let mut found = objects.collect::<rusqlite::Result<Vec<_>>>()?;
    if schema == "temp" {
        let shadowed = connection.query_row(
            "SELECT EXISTS (SELECT 1 FROM temp.sqlite_schema WHERE type IN ('table', 'view') \
             AND name = ?1 COLLATE NOCASE)",
            [table],
            |row| row.get(0),
        )?;
        found.retain(|object| object.kind == "trigger" && is_on_main(&object.sql, shadowed));
    }
    Ok(found)
}

/// Whether a temporary trigger watches a table of `main`; `shadowed` says that without a schema its
/// name means a temporary one.
fn is_on_main(trigger: &str, shadowed: bool) -> bool {
    sql::statement(trigger, |statement| match statement {
        Stmt::CreateTrigger { tbl_name, .. } => match &tbl_name.db_name {
            Some(schema) => name::same(&name::unquote(schema.0), "main"),
            None => !shadowed,
        },
        _ => false,
    })
    .unwrap_or(false)
}

/// The text of a CREATE statement with its object put into `schema` by name.
pub(in crate::perform) fn in_schema(create: &str, schema: &str) -> String {
    let tokens = sql::tokens(create).unwrap_or_default();
    let kind = tokens.iter().position(|token| {
        matches!(
            token.kind,
            TokenType::TK_TABLE | TokenType::TK_INDEX | TokenType::TK_TRIGGER | TokenType::TK_VIEW
        )
    });
    match kind.and_then(|kind| tokens.get(kind + 1)) {
        Some(name) => {
            let (before, after) = create.split_at(name.span.start);
            let blank = if before.ends_with(char::is_whitespace) { "" } else { " " };
            format!("{before}{blank}{schema}.{after}")
        }
        None => create.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_put_into_its_schema_by_name() {
        assert_eq!(in_schema("CREATE TABLE t(a)", "main"), "CREATE TABLE main.t(a)");
        assert_eq!(in_schema("CREATE TABLE\"t\"(a)", "main"), "CREATE TABLE main.\"t\"(a)");
        assert_eq!(
            in_schema("CREATE UNIQUE INDEX \"table\" ON t(a)", "main"),
            "CREATE UNIQUE INDEX main.\"table\" ON t(a)"
        );
    }
}
