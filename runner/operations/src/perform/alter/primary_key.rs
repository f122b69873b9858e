//! Sets, replaces or removes a primary key.

use crate::operation::PrimaryKey;
use crate::operation::sql::{Quoted, QuotedList};
use crate::perform::alter::tables::{require_same_rowids, reread};
use crate::perform::session::{Result, Session, find_column, find_table};
use crate::schema::{Column, ConstraintKind, Draft, Table, same_names};

impl Session<'_> {
    pub(in crate::perform) fn set_primary_key(&mut self, table: &str, key: &PrimaryKey) -> Result {
        let schema = self.schema()?;
        let table = find_table(&schema, table)?;
        for column in &key.columns {
            find_column(table, column)?;
        }
        let old: Vec<_> = table.primary_key().into_iter().map(|key| key.name).collect();
        let autoincrement = key
            .autoincrement
            .unwrap_or_else(|| table.is_autoincrement() && same_names(&old, &key.columns));
        let mut bare = table.clone();
        while let Some(next) = without_primary_key(&bare)? {
            bare = next;
        }
        let mut draft = Draft::of(&bare);
        match (key.columns.as_slice(), &key.name) {
            ([], _) => {}
            ([only], None) => {
                let words = if autoincrement { " AUTOINCREMENT" } else { "" };
                draft.add_clause(find_column(&bare, only)?, &format!("PRIMARY KEY{words}"));
            }
            (columns, name) => {
                let name = name
                    .as_ref()
                    .map_or(String::new(), |name| format!("CONSTRAINT {} ", Quoted(name)));
                let list = match columns {
                    [only] if autoincrement => format!("({} AUTOINCREMENT)", Quoted(only)),
                    columns => QuotedList(columns).to_string(),
                };
                draft.add_constraint(&format!("{name}PRIMARY KEY {list}"));
            }
        }
        let changed = reread(draft, &table.name)?;
        require_same_rowids(&schema, table, &changed)?;
        self.rebuild(table, &changed.sql)
    }
}

fn without_primary_key(table: &Table) -> Result<Option<Table>> {
    let mut draft = Draft::of(table);
    if let Some(clause) = table.columns.iter().find_map(Column::primary_key) {
        draft.remove_clause(clause);
        return reread(draft, &table.name).map(Some);
    }
    let at_table = table
        .constraints
        .iter()
        .position(|constraint| matches!(constraint.kind, ConstraintKind::PrimaryKey { .. }));
    match at_table {
        Some(position) => {
            draft.remove_constraint(position);
            reread(draft, &table.name).map(Some)
        }
        None => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use crate::operation::PrimaryKey;
    use migration_api::Migrator;

    #[test]
    fn a_null_does_not_silently_become_a_number() {
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        connection
            .execute_batch("CREATE TABLE t (id INTEGER, b); INSERT INTO t VALUES (NULL, 1), (4, 2)")
            .unwrap();
        let mut migrator = Migrator::new(&connection);
        migrator.set_primary_key("t", PrimaryKey::new(["id"])).unwrap_err();
        connection.execute_batch("UPDATE t SET id = 3 WHERE id IS NULL").unwrap();
        migrator.set_primary_key("t", PrimaryKey::new(["id"]).autoincrement(true)).unwrap();
        connection.execute_batch("DELETE FROM t; INSERT INTO t (b) VALUES (3)").unwrap();
        let id: i64 = connection.query_row("SELECT id FROM t", [], |row| row.get(0)).unwrap();
        assert_eq!(id, 5);
    }
}
