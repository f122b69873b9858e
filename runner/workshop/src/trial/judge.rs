//! Judges whether the way back restored everything.
//!
//! A value that the way forward dropped, and that is not the same after the way back, is a loss: nobody can
//! give back what is gone. So is one that the way forward changed and the way back left alone. A value
//! that the way forward kept and the way back changed, and one that the way back made into something
//! that it never was, is a fault.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension as _, params_from_iter};

use super::compare::{Difference, compare, is_left, is_same, value};
use super::outcome::Loss;
use super::problem::Problem;
use super::table::{Table, show};
use crate::lineage::Lineage;

/// What the way back left.
#[derive(Default)]
pub(super) struct Judgement {
    pub(super) losses: BTreeSet<Loss>,
    /// What is wrong, by what it is about: how often, and the first of its kind.
    faults: BTreeMap<String, (usize, String)>,
    /// How many rows of each table the way forward took away.
    rows_lost: BTreeMap<String, usize>,
}

impl Judgement {
    /// Compares `before` with `after`, in the light of what lay between: `forward`, where what there was has become what
    /// `lineage` says.
    pub(super) fn of(
        before: &Connection,
        (forward, lineage): (&Connection, &Lineage),
        after: &Connection,
    ) -> rusqlite::Result<Self> {
        let between = Table::all(forward)?;
        let mut judgement = Self::default();
        for table in Table::all(before)? {
            let middle = Middle {
                connection: forward,
                table: lineage.table(&table.name, &between),
                lineage,
            };
            compare(&table, before, after, &mut |difference| {
                judgement.take(&table, &middle, difference)
            })?;
            judgement.match_new_keys(&table);
        }
        judgement.take_counters(before, forward, after)?;
        Ok(judgement)
    }

    /// What is wrong, if anything is.
    pub(super) fn problem(&self) -> Option<Problem> {
        let line = |(times, first): &(usize, String)| match times {
            1 => first.clone(),
            times => format!("{first} (the first of {times})"),
        };
        let changes: Vec<_> = self.faults.values().map(line).collect();
        (!changes.is_empty()).then_some(Problem::Changed { changes })
    }

    fn take(
        &mut self,
        table: &Table,
        middle: &Middle<'_>,
        difference: Difference,
    ) -> rusqlite::Result<()> {
        let name = || table.name.clone();
        match difference {
            _ if middle.table.is_none() => self.lose(Loss::Table { table: name() }),
            Difference::Changed { column, .. } if middle.column(table, &column).is_none() => {
                self.lose(Loss::Column { table: name(), column });
            }
            // Rows are distinguished by their keys.
            _ if let Some(column) = middle.dropped_key(table) => {
                self.lose(Loss::Column { table: name(), column: column.to_owned() });
            }
            Difference::Gone { key } => match middle.row(table, &key)? {
                true => self.fault("gone", table, "", format!("{} is gone", table.title(&key))),
                false => {
                    *self.rows_lost.entry(name()).or_default() += 1;
                    self.lose(Loss::Rows { table: name() });
                }
            },
            Difference::New { key } => {
                // One that the way forward has made may be one that it took away, under another key.
                let kind = if middle.row(table, &key)? { "left" } else { "new" };
                self.fault(kind, table, "", format!("{} was not there before", table.title(&key)));
            }
            Difference::Changed { key, column, before, after } => {
                match middle.cell(table, &key, &column)? {
                    None => self.lose(Loss::Rows { table: name() }),
                    Some(kept) if !is_same(&kept, &before) && is_left(&kept, &after) => {
                        self.lose(Loss::Values { table: name(), column });
                    }
                    Some(_) => {
                        let row = table.title(&key);
                        let (was, is) = (show(&before), show(&after));
                        let text = format!("{row}: `{column}` was {was} and is now {is}");
                        self.fault("changed", table, &column, text);
                    }
                }
            }
        }
        Ok(())
    }

    /// Where the way forward has made no more rows than it took away, and the way back leaves them, they are those under
    /// other keys.
    fn match_new_keys(&mut self, table: &Table) {
        let lost = self.rows_lost.get(&table.name).copied().unwrap_or_default();
        let about = fault_about(table, "left", "");
        if self.faults.get(&about).is_some_and(|(left, _)| *left <= lost) {
            self.faults.remove(&about);
        }
    }

