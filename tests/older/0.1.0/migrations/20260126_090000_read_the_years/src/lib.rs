//! Read the years: `1946 (Harvard)` was printed in 1946. Rows are read while rows are changed.

use std::fmt;

use migration_api::prelude::*;
use rusqlite::params;

#[derive(Default)]
pub struct ReadTheYears;

impl Migration for ReadTheYears {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.add_column("book", Column::integer("year"))?;

        let connection = migrator.connection();
        let total: u32 = connection.query_row("SELECT count(*) FROM book", [], |row| row.get(0))?;
        let mut read = connection.prepare("SELECT id, printed FROM book ORDER BY id")?;
        let mut write = connection.prepare("UPDATE book SET year = ?2 WHERE id = ?1")?;
        let mut rows = read.query([])?;
        let mut done: u32 = 0;
        while let Some(row) = rows.next()? {
            let (id, printed): (i64, Option<String>) = (row.get(0)?, row.get(1)?);
            let year = printed.map(|printed| Year::read(id, &printed)).transpose()?;
            write.execute(params![id, year.map(|year| year.0)])?;
            done += 1;
            migrator.progress(done.into(), total.into());
        }
        migrator.log(format_args!("{done} books have been looked at"));
        Ok(())
    }

    fn migrate_backward(&self, migrator: &mut Migrator) -> Result {
        migrator.drop_column("book", "year")
    }
}

struct Year(i64);

impl Year {
    fn read(book: i64, printed: &str) -> Result<Self, Unreadable> {
        let digits: String = printed.chars().filter(char::is_ascii_digit).collect();
        let number = if digits.len() == 4 { digits.parse().ok() } else { None };
        number.map(Self).ok_or_else(|| Unreadable { book, printed: printed.to_owned() })
    }
}

#[derive(Debug)]
struct Unreadable {
    book: i64,
    printed: String,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "book {} has no year in `{}`", self.book, self.printed)
    }
}

impl std::error::Error for Unreadable {}

export_migration!(ReadTheYears);
