//! The clauses of a column: NOT NULL, DEFAULT, COLLATE.

use crate::operation::sql::DefaultValue;
use crate::operation::sql::Quoted;
use crate::operation::{KeyedTable, Refusal};
use crate::perform::rebuild::Source;
use crate::perform::rebuild::unfit_rows::Unfit;
use crate::perform::session::{Result, Session, find_column, find_table, refuse_generated};
use crate::perform::validate::parse;
use crate::schema::name::{quote, same};
use crate::schema::{Clause, ClauseKind, Column, Draft, Schema, Table};

impl Session<'_> {
    pub(in crate::perform) fn set_not_null(
        &mut self,
        table: &str,
        column: &str,
        fill: Option<&str>,
    ) -> Result {
        let schema = self.schema()?;
        let table = find_table(&schema, table)?;
        let column = find_column(table, column)?;
        if let Some(fill) = fill {
            refuse_generated(table, column, "fill")?;
            parse("fill", fill)?;
            self.resolve("fill", fill, &table.name)?;
        }
        if column.is_not_null() {
            return Ok(());
        }
        let mut draft = Draft::of(table);
        for clause in clauses(column, |kind| matches!(kind, ClauseKind::Null)) {
            draft.remove_clause(clause);
        }
        draft.add_clause(column, "NOT NULL");
        let text = draft.finish();
        if let Some(fill) = fill
            && (self.moved_as(&table.name).is_some() || self.has_null(table, column)?)
        {
            let filled = format!("coalesce({}, (\n{fill}\n))", quote(&column.name));
            let source = Source::Expression(self.over_old_row("fill", &filled, table)?);
            self.rebuild(table, &text)?;
            self.refill(table, column, source);
            return Ok(());
        }
        if self.moved_as(&table.name).is_none() && self.has_null(table, column)? {
            let from = format!("main.{}", quote(&table.name));
            let is_null = format!("{} IS NULL", quote(&column.name));
            let Unfit { rows, count } = self.rows_where(table, &from, &is_null);
            let (table, column) = (table.name.clone(), column.name.clone());
            return Err(Refusal::NullsLeft { table, column, rows, count });
        }
        self.rewrite(table, &text)
    }

    pub(in crate::perform) fn has_null(&self, table: &Table, column: &Column) -> Result<bool> {
        self.ask(
            &format!(
                "SELECT EXISTS (SELECT 1 FROM main.{} WHERE {} IS NULL)",
                quote(&table.name),
                quote(&column.name)
            ),
            [],
        )
    }

    pub(in crate::perform) fn drop_not_null(&mut self, table: &str, column: &str) -> Result {
        let schema = self.schema()?;
        let table = find_table(&schema, table)?;
        let column = find_column(table, column)?;
        require_null_allowed(table, column)?;
        if !column.is_not_null() {
            return Ok(());
        }
        let mut draft = Draft::of(table);
        for clause in clauses(column, |kind| matches!(kind, ClauseKind::NotNull(_))) {
            draft.remove_clause(clause);
        }
        self.rewrite(table, &draft.finish())
    }

    /// Sets or drops a default. Rows that are older than their column read the default from the schema,
    /// so all rows are rewritten, if there are any.
    pub(in crate::perform) fn set_default(
        &mut self,
        table: &str,
        column: &str,
        default: Option<&str>,
    ) -> Result {
        let schema = self.schema()?;
        let table = find_table(&schema, table)?;
        let column = find_column(table, column)?;
        let mut draft = Draft::of(table);
        let old: Vec<_> = clauses(column, |kind| matches!(kind, ClauseKind::Default(_))).collect();
        let last = old.len().saturating_sub(1);
        match default {
            None if old.is_empty() => return Ok(()),
            None => old.iter().for_each(|clause| draft.remove_clause(clause)),
            Some(text) => {
                require_default_used(table, column)?;
                parse("default", text)?;
                let clause = format!("DEFAULT {}", DefaultValue(text));
                match old.get(last) {
                    Some(old) => draft.replace_clause(old, &clause),
                    None => draft.add_clause(column, &clause),
                }
            }
        }
        let text = draft.finish();
        if self.has_rows(&table.name)? {
            self.keep_old_default(table, column)?;
            self.rebuild(table, &text)?;
        } else {
            self.rewrite(table, &text)?;
        }
        match default {
            Some(default) => self.resolve("default", default, &table.name),
            None => Ok(()),
        }
    }

    /// A column that was added in this session gets the default it had then.
    fn keep_old_default(&mut self, table: &Table, column: &Column) -> Result {
        let moved = self.moved_as_mut(&table.name);
        match moved.and_then(|moved| moved.filled(&column.name)) {
            Some(filled) if matches!(filled.source, Source::Default) => self.finish_rebuilds(),
            _ => Ok(()),
        }
    }

    pub(in crate::perform) fn set_collate(
        &mut self,
        table: &str,
        column: &str,
        collate: Option<&str>,
    ) -> Result {
        let schema = self.schema()?;
        let table = find_table(&schema, table)?;
        let column = find_column(table, column)?;
        if let Some(collation) = collate {
            self.check_collation(collation)?;
        }
        let same_as_before = match (column.collate(), collate) {
            (None, None) => true,
            (Some(old), Some(new)) => same(old, new),
            _ => false,
        };
        if same_as_before {
            return Ok(());
        }
        let mut draft = Draft::of(table);
        for clause in clauses(column, |kind| matches!(kind, ClauseKind::Collate(_))) {
            draft.remove_clause(clause);
        }
        if let Some(collation) = collate {
            draft.add_clause(column, &format!("COLLATE {}", Quoted(collation)));
        }
        let text = draft.finish();
        if is_compared(&schema, table, column) {
            self.rebuild(table, &text)?;
        } else {
            self.rewrite(table, &text)?;
        }
        // What is asked of the column later compares by the new collation.
        let moved = self.moved_as_mut(&table.name);
        if let Some(filled) = moved.and_then(|moved| moved.filled(&column.name))
            && let Source::Column(old) = &filled.source
        {
            filled.source = Source::Converted(old.clone());
        }
        Ok(())
    }
}

