//! Checks the new names in operations.

use super::session::Result;
use crate::operation::Refusal;
use crate::operation::{Column, Constraint, Exhaustive, Operation};
use crate::schema::name::same;
use crate::schema::{ROWID, Table};

/// Refuses an empty new name. SQLite accepts it, and no SQL can name it afterwards.
pub(super) fn require_names(operation: &Operation) -> Result {
    let empty = new_names(operation).into_iter().find(|(_, name)| name.is_empty());
    match empty {
        Some((what, _)) => Err(Refusal::EmptyName { what: what.into() }),
        None => Ok(()),
    }
}

/// The new names in `operation`, and what gets them.
fn new_names(operation: &Operation) -> Vec<(&'static str, &str)> {
    let constraint = |name: &Option<String>| match name {
        Some(name) if name.is_empty() => vec![("a constraint", "")],
        _ => Vec::new(),
    };
    match operation.exhaustive() {
        Exhaustive::CreateTable(table) => {
            let mut names = vec![("a table", table.name.as_str())];
            names.extend(table.columns.iter().flat_map(of_column));
            let own = table.constraints.iter().map(Constraint::name);
            names.extend(own.flat_map(constraint));
            names
        }
        Exhaustive::RenameTable { to, .. } => vec![("a table", to)],
        Exhaustive::AddColumn { column, .. } => of_column(&column.column),
        Exhaustive::RenameColumn { to, .. } => vec![("a column", to)],
        Exhaustive::AddIndex(index) => {
            index.name.iter().map(|name| ("an index", name.as_str())).collect()
        }
        Exhaustive::RenameIndex { to, .. } => vec![("an index", to)],
        Exhaustive::AddUnique { unique, .. } => constraint(&unique.name),
        Exhaustive::AddCheck { check, .. } => constraint(&check.name),
        Exhaustive::AddForeignKey { foreign_key, .. } => constraint(&foreign_key.name),
        Exhaustive::SetPrimaryKey { key, .. } => constraint(&key.name),
        Exhaustive::DropTable { .. }
        | Exhaustive::DropColumn { .. }
        | Exhaustive::AlterColumnType { .. }
        | Exhaustive::SetNotNull { .. }
        | Exhaustive::DropNotNull { .. }
        | Exhaustive::SetDefault { .. }
        | Exhaustive::DropDefault { .. }
        | Exhaustive::SetCollate { .. }
        | Exhaustive::DropIndex { .. }
        | Exhaustive::DropConstraint { .. }
        | Exhaustive::DropForeignKey { .. }
        | Exhaustive::ReorderColumns { .. }
        | Exhaustive::SetTableOptions { .. }
        | Exhaustive::Execute { .. } => Vec::new(),
    }
}

fn of_column(column: &Column) -> Vec<(&'static str, &str)> {
    let check = column.check.as_ref().and_then(|check| check.name.as_deref());
    let check = check.map(|name| ("a constraint", name));
    std::iter::once(("a column", column.name.as_str())).chain(check).collect()
}

/// Whether a column called `name` would hide the rowid of `table`
/// (<https://sqlite.org/lang_createtable.html#rowid>).
pub(super) fn hides_rowid(table: &Table, name: &str) -> bool {
    !table.without_rowid && ROWID.iter().any(|rowid| same(rowid, name))
}

/// Refuses a name of the rowid for a column of `table`: SQL that says `rowid` would silently mean the
/// column.
pub(super) fn require_visible_rowid(table: &Table, name: &str) -> Result {
    if hides_rowid(table, name) {
        let (table, column) = (table.name.clone(), name.to_owned());
        return Err(Refusal::HidesRowid { table, column });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use crate::operation::{
        Check, Column, ForeignKey, Index, Operation, PrimaryKey, Table, Unique,
    };
    use migration_api::Migrator;

    const SETUP: &str = "CREATE TABLE t (a, b); CREATE INDEX i ON t (a);
         CREATE TABLE w (k PRIMARY KEY) WITHOUT ROWID; INSERT INTO t VALUES (1, 'hello');
         CREATE VIEW v AS SELECT rowid AS r FROM t;";

    fn refused(operation: Operation) -> String {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(SETUP).unwrap();
        let changes = connection.total_changes();
        let error = Migrator::new(&connection).run([operation]).unwrap_err();
        assert_eq!(connection.total_changes(), changes);
        error.source().source().unwrap().to_string()
    }

    #[test]
    fn a_new_name_is_never_empty() {
        let key = ForeignKey::new(["a"]).references("t", ["b"]);
        for (operation, what) in [
            (Operation::create_table(Table::new("").column(Column::text("a"))), "a table"),
            (Operation::create_table(Table::new("n").column(Column::text(""))), "a column"),
            (
                Operation::create_table(
                    Table::new("n").column(Column::text("a")).check(Check::new("a").named("")),
                ),
                "a constraint",
            ),
            (Operation::rename_table("t", ""), "a table"),
            (Operation::rename_table_only("t", ""), "a table"),
            (Operation::add_column("t", Column::text("")), "a column"),
            (Operation::add_column("t", Column::text("").backfill("a")), "a column"),
            (Operation::rename_column("t", "a", ""), "a column"),
            (Operation::add_index(Index::on("t", ["a"]).named("")), "an index"),
            (Operation::rename_index("i", ""), "an index"),
            (Operation::add_unique("t", Unique::new(["a"]).named("")), "a constraint"),
            (Operation::add_check("t", Check::new("a > 0").named("")), "a constraint"),
            (Operation::add_foreign_key("t", key.named("")), "a constraint"),
            (Operation::set_primary_key("t", PrimaryKey::new(["a"]).named("")), "a constraint"),
        ] {
            let title = operation.to_string();
            let refusal = refused(operation);
            assert_eq!(refusal, format!("{what} needs a name, and this one is empty"), "{title}");
        }
    }

    #[test]
    fn no_column_comes_to_hide_the_rowid_natively_or_by_a_rebuild() {
        for name in ["rowid", "OID", "_RowId_"] {
            for operation in [
                Operation::add_column("t", Column::text(name)),
                Operation::add_column("t", Column::text(name).default_sql("lower('A')")),
                Operation::add_column("t", Column::text(name).after("a")),
                Operation::rename_column("t", "a", name),
            ] {
                let expected = format!("a column `{name}` would hide the rowid of `t`");
                let refusal = refused(operation);
                assert!(refusal.starts_with(&expected), "{refusal}");
            }
        }
    }

    #[test]
    fn tables_that_call_a_column_rowid_keep_working() {
        let connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch(&format!(
                "{SETUP} CREATE TABLE r (rowid TEXT, oid INT, b);
                 INSERT INTO r (_rowid_, rowid, oid, b) VALUES (7, 'x', 3, 4), (9, 'y', 5, 6);"
            ))
            .unwrap();
        let mut migrator = Migrator::new(&connection);
        migrator.add_column("w", Column::text("rowid")).unwrap();
        migrator.alter_column_type("r", "oid", "TEXT").unwrap();
        migrator.drop_column("r", "oid").unwrap();
        let all: String = connection
            .query_row("SELECT group_concat(_rowid_ || rowid || b) FROM r", [], |row| row.get(0))
            .unwrap();
        assert_eq!(all, "7x4,9y6");
        let table = Table::new("own").column(Column::text("rowid")).column(Column::text("a"));
        migrator.create_table(table).unwrap();
    }
}
