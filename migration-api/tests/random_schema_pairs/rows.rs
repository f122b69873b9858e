//! Rows by chance.

use crate::dice::Dice;
use crate::draft::Draft;
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

impl Draft {
    /// INSERTs, one a line; SQLite may refuse some.
    pub(crate) fn rows(&self, dice: &mut Dice) -> String {
        let mut script = String::new();
        for table in &self.tables {
            let plain: Vec<_> = table.columns.iter().filter(|it| it.generated.is_none()).collect();
            for _ in 0..dice.below(7) {
                let names: Vec<_> = plain.iter().map(|column| quoted(&column.name)).collect();
                let values: Vec<_> = plain.iter().map(|_| dice.one_of(&VALUES)).collect();
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
