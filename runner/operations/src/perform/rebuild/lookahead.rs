//! Looks ahead: what a run does to a table later decides how a change is made now.

use crate::operation::{Exhaustive, Operation, WhichConstraint};
use crate::perform::alter::add_column::is_rebuilt;
use crate::perform::alter::drop_column::drops_in_place;
use crate::perform::session::{Result, Session};
use crate::schema::name::same;
use crate::schema::{Affinity, Expression, ForeignKey, Table, same_names};

impl Session<'_> {
    /// Whether a later operation of the run certainly rebuilds `table`, so that a change by rebuild
    /// costs no copy of its own. In doubt it does not: that costs time and nothing else.
    pub(in crate::perform) fn will_be_rebuilt(&self, table: &Table) -> Result<bool> {
        if self.is_enforcing()? {
            return Ok(false);
        }
        let has_rows = self.has_rows(&table.name)?;
        let mut name = table.name.as_str();
        let mut is_changed = false;
        // What asks drops a column, by a pass over all rows.
        let mut passes = 1;
        for operation in self.later {
            // Followed first, since the operations after it know the table by its new name alone.
            if let Operation::RenameTable { table, to, .. } = operation
                && same(table, name)
            {
                name = to;
            }
            let is_own = operation.table().is_some_and(|table| same(table, name));
            // Asked before `rebuilds`: what reads the rows has them moved at once, and then the change that
            // waited for a rebuild would cost a second copy.
            if needs_all_rows(operation) || (is_own && needs_rows(operation, table, is_changed)) {
                return Ok(false);
            }
            if is_own && rebuilds(operation, table, has_rows) {
                return Ok(true);
            }
            if is_own && drops_a_column(operation, table) {
                passes += 1;
                if has_rows && self.shares_a_pass(table, passes)? {
                    return Ok(true);
                }
            }
            // Last, since an operation reads what those before it leave, and not what it makes itself.
            is_changed |= is_own && changes_values(operation);
        }
        Ok(false)
    }

    /// Whether a later operation of the run drops `key`, or `child` with it.
    pub(in crate::perform) fn will_lose_key(&self, child: &Table, key: &ForeignKey) -> bool {
        let is_own = |table: &str| same(table, &child.name);
        let is_named = |name: &str| key.name.as_ref().is_some_and(|own| same(own, name));
        self.later.iter().any(|operation| match operation {
            Operation::DropTable { table, .. } => is_own(table),
            Operation::DropForeignKey { table, columns }
            | Operation::DropConstraint {
                table,
                constraint: WhichConstraint::ForeignKey(columns),
            } => is_own(table) && same_names(columns, &key.columns),
            Operation::DropConstraint { table, constraint: WhichConstraint::Named(name) } => {
                is_own(table) && is_named(name)
            }
            _ => false,
        })
    }
}

/// Whether rows of any table that were set aside must be moved back before `operation`.
fn needs_all_rows(operation: &Operation) -> bool {
    let asks = |text: &str| Expression::parse(text).is_ok_and(|text| text.asks_other_rows());
    match operation {
        Operation::Execute { .. } | Operation::DropTable { .. } => true,
        operation => expression(operation).is_some_and(asks),
    }
}

/// Whether rows of `table` may have to be moved back before `operation`: it reads the result of a
/// change, or a column that does not exist yet.
fn needs_rows(operation: &Operation, table: &Table, is_changed: bool) -> bool {
    let is_new = match operation {
        Operation::AlterColumnType { column, .. }
        | Operation::SetDefault { column, .. }
        | Operation::DropDefault { column, .. } => table.column(column).is_none(),
        _ => false,
    };
    is_new || (is_changed && expression(operation).is_some())
}

/// Whether an expression over the row may mean something else before and after `operation`.
fn changes_values(operation: &Operation) -> bool {
    matches!(
        operation,
        Operation::AddColumn { .. } | Operation::RenameColumn { .. } | Operation::SetCollate { .. }
    )
}

