//! What a script drops: tables and columns that there were, and that are not there any more under any name.

use runner_engine::LossName;
use rusqlite::Connection;

use crate::lineage::{Lineage, Table};

/// The tables with their columns before a script; none where it drops nothing.
pub(super) struct Dropped {
    before: Vec<Table>,
}

impl Dropped {
    /// Before `script` runs on `connection`.
    pub(super) fn before(script: &str, connection: &Connection) -> rusqlite::Result<Self> {
        let drops = script.as_bytes().windows(4).any(|word| word.eq_ignore_ascii_case(b"drop"));
        Ok(Self { before: if drops { Table::all(connection)? } else { Vec::new() } })
    }

    /// What of it is gone after `script`.
    pub(super) fn by(
        self,
        script: &str,
        connection: &Connection,
    ) -> rusqlite::Result<Vec<LossName>> {
        if self.before.is_empty() {
            return Ok(Vec::new());
        }
        let now = Table::all(connection)?;
        let lineage = Lineage::by(&[script.to_owned()]);
        let mut gone = Vec::new();
        for table in &self.before {
            let Some(now) = lineage.table(&table.name, &now) else {
                gone.push(LossName::of_table(&table.name));
                continue;
            };
            let columns = table.columns.iter();
            let columns =
                columns.filter(|column| lineage.column(&table.name, column, now).is_none());
            gone.extend(columns.map(|column| LossName::of_column(&table.name, column)));
        }
        Ok(gone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dropped(script: &str) -> Vec<String> {
        let connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch("CREATE TABLE Player (id, name, note); CREATE TABLE log (a)")
            .unwrap();
        let before = Dropped::before(script, &connection).unwrap();
        connection.execute_batch(script).unwrap();
        before.by(script, &connection).unwrap().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_is_gone_is_named_and_what_was_renamed_or_made_anew_is_not() {
        assert!(dropped("CREATE TABLE drop_box (a); ALTER TABLE log RENAME TO logs").is_empty());
        assert_eq!(dropped("drop table log"), ["log"]);
        assert_eq!(
            dropped("ALTER TABLE player RENAME COLUMN note TO n; ALTER TABLE player DROP COLUMN n"),
            ["Player.note"]
        );
        assert_eq!(
            dropped(
                "CREATE TABLE new (id, name); INSERT INTO new SELECT id, name FROM player;
                 DROP TABLE player; ALTER TABLE new RENAME TO player"
            ),
            ["Player.note"]
        );
    }
}
