//! Columns that are used by position: a trigger or a view that takes columns in order must not get
//! another column's values.

use std::collections::BTreeSet;

use crate::operation::Operation;
use crate::operation::{Kind, Refusal};
use crate::perform::session::Result;
use crate::perform::verify::positional_use::{passes_on, takes};
use crate::schema::name::same;
use crate::schema::{Schema, Table};

/// The columns of a table, in order, by the last names that operations give them; `None` is one that
/// they drop.
type Places = (String, Vec<Option<String>>);

/// Refuses if after `operations` a trigger or a view of `schema` would take another column than
/// `before` from the same position. [`crate::perform::verify::dependents`] reports one that no longer
/// compiles.
pub(in crate::perform) fn require_same_places(
    before: &Schema,
    schema: &Schema,
    operations: &[Operation],
) -> Result {
    if schema.views.is_empty() && schema.triggers.is_empty() {
        return Ok(());
    }
    // What both share has its places.
    let tables = before.tables_beside(schema);
    let mut places: Vec<Places> =
        tables.map(|table| (table.name.clone(), in_order(table).map(Some).collect())).collect();
    for operation in operations {
        follow(&mut places, operation);
    }
    let is_shifted = |(name, before): &&Places| {
        schema.table(name).is_some_and(|table| are_shifted(before, table))
    };
    let shifted: BTreeSet<String> =
        places.iter().filter(is_shifted).map(|(name, _)| name.to_ascii_lowercase()).collect();
    if shifted.is_empty() {
        return Ok(());
    }
    let carriers = carriers(schema, shifted);
    let view = schema.views.iter().find(|view| takes(&view.sql, &carriers));
    if let Some(view) = view {
        return Err(positional(Kind::View, &view.name, None));
    }
    match schema.triggers.iter().find(|trigger| takes(&trigger.sql, &carriers)) {
        Some(found) => Err(positional(Kind::Trigger, &found.name, Some(&found.table))),
        None => Ok(()),
    }
}

fn positional(kind: Kind, name: &str, table: Option<&String>) -> Refusal {
    Refusal::ByPlace { kind, name: name.to_owned(), table: table.cloned() }
}

/// The columns that an INSERT without a list of columns fills.
fn in_order(table: &Table) -> impl Iterator<Item = String> {
    let stored = table.columns.iter().filter(|column| column.generated().is_none());
    stored.map(|column| column.name.clone())
}

fn follow(tables: &mut [Places], operation: &Operation) {
    let Some(table) = operation.table() else { return };
    let Some((name, columns)) = tables.iter_mut().find(|(name, _)| same(name, table)) else {
        return;
    };
    let (column, now) = match operation {
        // What takes columns by their place goes on taking those of the old name.
        Operation::RenameTable { only: true, .. } => return,
        Operation::RenameTable { to, .. } => return to.clone_into(name),
        Operation::DropTable { .. } => return columns.clear(),
        Operation::RenameColumn { column, to, .. } => (column, Some(to.clone())),
        Operation::DropColumn { column, .. } => (column, None),
        _ => return,
    };
    let is_meant =
        |place: &&mut Option<String>| place.as_ref().is_some_and(|own| same(own, column));
    if let Some(place) = columns.iter_mut().find(is_meant) {
        *place = now;
    }
}

/// Whether a position that `table` still has holds another column than before.
fn are_shifted(before: &[Option<String>], table: &Table) -> bool {
    let now: Vec<_> = in_order(table).collect();
    before.iter().enumerate().any(|(place, column)| match column {
        // Most stay where they are, and a table may have thousands.
        Some(column) if now.get(place).is_some_and(|other| same(other, column)) => false,
        Some(column) => now.iter().any(|other| same(other, column)),
        None => place < now.len(),
    })
}