    /// A counter that falls back hands out keys anew that were used.
    fn take_counters(
        &mut self,
        before: &Connection,
        forward: &Connection,
        after: &Connection,
    ) -> rusqlite::Result<()> {
        let (forward, after) = (counters(forward)?, counters(after)?);
        for (table, count) in counters(before)? {
            let fell = |counters: &BTreeMap<String, i64>| {
                counters.get(&table).is_none_or(|now| *now < count)
            };
            if fell(&after) && fell(&forward) {
                self.losses.insert(Loss::Counter { table });
            } else if fell(&after) {
                let text =
                    format!("the AUTOINCREMENT counter of `{table}` falls back from {count}");
                self.faults.insert(format!("counter {table}"), (1, text));
            }
        }
        Ok(())
    }

    fn lose(&mut self, loss: Loss) {
        self.losses.insert(loss);
    }

    fn fault(&mut self, kind: &str, table: &Table, column: &str, text: String) {
        let about = fault_about(table, kind, column);
        self.faults.entry(about).or_insert((0, text)).0 += 1;
    }
}

fn fault_about(table: &Table, kind: &str, column: &str) -> String {
    format!("{} {kind} {column}", table.name)
}

/// How far each AUTOINCREMENT has counted (<https://sqlite.org/autoinc.html>).
pub(crate) fn counters(connection: &Connection) -> rusqlite::Result<BTreeMap<String, i64>> {
    let exists = "SELECT EXISTS (SELECT 1 FROM main.sqlite_schema WHERE name = 'sqlite_sequence')";
    if !connection.query_row(exists, [], |row| row.get(0))? {
        return Ok(BTreeMap::new());
    }
    connection
        .prepare("SELECT name, seq FROM main.sqlite_sequence")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}

/// A table as it was between the way forward and the way back.
struct Middle<'m> {
    connection: &'m Connection,
    table: Option<&'m Table>,
    lineage: &'m Lineage,
}

