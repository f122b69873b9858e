//! Indexes, triggers and views over tables.

use std::collections::BTreeSet;

use super::{Table, World};
use crate::database::{literal, quoted};

/// An index, a trigger or a view, with the tables and columns that its SQL names.
#[derive(Debug, Clone)]
pub(crate) struct Object {
    pub(crate) name: String,
    pub(crate) sql: String,
    pub(crate) columns: BTreeSet<(usize, usize)>,
    pub(crate) tables: BTreeSet<usize>,
}

impl World {
    pub(super) fn trigger(&self, position: usize, number: usize, kind: u8, choice: u8) -> Object {
        let table = &self.tables[position];
        let column = usize::from(choice) % table.columns.len();
        let (on, named) = (quoted(&table.name), quoted(&table.columns[column].name));
        let name = format!("tr {position}\"{number}");
        let mut columns = BTreeSet::from([(position, column)]);
        let mut tables = BTreeSet::from([position]);
        let body = match kind % 8 {
            0 => format!("AFTER INSERT ON {on} BEGIN INSERT INTO audit VALUES (new.{named}); END"),
            1 => format!("BEFORE DELETE ON {on} BEGIN INSERT INTO audit VALUES (old.{named}); END"),
            2 => format!(
                "AFTER UPDATE OF {named} ON {on} WHEN old.{named} IS NOT new.{named} \
                 BEGIN INSERT INTO audit VALUES ('a;b'); INSERT INTO audit SELECT new.{named}; END"
            ),
            3 => format!(
                "AFTER INSERT ON {on} BEGIN UPDATE audit SET what = (SELECT max({named}) FROM {on}); END"
            ),
            4 => format!(
                "BEFORE INSERT ON {on} WHEN new.{named} = 'END; --' BEGIN SELECT raise(ABORT, 'no'); END"
            ),
            // In the place of a row of a view.
            5 if !table.views.is_empty() => {
                columns.clear();
                tables.clear();
                let view = quoted(&table.views[0].name);
                format!("INSTEAD OF INSERT ON {view} BEGIN INSERT INTO audit VALUES (1); END")
            }
            // A body about another table.
            _ => {
                let other = usize::from(kind) % self.tables.len();
                let (from, id) = (&self.tables[other], quoted("id"));
                tables.insert(other);
                columns = BTreeSet::from([(other, 0)]);
                let from = quoted(&from.name);
                format!(
                    "AFTER DELETE ON {on} BEGIN INSERT INTO audit SELECT {id} FROM {from} AS o \
                     WHERE o.{id} > 0; END"
                )
            }
        };
        let sql = format!("CREATE TRIGGER {} {body}", quoted(&name));
        Object { name, sql, columns, tables }
    }

    pub(super) fn view(&self, position: usize, number: usize, kind: u8, choice: u8) -> Object {
        let table = &self.tables[position];
        let column = usize::from(choice) % table.columns.len();
        let (on, named) = (quoted(&table.name), quoted(&table.columns[column].name));
        let name = format!("view {position} {number}");
        let mut columns = BTreeSet::from([(position, column)]);
        let mut tables = BTreeSet::from([position]);
        let body = match kind % 8 {
            0 => format!("SELECT {named} FROM {on}"),
            1 => {
                format!("SELECT x.{named} AS \"aliased name\", count(*) FROM {on} AS x GROUP BY 1")
            }
            2 => {
                let text = literal(&on);
                format!("WITH c AS (SELECT {named} AS n FROM {on}) SELECT n, {text} FROM c")
            }
            3 => {
                columns.clear();
                format!("SELECT * FROM {on}")
            }
            // A name in other letters is the same name.
            4 => format!("SELECT {} FROM {on}", named.to_ascii_uppercase()),
            _ => {
                let other = usize::from(kind) % self.tables.len();
                let parent = quoted(&self.tables[other].name);
                tables.insert(other);
                columns.extend([(other, 0), (position, 0)]);
                format!("SELECT l.{named} FROM {on} l LEFT JOIN {parent} r ON r.\"id\" = l.\"id\"")
            }
        };
        let sql = format!("CREATE VIEW {} AS {body}", quoted(&name));
        Object { name, sql, columns, tables }
    }
}

impl Table {
    pub(super) fn index(&self, position: usize, number: usize, kind: u8, choice: u8) -> Object {
        let column = usize::from(choice) % self.columns.len();
        let named = quoted(&self.columns[column].name);
        let is_distinct = self.columns[column].is_distinct() && !self.refers(column);
        let (unique, terms) = match kind % 8 {
            0 => ("", named.clone()),
            1 if is_distinct => ("UNIQUE ", named.clone()),
            2 => ("", format!("{named} DESC, \"id\"")),
            3 => ("", format!("{named} COLLATE NOCASE")),
            4 => ("", format!("lower({named}), {named}")),
            5 => ("", format!("{named}) WHERE ({named} IS NOT 'x'")),
            6 if is_distinct => ("UNIQUE ", format!("{named}, \"id\") WHERE (\"id\" > 0")),
            _ => ("", format!("coalesce({named}, 'it''s, (x)') DESC")),
        };
        let name = format!("ix {position}'{number}");
        let mut columns = BTreeSet::from([(position, column)]);
        if terms.contains("\"id\"") {
            columns.insert((position, 0));
        }
        let on = quoted(&self.name);
        let sql = format!("CREATE {unique}INDEX {} ON {on} ({terms})", quoted(&name));
        Object { name, sql, columns, tables: BTreeSet::from([position]) }
    }
}
