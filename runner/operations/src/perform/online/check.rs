//! Asks in pieces whether all rows of new foreign keys point to one that is there, and asks again where a row of the
//! table or of its parent has changed since.

use rusqlite::{Connection, Statement, params_from_iter};

use super::Result;
use super::budget::Spending;
use super::foreign_keys::NewKey;
use super::key::{self, Key, KeyValues};
use super::notes::columns;
use super::plan::Plan;
use super::state::{Position, Stage};
use crate::operation::Refusal;
use crate::schema::name::quote;

/// Whether all rows are known to point to some that are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Checked {
    All,
    NotYet,
}

/// Checks new foreign keys, as far as `spending` lets it.
pub(super) fn check(
    connection: &Connection,
    plan: &Plan,
    position: &mut Position,
    spending: &mut Spending<'_>,
) -> Result<Checked> {
    if plan.new_keys.is_empty() {
        return Ok(Checked::All);
    }
    let mut checker = Checker::new(connection, plan)?;
    loop {
        let limit = spending.batch();
        match checker.check_parents(limit)? {
            Asked::Nothing => break,
            Asked::More => {}
            Asked::AllRows => (position.stage, position.checked) = (Stage::Checking, None),
        }
        spending.spend(limit);
        if spending.is_over() {
            return Ok(Checked::NotYet);
        }
    }
    if position.stage == Stage::Replaying {
        return Ok(Checked::All);
    }
    loop {
        let limit = spending.batch();
        let (count, last) = checker.check_next(position.checked.as_ref(), limit)?;
        spending.spend(count);
        position.checked = last.or(position.checked.take());
        if count < limit {
            // The swap is a piece of its own.
            position.stage = Stage::Replaying;
            return Ok(Checked::NotYet);
        }
        if spending.is_over() {
            return Ok(Checked::NotYet);
        }
    }
}

impl NewKey {
    /// That a row of the shadow, which is called `s`, points to none.
    fn is_broken(&self) -> String {
        let set = self.columns.iter().map(|column| format!("s.{} IS NOT NULL", quote(column)));
        // Without the type of the column: the parent says how they are compared.
        let pairs = self.parent_columns.iter().zip(&self.columns);
        let equal = pairs.map(|(parent, own)| format!("p.{} = +s.{}", quote(parent), quote(own)));
        format!(
            "{} AND NOT EXISTS (SELECT 1 FROM main.{} AS p WHERE {})",
            set.collect::<Vec<_>>().join(" AND "),
            quote(&self.parent),
            equal.collect::<Vec<_>>().join(" AND ")
        )
    }
}

/// Asks rows of the shadow whether what they point to is there.
pub(super) struct Checker<'c> {
    plan: &'c Plan,
    connection: &'c Connection,
    /// For each new key, by the key that the old table has, and by the shadow's own.
    by_old_key: Vec<Statement<'c>>,
    by_own_key: Vec<Statement<'c>>,
}

/// What noted keys of parents ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    Nothing,
    /// To look at more of them.
    More,
    /// All rows anew: a row of a parent is gone, and no index tells who points to it.
    AllRows,
}

impl<'c> Checker<'c> {
    pub(super) fn new(connection: &'c Connection, plan: &'c Plan) -> Result<Self> {
        let statements = |key: &Key| -> Result<Vec<_>> {
            let sql = |new: &NewKey| {
                format!(
                    "SELECT {} FROM main.{} AS s WHERE {} AND {}",
                    plan.own_key.columns_of("s"),
                    plan.names.shadow,
                    key.is_given("s"),
                    new.is_broken()
                )
            };
            Ok(plan
                .new_keys
                .iter()
                .map(|new| connection.prepare(&sql(new)))
                .collect::<Result<_, _>>()?)
        };
        Ok(Self {
            plan,
            connection,
            by_old_key: statements(&plan.key_in_shadow)?,
            by_own_key: statements(&plan.own_key)?,
        })
    }