/// `shifted`, and the views that pass the order of one of them on.
fn carriers(schema: &Schema, mut shifted: BTreeSet<String>) -> BTreeSet<String> {
    loop {
        let known = shifted.len();
        for view in &schema.views {
            if passes_on(&view.sql, &shifted) {
                shifted.insert(view.name.to_ascii_lowercase());
            }
        }
        if shifted.len() == known {
            return shifted;
        }
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use crate::operation::{Column, Operation};
    use migration_api::Migrator;

    const SETUP: &str = "CREATE TABLE t (a, b, c); CREATE TABLE u (x); CREATE TABLE log (x, y, z);";

    fn run(object: &str, operations: Vec<Operation>) -> Result<(), String> {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(&format!("{SETUP}{object}")).unwrap();
        Migrator::new(&connection)
            .run(operations)
            .map_err(|error| error.source().source().unwrap().to_string())
    }

    #[test]
    fn what_takes_columns_by_their_place_stops_a_change_of_their_order() {
        for object in [
            "CREATE TRIGGER o AFTER INSERT ON u BEGIN INSERT INTO T VALUES (new.x, 2, 3); END",
            "CREATE TRIGGER o AFTER INSERT ON u BEGIN INSERT INTO log SELECT * FROM \"t\"; END",
            "CREATE VIEW w AS SELECT * FROM t;
             CREATE TRIGGER o AFTER INSERT ON u BEGIN INSERT INTO log SELECT w.* FROM w; END",
            "CREATE TRIGGER o AFTER INSERT ON u BEGIN
               UPDATE log SET (x, y, z) = (SELECT * FROM t); END",
            "CREATE VIEW o (p, q, r) AS SELECT * FROM t",
            "CREATE VIEW o AS SELECT x, y, z FROM log UNION ALL SELECT * FROM t",
            "CREATE VIEW o (p, q, r) AS WITH s AS (SELECT * FROM t) SELECT * FROM s",
            "CREATE VIEW o (p, q, r) AS SELECT * FROM (SELECT * FROM t LIMIT 9)",
        ] {
            for operations in [
                vec![Operation::reorder_columns("t", ["b"])],
                vec![
                    Operation::drop_column("t", "b"),
                    Operation::add_column("t", Column::text("d")),
                ],
                vec![
                    Operation::drop_column("t", "c"),
                    Operation::add_column("t", Column::text("c")),
                ],
                vec![
                    Operation::rename_column("t", "a", "first"),
                    Operation::rename_table("t", "z"),
                    Operation::reorder_columns("z", ["c", "first"]),
                ],
            ] {
                let refusal = run(object, operations).unwrap_err();
                assert!(
                    refusal.contains(" `o`") && refusal.contains("by their place"),
                    "{refusal}"
                );
            }
        }
    }

    #[test]
    fn what_names_its_columns_or_sees_no_change_is_no_obstacle() {
        for object in [
            "CREATE TRIGGER o AFTER INSERT ON u BEGIN INSERT INTO t (c) VALUES (new.x); END",
            "CREATE TRIGGER o AFTER INSERT ON u BEGIN INSERT INTO log SELECT a, b, c FROM t; END",
            "CREATE TRIGGER o AFTER INSERT ON t BEGIN INSERT INTO log SELECT * FROM log; END",
            "CREATE VIEW o AS SELECT * FROM t",
            "CREATE VIEW o (p) AS SELECT count(*) FROM t",
        ] {
            run(object, vec![Operation::reorder_columns("t", ["b"])]).unwrap();
        }
        let by_place =
            "CREATE TRIGGER o AFTER INSERT ON u BEGIN INSERT INTO t VALUES (new.x, 2, 3); END";
        for operations in [
            vec![Operation::rename_column("t", "a", "z")],
            vec![Operation::add_column("t", Column::text("g").generated("a").before("a"))],
            vec![
                Operation::reorder_columns("t", ["b"]),
                Operation::execute(
                    "DROP TRIGGER o; CREATE TRIGGER o AFTER INSERT ON u BEGIN \
                     INSERT INTO t (a, b, c) VALUES (new.x, 2, 3); END",
                ),
            ],
            vec![Operation::execute("ALTER TABLE t RENAME COLUMN a TO z")],
        ] {
            run(by_place, operations).unwrap();
        }
    }
}
