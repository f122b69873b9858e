//! Where in a history a schema stands that is not what the applied migrations give.

use std::collections::BTreeSet;
use std::fmt;

use migration_api::schema::normal::{Normal, line_meaning};
use runner_engine::ApplicationNames;

use super::failure::list;
use super::plain_replay::PlainReplay;
use crate::error::Error;
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
    /// Where `found` stands in `history`, by replays of it. A migration whose SQL does not run ends the search.
    ///
    /// # Errors
    /// A schema that is not understood.
    pub(super) fn of(
        found: &Normal,
        history: &ForeignHistory,
        application: &ApplicationNames,
        excluded: &ExcludedTables,
    ) -> Result<Self, Error> {
        let replay = PlainReplay::new(application, excluded)?;
        let wanted = lines(found);
        let mut before = lines(&replay.normal()?);
        let mut nearest = (distance(&before, &wanted), Self::Beginning);
        let mut between = None;
        let mut last: Option<&str> = None;
        for migration in &history.migrations {
            if replay.run(migration).is_err() {
                break;
            }
            let normal = replay.normal()?;
            if normal == *found {
                return Ok(Self::After(migration.version.clone()));
            }
            let after = lines(&normal);
            let (to, step) = (distance(&after, &wanted), distance(&before, &after));
            // Nothing of it is outside of what leads from the one to the other.
            let is_between = step > 0 && distance(&before, &wanted) + to == step;
            if let Some(last) = last.filter(|_| is_between) {
                between = Some(Self::Between(last.to_owned(), migration.version.clone()));
            }
            if to <= nearest.0 {
                nearest = (to, Self::Nearest(migration.version.clone()));
            }
            (before, last) = (after, Some(migration.version.as_str()));
        }
        Ok(between.unwrap_or(nearest.1))
    }
}

/// The lines of a schema by their meaning, each with the statement that it is in.
fn lines(normal: &Normal) -> BTreeSet<(String, String)> {
    let mut statement = String::new();
    let text = normal.to_string();
    let mut found = BTreeSet::new();
    for line in text.lines().filter(|line| !line.is_empty()) {
        if line.starts_with("CREATE ") {
            statement = line_meaning(line);
        }
        found.insert((statement.clone(), line_meaning(line)));
    }
    found
}

fn distance(one: &BTreeSet<(String, String)>, other: &BTreeSet<(String, String)>) -> usize {
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