/// The expression that makes values from the rows.
fn expression(operation: &Operation) -> Option<&str> {
    match operation.exhaustive() {
        Exhaustive::AddColumn { column, .. } => column.backfill.as_deref(),
        Exhaustive::AlterColumnType { using, .. } => using.as_deref(),
        Exhaustive::SetNotNull { fill, .. } => fill.as_deref(),
        Exhaustive::CreateTable(_)
        | Exhaustive::DropTable { .. }
        | Exhaustive::RenameTable { .. }
        | Exhaustive::DropColumn { .. }
        | Exhaustive::RenameColumn { .. }
        | Exhaustive::DropNotNull { .. }
        | Exhaustive::SetDefault { .. }
        | Exhaustive::DropDefault { .. }
        | Exhaustive::SetCollate { .. }
        | Exhaustive::AddIndex(_)
        | Exhaustive::DropIndex { .. }
        | Exhaustive::RenameIndex { .. }
        | Exhaustive::AddUnique { .. }
        | Exhaustive::AddCheck { .. }
        | Exhaustive::AddForeignKey { .. }
        | Exhaustive::DropConstraint { .. }
        | Exhaustive::DropForeignKey { .. }
        | Exhaustive::SetPrimaryKey { .. }
        | Exhaustive::ReorderColumns { .. }
        | Exhaustive::SetTableOptions { .. }
        | Exhaustive::Execute { .. } => None,
    }
}

/// Whether `operation` certainly rebuilds `table`, which `has_rows` or not.
fn rebuilds(operation: &Operation, table: &Table, has_rows: bool) -> bool {
    let column = |name: &str| table.column(name);
    match operation {
        Operation::AddColumn { column, .. } => is_rebuilt(column, has_rows),
        Operation::AlterColumnType { column: name, declared_type, using, .. } => column(name)
            .is_some_and(|column| {
                using.is_some() || column.affinity() != Affinity::of(declared_type)
            }),
        Operation::SetDefault { .. } => has_rows,
        Operation::DropDefault { column: name, .. } => {
            has_rows && column(name).is_some_and(|column| column.default().is_some())
        }
        Operation::ReorderColumns { columns, .. } => {
            let places: Option<Vec<_>> = columns.iter().map(|name| table.position(name)).collect();
            places.is_some_and(|places| !places.iter().copied().eq(0..places.len()))
        }
        Operation::SetTableOptions { options, .. } => {
            options.strict.is_some_and(|strict| strict != table.strict)
                || options.without_rowid.is_some_and(|without| without != table.without_rowid)
        }
        Operation::AddUnique { .. }
        | Operation::SetPrimaryKey { .. }
        | Operation::DropConstraint { constraint: WhichConstraint::Unique(_), .. } => true,
        Operation::DropColumn { column: name, .. } => {
            column(name).is_some_and(|column| !drops_in_place(table, column))
        }
        _ => false,
    }
}

