//! How a database stands to its migrations.

use std::fs;
use std::path::PathBuf;

use jiff::Timestamp;
use runner_engine::drift::{Drift, SchemaChange};
use runner_engine::hint::Hint;

use runner_engine::record::{self, Happened, Replaced};
use runner_engine::repeatable::Change;
use runner_engine::status::{Entry, State, Status};
use runner_engine::{MigrationId, Verdict};
use rusqlite::Connection;
use serde::Serialize;

use super::timeline::Happening;
use crate::error::Error;
use crate::project::Project;
use crate::source_difference::{self, FileDifference};

/// How things stand.
#[derive(Debug, Clone, Serialize)]
pub struct Now {
    /// Every migration that has a crate or is applied, oldest first.
    pub migrations: Vec<Entry>,
    /// What trials and rehearsals found of these, as their sources are.
    pub verdicts: Vec<VerdictFound>,
    /// How many are applied.
    pub applied: usize,
    /// How many are not.
    pub pending: usize,
    /// How many are applied and have no crate.
    pub missing: usize,
    /// What has drifted.
    pub drift: Vec<DriftFound>,
    /// What was applied, and replaced by another since.
    pub replaced: Vec<Replaced>,
    /// The views and triggers that are others than their files say.
    pub repeatable: Vec<Change>,
    /// Whether the database is backed up before a step.
    pub backs_up: bool,
    /// The backups that the log has, the newest first.
    pub backups: Vec<BackupMade>,
}

/// What trials and rehearsals found of a migration.
#[derive(Debug, Clone, Serialize)]
pub struct VerdictFound {
    /// The migration.
    pub id: MigrationId,
    /// In a few words.
    pub words: String,
    /// Whether it takes away what it does not declare, though it must.
    pub is_undeclared: bool,
    /// All of it.
    #[serde(flatten)]
    pub verdict: Verdict,
}

/// Something that has drifted.
#[derive(Debug, Clone, Serialize)]
pub struct DriftFound {
    /// What.
    #[serde(flatten)]
    pub drift: Drift,
    /// The same in words.
    pub message: String,
    /// Of a schema, the statements that are gone and new, a line each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<String>,
    /// Of a source, in what its files are others; `None`: the log does not have what was applied.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub files: Option<Vec<FileDifference>>,
    /// The ways out, one of which is to be taken.
    #[serde(skip)]
    pub ways_out: Vec<Hint>,
}

/// A backup that was made before a step.
#[derive(Debug, Clone, Serialize)]
pub struct BackupMade {
    /// When.
    pub at: Option<Timestamp>,
    /// The file.
    pub file: PathBuf,
    /// How large it is, in bytes; `None`: it is not there any more.
    pub bytes: Option<u64>,
}

impl Now {
    pub(super) fn read(
        project: &Project,
        connection: Option<&Connection>,
        status: Status,
        happenings: &[Happening],
    ) -> Result<Self, Error> {
        let applied = status.migrations.iter().filter(|entry| entry.record.is_some()).count();
        let verdicts = project.verdicts_of(&status)?.into_iter();
        let verdicts = verdicts.map(|(id, verdict)| {
            let words = verdict.to_string();
            VerdictFound { id, words, is_undeclared: verdict.is_undeclared(), verdict }
        });
        let missing = status.count(State::Missing) + status.count(State::Newer);
        let drift = status.drift.into_iter().map(|drift| found(project, connection, drift));
        Ok(Self {
            verdicts: verdicts.collect(),
            applied,
            pending: status.migrations.len() - applied,
            missing,
            drift: drift.collect::<Result<_, Error>>()?,
            replaced: status.replaced,
            repeatable: status.repeatable,
            migrations: status.migrations,
            backs_up: project.config().backup,
            backups: backups(happenings),
        })
    }
}

fn found(
    project: &Project,
    connection: Option<&Connection>,
    drift: Drift,
) -> Result<DriftFound, Error> {
    let message = drift.to_string();
    let message = message.lines().next().unwrap_or_default().trim_end_matches(':').to_owned();
    let lines = match &drift {
        Drift::SchemaChanged { changes, .. } => {
            changes.iter().flat_map(SchemaChange::lines).collect()
        }
        _ => Vec::new(),
    };
    let files = match (&drift, connection) {
        (
            Drift::Edited { id, recorded, .. } | Drift::EditedHalfDone { id, recorded, .. },
            Some(connection),
        ) => {
            let before = record::source(connection, id, recorded)?;
            let now = project.source().source_text(id)?;
            before.zip(now).map(|(before, now)| source_difference::between(&before, &now))
        }
        _ => None,
    };
    Ok(DriftFound { ways_out: drift.ways_out(), message, lines, files, drift })
}

fn backups(happenings: &[Happening]) -> Vec<BackupMade> {
    let made = happenings.iter().rev().map(|happening| &happening.entry);
    let made = made.filter(|entry| entry.what == Happened::BackedUp);
    made.filter_map(|entry| {
        let file = PathBuf::from(entry.detail.as_ref()?);
        let bytes = fs::metadata(&file).ok().map(|file| file.len());
        Some(BackupMade { at: entry.at, file, bytes })
    })
    .collect()
}