impl Middle<'_> {
    /// What the column of `table` is called here, if it is here.
    fn column(&self, table: &Table, column: &str) -> Option<&str> {
        self.lineage.column(&table.name, column, self.table?)
    }

    /// A column of the key of `table` that is not here.
    fn dropped_key<'t>(&self, table: &'t Table) -> Option<&'t str> {
        let mut key = table.key.iter().map(String::as_str);
        key.find(|column| self.column(table, column).is_none())
    }

    /// Whether there is the row that `key` identifies in `table`.
    fn row(&self, table: &Table, key: &[Value]) -> rusqlite::Result<bool> {
        let column = match &table.key[..] {
            [first, ..] => self.column(table, first),
            // A table without a key has rows as long as it has enough of them.
            [] => self.table.and_then(|middle| middle.columns.first()).map(String::as_str),
        };
        let Some(column) = column else { return Ok(false) };
        Ok(self.ask(table, key, column)?.is_some())
    }

    /// A value in the row that `key` identifies in `table`; `None`: it is not there.
    fn cell(&self, table: &Table, key: &[Value], column: &str) -> rusqlite::Result<Option<Value>> {
        match self.column(table, column) {
            Some(column) => self.ask(table, key, column),
            None => Ok(None),
        }
    }

    /// As [`Self::cell`], of what the column is called here.
    fn ask(&self, table: &Table, key: &[Value], column: &str) -> rusqlite::Result<Option<Value>> {
        let Some(middle) = self.table else { return Ok(None) };
        let names = table.key.iter().map(|name| self.column(table, name).map(str::to_owned));
        let Some(names) = names.collect() else { return Ok(None) };
        // Rows without a key are distinguished by the order that they have here.
        let sql = Table { key: names, ..middle.clone() }.select_one(column);
        self.connection
            .prepare_cached(&sql)?
            .query_row(params_from_iter(key), |row| value(row, row.as_ref().column_count() - 1))
            .optional()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ITEMS: &str = "
        CREATE TABLE item (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT, price REAL);
        INSERT INTO item VALUES (1, 'a', 1.5), (2, '007', NULL), (9, '', 2.5);
        CREATE TABLE loose (word); INSERT INTO loose VALUES ('x'), (1), (NULL);";

    /// What is told of a way there and back, each in SQL.
    fn findings(forward: &str, backward: &str) -> Vec<String> {
        let database = |scripts: &[&str]| {
            let connection = Connection::open_in_memory().unwrap();
            scripts.iter().for_each(|sql| connection.execute_batch(sql).unwrap());
            connection
        };
        let (before, middle) = (database(&[ITEMS]), database(&[ITEMS, forward]));
        let after = database(&[ITEMS, forward, backward]);
        let lineage = Lineage::by(&[forward.to_owned()]);
        let judgement = Judgement::of(&before, (&middle, &lineage), &after).unwrap();
        let losses = judgement.losses.iter().map(|loss| format!("loses {loss}"));
        let problem = judgement.problem().map(|problem| problem.to_string());
        losses.chain(problem.iter().flat_map(|it| it.lines().skip(1).map(str::to_owned))).collect()
    }

    #[test]
    fn what_comes_back_in_another_order_has_come_back() {
        let copy = "CREATE TABLE kept AS SELECT * FROM loose ORDER BY rowid DESC; DROP TABLE loose";
        let back = "CREATE TABLE loose (word); INSERT INTO loose SELECT * FROM kept";
        assert_eq!(findings(copy, back), Vec::<String>::new());
    }

    #[test]
    fn what_forward_took_away_is_lost_and_no_fault() {
        assert_eq!(
            findings(
                "ALTER TABLE item DROP COLUMN price",
                "ALTER TABLE item ADD COLUMN price REAL"
            ),
            ["loses item.price"]
        );
        assert_eq!(
            findings("DROP TABLE loose", "CREATE TABLE loose (word); INSERT INTO loose VALUES (5)"),
            ["loses loose"]
        );
        assert_eq!(findings("DELETE FROM item WHERE id = 2", ""), ["loses rows of item"]);
        assert_eq!(
            findings("UPDATE item SET price = 0 WHERE price IS NULL", ""),
            ["loses what item.price was"]
        );
    }

    #[test]
    fn a_conversion_that_is_left_is_lost_and_one_that_goes_on_is_a_fault() {
        let there = "UPDATE item SET price = 2 WHERE id = 1";
        assert_eq!(findings(there, ""), ["loses what item.price was"]);
        assert_eq!(
            findings(there, "UPDATE item SET price = 3 WHERE id = 1"),
            ["`item` 1: `price` was 1.5 and is now 3.0"]
        );
    }

    #[test]
    fn what_backward_does_to_what_was_kept_is_a_fault() {
        assert_eq!(findings("", "DELETE FROM item WHERE id = 2"), ["`item` 2 is gone"]);
        assert_eq!(
            findings("", "DELETE FROM loose WHERE word = 'x'"),
            [
                "row 1 of `loose`: `word` was 'x' and is now 1 (the first of 2)",
                "row 3 of `loose` is gone"
            ]
        );
        assert_eq!(
            findings("", "UPDATE item SET price = 0.0 WHERE id = 9"),
            ["`item` 9: `price` was 2.5 and is now 0.0"]
        );
        assert_eq!(
            findings("INSERT INTO item VALUES (20, 'seed', 1)", ""),
            ["`item` 20 was not there before"]
        );
    }

    #[test]
    fn rows_that_are_left_under_other_keys_are_lost_under_theirs() {
        assert_eq!(findings("UPDATE item SET id = id + 100", ""), ["loses rows of item"]);
        assert_eq!(
            findings(
                "DELETE FROM item WHERE id = 1; INSERT INTO item VALUES (20, 'seed', 1), (21, '', 2)",
                ""
            ),
            ["loses rows of item", "`item` 20 was not there before (the first of 2)"]
        );
    }

    #[test]
    fn what_is_renamed_is_looked_up_by_its_new_name() {
        let there = "ALTER TABLE item RENAME TO thing; ALTER TABLE thing RENAME COLUMN id TO key;";
        let back = "ALTER TABLE thing RENAME COLUMN key TO id; ALTER TABLE thing RENAME TO item";
        assert_eq!(
            findings(&format!("{there} UPDATE thing SET name = 'x' WHERE key = 1"), back),
            ["loses what item.name was"]
        );
        assert_eq!(
            findings(there, &format!("{back}; UPDATE item SET name = 'x' WHERE id = 1")),
            ["`item` 1: `name` was 'a' and is now 'x'"]
        );
    }

    #[test]
    fn rows_whose_key_is_dropped_are_lost_by_that_key() {
        let there = "CREATE TABLE new AS SELECT name, price FROM item; DROP TABLE item;
                     ALTER TABLE new RENAME TO item";
        let back = "CREATE TABLE new (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT, price REAL);
                    INSERT INTO new (name, price) SELECT name, price FROM item ORDER BY rowid;
                    DROP TABLE item; ALTER TABLE new RENAME TO item";
        assert_eq!(findings(there, back), ["loses item.id", "loses the counter of item"]);
    }

    #[test]
    fn a_counter_may_go_on_and_may_not_fall_back() {
        let seed = "INSERT INTO item VALUES (20, 'seed', 1)";
        assert_eq!(findings(seed, "DELETE FROM item WHERE id = 20"), Vec::<String>::new());
        assert_eq!(
            findings("", "UPDATE sqlite_sequence SET seq = 3"),
            ["the AUTOINCREMENT counter of `item` falls back from 9"]
        );
    }
}
