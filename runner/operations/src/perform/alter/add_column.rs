//! Adds a column.

use crate::operation::Refusal;
use crate::operation::{AddedColumn, Column, Place};
use crate::perform::alter::tables::{require_same_rowids, reread};
use crate::perform::new_names::require_visible_rowid;
use crate::perform::rebuild::{Filled, Source};
use crate::perform::session::{Result, Session, find_column, find_table};
use crate::perform::verify::attached::in_schema;
use crate::schema::name::{quote, same};
use crate::schema::{Draft, Schema, Table};

/// How a column is added to its table.
#[derive(Debug, PartialEq, Eq)]
enum Way {
    /// SQLite's own ADD COLUMN (<https://sqlite.org/lang_altertable.html#altertabaddcol>).
    Native,
    Rebuild,
}

impl Session<'_> {
    pub(in crate::perform) fn add_column(&mut self, table: &str, added: &AddedColumn) -> Result {
        let column = &added.column;
        let schema = self.schema()?;
        let found = find_table(&schema, table)?;
        if let Some(taken) = found.column(&column.name) {
            return Err(Refusal::DuplicateColumn {
                table: found.name.clone(),
                column: taken.name.clone(),
            });
        }
        require_visible_rowid(found, &column.name)?;
        self.parse_clauses(column)?;
        if column.generated.is_some() && added.backfill.is_some() {
            return Err(Refusal::IsGenerated {
                table: found.name.clone(),
                column: column.name.clone(),
                what: "backfill".into(),
            });
        }
        let has_rows = self.has_rows(&found.name)?;
        let is_null = column.default.as_deref().is_none_or(|text| same(text.trim(), "NULL"));
        if has_rows
            && column.not_null
            && is_null
            && added.backfill.is_none()
            && makes_no_value(column)
        {
            return Err(Refusal::NoValue {
                table: found.name.clone(),
                column: column.name.clone(),
            });
        }
        match way(added, has_rows) {
            Way::Native => {
                let sql = format!("ALTER TABLE main.{} ADD COLUMN {column}", quote(&found.name));
                self.run_about(&found.name, &sql)?;
                self.fill(&found.name, column, Source::Default);
            }
            Way::Rebuild => self.add_by_rebuild(&schema, found, added)?,
        }
        self.resolve_clauses(&found.name, column)
    }

    fn add_by_rebuild(&mut self, schema: &Schema, table: &Table, added: &AddedColumn) -> Result {
        let column = &added.column;
        let source = match &added.backfill {
            Some(text) => Source::Expression(self.over_old_row("backfill", text, table)?),
            None => Source::Default,
        };
        let mut draft = Draft::of(table);
        let definition = column.to_string();
        match &added.place {
            None => draft.add_column(&definition),
            Some(Place::After(other)) => {
                find_column(table, other)?;
                let position = table.position(other).map_or(table.columns.len(), |at| at + 1);
                draft.add_column_at(position, &definition);
            }
            Some(Place::Before(other)) => {
                find_column(table, other)?;
                let position = table.position(other).unwrap_or(table.columns.len());
                draft.add_column_at(position, &definition);
            }
        }
        let changed = reread(draft, &table.name)?;
        if added.backfill.is_some() {
            require_same_rowids(schema, table, &changed)?;
        }
        let is_rowid = changed.rowid_alias().is_some_and(|alias| same(&alias.name, &column.name));
        self.rebuild(table, &changed.sql)?;
        let source = match source {
            Source::Default if is_rowid => self.own_rowid(&table.name)?,
            source => source,
        };
        self.fill(&table.name, column, source);
        Ok(())
    }

    /// A column that is a new name for the rowid: rows keep the rowid that they have. Rows that had
    /// none before this run get one from SQLite.
    fn own_rowid(&self, table: &str) -> Result<Source> {
        let Some(moved) = self.moved_as(table) else { return Ok(Source::Default) };
        let rowid = self.set_aside_as(moved)?.rowid_name();
        Ok(rowid.map_or(Source::Default, |name| Source::Expression(name.to_owned())))
    }

    fn fill(&mut self, table: &str, column: &Column, source: Source) {
        let generated = column.generated.is_some();
        if let Some(moved) = self.moved_as_mut(table).filter(|_| !generated) {
            moved.columns.push(Filled { name: column.name.clone(), source });
        }
    }
}

