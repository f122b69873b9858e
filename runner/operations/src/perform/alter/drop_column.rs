//! Drops a column.

use sqlite3_parser::ast::{Stmt, TriggerEvent};

use crate::operation::Need;
use crate::operation::{Kind, Refusal};
use crate::perform::alter::tables::{require_no_content, reread};
use crate::perform::connection_settings::{Configured, SCHEMA_WRITABLE};
use crate::perform::new_names::hides_rowid;
use crate::perform::session::{Result, Session, find_column, find_table};
use crate::schema::name::{quote, same, unquote};
use crate::schema::{Column, Draft, Schema, Table, sql};

impl Session<'_> {
    pub(in crate::perform) fn drop_column(
        &mut self,
        table: &str,
        column: &str,
        cascade: bool,
    ) -> Result {
        let schema = self.schema()?;
        let table = find_table(&schema, table)?;
        let column = find_column(table, column)?;
        require_another(table, column)?;
        require_no_content(&schema, &table.name, Some(&column.name))?;
        refuse_if(table, column, self.needed_by_others(&schema, table, column))?;
        if !cascade {
            refuse_if(table, column, built_on(table, column))?;
        }
        // First: DROP COLUMN refuses while an index has the column, and a rebuild would make the index again.
        for index in table.indexes.iter().filter(|index| !index.is_automatic()) {
            if index.mentions(&column.name) {
                self.run(&format!("DROP INDEX main.{}", quote(&index.name)))?;
            }
        }
        let rest = without(table, column)?;
        // Where the rows are set aside already, or will be, the table to be rebuilt is empty and costs nothing.
        if self.moved_as(&table.name).is_none()
            && drops_in_place(table, column)
            && !self.will_be_rebuilt(&rest)?
        {
            return self.drop_in_place(table, column, &rest.sql);
        }
        self.rebuild(table, &rest.sql)?;
        if let Some(moved) = self.moved_as_mut(&table.name) {
            moved.columns.retain(|filled| !same(&filled.name, &column.name));
        }
        Ok(())
    }

    /// What uses the column and is not dropped with it.
    fn needed_by_others(&self, schema: &Schema, table: &Table, column: &Column) -> Vec<Need> {
        let mut by = Vec::new();
        for other in table.columns.iter().filter(|other| other.name != column.name) {
            if other.generated().is_some_and(|(expression, _)| expression.mentions(&column.name)) {
                by.push(Need::GeneratedColumn { column: other.name.clone() });
            }
            if other.checks().any(|check| check.mentions(&column.name)) {
                by.push(Need::Check { column: other.name.clone() });
            }
        }
        let key = table.primary_key();
        for child in &schema.tables {
            for reference in child.foreign_keys().filter(|key| same(&key.parent, &table.name)) {
                let own = child.name == table.name
                    && reference.columns.iter().all(|pointing| same(pointing, &column.name));
                let points = if reference.parent_columns.is_empty() {
                    key.iter().any(|key| same(&key.name, &column.name))
                } else {
                    reference.parent_columns.iter().any(|parent| same(parent, &column.name))
                };
                if points && !own && !self.will_lose_key(child, reference) {
                    by.push(Need::ForeignKey { child: child.name.clone() });
                }
            }
        }
        for trigger in schema.triggers_on(&table.name) {
            if watches(&trigger.sql, &column.name) {
                by.push(Need::object(Kind::Trigger, &trigger.name));
            }
        }
        by
    }

    /// SQLite's DROP COLUMN rewrites each row; afterwards the text gets back the comments that were
    /// lost. The session checks views and triggers, so that one that was broken before does not stop
    /// this.
    fn drop_in_place(&self, table: &Table, column: &Column, text: &str) -> Result {
        self.keeping_spelling(|| {
            // With the schema writable, SQLite lets be what it cannot read.
            let _lenient = Configured::new(self.connection, &SCHEMA_WRITABLE)?;
            self.run(&format!(
                "ALTER TABLE main.{} DROP COLUMN {}",
                quote(&table.name),
                quote(&column.name)
            ))
        })?;
        let now: String = self.ask(
            "SELECT sql FROM main.sqlite_schema WHERE type = 'table' AND name = ?1",
            [&table.name],
        )?;
        if now == text { Ok(()) } else { self.rewrite(table, text) }
    }
}

