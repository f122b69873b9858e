//! Fills one table, row by row, by trial.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use migration_api::schema::{Column, Schema, Table, quote};
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::candidates::Candidates;
use super::fill::Variety;
use super::references::Reference;
use super::refusal::{Refusal, Suspects};

/// How many values of a column come in turn.
const TURNS: usize = 8;
/// How many rows a table gets: after the turns two that are alike and hold no NULL, so that what need not
/// differ does not. NULL differs from NULL in every index.
const ROWS: usize = TURNS + 2;
/// How often a row is tried anew with other values.
const TRIALS: usize = 60;
/// How often the first row is: a table without any is no help.
const TRIALS_OF_THE_FIRST: usize = 2000;
/// How many rows hold values of other types than their columns'.
const STRAY_ROWS: usize = 3;
/// A key that 32 bits cannot hold.
const BIG_KEY: i64 = 5_000_000_000;

/// Puts rows into `table`, and gives how many hold values that do not suit their columns' types.
///
/// # Errors
/// SQLite does not understand the statement that inserts.
pub(super) fn fill(
    connection: &Connection,
    schema: &Schema,
    table: &Table,
    variety: Variety,
) -> rusqlite::Result<usize> {
    let trial = Trial::of(connection, schema, table);
    // A table that cannot be written at all, by a trigger or its definition, stays empty.
    if connection.prepare(&trial.insert).is_err() {
        return Ok(0);
    }
    let mut rows = 0;
    for row in 0..ROWS {
        let trials = if rows == 0 { TRIALS_OF_THE_FIRST } else { TRIALS };
        if trial.row(row, trials) {
            rows += 1;
        } else if rows == 0 {
            break;
        }
    }
    if variety == Variety::Typed {
        return Ok(0);
    }
    let attempts = trial.columns.len() * 2 + 1;
    let is_taken = |row: &usize| (0..attempts).any(|attempt| trial.stray(*row, attempt));
    Ok((0..STRAY_ROWS).filter(is_taken).count())
}

/// A table that rows are tried on.
struct Trial<'t> {
    connection: &'t Connection,
    table: &'t Table,
    insert: String,
    columns: Vec<Candidates>,
    references: Vec<Reference>,
    /// The place of the column that is another name for the rowid.
    rowid: Option<usize>,
    suspects: Suspects,
}

impl<'t> Trial<'t> {
    fn of(connection: &'t Connection, schema: &Schema, table: &'t Table) -> Self {
        let candidates = |column| Candidates::of(connection, table, column);
        let own: Vec<&Column> =
            table.columns.iter().filter(|it| it.generated().is_none()).collect();
        let names: Vec<_> = own.iter().map(|column| quote(&column.name)).collect();
        let marks = vec!["?"; names.len()].join(", ");
        Self {
            connection,
            table,
            insert: format!(
                "INSERT INTO main.{} ({}) VALUES ({marks})",
                quote(&table.name),
                names.join(", ")
            ),
            columns: table.columns.iter().map(candidates).collect(),
            references: table
                .foreign_keys()
                .filter_map(|key| Reference::of(schema, table, key))
                .collect(),
            rowid: table.rowid_alias().and_then(|column| table.position(&column.name)),
            suspects: Suspects::of(table),
        }
    }

    /// Inserts a row: at first with the values that come next in each column, then with others in the
    /// columns that may be why it is refused. So every value gets its turn.
    fn row(&self, row: usize, trials: usize) -> bool {
        /// After so many, the reason may be anywhere: a trigger knows its own.
        const PATIENCE: usize = 20;
        let mut loose = BTreeSet::new();
        for attempt in 0..trials {
            match self.insert(&self.typed(row, attempt, &|column| loose.contains(&column))) {
                Ok(()) => return true,
                Err(_) if attempt >= PATIENCE => loose.extend(0..self.columns.len()),
                Err(refusal) => loose.extend(self.suspects.after(refusal)),
            }
        }
        false
    }

    /// Inserts a row. One that a trigger or IGNORE passes over in silence is refused too.
    fn insert(&self, values: &[Value]) -> Result<(), Refusal> {
        let given = self.table.columns.iter().zip(values);
        let given =
            given.filter(|(column, _)| column.generated().is_none()).map(|(_, value)| value);
        let inserted = self
            .connection
            .prepare_cached(&self.insert)
            .and_then(|mut insert| insert.execute(params_from_iter(given)));
        match inserted {
            Ok(1..) => Ok(()),
            Ok(0) => Err(Refusal::Other),
            Err(error) => Err(Refusal::of(&error)),
        }
    }

