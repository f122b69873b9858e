//! Where in a history a schema stands that is not what the applied migrations give.

use std::collections::{BTreeSet, HashMap};
use std::fmt;

use migration_api::schema::normal::line_meaning;
use runner_engine::ApplicationNames;
use rusqlite::Connection;

use super::AppliedError;
use super::failure::list;
use super::plain_replay::PlainReplay;
use crate::import::ForeignHistory;
use crate::schema::{Diff, ExcludedTables};

/// The schema of a database is not what the migrations give that are applied there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{database}` has not the schema of its applied migrations, the newest of which is `{newest}` by {place}: \
     it {position}{}; {diff}",
    other_files(edited)
)]
pub struct OtherSchema {
    /// The database.
    pub database: String,
    /// Where the tool keeps its history.
    pub place: String,
    /// The newest version that is applied.
    pub newest: String,
    /// Where in the history the schema stands.
    pub position: Position,
    /// The versions whose files are not those that were applied.
    pub edited: Vec<String>,
    /// In what it differs from what is applied.
    pub diff: Diff,
}

fn other_files(versions: &[String]) -> String {
    match versions {
        [] => String::new(),
        _ => format!(", and the files of {} are not those that were applied", list(versions)),
    }
}

/// Where in a history a schema stands, by versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Position {
    /// It is the one after this migration.
    After(String),
    /// It has a part of what the second changes.
    Between(String, String),
    /// None is nearer than the one after this migration.
    Nearest(String),
    /// None is nearer than that of an empty database.
    Beginning,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::After(version) => write!(f, "is the one after `{version}`"),
            Self::Between(before, after) => write!(f, "stands between `{before}` and `{after}`"),
            Self::Nearest(version) => write!(f, "is nearest to the one after `{version}`"),
            Self::Beginning => f.write_str("is nearest to that of an empty database"),
        }
    }
}

impl Position {
    /// Where the schema of `live` stands in `history`, by a replay of it. A migration whose SQL does not run ends the
    /// search.
    ///
    /// # Errors
    /// SQLite's.
    pub(crate) fn of(
        live: &Connection,
        history: &ForeignHistory,
        application: &ApplicationNames,
        excluded: &ExcludedTables,
    ) -> Result<Self, AppliedError> {
        let replay = PlainReplay::new(application, excluded)?;
        let wanted: HashMap<_, _> =
            replay.texts_of(live)?.into_iter().map(|(name, sql)| (name, pieces(&sql))).collect();
        let none = BTreeSet::new();
        let wanted_of = |name: &str| wanted.get(name).unwrap_or(&none);
        let mut texts = HashMap::new();
        let mut distance: usize = wanted.values().map(BTreeSet::len).sum();
        let mut nearest = (distance, Self::Beginning);
        let mut between = None;
        let mut last: Option<&str> = None;
        for migration in &history.migrations {
            if replay.run(migration).is_err() {
                break;
            }
            // Only what changed is looked at: all of it after each migration would be the square of it.
            let next = replay.texts()?;
            let names: BTreeSet<&String> = texts.keys().chain(next.keys()).collect();
            let (mut gone, mut come, mut step) = (0, 0, 0);
            for name in names {
                let (before, after) = (texts.get(name), next.get(name));
                if before == after {
                    continue;
                }
                let of = |sql: Option<&String>| sql.map_or_else(BTreeSet::new, |sql| pieces(sql));
                let (before, after) = (of(before), of(after));
                gone += apart(&before, wanted_of(name));
                come += apart(&after, wanted_of(name));
                step += apart(&before, &after);
            }
            let to = distance + come - gone;
            if to == 0 {
                return Ok(Self::After(migration.version.clone()));
            }
            // Nothing of it is outside of what leads from the one to the other.
            if let Some(last) = last.filter(|_| step > 0 && distance + to == step) {
                between = Some(Self::Between(last.to_owned(), migration.version.clone()));
            }
            if to <= nearest.0 {
                nearest = (to, Self::Nearest(migration.version.clone()));
            }
            (texts, distance, last) = (next, to, Some(migration.version.as_str()));
        }
        Ok(between.unwrap_or(nearest.1))
    }
}

/// The columns and clauses of a definition, as far as they can be told without understanding it: it is enough to
/// count how many are another's.
fn pieces(sql: &str) -> BTreeSet<String> {
    let pieces = sql.split([',', '(', ')']).map(line_meaning);
    pieces.filter(|piece| !piece.is_empty()).collect()
}

/// How many pieces are in one of them alone.
fn apart(one: &BTreeSet<String>, other: &BTreeSet<String>) -> usize {
    one.symmetric_difference(other).count()
}

#[cfg(test)]
mod examples {
    use super::*;
    use crate::messages::Examples;

    impl Examples for OtherSchema {
        fn examples() -> Vec<Self> {
            let example = |position| Self {
                database: "app.db".into(),
                place: "the table `_sqlx_migrations`".into(),
                newest: "18".into(),
                position,
                edited: Vec::new(),
                diff: Diff::example(),
            };
            vec![
                example(Position::Between("17".into(), "18".into())),
                example(Position::After("17".into())),
                example(Position::Nearest("16".into())),
                Self { edited: vec!["3".into()], ..example(Position::Beginning) },
            ]
        }
    }
}
