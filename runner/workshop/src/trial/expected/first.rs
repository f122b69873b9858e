//! The first `expected.sql` of a migration: a query for each table that its fixture or the migration writes to.

use std::collections::BTreeSet;

use migration_api::schema::spell;
use rusqlite::Connection;

use super::difference::Moment;
use crate::trial::compare::compare;
use crate::trial::table::Table;

/// Tables by their names in lower case.
type Tables = BTreeSet<String>;

/// The tables that are new, gone or not the same in `after`.
pub(super) fn changed(before: &Connection, after: &Connection) -> rusqlite::Result<Tables> {
    let (was, is) = (Table::all(before)?, Table::all(after)?);
    let mut changed = Tables::new();
    for table in &is {
        let same = |other: &&Table| other.name.eq_ignore_ascii_case(&table.name);
        let differs = match was.iter().find(same) {
            Some(other) if other.columns == table.columns && other.key == table.key => {
                let mut differs = false;
                compare(table, before, after, &mut |_| {
                    differs = true;
                    Ok(())
                })?;
                differs
            }
            _ => true,
        };
        if differs {
            changed.insert(table.name.to_ascii_lowercase());
        }
    }
    let is_gone = |table: &&Table| !is.iter().any(|it| it.name.eq_ignore_ascii_case(&table.name));
    changed.extend(was.iter().filter(is_gone).map(|table| table.name.to_ascii_lowercase()));
    Ok(changed)
}

/// The part of the file for `after`, without rows: all columns of the `tables` that there are.
pub(super) fn part(
    connection: &Connection,
    after: Moment,
    tables: &Tables,
) -> rusqlite::Result<String> {
    let all = Table::all(connection)?;
    let ours = all.iter().filter(|table| tables.contains(&table.name.to_ascii_lowercase()));
    let mut queries = String::new();
    for table in ours {
        queries += &format!("{};\n\n", query(table, table.count(connection)?));
    }
    Ok(match queries.is_empty() {
        true => String::new(),
        false => format!("-- {}\n{queries}", after.mark()),
    })
}

/// More rows than these are counted: nobody reads them.
const SHOWN: i64 = 100;

fn query(table: &Table, rows: i64) -> String {
    if rows > SHOWN {
        return format!("SELECT count(*) FROM {}", spell(&table.name));
    }
    let order: Vec<String> = match &table.key[..] {
        [] if table.by_rowid => vec!["rowid".to_owned()],
        [] => (1..=table.columns.len()).map(|place| place.to_string()).collect(),
        key => key.iter().map(|name| spell(name)).collect(),
    };
    format!("SELECT * FROM {} ORDER BY {}", spell(&table.name), order.join(", "))
}
