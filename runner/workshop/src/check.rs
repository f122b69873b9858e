//! What `runner check` finds: everything that must stop a deployment.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use migration_api::difference::{Options, Rename};
use migration_api::schema::normal::ColumnOrder;
use serde::Serialize;

use crate::autogenerate::compare;
use crate::error::Error;
use crate::project::Project;
use crate::schema::{Blueprint, Diff};
use runner_engine::backup::{self, Soundness, Unverified, Verification};
use runner_engine::bundle::Manifest;
use runner_engine::database::{Database, DatabaseError};
use runner_engine::drift::Drift;
use runner_engine::hint::{Action, Hint};
use runner_engine::repeatable::{Change, ChangeKind, ProgramKind, RepeatableFile};
use runner_engine::status::{Entry, State, Status};
use runner_engine::{LossName, MigrationId, Verdict};

/// One thing that is not as it must be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Finding {
    /// A migration is not applied.
    Pending {
        /// The migration.
        id: MigrationId,
    },
    /// A view or a trigger is another in the database than its file says.
    Repeatable {
        /// Which, and in what.
        #[serde(flatten)]
        change: RepeatableChange,
    },
    /// The crates, the history and the schema do not agree.
    Drift {
        /// In what.
        drift: Drift,
    },
    /// The database is damaged.
    Damaged {
        /// What SQLite found.
        found: String,
    },
    /// The migrations give another schema than the models.
    Models {
        /// In what they differ.
        diff: Diff,
        /// What a migration from the one to the other would lose, a sentence each.
        losses: Vec<String>,
    },
    /// A migration that is not applied loses what it does not declare.
    UndeclaredLoss {
        /// The migration.
        id: MigrationId,
        /// What it does not declare.
        names: Vec<LossName>,
        /// Whether it has no way back, and does not say so.
        no_way_back: bool,
    },
    /// A migration that is not applied failed when it was tried.
    FailedTrial {
        /// The migration.
        id: MigrationId,
    },
    /// A migration that is not applied was not tried with the source that it has now.
    NotTried {
        /// The migration.
        id: MigrationId,
    },
    /// A bundle is not what the folder of migrations says.
    Bundle {
        /// The bundle.
        bundle: PathBuf,
        /// The migration.
        id: MigrationId,
        /// In what they differ.
        difference: BundleDifference,
    },
    /// A bundle has not the views and triggers of a file as it is.
    BundleFile {
        /// The bundle.
        bundle: PathBuf,
        /// The file.
        file: String,
        /// In what they differ.
        difference: BundleDifference,
    },
}

/// A view or a trigger that is another in the database than its file says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RepeatableChange {
    /// What it is; `kind` is that of the finding.
    pub object: ProgramKind,
    /// Its name.
    pub name: String,
    /// The file that defines it, or did.
    pub file: Option<String>,
    /// What is the matter with it.
    pub change: ChangeKind,
}

impl From<Change> for RepeatableChange {
    fn from(Change { kind: object, name, file, change }: Change) -> Self {
        Self { object, name, file, change }
    }
}

/// In what a bundle and a folder differ about a migration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum BundleDifference {
    /// The folder has it, and the bundle does not.
    Missing,
    /// The bundle has it, built from another source.
    Edited,
    /// The bundle has it, and the folder does not.
    Newer,
}

impl Finding {
    /// In what the migrations and the models differ, if they do. What is lost on the way is found where the way is
    /// clear without an answer from a person.
    ///
    /// # Errors
    /// A schema that cannot be read; older names of which nothing shows whether they are changed already.
    pub fn models(
        migrations: &Blueprint,
        models: &Blueprint,
        was: &[Rename],
    ) -> Result<Option<Self>, Error> {
        let options = Options { was: was.to_vec(), ..Options::default() };
        let Some(diff) = Diff::between(migrations, models, ColumnOrder::Any)? else {
            // Names that go round among things that look the same leave no difference of the schemas.
            if !was.is_empty() {
                compare(migrations, models, &options)?;
            }
            return Ok(None);
        };
        let losses = match compare(migrations, models, &options) {
            Ok(difference) => difference.losses_of_values().map(ToString::to_string).collect(),
            Err(_) => Vec::new(),
        };
        Ok(Some(Self::Models { diff, losses }))
    }