/// Refuses to allow NULL where SQLite would still refuse it.
fn require_null_allowed(table: &Table, column: &Column) -> Result {
    if !table.is_never_null_key(column) {
        return Ok(());
    }
    let keyed = if table.without_rowid { KeyedTable::WithoutRowid } else { KeyedTable::Strict };
    let (table, column) = (table.name.clone(), column.name.clone());
    Err(Refusal::KeyIsNotNull { table, column, keyed })
}

/// Refuses a default that SQLite would never use.
fn require_default_used(table: &Table, column: &Column) -> Result {
    match table.rowid_alias() {
        Some(alias) if alias.name == column.name => {
            let (table, column) = (table.name.clone(), column.name.clone());
            Err(Refusal::RowidHasNoDefault { table, column })
        }
        _ => Ok(()),
    }
}

fn clauses(column: &Column, is: impl Fn(&ClauseKind) -> bool) -> impl Iterator<Item = &Clause> {
    column.clauses.iter().filter(move |clause| is(&clause.kind))
}

/// Whether stored order, uniqueness, a check or a generated value may depend on how the column's
/// values compare.
fn is_compared(schema: &Schema, table: &Table, column: &Column) -> bool {
    let own = |name: &str| same(name, &column.name);
    table.checks().any(|check| check.mentions(&column.name))
        || table.columns.iter().any(|other| {
            other.generated().is_some_and(|(expression, _)| expression.mentions(&column.name))
        })
        || column.unique().is_some()
        || column.primary_key().is_some()
        || table.constraints.iter().any(|constraint| constraint.mentions(&column.name))
        || table.indexes.iter().any(|index| index.mentions(&column.name))
        || schema.tables.iter().flat_map(|table| table.foreign_keys()).any(|key| {
            same(&key.parent, &table.name) && key.parent_columns.iter().any(|name| own(name))
        })
}

#[cfg(test)]
mod tests {
    use crate::operation::Operation;
    use migration_api::Migrator;

    #[test]
    fn a_new_default_does_not_reach_rows_that_are_older_than_their_column() {
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        connection
            .execute_batch(
                "CREATE TABLE t (a); INSERT INTO t VALUES (1);
                 ALTER TABLE t ADD COLUMN b DEFAULT 5; ALTER TABLE t ADD COLUMN c;",
            )
            .unwrap();
        let mut migrator = Migrator::new(&connection);
        migrator.set_default("t", "b", 7).unwrap();
        migrator.set_default("t", "c", 8).unwrap();
        let row: (i64, Option<i64>) = connection
            .query_row("SELECT b, c FROM t", [], |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap();
        assert_eq!(row, (5, None));
    }

    #[test]
    fn a_fill_takes_the_place_of_nulls_alone() {
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        connection
            .execute_batch("CREATE TABLE t (a NULL, b); INSERT INTO t VALUES (1, 2), (NULL, 3)")
            .unwrap();
        Migrator::new(&connection).set_not_null_filling("t", "a", "b * 10").unwrap();
        let all: String = connection
            .query_row(
                "SELECT group_concat(a) || (SELECT sql FROM sqlite_schema) FROM t",
                [],
                |r| r.get(0),
            )
            .unwrap();
        assert_eq!(all, "1,30CREATE TABLE t (a NOT NULL, b)");
    }

    #[test]
    fn what_would_change_nothing_is_refused() {
        let keyed = "is of the key of `t`";
        for (table, operation, why) in [
            (
                "a TEXT NOT NULL PRIMARY KEY) WITHOUT ROWID",
                Operation::drop_not_null("t", "a"),
                keyed,
            ),
            ("a TEXT PRIMARY KEY) WITHOUT ROWID", Operation::drop_not_null("t", "a"), keyed),
            (
                "a, b NOT NULL, PRIMARY KEY (a, b)) WITHOUT ROWID",
                Operation::drop_not_null("t", "B"),
                keyed,
            ),
            ("a TEXT NOT NULL PRIMARY KEY) STRICT", Operation::drop_not_null("t", "a"), keyed),
            (
                "a INTEGER PRIMARY KEY)",
                Operation::set_default("t", "a", 5),
                "would never use a default",
            ),
        ] {
            let connection = rusqlite::Connection::open_in_memory().unwrap();
            connection.execute_batch(&format!("CREATE TABLE t ({table}")).unwrap();
            let error = Migrator::new(&connection).run([operation]).unwrap_err();
            let refusal = error.source().source().unwrap().to_string();
            assert!(refusal.contains(why), "{table}: {refusal}");
        }
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE t (a TEXT NOT NULL PRIMARY KEY)").unwrap();
        Migrator::new(&connection).drop_not_null("t", "a").unwrap();
        connection.execute_batch("INSERT INTO t VALUES (NULL)").unwrap();
    }
}
