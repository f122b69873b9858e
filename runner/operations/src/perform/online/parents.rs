//! New foreign keys: that each row points to one that is there, asked in pieces, and asked again where a row of the
//! table or of its parent has changed since.

use rusqlite::{Connection, Statement, params_from_iter};

use super::foreign_keys::NewKey;
use super::key::{self, Key, KeyValues};
use super::notes::{self, Followed, What, columns};
use super::plan::{Plan, Planned};
use super::shadow::make_row;
use super::{Result, names::Names};
use crate::operation::Refusal;
use crate::schema::name::quote;

/// Makes what follows the parents of new foreign keys: the keys of rows that are gone are noted.
pub(super) fn follow(connection: &Connection, planned: &Planned) -> Result {
    let Planned { plan, parents, .. } = planned;
    for (number, (key, (parent, unique_keys))) in plan.new_keys.iter().zip(parents).enumerate() {
        let notes = plan.names.parent(number);
        let (row, trigger) = (row(&notes), format!("{notes}_on"));
        make_row(connection, &row, parent)?;
        let quoted: Vec<_> = key.parent_columns.iter().map(|column| quote(column)).collect();
        notes::follow(
            connection,
            &Followed {
                table: parent,
                keys: unique_keys,
                columns: quoted.iter().map(String::as_str).collect(),
                what: What::Gone,
                notes: &notes,
                row: &row,
                trigger: &trigger,
            },
        )?;
    }
    Ok(())
}

/// The tables that this makes.
pub(super) fn tables(plan: &Plan) -> impl Iterator<Item = (String, String)> {
    let names = |number| {
        let notes = Names::parent(&plan.names, number);
        (notes.clone(), row(&notes))
    };
    (0..plan.new_keys.len()).map(names)
}

fn row(notes: &str) -> String {
    format!("{notes}_row")
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
pub(super) enum Asked {
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
        check(self.plan, &mut self.by_old_key, keys)
    }

    /// Asks the next rows of the shadow behind `cursor`, at most `limit`. Gives how many there were, and the last one.
    pub(super) fn check_next(
        &mut self,
        cursor: Option<&KeyValues>,
        limit: u64,
    ) -> Result<(u64, Option<KeyValues>)> {
        let plan = self.plan;
        let mut keys = plan.own_key.next(self.connection, &plan.names.shadow, cursor, limit)?;
        check(plan, &mut self.by_own_key, &keys)?;
        Ok((keys.len() as u64, keys.pop()))
    }

    /// Looks at what was noted of the parents, at most `limit` notes of each, and removes it.
    pub(super) fn check_parents(&self, limit: u64) -> Result<Asked> {
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

fn check(plan: &Plan, statements: &mut [Statement<'_>], keys: &[KeyValues]) -> Result {
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