fn drops_a_column(operation: &Operation, table: &Table) -> bool {
    matches!(operation, Operation::DropColumn { column, .. } if table.column(column).is_some())
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use rusqlite::Connection;
    use rusqlite::hooks::{AuthAction, AuthContext, Authorization};

    use super::*;
    use crate::operation::Column;
    use migration_api::Migrator;

    const SETUP: &str = "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT DEFAULT 'x', b, c);
         CREATE VIEW v AS SELECT id FROM t; INSERT INTO t VALUES (1, '7', 'b', 'c'), (2, '8', 'b', 'c');";

    thread_local! { static DROPS: Cell<usize> = const { Cell::new(0) }; }

    /// Counts how often SQLite's own DROP COLUMN removes a column from a text.
    fn count(context: AuthContext<'_>) -> Authorization {
        if matches!(context.action, AuthAction::Function { function_name: "sqlite_drop_column" }) {
            DROPS.set(DROPS.get() + 1);
        }
        Authorization::Allow
    }

    /// How many times the rows were written, and how many columns SQLite itself dropped.
    fn cost(operations: Vec<Operation>) -> (u64, usize) {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(SETUP).unwrap();
        connection.authorizer(Some(count)).unwrap();
        DROPS.set(0);
        let connection = connection;
        let before = connection.total_changes();
        Migrator::new(&connection).run(operations).unwrap();
        ((connection.total_changes() - before) / 2, DROPS.get())
    }

    #[test]
    fn a_column_that_is_dropped_before_a_rebuild_goes_with_it() {
        let drop = || Operation::drop_column("t", "c");
        assert_eq!(cost(vec![drop()]), (0, 1));
        for later in [
            Operation::alter_column_type("t", "a", "INTEGER"),
            Operation::set_default("t", "b", 1),
            Operation::drop_default("t", "a"),
            Operation::reorder_columns("t", ["b"]),
            Operation::add_column("t", Column::text("n").backfill("a")),
            Operation::set_table_options(
                "t",
                crate::operation::TableOptions::new().without_rowid(true),
            ),
        ] {
            let title = later.to_string();
            let cost = cost(vec![drop(), later]);
            assert_eq!(cost, (1, 0), "{title}");
        }
    }

    #[test]
    fn a_table_is_followed_through_its_names() {
        let operations = vec![
            Operation::drop_column("t", "c"),
            Operation::rename_table("T", "u"),
            Operation::alter_column_type("u", "a", "INTEGER"),
        ];
        assert_eq!(cost(operations), (1, 0));
    }

    #[test]
    fn sqlite_drops_the_column_where_no_copy_would_be_shared() {
        for later in [
            vec![Operation::alter_column_type("t", "a", "VARCHAR(9)")],
            vec![Operation::drop_default("t", "b")],
            vec![Operation::reorder_columns("t", ["id", "a"])],
            vec![Operation::rename_table("t", "u"), Operation::create_table(table("t"))],
        ] {
            let mut operations = vec![Operation::drop_column("t", "c")];
            operations.extend(later);
            assert_eq!(cost(operations), (0, 1));
        }
        let backfilled = |text: &str| Operation::add_column("t", Column::text("m").backfill(text));
        for later in [
            vec![Operation::execute("SELECT 1"), Operation::reorder_columns("t", ["b"])],
            vec![Operation::rename_column("t", "b", "z"), backfilled("z")],
            vec![Operation::add_column("t", Column::text("n")), backfilled("n")],
            vec![
                Operation::add_column("t", Column::text("n")),
                Operation::alter_column_type("t", "n", "INTEGER"),
                Operation::reorder_columns("t", ["b"]),
            ],
        ] {
            let mut operations = vec![Operation::drop_column("t", "c")];
            operations.extend(later);
            assert_eq!(cost(operations), (1, 1));
        }
        // The answers of its subquery are written as well, one for each row.
        let asks_other_rows = backfilled("(SELECT max(b) FROM t)");
        assert_eq!(cost(vec![Operation::drop_column("t", "c"), asks_other_rows]), (2, 1));
    }

    fn table(name: &str) -> crate::operation::Table {
        crate::operation::Table::new(name).column(Column::text("a"))
    }

    #[test]
    fn what_needs_the_column_refuses_as_it_does_without_a_later_rebuild() {
        let refused = |operations: Vec<Operation>| {
            let connection = Connection::open_in_memory().unwrap();
            connection.execute_batch(SETUP).unwrap();
            connection
                .execute_batch("CREATE VIEW w AS SELECT c FROM t; CREATE INDEX i ON t (b)")
                .unwrap();
            let error = Migrator::new(&connection).run(operations).unwrap_err();
            error.source().source().unwrap().to_string()
        };
        let later = || Operation::alter_column_type("t", "a", "INTEGER");
        for column in ["b", "c", "id"] {
            let drop = Operation::drop_column("t", column);
            assert_eq!(refused(vec![drop.clone()]), refused(vec![drop, later()]), "{column}");
        }
    }
}