/// Whether SQLite's own DROP COLUMN can do it
/// (<https://sqlite.org/lang_altertable.html#altertabdropcol>).
pub(in crate::perform) fn drops_in_place(table: &Table, column: &Column) -> bool {
    // SQLite takes no name of the rowid there, even where it is a column's own.
    !hides_rowid(table, &column.name)
        && column.unique().is_none()
        && column.primary_key().is_none()
        && table.constraints.iter().all(|constraint| !constraint.mentions(&column.name))
}

/// Refuses to leave a table without a column that holds values.
fn require_another(table: &Table, column: &Column) -> Result {
    let mut others = table.columns.iter().filter(|other| other.name != column.name);
    if others.any(|other| other.generated().is_none()) {
        return Ok(());
    }
    let (name, column) = (table.name.clone(), column.name.clone());
    Err(match table.columns.len() {
        1 => Refusal::OnlyColumn { table: name, column },
        _ => Refusal::OnlyOwnColumn { table: name, column },
    })
}

fn refuse_if(table: &Table, column: &Column, by: Vec<Need>) -> Result {
    if by.is_empty() {
        return Ok(());
    }
    Err(Refusal::Needed { what: format!("column `{}` of `{}`", column.name, table.name), by })
}

/// Whether a trigger is for UPDATE OF this column. SQLite accepts one whose column does not exist.
fn watches(trigger: &str, column: &str) -> bool {
    sql::statement(trigger, |statement| match statement {
        Stmt::CreateTrigger { event: TriggerEvent::UpdateOf(columns), .. } => {
            columns.iter().any(|watched| same(&unquote(watched.0), column))
        }
        _ => false,
    })
    .unwrap_or(false)
}

/// What uses the column and can be dropped with it.
fn built_on(table: &Table, column: &Column) -> Vec<Need> {
    let mut by = Vec::new();
    if column.primary_key().is_some() {
        by.push(Need::PrimaryKey);
    }
    let constraints = table.constraints.iter().filter(|c| c.mentions(&column.name));
    by.extend(constraints.map(|constraint| Need::Constraint { title: constraint.title() }));
    let indexes = table.indexes.iter().filter(|index| !index.is_automatic());
    by.extend(
        indexes
            .filter(|index| index.mentions(&column.name))
            .map(|index| Need::object(Kind::Index, &index.name)),
    );
    by
}

/// `table` without the column, and without the table constraints that are about it.
fn without(table: &Table, column: &Column) -> Result<Table> {
    let mut rest = table.clone();
    while let Some(position) = rest.constraints.iter().position(|c| c.mentions(&column.name)) {
        let mut draft = Draft::of(&rest);
        draft.remove_constraint(position);
        rest = reread(draft, &table.name)?;
    }
    let mut draft = Draft::of(&rest);
    if let Some(position) = rest.position(&column.name) {
        draft.remove_column(position);
    }
    reread(draft, &table.name)
}

#[cfg(test)]
mod tests {
    use migration_api::Migrator;

    #[test]
    fn the_comments_of_other_columns_stay_when_sqlite_drops_one_by_itself() {
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        connection
            .execute_batch(
                "CREATE TABLE t (\n  a INT, -- gone\n  -- about b\n  b INT, -- b\n  c INT\n);
                 INSERT INTO t VALUES (1, 2, 3);",
            )
            .unwrap();
        Migrator::new(&connection).drop_column("t", "a").unwrap();
        let (sql, b): (String, i64) = connection
            .query_row("SELECT sql, (SELECT b FROM t) FROM sqlite_schema", [], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .unwrap();
        assert_eq!(sql, "CREATE TABLE t (\n  -- about b\n  b INT, -- b\n  c INT\n)");
        assert_eq!(b, 2);
    }

    #[test]
    fn a_view_that_was_broken_before_does_not_stop_it() {
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        connection
            .execute_batch(
                "CREATE TABLE gone (x); CREATE VIEW broken AS SELECT x FROM gone; DROP TABLE gone;
                 CREATE TABLE t (a, b); CREATE VIEW v AS SELECT \"b\" FROM t;",
            )
            .unwrap();
        let mut migrator = Migrator::new(&connection);
        migrator.drop_column("t", "a").unwrap();
        migrator.add_column("t", crate::operation::Column::text("c")).unwrap();
        // A name in double quotes must not turn into a string.
        migrator.drop_column("t", "b").unwrap_err();
    }
}
