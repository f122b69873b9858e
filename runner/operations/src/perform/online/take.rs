//! Takes rows into the shadow as the old table holds them now, by their keys.

use std::collections::{HashSet, VecDeque};

use rusqlite::{Connection, Statement, ffi, params_from_iter};

use super::Result;
use super::key::{self, KeyValues};
use super::plan::Plan;
use super::unique_key::{Candidate, ROW};
use crate::operation::Refusal;
use crate::perform::rebuild::unfit_rows::blamed;
use crate::schema::name::quote;

/// Statements for one row each.
pub(super) struct Taker<'c> {
    connection: &'c Connection,
    plan: &'c Plan,
    delete: Statement<'c>,
    insert: Statement<'c>,
}

impl<'c> Taker<'c> {
    pub(super) fn new(connection: &'c Connection, plan: &'c Plan) -> Result<Self> {
        let shadow = &plan.names.shadow;
        let delete =
            format!("DELETE FROM main.{shadow} WHERE {}", plan.key_in_shadow.is_given(shadow));
        let insert = format!(
            "INSERT OR ABORT INTO main.{shadow} ({}) SELECT {} FROM main.{} AS {} WHERE {}",
            plan.into.join(", "),
            plan.from.join(", "),
            quote(&plan.table),
            quote(&plan.called),
            plan.key.is_given(&plan.called)
        );
        Ok(Self {
            connection,
            plan,
            delete: connection.prepare(&delete)?,
            insert: connection.prepare(&insert)?,
        })
    }

    /// Makes the shadow hold what the old table holds under `keys`, and nothing else that came from there. Gives the
    /// number of rows that it took.
    pub(super) fn take(&mut self, keys: &[KeyValues]) -> Result<u64> {
        // All go before the first one comes: rows that exchange a unique value would collide.
        for key in keys {
            self.delete(key)?;
        }
        let mut rows = 0;
        let mut waiting: VecDeque<KeyValues> = keys.iter().cloned().collect();
        let mut taken: HashSet<KeyValues> = HashSet::new();
        while let Some(key) = waiting.pop_front() {
            if taken.contains(&key) {
                continue;
            }
            // Two keys may be one, spelled in two ways: as 'a' and 'A', or 1 and 1.0.
            if !self.plan.key.is_rowid() {
                self.delete(&key)?;
            }
            match self.insert.execute(params_from_iter(&key)) {
                Ok(count) => {
                    rows += count as u64;
                    taken.insert(key);
                }
                Err(error) if is_collision(&error) => {
                    // Another row has the value in the shadow, and in the old table maybe no longer: then a note
                    // about it is still to come. It is taken anew as well.
                    let others = self.in_the_way(&key)?;
                    if others.is_empty() || others.iter().any(|other| taken.contains(other)) {
                        return Err(self.why_not(&key, &others, error));
                    }
                    for other in others {
                        self.delete(&other)?;
                        waiting.push_back(other);
                    }
                    waiting.push_front(key);
                }
                Err(error) => return Err(self.why_not(&key, &[], error)),
            }
        }
        Ok(rows)
    }

    fn delete(&mut self, key: &KeyValues) -> Result {
        self.delete.execute(params_from_iter(key))?;
        Ok(())
    }

