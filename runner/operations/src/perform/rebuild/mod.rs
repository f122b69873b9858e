//! Rebuilds a table in another shape.
//!
//! The old table is set aside under a name that is free, and an empty one is made under the table's own
//! name, from its text with the change in it, with all its indexes and triggers. Further changes of the
//! table are made on the empty one and cost nothing; the rows are moved once, at the end. Setting the
//! old table aside with `legacy_alter_table` on and foreign keys not enforced leaves every reference,
//! view and trigger elsewhere pointing to the table's name
//! (<https://sqlite.org/lang_altertable.html#altertabrename>).

pub(super) mod backfill;
pub(super) mod copy_rows;
pub(super) mod lookahead;
pub(super) mod shared_pass;
pub(super) mod unfit_rows;

use crate::perform::connection_settings::{AS_WRITTEN, Configured};
use crate::perform::session::{Result, RowsOf, Session};
use crate::perform::verify::attached::{Attached, in_schema};
use crate::schema::Table;
use crate::schema::name::{quote, same};

/// A table whose rows are still set aside.
#[derive(Debug)]
pub(in crate::perform) struct MovedTable {
    /// The table's name.
    pub(in crate::perform) table: String,
    /// The name that it had when its rows were set aside, which expressions over them use.
    pub(in crate::perform) called: String,
    /// Where its rows are.
    pub(in crate::perform) aside: String,
    /// The source of each of its columns.
    pub(in crate::perform) columns: Vec<Filled>,
}

/// A column, and the source of its values when the rows are moved.
#[derive(Debug, Clone)]
pub(in crate::perform) struct Filled {
    pub(in crate::perform) name: String,
    pub(in crate::perform) source: Source,
}

/// Where the values of a column come from.
#[derive(Debug, Clone)]
pub(in crate::perform) enum Source {
    /// The column of this name in the table that was set aside.
    Column(String),
    /// That column, with values that are converted: to another type or collation.
    Converted(String),
    /// An expression over the row that was set aside.
    Expression(String),
    /// The column's default.
    Default,
}

impl Source {
    /// The value in SQL, over a row that was set aside and is `called` so; `None`: SQLite computes it.
    pub(in crate::perform) fn value(&self, called: &str) -> Option<String> {
        match self {
            Self::Column(name) | Self::Converted(name) => {
                Some(format!("{}.{}", quote(called), quote(name)))
            }
            Self::Expression(text) => Some(format!("(\n{text}\n)")),
            Self::Default => None,
        }
    }
}

impl MovedTable {
    /// What the column `name` gets.
    pub(in crate::perform) fn filled(&mut self, name: &str) -> Option<&mut Filled> {
        self.columns.iter_mut().find(|filled| same(&filled.name, name))
    }

    /// Whether an expression that mentions `name` means the same before and after the move.
    pub(in crate::perform) fn is_untouched(&self, name: &str) -> bool {
        self.columns.iter().any(|filled| {
            same(&filled.name, name)
                && matches!(&filled.source, Source::Column(old) if same(old, name))
        })
    }
}

impl Session<'_> {
    /// Where the rows of `table` are, if they were set aside.
    pub(in crate::perform) fn moved_as(&self, table: &str) -> Option<&MovedTable> {
        self.moved.iter().find(|moved| same(&moved.table, table))
    }

    pub(in crate::perform) fn moved_as_mut(&mut self, table: &str) -> Option<&mut MovedTable> {
        self.moved.iter_mut().find(|moved| same(&moved.table, table))
    }

    /// Rebuilds `table` from `text`; its rows are moved at the end of the session.
    ///
    /// # Errors
    /// Foreign keys are enforced; SQLite does not take `text`, or an index or trigger on it.
    pub(in crate::perform) fn rebuild(&mut self, table: &Table, text: &str) -> Result {
        // Enforced keys would delete the rows of children by ON DELETE when the old table is dropped.
        self.require_unenforced()?;
        let attached = if self.moved_as(&table.name).is_some() {
            // Its rows are aside already, so what is dropped here is empty.
            let attached = Attached::take_off(self, &table.name)?;
            self.run(&format!("DROP TABLE main.{}", quote(&table.name)))?;
            attached
        } else {
            // Triggers first: ALTER TABLE RENAME would take them along. The old table keeps its
            // indexes until its rows are copied, and only their names must be free for the new ones.
            let attached = Attached::take_triggers_off(self, &table.name)?;
            self.rename_indexes_away(&table.name)?;
            let moved = self.set_aside(table)?;
            self.moved.push(moved);
            attached
        };
        {
            let _as_written = Configured::new(self.connection, &AS_WRITTEN)?;
            self.run(&in_schema(text, "main"))?;
        }
        // Now, and not after the rows: an index or a trigger that does not fit the new shape is refused
        // before any row was copied.
        attached.put_back(self)
    }

    fn set_aside(&self, table: &Table) -> Result<MovedTable> {
        self.unqualify(table)?;
        let aside = match &self.rows {
            RowsOf::Moved => self.free_name()?,
            RowsOf::Left { aside } => aside.clone(),
        };
        let _legacy = Configured::new(self.connection, &AS_WRITTEN)?;
        self.run(&format!("ALTER TABLE main.{} RENAME TO {aside}", quote(&table.name)))?;
        let columns = table
            .columns
            .iter()
            .filter(|column| column.generated().is_none())
            .map(|column| Filled {
                name: column.name.clone(),
                source: Source::Column(column.name.clone()),
            })
            .collect();
        let name = table.name.clone();
        Ok(MovedTable { table: name.clone(), called: name, aside, columns })
    }
}

