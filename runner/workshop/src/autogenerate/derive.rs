//! The operations from one schema to another, and back.

use migration_api::difference::{self, Change, Difference, Options};

use super::fill::{self, Fill};
use super::proof;
use crate::error::AutogenerateError;
use crate::error::Error;
use crate::schema::Blueprint;
use runner_engine::plan::Direction;

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
    let proof = proof::Proof::of(from, to, options.column_order)?;
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

fn refuse_beyond(difference: &Difference, direction: Direction) -> Result<(), AutogenerateError> {
    match difference.beyond.as_slice() {
        [] => Ok(()),
        beyond => {
            let sentences = beyond.iter().map(ToString::to_string).collect();
            Err(AutogenerateError::Beyond { direction, sentences })
        }
    }
}
