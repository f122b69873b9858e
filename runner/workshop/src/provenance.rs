//! Builds crates so that it is known which source each library was built from.
//!
//! Cargo judges by the times of files, and finds what it built by a path that is relative to the
//! workspace: a source may be newer in content and older in time, another clone may have the same target
//! folder, and a file may be edited while rustc reads it. So the digest of each crate's source is taken
//! before cargo is called, and handed to the crate's compiler in a variable that is for this crate alone:
//! another digest has cargo build this crate anew, and no other. The library holds it, and it is read
//! there. That nobody wrote to the source meanwhile is seen in the end.

use std::path::{Path, PathBuf};

use crate::cargo::Variables;
use crate::digest::{Snapshot, SourceError};
use runner_engine::load::{Export, InspectError, look};
use runner_engine::source_text::SourceText;

/// How often cargo is called before what is not proven is refused.
const ATTEMPTS: usize = 3;

/// What the variable with the digest begins with; the name of the package or the library follows.
/// `export_migration!` and `export_models!` know it.
const VARIABLE: &str = "RUNNER_SOURCE_DIGEST_";

/// A crate that is to be built.
pub(crate) struct Subject<'s> {
    pub(crate) folder: &'s Path,
    /// By which its compiler knows it: the package of a migration, the library of models.
    pub(crate) name: String,
    pub(crate) export: &'static Export,
    pub(crate) snapshot: fn(&Path) -> Result<Snapshot, SourceError>,
}

/// A library, and the digest of the source that it was built from.
pub(crate) struct Traced {
    pub(crate) library: PathBuf,
    pub(crate) source_digest: String,
    /// The source itself, of a migration.
    pub(crate) text: Option<SourceText>,
    pub(crate) evidence: Evidence,
}

/// How it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Evidence {
    /// The library says so.
    Embedded,
    /// Cargo was asked to build it, and the library is of an older ABI, which cannot say.
    Cargo,
}

/// Why it is not known which source a library was built from.
pub(crate) enum Doubt {
    /// The source was written to while cargo built it.
    Edited,
    /// The library is not what it should be.
    Library(PathBuf, InspectError),
}

/// Has `cargo` build `subjects` with the variables it is given, until it is known of each library which
/// source it was built from. `cargo` gives their libraries in the same order.
///
/// # Errors
/// Those of `cargo`; a source that cannot be read; what `refuse` makes of a doubt about the subject at a
/// place that building again did not resolve.
pub(crate) fn build<E: From<SourceError>>(
    subjects: &[Subject<'_>],
    mut cargo: impl FnMut(&Variables) -> Result<Vec<PathBuf>, E>,
    refuse: impl Fn(usize, Doubt) -> E,
) -> Result<Vec<Traced>, E> {
    let mut doubtful = vec![false; subjects.len()];
    let mut attempt = 1;
    loop {
        let before = snapshots(subjects)?;
        let salted = doubtful.iter().map(|doubtful| doubtful.then_some(attempt));
        let libraries = cargo(&variables(subjects, &before, salted))?;
        let after = snapshots(subjects)?;
        let mut traced = Vec::new();
        let mut first = None;
        for (place, library) in libraries.into_iter().enumerate() {
            let (before, after) = (&before[place], &after[place]);
            match judge(&subjects[place], &library, before, after) {
                Ok(evidence) => {
                    doubtful[place] = false;
                    let (source_digest, text) = (before.digest.clone(), before.text.clone());
                    traced.push(Traced { library, source_digest, text, evidence });
                }
                Err(doubt) => {
                    doubtful[place] = true;
                    first.get_or_insert((place, doubt));
                }
            }
        }
        match first {
            None => return Ok(traced),
            Some((place, doubt)) if attempt == ATTEMPTS => return Err(refuse(place, doubt)),
            Some(_) => attempt += 1,
        }
    }
}

fn snapshots(subjects: &[Subject<'_>]) -> Result<Vec<Snapshot>, SourceError> {
    subjects.iter().map(|subject| (subject.snapshot)(subject.folder)).collect()
}

/// The digests, each in its variable. Where one is in doubt the number of the attempt follows it: cargo
/// may hold what it has for fresh, and builds anew when it sees another value.
fn variables(
    subjects: &[Subject<'_>],
    sources: &[Snapshot],
    salted: impl Iterator<Item = Option<usize>>,
) -> Variables {
    let all = subjects.iter().zip(sources).zip(salted);
    let variable = |((subject, source), salt): ((&Subject<'_>, &Snapshot), Option<usize>)| {
        let salt = salt.map_or_else(String::new, |salt| format!("-{salt}"));
        (format!("{VARIABLE}{}", subject.name), format!("{}{salt}", source.digest))
    };
    all.map(variable).collect()
}

/// How it is known that `library` was built from the source as it was `before` and still is `after`. What
/// is wrong with it and no build will mend is for those who load it.
fn judge(
    subject: &Subject<'_>,
    library: &Path,
    before: &Snapshot,
    after: &Snapshot,
) -> Result<Evidence, Doubt> {
    if before != after {
        return Err(Doubt::Edited);
    }
    let doubt = |error| Doubt::Library(library.to_owned(), error);
    match look(library, subject.export, None) {
        Ok(head) => match head.source {
            Some(embedded) => {
                embedded.verify(&before.digest).map(|()| Evidence::Embedded).map_err(doubt)
            }
            None => Ok(Evidence::Cargo),
        },
        Err(error) if error.is_of_this_build() => Err(doubt(error)),
        Err(_) => Ok(Evidence::Embedded),
    }
}
