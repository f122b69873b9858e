//! The operations from one schema to another, and back. Both are tried before they are written down: forward they
//! must give the target schema, and backward the original one.

use migration_api::Migrator;
use migration_api::difference::{self, Change, Difference, Loss, Options};
use migration_api::operation::Operation;
use migration_api::schema::normal::ColumnOrder;
use runner_engine::plan::Direction;

use super::fill::{self, Fill};
use crate::error::{AutogenerateError, Error, chain};
use crate::scaffold::{Backward, Directions, Written};
use crate::schema::{Blueprint, Diff};

/// The two ways of a migration.
#[derive(Debug, Clone)]
pub struct Derived {
    /// From what there is to what is wanted.
    pub forward: Difference,
    /// The way back.
    pub backward: WayBack,
}

/// The way back to what there is.
#[derive(Debug, Clone)]
pub enum WayBack {
    /// These operations give it back.
    Operations(Difference),
    /// None do: what there is may be damaged, as by a foreign key to a table that is gone.
    None {
        /// Why not, a sentence each.
        reasons: Vec<String>,
    },
}

impl Derived {
    /// The changes of both ways.
    pub fn changes(&self) -> impl Iterator<Item = &Change> {
        self.forward.changes.iter().chain(self.backward.changes())
    }

    /// Both ways, with a comment where something may be lost, and a place for the author where only
    /// the author can decide.
    #[must_use]
    pub fn ways(&self) -> Directions {
        let way = |changes: &[Change], direction| {
            changes.iter().map(|change| written(change, direction)).collect()
        };
        Directions {
            forward: way(&self.forward.changes, Direction::Forward),
            backward: match &self.backward {
                WayBack::Operations(back) => {
                    Backward::Operations(way(&back.changes, Direction::Backward))
                }
                WayBack::None { reasons } => Backward::Underivable { reasons: reasons.clone() },
            },
        }
    }
}

impl WayBack {
    /// What it does.
    #[must_use]
    pub fn changes(&self) -> &[Change] {
        match self {
            Self::Operations(difference) => &difference.changes,
            Self::None { .. } => &[],
        }
    }

    /// `found`, or why there is no way back. What makes no sense in either direction stays an error.
    fn of(found: Result<Difference, Error>) -> Result<Self, Error> {
        match found {
            Ok(difference) => Ok(Self::Operations(difference)),
            Err(Error::Autogenerate(error)) => match error.no_way() {
                Some(reasons) => Ok(Self::None { reasons }),
                None => Err(error.into()),
            },
            Err(error) => Err(error),
        }
    }
}

/// Derives the operations that make `to` of `from`, and those that take them back, and proves both
/// on a copy of `from`. `None`: nothing has to change.
///
/// What a row gets where nobody can know it is taken from `fills`; where they do not say, the change
/// stays undecided.
///
/// # Errors
/// A rename or a fill of something that is not there; a difference that no operation can make up
/// without losing rows; operations that do not give what they should, with the difference. That there is
/// no way back is no error.
pub fn derive(
    from: &Blueprint,
    to: &Blueprint,
    options: &Options,
    fills: &[Fill],
) -> Result<Option<Derived>, Error> {
    let mut forward = compare(from, to, options)?;
    if forward.is_empty() {
        return Ok(None);
    }
    refuse_beyond(&forward, Direction::Forward)?;
    let found = compare(to, from, &options.back(&forward)).and_then(|difference| {
        refuse_beyond(&difference, Direction::Backward)?;
        Ok(difference)
    });
    let mut backward = WayBack::of(found)?;
    fill::fill(&mut forward, &mut backward, fills)?;
    let proof = Proof::of(from, to, options.column_order)?;
    proof.prove(Direction::Forward, &forward, to)?;
    if let WayBack::Operations(difference) = backward {
        let proven = proof.prove(Direction::Backward, &difference, from);
        backward = WayBack::of(proven.map(|()| difference))?;
    }
    Ok(Some(Derived { forward, backward }))
}

/// The operations from one schema to another, not tried.
///
/// # Errors
/// A rename of something that is not there.
pub fn compare(from: &Blueprint, to: &Blueprint, options: &Options) -> Result<Difference, Error> {
    let (before, after) = (from.schema()?, to.schema()?);
    Ok(difference::between_on(Blueprint::trial(from, to)?, &before, &after, options)
        .map_err(AutogenerateError::from)?)
}

/// Refuses models that have no table where the migrations have some: what was to be written there was not.
///
/// # Errors
/// So it is, with the tables that would go; a schema that cannot be read.
pub fn refuse_no_tables(from: &Blueprint, models: &Blueprint) -> Result<(), Error> {
    let names = |blueprint: &Blueprint| -> Result<Vec<String>, Error> {
        let normal = blueprint.schema()?.normal();
        let kept = normal.tables.iter().map(|table| &table.name);
        let virtual_tables = normal.virtual_tables.iter().map(|table| &table.name);
        Ok(kept.chain(virtual_tables).map(String::from).collect())
    };
    let tables = names(from)?;
    if tables.is_empty() || !names(models)?.is_empty() {
        return Ok(());
    }
    let models = models.of().to_owned();
    Err(AutogenerateError::NoTables { models, tables }.into())
}

pub(super) fn refuse_beyond(
    difference: &Difference,
    direction: Direction,
) -> Result<(), AutogenerateError> {
    match difference.beyond.as_slice() {
        [] => Ok(()),
        beyond => {
            let sentences = beyond.iter().map(ToString::to_string).collect();
            Err(AutogenerateError::Beyond { direction, sentences })
        }
    }
}

/// A copy of a schema, without rows that would need what is undecided.
pub(super) struct Proof {
    trial: Blueprint,
    order: ColumnOrder,
}

impl Proof {
    pub(super) fn of(from: &Blueprint, to: &Blueprint, order: ColumnOrder) -> Result<Self, Error> {
        Ok(Self { trial: from.copy_to_try(to, "what the operations give")?, order })
    }

    /// Proves that `difference` gives `wanted`.
    ///
    /// # Errors
    /// Operations that are refused, or that give something else.
    pub(super) fn prove(
        &self,
        direction: Direction,
        difference: &Difference,
        wanted: &Blueprint,
    ) -> Result<(), Error> {
        Migrator::new(self.trial.connection()).run(difference.operations()).map_err(|error| {
            AutogenerateError::Refused { direction, reasons: chain(error.source()) }
        })?;
        match Diff::between(&self.trial, wanted, self.order)? {
            Some(diff) => Err(AutogenerateError::NotProven { direction, diff }.into()),
            None => Ok(()),
        }
    }
}

pub(super) fn written(change: &Change, direction: Direction) -> Written {
    let mut written = Written::from(change.operation.clone());
    written.loses_values = change.losses.iter().any(|loss| matches!(loss, Loss::Values { .. }));
    for loss in &change.losses {
        written = written.noted(sentence(&loss.to_string()));
    }
    let Some(undecided) = &change.undecided else { return written };
    match (direction, &change.operation) {
        // NULL was allowed between the two ways: rows that made use of it may be refused.
        (Direction::Backward, Operation::SetNotNull { .. }) => written.noted(
            "Refused while a row holds NULL; `set_not_null_filling` says what takes its place.",
        ),
        _ => written.undecided(undecided.to_string()),
    }
}

/// `text` as a sentence of its own.
fn sentence(text: &str) -> String {
    let mut rest = text.chars();
    let first = rest.next().map(|first| first.to_uppercase().collect::<String>());
    format!("{}{}.", first.unwrap_or_default(), rest.as_str())
}
