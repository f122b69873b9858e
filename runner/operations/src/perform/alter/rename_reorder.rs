//! The names of columns, and their order.

use crate::operation::Refusal;
use crate::perform::alter::tables::require_no_content;
use crate::perform::connection_settings::{Configured, EVERYWHERE};
use crate::perform::new_names::require_visible_rowid;
use crate::perform::session::{Result, Session, find_column, find_table};
use crate::schema::name::{quote, same};
use crate::schema::{Column, Draft, Table};

impl Session<'_> {
    pub(in crate::perform) fn rename_column(
        &mut self,
        table: &str,
        column: &str,
        to: &str,
    ) -> Result {
        let schema = self.schema()?;
        let table = find_table(&schema, table)?;
        let column = find_column(table, column)?;
        if let Some(taken) = table.column(to).filter(|taken| taken.name != column.name) {
            return Err(Refusal::DuplicateColumn {
                table: table.name.clone(),
                column: taken.name.clone(),
            });
        }
        if column.name == to {
            return Ok(());
        }
        if !same(&column.name, to) {
            require_visible_rowid(table, to)?;
            require_no_content(&schema, &table.name, Some(&column.name))?;
        }
        self.rename_in_place(table, column, to)?;
        let moved = self.moved_as_mut(&table.name);
        if let Some(filled) = moved.and_then(|moved| moved.filled(&column.name)) {
            to.clone_into(&mut filled.name);
        }
        Ok(())
    }

    /// SQLite's own RENAME COLUMN (<https://sqlite.org/lang_altertable.html#altertabrename>).
    ///
    /// As of 3.54 it misses the name in a UNIQUE behind an INTEGER PRIMARY KEY of a table WITHOUT
    /// ROWID, and then refuses. There INT means the same, so for the moment that is what the text
    /// says.
    fn rename_in_place(&self, table: &Table, column: &Column, to: &str) -> Result {
        let is_key = matches!(&table.primary_key()[..], [key] if same(&key.name, &column.name));
        let missed = table.without_rowid && is_key && same(&column.declared_type, "INTEGER");
        if missed {
            let mut draft = Draft::of(table);
            draft.set_type(column, "INT");
            self.rewrite(table, &draft.finish())?;
        }
        self.keeping_spelling(|| {
            let _everywhere = Configured::new(self.connection, &EVERYWHERE)?;
            self.run(&format!(
                "ALTER TABLE main.{} RENAME COLUMN {} TO {}",
                quote(&table.name),
                quote(&column.name),
                quote(to)
            ))
        })?;
        if missed {
            let schema = self.schema()?;
            let renamed = find_table(&schema, &table.name)?;
            let mut draft = Draft::of(renamed);
            draft.set_type(find_column(renamed, to)?, &column.declared_type);
            self.rewrite(renamed, &draft.finish())?;
        }
        Ok(())
    }

    pub(in crate::perform) fn reorder_columns(
        &mut self,
        table: &str,
        columns: &[String],
    ) -> Result {
        let schema = self.schema()?;
        let table = find_table(&schema, table)?;
        let mut order = Vec::new();
        for name in columns {
            find_column(table, name)?;
            let position = table.position(name).filter(|position| !order.contains(position));
            order.push(position.ok_or_else(|| Refusal::DuplicateColumn {
                table: table.name.clone(),
                column: name.clone(),
            })?);
        }
        let rest = (0..table.columns.len()).filter(|position| !order.contains(position));
        let order: Vec<usize> = order.iter().copied().chain(rest.collect::<Vec<_>>()).collect();
        if order.is_sorted() {
            return Ok(());
        }
        let mut draft = Draft::of(table);
        draft.reorder(&order);
        self.rebuild(table, &draft.finish())
    }
}

#[cfg(test)]
mod tests {
    use migration_api::Migrator;

    #[test]
    fn a_rename_does_not_respell_what_it_does_not_rename() {
        const VIEW: &str = "CREATE VIEW v AS SELECT b, \"a string\" AS s FROM u";
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        connection
            .execute_batch(&format!("CREATE TABLE t (a); CREATE TABLE u (b, c); {VIEW}"))
            .unwrap();
        let mut migrator = Migrator::new(&connection);
        migrator.rename_column("t", "a", "z").unwrap();
        migrator.drop_column("u", "c").unwrap();
        let sql: String = connection
            .query_row("SELECT sql FROM sqlite_schema WHERE name = 'v'", [], |row| row.get(0))
            .unwrap();
        assert_eq!(sql, VIEW);
        connection.execute_batch("SELECT * FROM v").unwrap();
    }
}