    /// What is pending.
    pub fn pending(status: &Status) -> impl Iterator<Item = Self> {
        let is_pending = |entry: &&Entry| match entry.state {
            State::Pending | State::OutOfOrder => true,
            // Half way back, it is applied still.
            State::HalfDone => entry.record.is_none(),
            _ => false,
        };
        let pending = status.migrations.iter().filter(is_pending);
        let changes = status.repeatable.iter().cloned();
        pending
            .map(|entry| Self::Pending { id: entry.id.clone() })
            .chain(changes.map(|change| Self::Repeatable { change: change.into() }))
    }

    /// What is wrong with the losses of what is to be run, by what is known of it.
    pub fn destructive<'s>(
        status: &'s Status,
        verdicts: &'s BTreeMap<MigrationId, Verdict>,
    ) -> impl Iterator<Item = Self> {
        let to_be_run =
            status.migrations.iter().filter(|it| it.record.is_none() && !it.to_be_recorded);
        to_be_run.filter_map(|entry| {
            let id = entry.id.clone();
            match verdicts.get(&id) {
                None => Some(Self::NotTried { id }),
                Some(verdict) if verdict.is_undeclared() => Some(Self::UndeclaredLoss {
                    id,
                    names: verdict.undeclared().cloned().collect(),
                    no_way_back: verdict.hides_missing_way_back(),
                }),
                Some(verdict) if verdict.failed => Some(Self::FailedTrial { id }),
                Some(_) => None,
            }
        })
    }

    /// What has drifted. A migration that is pending and older than the last applied is one that is
    /// pending, too.
    pub fn drift(status: &Status) -> impl Iterator<Item = Self> {
        status.drift.iter().map(|drift| Self::Drift { drift: drift.clone() })
    }

    /// What it is, in a line.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Self::Pending { id } => format!("pending: `{id}` is not applied"),
            Self::Repeatable { change: RepeatableChange { object, name, change, .. } } => {
                format!("pending: the {object} `{name}` ({change})")
            }
            Self::Drift { drift } => format!("drift: {drift}"),
            Self::Damaged { found } => format!("damaged: {found}"),
            Self::Models { diff, .. } => format!("models: {} and {} differ", diff.from, diff.to),
            Self::UndeclaredLoss { id, names, no_way_back } => {
                format!("destructive: `{id}` {}", undeclared(names, *no_way_back))
            }
            Self::FailedTrial { id } => format!("destructive: `{id}` failed when it was tried"),
            Self::NotTried { id } => {
                format!("destructive: what `{id}` loses is not known, it was not tried as it is")
            }
            Self::Bundle { id, difference, .. } => match difference {
                BundleDifference::Missing => format!("bundle: `{id}` is not in it"),
                BundleDifference::Edited => {
                    format!("bundle: `{id}` was edited since it was packed")
                }
                BundleDifference::Newer => {
                    format!("bundle: `{id}` is in it, and not in the folder of migrations")
                }
            },
            Self::BundleFile { file, difference, .. } => match difference {
                BundleDifference::Missing => format!("bundle: `{file}` is not in it"),
                BundleDifference::Edited => {
                    format!("bundle: `{file}` was edited since it was packed")
                }
                BundleDifference::Newer => {
                    format!("bundle: `{file}` is in it, and not in the folder")
                }
            },
        }
    }

    /// What to do next.
    #[must_use]
    pub fn ways_out(&self) -> Vec<Hint> {
        match self {
            Self::Pending { .. } | Self::Repeatable { .. } => vec![Action::Migrate.into()],
            Self::Drift { drift } => drift.ways_out(),
            Self::Damaged { found } => vec![backup::repair_of(found)],
            Self::Models { losses, .. } if !losses.is_empty() => vec![
                Hint::from(Action::WriteMigrationForModels)
                    .and(" asks about each loss and writes the migration that is missing; ")
                    .and(Action::WriteLossyMigrationForModels)
                    .and(" asks nothing"),
            ],
            Self::Models { .. } => {
                vec![
                    Hint::from(Action::WriteMigrationForModels)
                        .and(" writes the migration that is missing"),
                ]
            }
            Self::UndeclaredLoss { names, no_way_back, .. } => {
                let mut constants = Vec::new();
                if *no_way_back {
                    constants.push("`REVERSIBLE`");
                }
                if !names.is_empty() {
                    constants.push("`LOSES`");
                }
                vec![
                    format!("say so in its {}", constants.join(" and its ")).into(),
                    "let its way back give it back".into(),
                ]
            }
            Self::FailedTrial { .. } => {
                vec![Hint::from(Action::TryMigrations).and(" shows why")]
            }
            Self::NotTried { .. } => {
                vec![Hint::from(Action::TryMigrations).and(" tries it")]
            }
            Self::Bundle { bundle, difference: BundleDifference::Newer, .. } => vec![
                "bring the folder to the version of the code that has it".into(),
                Hint::from(Action::BundleAnew(bundle.clone()))
                    .and(" makes the bundle anew, without it"),
            ],
            Self::Bundle { bundle, .. } | Self::BundleFile { bundle, .. } => {
                vec![Hint::from(Action::BundleAnew(bundle.clone())).and(" makes it anew")]
            }
        }
    }
}

