//! Which tables belong to virtual tables (<https://sqlite.org/vtab.html#the_xshadowname_method>).
//!
//! To ask SQLite has it compile every view, each with all that it reads, and a run of operations reads the
//! schema again and again. So it is asked only where a table may be one, by its name, and is not yet known.

use std::cell::RefCell;
use std::collections::HashSet;

use rusqlite::Connection;

use super::Schema;
use super::virtual_table::VirtualTable;

thread_local! {
    /// Modules, each with an end of a name by which it knows a table as its own. SQLite's have a dozen.
    static KNOWN: RefCell<HashSet<(String, String)>> = RefCell::default();
}

/// How many are kept.
const MOST: usize = 1000;

/// Notes in `schema`, which was read on `connection`, which tables belong to virtual tables.
pub(super) fn note(connection: &Connection, schema: &mut Schema) -> rusqlite::Result<()> {
    let Schema { tables, virtual_tables, .. } = schema;
    let mut is_known = true;
    for table in &mut *tables {
        let owners = owners(&table.name, virtual_tables);
        table.shadow = KNOWN.with_borrow(|known| owners.iter().any(|owner| known.contains(owner)));
        is_known &= table.shadow || owners.is_empty();
    }
    if is_known {
        return Ok(());
    }
    let shadows: HashSet<String> = connection
        .prepare("SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'shadow'")?
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    for table in tables {
        table.shadow = shadows.contains(&table.name);
        if let (true, [owner]) = (table.shadow, owners(&table.name, virtual_tables).as_slice()) {
            KNOWN.with_borrow_mut(|known| known.len() < MOST && known.insert(owner.clone()));
        }
    }
    Ok(())
}

/// The modules of which a table of this name may be a shadow, each with the end of the name.
fn owners(name: &str, virtual_tables: &[VirtualTable]) -> Vec<(String, String)> {
    let lower = |text: &str| text.to_ascii_lowercase();
    let owner = |table: &VirtualTable| {
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
        let schema = Schema::read(&connection).unwrap();
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
        assert_eq!(Schema::read(&connection).unwrap().tables.len(), 7);
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
        for _ in 0..2 {
            let schema = Schema::read(&connection).unwrap();
            let shadow = |name: &str| schema.table(name).unwrap().shadow;
            assert!(shadow("Found_data") && !shadow("found_extra") && !shadow("foun_data"));
        }
    }
}
