//! Tables that were parsed before.
//!
//! A run of operations reads the schema again and again, and most of its texts are those of the last
//! time. To find the parts of a table in its text was most of the time that a run took without rows.

use std::cell::RefCell;
use std::collections::HashMap;
use std::mem;

use super::SyntaxError;
use super::table::Table;

/// How many bytes of text each of the two generations holds: of thousands of tables, and few of a table
/// with thousands of columns, each of which is another text when a column comes. A parsed table takes
/// about thirty times the memory of its text.
const MOST: usize = 1 << 20;

thread_local! {
    static KNOWN: RefCell<Known> = RefCell::default();
}

/// The texts that were asked for last, and those that were before: what is not asked for in a whole
/// generation is forgotten, so that a long life holds no memory, and what is needed all the time stays.
#[derive(Default)]
struct Known {
    young: HashMap<String, Table>,
    old: HashMap<String, Table>,
    /// Bytes of text in `young`.
    size: usize,
}

impl Known {
    fn get(&mut self, sql: &str) -> Option<Table> {
        if let Some(table) = self.young.get(sql) {
            return Some(table.clone());
        }
        let (sql, table) = self.old.remove_entry(sql)?;
        self.keep(sql, table.clone());
        Some(table)
    }

    fn keep(&mut self, sql: String, table: Table) {
        if self.size + sql.len() > MOST {
            self.old = mem::take(&mut self.young);
            self.size = 0;
        }
        self.size += sql.len();
        self.young.insert(sql, table);
    }
}

/// What [`Table::parse`] gives for `sql`.
pub(super) fn table(sql: &str) -> Result<Table, SyntaxError> {
    if let Some(table) = KNOWN.with_borrow_mut(|known| known.get(sql)) {
        return Ok(table);
    }
    let table = Table::parse(sql)?;
    KNOWN.with_borrow_mut(|known| known.keep(sql.to_owned(), table.clone()));
    Ok(table)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(number: usize, columns: usize) -> String {
        let columns: Vec<_> = (0..columns).map(|at| format!("c{at} INTEGER NOT NULL")).collect();
        format!("CREATE TABLE t{number} ({})", columns.join(", "))
    }

    fn counts() -> (usize, usize) {
        KNOWN.with_borrow(|known| (known.young.len() + known.old.len(), known.size))
    }

    #[test]
    fn thousands_of_tables_are_parsed_once_and_what_is_not_asked_for_is_forgotten() {
        for _ in 0..3 {
            for number in 0..3000 {
                table(&text(number, 3)).unwrap();
            }
        }
        assert_eq!(counts().0, 3000);
        // Each is as large as hundreds of those, and is never asked for again.
        for number in 0..400 {
            table(&text(number, 400)).unwrap();
            let (_, size) = counts();
            assert!(size <= MOST);
        }
        assert!(counts().0 <= 2 * MOST / text(0, 400).len());
    }
}
