//! Which tables belong to virtual tables (<https://sqlite.org/vtab.html#the_xshadowname_method>).
//!
//! To ask SQLite has it compile every view, each with all that it reads, and a run of operations looks at the
//! schema again and again. So it is asked only where a table may be one, by its name, and is not yet known.

use std::collections::HashSet;
use std::sync::Arc;

use rusqlite::Connection;

use super::table::Table;
use super::virtual_table::VirtualTable;

/// Modules, each with an end of a name by which it knows a table as its own. SQLite's have a dozen.
#[derive(Debug, Default)]
pub(super) struct Shadows(HashSet<(String, String)>);

impl Shadows {
    /// Notes in `tables` which of them belong to one of `virtual_tables`.
    pub(super) fn note(
        &mut self,
        connection: &Connection,
        tables: &mut [&mut Arc<Table>],
        virtual_tables: &[Arc<VirtualTable>],
    ) -> rusqlite::Result<()> {
        let mut is_known = true;
        for table in &mut *tables {
            let owners = owners(&table.name, virtual_tables);
            let shadow = owners.iter().any(|owner| self.0.contains(owner));
            mark(table, shadow);
            is_known &= shadow || owners.is_empty();
        }
        if is_known {
            return Ok(());
        }
        let shadows: HashSet<String> = connection
            .prepare(
                "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'shadow'",
            )?
            .query_map([], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        for table in tables {
            mark(table, shadows.contains(&table.name));
            if let (true, [owner]) = (table.shadow, owners(&table.name, virtual_tables).as_slice())
            {
                self.0.insert(owner.clone());
            }
        }
        Ok(())
    }
}

/// Makes another table of one that is shared only if it says otherwise.
fn mark(table: &mut Arc<Table>, shadow: bool) {
    if table.shadow != shadow {
        Arc::make_mut(table).shadow = shadow;
    }
}

/// The modules of which a table of this name may be a shadow, each with the end of the name.
fn owners(name: &str, virtual_tables: &[Arc<VirtualTable>]) -> Vec<(String, String)> {
    let lower = |text: &str| text.to_ascii_lowercase();
    let owner = |table: &Arc<VirtualTable>| {
        let (begin, end) = name.split_at_checked(table.name.len())?;
        let end = end.strip_prefix('_')?;
        begin.eq_ignore_ascii_case(&table.name).then(|| (lower(&table.module), lower(end)))
    };
    virtual_tables.iter().filter_map(owner).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use rusqlite::hooks::{AuthAction, AuthContext, Authorization};

    use super::*;
    use crate::schema::Catalog;

    /// How many columns SQLite has compiled the reading of, while the schema was read.
    fn columns_compiled(views: usize) -> usize {
        let mut connection = Connection::open_in_memory().unwrap();
        let chain: String = (1..=views)
            .map(|at| format!("CREATE VIEW v{at} AS SELECT a FROM v{};", at - 1))
            .collect();
        connection
            .execute_batch(&format!(
                "CREATE TABLE note (a); CREATE VIRTUAL TABLE found USING fts5 (a);
                 CREATE VIEW v0 AS SELECT a FROM note; {chain}"
            ))
            .unwrap();
        // What is known from the first reading stays known.
        let mut catalog = Catalog::default();
        let schema = catalog.refresh(&connection).unwrap();
        assert_eq!(schema.tables.iter().filter(|table| table.shadow).count(), 5);
        connection.execute_batch("CREATE TABLE more (a)").unwrap();
        let compiled = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&compiled);
        connection
            .authorizer(Some(move |context: AuthContext<'_>| {
                if let AuthAction::Read { .. } = context.action {
                    counted.fetch_add(1, Ordering::Relaxed);
                }
                Authorization::Allow
            }))
            .unwrap();
        assert_eq!(catalog.refresh(&connection).unwrap().tables.len(), 7);
        compiled.load(Ordering::Relaxed)
    }

    #[test]
    fn to_read_a_schema_again_compiles_no_view() {
        assert_eq!(columns_compiled(10), columns_compiled(80));
    }

    #[test]
    fn a_table_that_is_called_as_a_shadow_and_is_none_is_none() {
        let connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch(
                "CREATE VIRTUAL TABLE Found USING fts5 (a); CREATE TABLE found_extra (a);
                 CREATE TABLE foun_data (a)",
            )
            .unwrap();
        let mut catalog = Catalog::default();
        for _ in 0..2 {
            let schema = catalog.refresh(&connection).unwrap();
            let shadow = |name: &str| schema.table(name).unwrap().shadow;
            assert!(shadow("Found_data") && !shadow("found_extra") && !shadow("foun_data"));
        }
    }
}