#[cfg(test)]
mod tests {
    use crate::operation::{Column, Operation};
    use migration_api::Migrator;

    fn open(sql: &str) -> rusqlite::Connection {
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        connection.execute_batch(sql).unwrap();
        connection
    }

    #[test]
    fn however_many_changes_a_table_gets_its_rows_are_moved_once() {
        let connection = open(
            "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT UNIQUE, b TEXT, c);
             CREATE INDEX i ON t (b); CREATE VIEW v AS SELECT a, b FROM t;
             INSERT INTO t VALUES (1, 'x', '2', 3), (7, 'y', '5', 6);",
        );
        let before = connection.total_changes();
        Migrator::new(&connection)
            .run([
                Operation::alter_column_type("t", "b", "INTEGER"),
                Operation::rename_column("t", "b", "n"),
                Operation::add_column("t", Column::integer("d").not_null().backfill("c * 10")),
                Operation::set_not_null("t", "n"),
                Operation::drop_column("t", "c"),
                Operation::reorder_columns("t", ["d"]),
                Operation::rename_table("t", "u"),
            ])
            .unwrap();
        // Two rows; what SQLite writes into its own tables does not count much.
        let text: String = connection
            .query_row("SELECT group_concat(d || a || typeof(n) || n || id) FROM u", [], |row| {
                row.get(0)
            })
            .unwrap();
        assert_eq!(text, "30xinteger21,60yinteger57");
        let schema_rows: i64 =
            connection.query_row("SELECT count(*) FROM v", [], |row| row.get(0)).unwrap();
        assert_eq!(schema_rows, 2);
        assert!(connection.total_changes() - before < 2 * 2 + 4);
    }

    #[test]
    fn an_expression_sees_what_earlier_changes_of_the_same_run_made() {
        let connection = open("CREATE TABLE t (a TEXT); INSERT INTO t VALUES ('07')");
        Migrator::new(&connection)
            .run([
                Operation::alter_column_type("t", "a", "INTEGER"),
                Operation::add_column("t", Column::text("b").backfill("typeof(a)")),
                Operation::add_column(
                    "t",
                    Column::integer("c").backfill("(SELECT max(x.a) FROM t AS x) + t.a"),
                ),
            ])
            .unwrap();
        let row: (i64, String, i64) = connection
            .query_row("SELECT a, b, c FROM t", [], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })
            .unwrap();
        assert_eq!(row, (7, "integer".to_owned(), 14));
        let left: i64 = connection
            .query_row("SELECT count(*) FROM sqlite_temp_schema", [], |row| row.get(0))
            .unwrap();
        assert_eq!(left, 0);
    }

    #[test]
    fn no_on_conflict_of_a_table_leaves_a_row_out() {
        let connection = open(
            "CREATE TABLE t (a TEXT UNIQUE ON CONFLICT IGNORE, b);
             INSERT INTO t VALUES ('1', 1), ('01', 2);",
        );
        let mut migrator = Migrator::new(&connection);
        let error = migrator.alter_column_type("t", "a", "INTEGER").unwrap_err();
        assert!(format!("{:?}", error.source()).contains("UNIQUE constraint failed"), "{error:?}");
        let rows: i64 =
            connection.query_row("SELECT count(*) FROM t", [], |row| row.get(0)).unwrap();
        assert_eq!(rows, 2);
    }

    #[test]
    fn a_table_that_calls_itself_by_name_in_a_check_keeps_doing_so() {
        let connection = open("CREATE TABLE t (a INT CHECK (t.a > 0), b UNIQUE)");
        Migrator::new(&connection).drop_column("t", "b").unwrap();
        let sql: String =
            connection.query_row("SELECT sql FROM sqlite_schema", [], |row| row.get(0)).unwrap();
        assert_eq!(sql, "CREATE TABLE t (a INT CHECK (t.a > 0))");
        connection.execute_batch("INSERT INTO t VALUES (0)").unwrap_err();
    }
}