/// What a migration does not declare, as the rest of a sentence about it: it loses what `names` says, or it has no way
/// back.
#[must_use]
pub fn undeclared(names: &[LossName], no_way_back: bool) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    let names = names.join(", ");
    match (names.is_empty(), no_way_back) {
        (true, _) => "has no way back and does not say so".to_owned(),
        (false, false) => format!("loses {names} and does not say so"),
        (false, true) => format!("loses {names}, has no way back, and does not say so"),
    }
}

/// In what the bundle `named`, which says `manifest` of itself, is not what the folder of `project` says:
/// by the sources of migrations, oldest first. What they were built with does not count. Never writes.
///
/// # Errors
/// A crate that cannot be read.
pub fn against_bundle(
    project: &Project,
    named: &Path,
    manifest: &Manifest,
) -> Result<Vec<Finding>, Error> {
    let finding = |id: &MigrationId, difference| Finding::Bundle {
        bundle: named.to_owned(),
        id: id.clone(),
        difference,
    };
    let mut packed: BTreeMap<_, _> =
        manifest.migrations.iter().map(|it| (&it.id, &it.source_digest)).collect();
    let mut findings = BTreeMap::new();
    for id in project.migrations() {
        let difference = match packed.remove(id) {
            None => BundleDifference::Missing,
            Some(digest) if *digest == project.source_digest(id)? => continue,
            Some(_) => BundleDifference::Edited,
        };
        findings.insert(id, finding(id, difference));
    }
    findings.extend(packed.into_keys().map(|id| (id, finding(id, BundleDifference::Newer))));
    let files = files_against_bundle(project, named, manifest)?;
    Ok(findings.into_values().chain(files).collect())
}

/// In what the files of views and triggers are others in a bundle than in their folder, in the order of their names.
fn files_against_bundle(
    project: &Project,
    named: &Path,
    manifest: &Manifest,
) -> Result<Vec<Finding>, Error> {
    let definitions = project.definitions()?.unwrap_or_default();
    let texts = |files: &[RepeatableFile]| -> BTreeMap<String, String> {
        files.iter().map(|it| (it.file.clone(), it.text.clone())).collect()
    };
    let (here, mut packed) =
        (texts(definitions.files()), texts(manifest.repeatable.as_deref().unwrap_or_default()));
    let mut differences = BTreeMap::new();
    for (file, text) in here {
        match packed.remove(&file) {
            None => drop(differences.insert(file, BundleDifference::Missing)),
            Some(packed) if packed == text => {}
            Some(_) => drop(differences.insert(file, BundleDifference::Edited)),
        }
    }
    differences.extend(packed.into_keys().map(|file| (file, BundleDifference::Newer)));
    let finding =
        |(file, difference)| Finding::BundleFile { bundle: named.to_owned(), file, difference };
    Ok(differences.into_iter().map(finding).collect())
}

/// What a look through the whole database found.
#[derive(Debug, Default)]
pub struct Verified {
    /// The first thing that is broken.
    pub damage: Option<Finding>,
    /// What could not be looked at, and why not.
    pub unverified: Vec<Unverified>,
}

/// Looks through the whole database, if there is one: every page, and every index against its table.
///
/// # Errors
/// It cannot be read.
pub fn verify(database: &Database, patience: Duration) -> Result<Verified, DatabaseError> {
    let Some(connection) = database.look(patience)? else { return Ok(Verified::default()) };
    let found = backup::look_through(&connection, Verification::Paranoid);
    Ok(match found.map_err(|source| database.sqlite_error(source))? {
        Soundness::Damaged(found) => {
            Verified { damage: Some(Finding::Damaged { found }), ..Verified::default() }
        }
        Soundness::Sound(unverified) => Verified { damage: None, unverified },
    })
}