    /// Refuses if one of the rows that were made of those with these keys points to none.
    pub(super) fn check_taken(&mut self, keys: &[KeyValues]) -> Result {
        check_each(self.plan, &mut self.by_old_key, keys)
    }

    /// Asks the next rows of the shadow behind `cursor`, at most `limit`. Gives how many there were, and the last one.
    fn check_next(
        &mut self,
        cursor: Option<&KeyValues>,
        limit: u64,
    ) -> Result<(u64, Option<KeyValues>)> {
        let plan = self.plan;
        let mut keys = plan.own_key.next(self.connection, &plan.names.shadow, cursor, limit)?;
        check_each(plan, &mut self.by_own_key, &keys)?;
        Ok((keys.len() as u64, keys.pop()))
    }

    /// Looks at what was noted of the parents, at most `limit` notes of each, and removes it.
    fn check_parents(&self, limit: u64) -> Result<Asked> {
        let mut asked = Asked::Nothing;
        for (number, new) in self.plan.new_keys.iter().enumerate() {
            match self.check_parent(&self.plan.names.parent(number), new, limit)? {
                Asked::Nothing => {}
                Asked::More if asked == Asked::AllRows => {}
                other => asked = other,
            }
        }
        Ok(asked)
    }

    fn check_parent(&self, notes: &str, new: &NewKey, limit: u64) -> Result<Asked> {
        let plan = self.plan;
        let at = |place: usize| format!("n.k{place}");
        let parent = new.parent_columns.iter().enumerate();
        let parent = parent.map(|(place, name)| format!("p.{} = {}", quote(name), at(place)));
        let gone = format!(
            "SELECT {} FROM (SELECT * FROM main.{notes} ORDER BY rowid LIMIT {limit}) AS n \
             WHERE NOT EXISTS (SELECT 1 FROM main.{} AS p WHERE {})",
            columns(new.columns.len()),
            quote(&new.parent),
            parent.collect::<Vec<_>>().join(" AND ")
        );
        let mut is_unknown = false;
        if new.is_indexed {
            let own = new.columns.iter().enumerate();
            let own = own.map(|(place, name)| format!("s.{} = {}", quote(name), at(place)));
            let sql = format!(
                "SELECT {} FROM ({gone}) AS n CROSS JOIN main.{} AS s ON {} WHERE {} LIMIT 1",
                plan.own_key.columns_of("s"),
                plan.names.shadow,
                own.collect::<Vec<_>>().join(" AND "),
                new.is_broken()
            );
            refuse_found(plan, new, &mut self.connection.prepare(&sql)?, &[])?;
        } else {
            let sql = format!("SELECT EXISTS ({gone})");
            is_unknown = self.connection.query_row(&sql, [], |row| row.get(0))?;
        }
        let sql = format!(
            "DELETE FROM main.{notes} WHERE rowid IN \
             (SELECT rowid FROM main.{notes} ORDER BY rowid LIMIT {limit})"
        );
        let count = self.connection.execute(&sql, [])? as u64;
        Ok(match is_unknown {
            true => Asked::AllRows,
            false if count == limit => Asked::More,
            false => Asked::Nothing,
        })
    }
}

fn check_each(plan: &Plan, statements: &mut [Statement<'_>], keys: &[KeyValues]) -> Result {
    for (new, statement) in plan.new_keys.iter().zip(statements) {
        for key in keys {
            refuse_found(plan, new, statement, key)?;
        }
    }
    Ok(())
}

/// Refuses the row that `statement` finds.
fn refuse_found(
    plan: &Plan,
    new: &NewKey,
    statement: &mut Statement<'_>,
    given: &[key::KeyValue],
) -> Result {
    let width = plan.own_key.columns.len();
    let mut rows = statement.query(params_from_iter(given))?;
    let Some(row) = rows.next()? else { return Ok(()) };
    let label = key::in_words(&plan.own_key, &key::values(row, 0, width)?);
    Err(Refusal::ForeignKeys(vec![format!(
        "{label} of `{}` points to a row that `{}` does not have",
        plan.new_table, new.parent
    )]))
}
