//! What a way forward takes away for which there is no way back: tables and columns that are gone, rows whose key is
//! gone, and values that are others under the same key. Whether they are kept elsewhere, as in a table that was split
//! off, cannot be seen.

use std::collections::BTreeSet;

use rusqlite::Connection;

use super::compare::{Difference, compare_renamed, is_left};
use super::outcome::Loss;
use super::table::Table;
use crate::lineage::Lineage;

/// What `forward` has no more of what there was `before`, where that has become what `lineage` says.
pub(super) fn taken_away(
    before: &Connection,
    (forward, lineage): (&Connection, &Lineage),
) -> rusqlite::Result<BTreeSet<Loss>> {
    let now = Table::all(forward)?;
    let mut losses = BTreeSet::new();
    for table in Table::all(before)? {
        match lineage.table(&table.name, &now) {
            Some(now) => of_table((&table, before), (now, forward), lineage, &mut losses)?,
            None => drop(losses.insert(Loss::Table { table: table.name })),
        }
    }
    Ok(losses)
}

fn of_table(
    (table, before): (&Table, &Connection),
    (now, forward): (&Table, &Connection),
    lineage: &Lineage,
    losses: &mut BTreeSet<Loss>,
) -> rusqlite::Result<()> {
    let name = || table.name.clone();
    let name_now = |column: &str| lineage.column(&table.name, column, now).map(str::to_owned);
    let (mut old, mut new) = (Vec::new(), Vec::new());
    for column in &table.columns {
        match name_now(column) {
            Some(now) => {
                old.push(column.clone());
                new.push(now);
            }
            None => drop(losses.insert(Loss::Column { table: name(), column: column.clone() })),
        }
    }
    let key: Option<Vec<String>> = table.key.iter().map(|column| name_now(column)).collect();
    let is_fewer = table.count(before)? > now.count(forward)?;
    let key = match key {
        // Without a key it is not known which row was which.
        Some(key) if !(key.is_empty() && is_fewer) => key,
        _ if is_fewer => {
            losses.insert(Loss::Rows { table: name() });
            return Ok(());
        }
        _ => return Ok(()),
    };
    let table = Table { columns: old, ..table.clone() };
    let now = Table { columns: new, key, ..now.clone() };
    compare_renamed((&table, before), (&now, forward), &mut |difference| {
        match difference {
            Difference::Gone { .. } => drop(losses.insert(Loss::Rows { table: name() })),
            Difference::Changed { column, before, after, .. } if !is_left(&before, &after) => {
                losses.insert(Loss::Values { table: name(), column });
            }
            Difference::Changed { .. } | Difference::New { .. } => {}
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEFORE: &str = "
        CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT, price INTEGER);
        INSERT INTO item VALUES (1, 'a', 1), (2, '007', NULL), (9, '', 2);
        CREATE TABLE loose (word, \"a.b\"); INSERT INTO loose VALUES ('x', 1), (1, 2), (NULL, 3);";

    /// What is told of a way forward.
    fn losses(forward: &str) -> Vec<String> {
        let database = |scripts: &[&str]| {
            let connection = Connection::open_in_memory().unwrap();
            scripts.iter().for_each(|sql| connection.execute_batch(sql).unwrap());
            connection
        };
        let lineage = Lineage::by(&[forward.to_owned()]);
        let (before, forward) = (database(&[BEFORE]), database(&[BEFORE, forward]));
        let losses = taken_away(&before, (&forward, &lineage)).unwrap();
        losses.iter().map(ToString::to_string).collect()
    }

    const NOTHING: [&str; 0] = [];

    #[test]
    fn what_is_there_still_was_not_taken_away_whatever_it_is_called() {
        for forward in [
            "SELECT 1",
            "ALTER TABLE item RENAME TO thing; ALTER TABLE thing RENAME COLUMN price TO cost",
            "ALTER TABLE item RENAME COLUMN id TO key; INSERT INTO item VALUES (3, 'new', 3)",
            "ALTER TABLE item RENAME COLUMN name TO x; ALTER TABLE item RENAME COLUMN price TO name;
             ALTER TABLE item RENAME COLUMN x TO price",
            "CREATE TABLE new (id INTEGER PRIMARY KEY, name, price REAL NOT NULL DEFAULT 0, worn);
             INSERT INTO new SELECT *, 1 FROM item WHERE price IS NOT NULL UNION ALL SELECT 2, '007', 0, 1;
             DROP TABLE item; ALTER TABLE new RENAME TO item; UPDATE item SET price = NULL WHERE 0",
            "CREATE TABLE anew AS SELECT * FROM loose ORDER BY word; DROP TABLE loose;
             ALTER TABLE anew RENAME TO loose",
        ] {
            let losses = losses(forward);
            let expected: &[&str] = match forward.contains("NOT NULL DEFAULT 0") {
                true => &["what item.price was"],
                false => &NOTHING,
            };
            assert_eq!(losses, expected, "{forward}");
        }
    }

    #[test]
    fn what_is_gone_or_changed_is_named_as_it_was_called_before() {
        for (forward, expected) in [
            ("DROP TABLE item", &["item"][..]),
            ("ALTER TABLE item RENAME TO thing; DROP TABLE thing", &["item"]),
            ("ALTER TABLE item DROP COLUMN price", &["item.price"]),
            (
                "ALTER TABLE item RENAME TO thing; ALTER TABLE thing RENAME COLUMN name TO title;
                 UPDATE thing SET title = upper(title); DELETE FROM thing WHERE price IS NULL",
                &["rows of item", "what item.name was"],
            ),
            ("UPDATE item SET price = 0 WHERE price IS NULL", &["what item.price was"]),
            ("DELETE FROM loose WHERE word = 1", &["rows of loose"]),
            ("UPDATE loose SET word = 'y' WHERE word = 'x'", &["what loose.word was"]),
            ("ALTER TABLE item RENAME TO x; ALTER TABLE loose RENAME TO item", &NOTHING),
            (
                "CREATE TABLE new (name, price); INSERT INTO new SELECT name, price FROM item LIMIT 2;
                 DROP TABLE item; ALTER TABLE new RENAME TO item",
                &["rows of item", "item.id"],
            ),
        ] {
            assert_eq!(losses(forward), expected, "{forward}");
        }
    }
}
