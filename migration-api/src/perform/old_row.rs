//! Expressions over the rows as they were.

use super::config::{Configured, STRICTLY};
use super::pieces::parse;
use super::session::{Outcome, Session};
use crate::schema::name::quote;
use crate::schema::{Expression, ROWID, Table};

impl Session<'_> {
    /// Makes sure that `text` can be asked of each row of `table` as it was set aside, or will be.
    /// Gives it in the words of that table.
    ///
    /// # Errors
    /// It does not stand by itself, or names what is not there.
    pub(super) fn over_old_row(
        &mut self,
        what: &'static str,
        text: &str,
        table: &Table,
    ) -> Outcome<String> {
        let expression = parse(what, text)?;
        self.resolve(what, text, &table.name)?;
        let clear = match self.moved_as(&table.name) {
            Some(moved) => {
                let mut mentioned =
                    table.column_names().filter(|column| expression.mentions(column));
                !expression.asks_other_rows()
                    && !ROWID.iter().any(|rowid| expression.mentions(rowid))
                    && mentioned.all(|column| moved.is_untouched(column))
            }
            None => !expression.asks_other_rows(),
        };
        // The table may have another name when the rows move.
        if clear {
            return Ok(expression.unqualified(&table.name));
        }
        // Values that came of earlier changes, and rows of other tables, must be there first.
        self.settle()?;
        self.keep_answers(&expression, table)
    }

    /// Asks `expression` of each row now, while the whole database stands still, and keeps the
    /// answers. A subquery in it may read the table itself.
    fn keep_answers(&mut self, expression: &Expression, table: &Table) -> Outcome<String> {
        if !expression.asks_other_rows() {
            return Ok(expression.unqualified(&table.name));
        }
        let key: Vec<String> = match table.rowid_name() {
            Some(rowid) => vec![rowid.to_owned()],
            None => table.primary_key().iter().map(|key| quote(&key.name)).collect(),
        };
        let answers = self.free_name()?;
        let keys: Vec<_> =
            key.iter().enumerate().map(|(at, key)| format!("{key} AS k{at}")).collect();
        let names: Vec<_> = (0..key.len()).map(|at| format!("k{at}")).collect();
        let matches: Vec<_> = key
            .iter()
            .enumerate()
            .map(|(at, key)| format!("{answers}.k{at} = {}.{key}", quote(&table.name)))
            .collect();
        let _strict = Configured::new(self.connection, &STRICTLY)?;
        self.run(&format!(
            "CREATE TEMP TABLE {answers} AS SELECT {}, (\n{expression}\n) AS answer FROM main.{};
             CREATE UNIQUE INDEX temp.{answers}_key ON {answers} ({})",
            keys.join(", "),
            quote(&table.name),
            names.join(", "),
        ))?;
        let source = format!("SELECT answer FROM temp.{answers} WHERE {}", matches.join(" AND "));
        self.scratch.push(answers);
        Ok(source)
    }
}
