//! What is applied, what is pending, and what is applied without a crate.

use serde::Serialize;

use crate::id::MigrationId;
use crate::record::Record;

/// The state of every migration that has a crate or a history row, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Status {
    /// One entry for each.
    pub migrations: Vec<Entry>,
}

/// One migration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// The migration.
    pub id: MigrationId,
    /// Its state.
    pub state: State,
    /// Its history row, if it is applied.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub record: Option<Applied>,
}

/// What the history tells about an applied migration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Applied {
    /// When it was applied, in UTC.
    pub applied_at: jiff::Timestamp,
    /// How long its own code ran, in microseconds.
    pub duration_us: u64,
}

/// The state of a migration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// In the history, and its crate is there.
    Applied,
    /// Not in the history.
    Pending,
    /// In the history, and its crate is gone.
    Missing,
}

impl Status {
    /// Compares the crates there are with the history; both in ascending order.
    #[must_use]
    pub fn compare(known: &[MigrationId], history: &[Record]) -> Self {
        let pending = known
            .iter()
            .filter(|id| history.binary_search_by(|record| record.id.cmp(id)).is_err())
            .map(|id| Entry { id: id.clone(), state: State::Pending, record: None });
        let recorded = history.iter().map(|record| Entry {
            id: record.id.clone(),
            state: match known.binary_search(&record.id) {
                Ok(_) => State::Applied,
                Err(_) => State::Missing,
            },
            record: Some(Applied {
                applied_at: record.applied_at,
                duration_us: record.duration_us,
            }),
        });
        let mut migrations: Vec<Entry> = pending.chain(recorded).collect();
        migrations.sort_by(|a, b| a.id.cmp(&b.id));
        Self { migrations }
    }

    /// How many migrations are in `state`.
    #[must_use]
    pub fn count(&self, state: State) -> usize {
        self.migrations.iter().filter(|entry| entry.state == state).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crates_and_history_are_merged_in_order() {
        let ids: Vec<MigrationId> = ["20250101_000000_a", "20250102_000000_b", "20250103_000000_c"]
            .map(|text| text.parse().unwrap())
            .to_vec();
        let record = |id: &MigrationId| Record {
            id: id.clone(),
            applied_at: jiff::Timestamp::UNIX_EPOCH,
            duration_us: 5,
            source_digest: String::new(),
            schema_digest: String::new(),
            runner_version: String::new(),
            api_version: String::new(),
            sqlite_version: String::new(),
        };
        let status =
            Status::compare(&[ids[0].clone(), ids[2].clone()], &[record(&ids[0]), record(&ids[1])]);
        let states: Vec<_> = status.migrations.iter().map(|entry| entry.state).collect();
        assert_eq!(states, [State::Applied, State::Missing, State::Pending]);
        assert_eq!(
            [State::Applied, State::Missing, State::Pending].map(|state| status.count(state)),
            [1, 1, 1]
        );
        assert_eq!(
            serde_json::to_string(&status.migrations[0]).unwrap(),
            r#"{"id":"20250101_000000_a","state":"applied","applied_at":"1970-01-01T00:00:00Z","duration_us":5}"#
        );
    }
}