    /// The values of a row, where a column that is loose gets another one in each attempt.
    fn typed(&self, row: usize, attempt: usize, is_loose: &dyn Fn(usize) -> bool) -> Vec<Value> {
        let attempt_in = |column| if is_loose(column) { attempt } else { 0 };
        let mut values: Vec<Value> = (0..self.columns.len())
            .map(|column| self.value(row, attempt_in(column), column))
            .collect();
        for (number, reference) in self.references.iter().enumerate() {
            let attempt = reference.columns.iter().map(|column| attempt_in(*column)).max();
            let attempt = attempt.unwrap_or(0);
            let nulls = if is_twin(row) && attempt == 0 { Nulls::Avoided } else { Nulls::InTurn };
            self.refer(reference, row, attempt + number, nulls, &mut values);
        }
        values
    }

    fn value(&self, row: usize, attempt: usize, column: usize) -> Value {
        let candidates = &self.columns[column].typed;
        if self.rowid == Some(column) {
            match (row, attempt) {
                (3, 0) => return Value::Integer(BIG_KEY),
                (_, attempt) if attempt % 2 == 0 => return Value::Null,
                _ => {}
            }
        }
        let row = turn(row);
        let drawn = draw(&[row, attempt, column]);
        let next = (row + column) % candidates.len().clamp(1, TURNS);
        let place = match attempt {
            0 if row == TURNS && candidates.get(next) == Some(&Value::Null) => {
                (next + 1) % candidates.len()
            }
            0 => next,
            _ if drawn.is_multiple_of(3) => next,
            _ => drawn / 3 % candidates.len().max(1),
        };
        candidates.get(place).cloned().unwrap_or(Value::Null)
    }

    /// Points to the row that has its turn, to nothing, or to itself.
    fn refer(
        &self,
        reference: &Reference,
        row: usize,
        attempt: usize,
        nulls: Nulls,
        values: &mut [Value],
    ) {
        let targets = reference.targets(self.connection);
        let turn = turn(row) + attempt;
        let is_null_in_turn = nulls == Nulls::InTurn && turn % 3 == 2;
        let is_null = reference.may_be_null && (targets.is_empty() || is_null_in_turn);
        let own = reference.own.as_ref().filter(|_| targets.is_empty() || attempt % 7 == 6);
        if is_null {
            for column in &reference.columns {
                values[*column] = Value::Null;
            }
        } else if let Some(own) = own {
            for (column, target) in reference.columns.iter().zip(own) {
                if self.rowid == Some(*target) && values[*target] == Value::Null {
                    values[*target] = Value::Integer(as_number(row));
                }
                values[*column] = values[*target].clone();
            }
        } else if let Some(target) = targets.get(turn % targets.len().max(1)) {
            for (column, value) in reference.columns.iter().zip(target) {
                values[*column] = value.clone();
            }
        } else {
            // The parent is still to be filled: its keys will most likely begin with 1.
            for column in &reference.columns {
                values[*column] = Value::Integer(as_number(row));
            }
        }
    }

    /// Tries a row with values that do not suit their columns: first in all, then in all but one, then
    /// in one.
    fn stray(&self, row: usize, attempt: usize) -> bool {
        let width = self.columns.len();
        let is_wanted = |column: usize| match attempt {
            0 => true,
            _ if attempt <= width => attempt - 1 != column,
            _ => attempt - width - 1 == column,
        };
        let mut values = self.typed(ROWS + row, attempt, &|_| true);
        let mut is_stray = false;
        for (column, candidates) in self.columns.iter().enumerate() {
            let refers =
                self.references.iter().any(|reference| reference.columns.contains(&column));
            let stray = candidates.stray.get(row % candidates.stray.len().max(1));
            if let Some(stray) = stray.filter(|_| is_wanted(column) && !refers) {
                values[column] = stray.clone();
                is_stray = true;
            }
        }
        is_stray && self.insert(&values).is_ok()
    }
}

/// Whether a key that may be NULL is so now and then.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Nulls {
    InTurn,
    Avoided,
}

/// Whether a row is one of those that are alike.
fn is_twin(row: usize) -> bool {
    (TURNS..ROWS).contains(&row)
}

/// Whose turn it is in a row: the same in rows that are alike.
fn turn(row: usize) -> usize {
    if is_twin(row) { TURNS } else { row }
}

fn as_number(row: usize) -> i64 {
    i64::try_from(row).unwrap_or(0) + 1
}

/// A number that looks drawn by lot and is the same every time.
fn draw(what: &[usize]) -> usize {
    let mut hasher = DefaultHasher::new();
    what.hash(&mut hasher);
    usize::try_from(hasher.finish() >> 16).unwrap_or(0)
}
