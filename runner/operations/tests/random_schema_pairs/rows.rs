//! Rows by chance.

use crate::dice::Dice;
use crate::draft::{Column, Draft, Key, Table};
use crate::snapshot::quoted;

const VALUES: [&str; 20] = [
    "NULL",
    "0",
    "1",
    "2",
    "-1",
    "9007199254740993",
    "1.0",
    "1.5",
    "-0.0",
    "1e300",
    "9e999",
    "'007'",
    "'1e3'",
    "'x'",
    "'X'",
    "'x  '",
    "''",
    "'12abc'",
    "x''",
    "x'00ff'",
];

/// Values that are the same to one rule and not to another: by collation, by affinity, or as NULL.
const LOOKALIKES: [&[&str]; 3] = [
    &["NULL", "'a'", "'A'", "'a '", "'b'", "'c'"],
    &["NULL", "1", "'1'", "1.0", "'1.0'", "2", "3"],
    &["NULL", "7", "'007'", "'7'", "7.0", "8", "x'37'"],
];

impl Draft {
    /// INSERTs, one a line; SQLite may refuse some.
    pub(crate) fn rows(&self, dice: &mut Dice) -> String {
        let mut script = String::new();
        for table in &self.tables {
            let plain: Vec<_> = table.columns.iter().filter(|it| it.generated.is_none()).collect();
            let names: Vec<_> = plain.iter().map(|column| quoted(&column.name)).collect();
            let choices: Vec<&[&str]> =
                plain.iter().map(|column| table.choice(column, dice)).collect();
            for _ in 0..dice.below(8) {
                let values: Vec<_> = choices.iter().map(|values| dice.one_of(values)).collect();
                script += &format!(
                    "INSERT OR IGNORE INTO {} ({}) VALUES ({});\n",
                    quoted(&table.name),
                    names.join(", "),
                    values.join(", ")
                );
            }
        }
        script
    }
}

impl Table {
    /// The values that a column has: any, or a few of which some are often the same.
    fn choice(&self, column: &Column, dice: &mut Dice) -> &'static [&'static str] {
        let is_rowid = matches!(self.key, Key::Rowid { .. }) && column.name == self.columns[0].name;
        match column.declared {
            _ if is_rowid => &["NULL", "NULL", "1", "7"],
            _ if dice.percent(30) => &VALUES,
            "TEXT" if self.is_strict => LOOKALIKES[0],
            "INTEGER" | "INT" | "REAL" if self.is_strict => LOOKALIKES[1],
            "BLOB" if self.is_strict => &["NULL", "x''", "x'61'", "x'41'"],
            _ => LOOKALIKES[dice.below(LOOKALIKES.len())],
        }
    }
}
