//! Opens libraries, all or none.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::panic::resume_unwind;
use std::path::Path;
use std::thread;

use migration_api::abi;

use super::artifact::Artifact;
use super::export::EmbeddedDigest;
use super::export::Export;
use super::failure::{LoadError, Reason};
use super::inspect::{inspect, judge_head};
use crate::direction::Direction;
use crate::ffi::{self, Opened};
use crate::id::MigrationId;
use crate::loss_name::LossName;

/// A migration that can be called. Its library stays in the process for good.
pub(crate) struct Loaded {
    pub(crate) artifact: Artifact,
    pub(crate) api_version: String,
    /// The newest migration of the oldest application that may use the database after it.
    pub(crate) usable_since: Option<MigrationId>,
    /// What it says that it takes away on its way forward.
    pub(crate) loses: Vec<LossName>,
    /// `FLAG_*` bits.
    flags: u32,
    forward: ffi::Entry,
    backward: ffi::Entry,
}

impl Loaded {
    /// The function for `direction`.
    pub(crate) fn entry(&self, direction: Direction) -> ffi::Entry {
        match direction {
            Direction::Forward => self.forward,
            Direction::Backward => self.backward,
        }
    }

    /// Whether the migration declares that it has no way back.
    pub(crate) fn is_irreversible(&self) -> bool {
        self.flags & abi::FLAG_IRREVERSIBLE != 0
    }

    /// Whether the migration is a sequence of stages.
    pub(crate) fn is_batched(&self) -> bool {
        self.flags & abi::FLAG_BATCHED != 0
    }

    /// Whether its way back may begin where its way forward has not ended.
    pub(crate) fn is_reversible_half_done(&self) -> bool {
        self.flags & abi::FLAG_REVERSIBLE_HALF_DONE != 0
    }

    /// Whether the migration runs in a transaction.
    pub(crate) fn is_transactional(&self) -> bool {
        self.flags & abi::FLAG_NO_TRANSACTION == 0
    }
}

/// Inspects the file of every artifact, and opens the libraries only if none is refused: no code runs before
/// that.
///
/// # Errors
/// A file is no migration for this runner, or not the migration it should be.
pub(crate) fn load<'a>(
    artifacts: &[(&'a Artifact, &'a Path)],
) -> Result<BTreeMap<&'a MigrationId, Loaded>, LoadError> {
    inspect_all(artifacts)?;
    let open = |(artifact, path): &(&'a Artifact, &'a Path)| {
        let opened = ffi::open(path).map_err(|error| LoadError::open(artifact, error))?;
        Ok((&artifact.id, Loaded::of(artifact, opened)?))
    };
    artifacts.iter().map(open).collect()
}

/// Inspects the files on all processors: a thousand take a while.
fn inspect_all(artifacts: &[(&Artifact, &Path)]) -> Result<(), LoadError> {
    let inspect = |(artifact, path): &(&Artifact, &Path)| {
        inspect(path, Export::MIGRATION, &artifact.source_digest)
            .map_err(|error| LoadError::new(artifact, Reason::Inspect(error)))
    };
    let processors = thread::available_parallelism().map_or(1, NonZero::get);
    let share = artifacts.len().div_ceil(processors).max(1);
    thread::scope(|scope| {
        let inspectors: Vec<_> = artifacts
            .chunks(share)
            .map(|artifacts| scope.spawn(move || artifacts.iter().try_for_each(inspect)))
            .collect();
        inspectors
            .into_iter()
            .try_for_each(|inspector| inspector.join().unwrap_or_else(|panic| resume_unwind(panic)))
    })
}

/// Whether `replaced` are older than `id`, oldest first and each once.
fn is_before(replaced: &[MigrationId], id: &MigrationId) -> bool {
    replaced.is_sorted_by(|one, next| one < next) && replaced.last().is_none_or(|last| last < id)
}

impl Loaded {
    /// The migration in `opened`, if that is the library of `artifact`.
    ///
    /// # Errors
    /// It is another, or one that this runner cannot use.
    pub(crate) fn of(artifact: &Artifact, opened: Opened) -> Result<Self, LoadError> {
        let fail = |reason| LoadError::new(artifact, reason);
        let Some(rest) = opened.rest else {
            let error = judge_head(opened.magic, opened.size, opened.major, Export::MIGRATION);
            return Err(fail(Reason::Inspect(error)));
        };
        // The file may have been replaced since it was looked at: somebody else builds, too.
        if let Some(source) = rest.source {
            let verified = EmbeddedDigest(source).verify(&artifact.source_digest);
            verified.map_err(|error| fail(Reason::Inspect(error)))?;
        }
        let host = rusqlite::version_number().unsigned_abs();
        if rest.sqlite_minimum > host {
            return Err(fail(Reason::NeedsNewerSqlite { needed: rest.sqlite_minimum }));
        }
        if rest.flags & !abi::KNOWN_FLAGS != 0 {
            return Err(fail(Reason::UnknownFlags { api: rest.api_version }));
        }
        if rest.id != artifact.id.as_str() {
            return Err(fail(Reason::OtherMigration { found: rest.id }));
        }
        let usable_since = match rest.usable_since.as_str() {
            "" => None,
            text => match text.parse() {
                Ok(id) if id < artifact.id => Some(id),
                _ => return Err(fail(Reason::UsableSince { text: rest.usable_since })),
            },
        };
        let replaces: Result<Vec<MigrationId>, _> =
            rest.replaces.iter().map(|id| id.parse()).collect();
        match replaces {
            Ok(replaces) if replaces == artifact.replaces && is_before(&replaces, &artifact.id) => {
            }
            _ => {
                let planned = artifact.replaces.len();
                return Err(fail(Reason::Replaces { texts: rest.replaces, planned }));
            }
        }
        let mut loses = Vec::with_capacity(rest.loses.len());
        for text in rest.loses {
            match text.parse() {
                Ok(name) => loses.push(name),
                Err(source) => return Err(fail(Reason::Loses { text, source })),
            }
        }
        Ok(Self {
            usable_since,
            loses,
            artifact: artifact.clone(),
            api_version: rest.api_version,
            flags: rest.flags,
            forward: rest.forward,
            backward: rest.backward,
        })
    }
}