    /// The keys of the rows that the shadow holds and that the row with `key` cannot be beside.
    fn in_the_way(&self, key: &KeyValues) -> Result<Vec<KeyValues>> {
        let plan = self.plan;
        let row = &plan.names.new_row;
        self.connection.execute(&format!("DELETE FROM main.{row}"), [])?;
        let (into, from): (Vec<_>, Vec<_>) = (plan.into.iter().zip(&plan.from))
            // The number of a row is its key, which it has for itself.
            .filter(|(column, _)| column.starts_with('"'))
            .unzip();
        if !into.is_empty() {
            let sql = format!(
                "INSERT INTO main.{row} ({}) SELECT {} FROM main.{} AS {} WHERE {}",
                into.into_iter().map(String::as_str).collect::<Vec<_>>().join(", "),
                from.into_iter().map(String::as_str).collect::<Vec<_>>().join(", "),
                quote(&plan.table),
                quote(&plan.called),
                plan.key.is_given(&plan.called)
            );
            self.connection.execute(&sql, params_from_iter(key))?;
        }
        let value = |name: &str| format!("(SELECT {} FROM {row})", quote(name));
        let candidate = Candidate { value: &value, alone_in: row };
        let mut found = Vec::new();
        for unique in &plan.unique_keys {
            let sql = format!(
                "SELECT {} FROM main.{} AS {ROW} WHERE {}",
                plan.key_in_shadow.columns_of(ROW),
                plan.names.shadow,
                unique.is_in_the_way(&candidate)
            );
            let mut statement = self.connection.prepare(&sql)?;
            let width = plan.key.columns.len();
            let keys = statement.query_map([], |row| key::values(row, 0, width))?;
            for key in keys {
                let key = key?;
                if !found.contains(&key) {
                    found.push(key);
                }
            }
        }
        self.connection.execute(&format!("DELETE FROM main.{row}"), [])?;
        Ok(found)
    }

    /// Why the row with `key` was not taken, to which `others` are equal where they must not be.
    fn why_not(&self, key: &KeyValues, others: &[KeyValues], error: rusqlite::Error) -> Refusal {
        let table = self.plan.table.clone();
        let label = |key: &KeyValues| key::in_words(&self.plan.key, key);
        let error = self.under_its_name(error);
        match error.sqlite_extended_error_code() {
            Some(ffi::SQLITE_CONSTRAINT_NOTNULL) => match blamed(&error).pop() {
                Some(column) => {
                    Refusal::NullsLeft { table, column, rows: vec![label(key)], count: 1 }
                }
                None => {
                    Refusal::DoesNotFit { table, source: error, rows: vec![label(key)], count: 1 }
                }
            },
            Some(code) if is_of_a_row(code) => {
                let rows = [key].into_iter().chain(others);
                let rows = rows.map(|key| format!("{}{}", label(key), self.values(key, &error)));
                let rows: Vec<_> = rows.collect();
                let count = rows.len() as u32;
                Refusal::DoesNotFit { table, source: error, rows, count }
            }
            _ => Refusal::NotCopied { table, source: error },
        }
    }

    /// The values in the columns that `error` names.
    fn values(&self, key: &KeyValues, error: &rusqlite::Error) -> String {
        let plan = self.plan;
        let columns = blamed(error).into_iter().filter_map(|name| {
            let at = plan.into.iter().position(|column| *column == quote(&name))?;
            let sql = format!(
                "SELECT quote({}) FROM main.{} AS {} WHERE {}",
                plan.from[at],
                quote(&plan.table),
                quote(&plan.called),
                plan.key.is_given(&plan.called)
            );
            let value: String =
                self.connection.query_row(&sql, params_from_iter(key), |row| row.get(0)).ok()?;
            Some(format!(", `{name}` is {value}"))
        });
        columns.collect()
    }

    /// `error` with the name of the table in the place of the shadow's, which nobody else knows.
    fn under_its_name(&self, error: rusqlite::Error) -> rusqlite::Error {
        match error {
            rusqlite::Error::SqliteFailure(code, Some(words)) => {
                let words = words.replace(&self.plan.names.shadow, &self.plan.new_table);
                rusqlite::Error::SqliteFailure(code, Some(words))
            }
            other => other,
        }
    }
}

fn is_collision(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_extended_error_code(),
        Some(
            ffi::SQLITE_CONSTRAINT_UNIQUE
                | ffi::SQLITE_CONSTRAINT_PRIMARYKEY
                | ffi::SQLITE_CONSTRAINT_ROWID
        )
    )
}

fn is_of_a_row(code: i32) -> bool {
    let primary = code & 0xff;
    primary == ffi::SQLITE_CONSTRAINT || primary == ffi::SQLITE_MISMATCH
}