fn makes_no_value(column: &Column) -> bool {
    column.generated.is_none() && column.primary_key.is_none()
}

fn way(added: &AddedColumn, has_rows: bool) -> Way {
    if is_rebuilt(added, has_rows) { Way::Rebuild } else { Way::Native }
}

/// Whether SQLite's own ADD COLUMN cannot do it.
pub(in crate::perform) fn is_rebuilt(added: &AddedColumn, has_rows: bool) -> bool {
    let column = &added.column;
    let stored = column
        .generated
        .as_ref()
        .is_some_and(|generated| generated.storage == crate::operation::Storage::Stored);
    added.place.is_some()
        || added.backfill.is_some()
        || column.unique
        || column.primary_key.is_some()
        || (has_rows && (stored || !has_constant_default(column)))
}

/// Whether the default is the same for every row, whenever it is evaluated. In doubt it is not.
fn has_constant_default(column: &Column) -> bool {
    let text = in_schema(&format!("CREATE TABLE x({column})"), "main");
    let Ok(table) = Table::parse(&text) else { return false };
    table.columns[0].default().is_none_or(|default| {
        let upper = default.to_ascii_uppercase();
        !upper.starts_with('(') && !upper.starts_with("CURRENT_")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operation::{Operation, PrimaryKey, TableOptions};
    use migration_api::Migrator;

    #[test]
    fn sqlite_adds_what_it_can_and_the_rest_is_a_rebuild() {
        let plain = |column: Column, has_rows| way(&AddedColumn::from(column), has_rows);
        let text = Column::text("a");
        assert_eq!(plain(text.clone().default("it's (a)"), true), Way::Native);
        assert_eq!(plain(text.clone().generated("upper(b)"), true), Way::Native);
        assert_eq!(plain(text.clone().default_sql("CURRENT_DATE"), false), Way::Native);
        assert_eq!(plain(text.clone().default_sql("CURRENT_DATE"), true), Way::Rebuild);
        assert_eq!(plain(text.clone().default_sql("hex(1)"), true), Way::Rebuild);
        assert_eq!(plain(text.clone().unique(), false), Way::Rebuild);
        assert_eq!(plain(text.clone().generated("b").stored(), true), Way::Rebuild);
        assert_eq!(way(&text.after("b"), false), Way::Rebuild);
    }

    #[test]
    fn a_new_integer_key_takes_the_rowids_that_are_there() {
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        connection
            .execute_batch("CREATE TABLE t (a); INSERT INTO t (rowid, a) VALUES (5, 1), (9, 2)")
            .unwrap();
        Migrator::new(&connection).add_column("t", Column::integer("id").primary_key()).unwrap();
        let ids: String = connection
            .query_row("SELECT group_concat(id || a) FROM t", [], |row| row.get(0))
            .unwrap();
        assert_eq!(ids, "51,92");
    }

    #[test]
    fn a_new_integer_key_numbers_rows_that_had_no_rowid_before_the_run() {
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        let text =
            "CREATE TABLE t (a PRIMARY KEY) WITHOUT ROWID; INSERT INTO t VALUES ('x'), ('y')";
        connection.execute_batch(text).unwrap();
        let with_rowids = TableOptions::new().without_rowid(false);
        let operations = [
            Operation::set_table_options("t", with_rowids),
            Operation::set_primary_key("t", PrimaryKey::none()),
            Operation::add_column("t", Column::integer("id").primary_key()),
        ];
        Migrator::new(&connection).run(operations).unwrap();
        let ids: String = connection
            .query_row("SELECT group_concat(id || a) FROM t", [], |row| row.get(0))
            .unwrap();
        assert_eq!(ids, "1x,2y");
    }
}
