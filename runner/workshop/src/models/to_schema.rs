//! Reads models, and makes their schema.

use std::path::Path;

use migration_api::difference::Rename;

use super::build::{MODELS, ModelsLibrary, build};
use super::failure::{LoadReason, ModelsError};
use super::scratch::{Limits, Scratch};
use super::set_aside::Visible;
use super::source::ModelsSource;
use crate::cargo::BuildOptions;
use crate::described::{Described, Origin, Sql};
use crate::ffi;
use crate::schema::Blueprint;
use runner_engine::ApplicationNames;
use runner_engine::Stop;
use runner_engine::load::{EmbeddedDigest, inspect, judge_head};
use runner_engine::regular_file;

/// What the database should be.
#[derive(Debug)]
pub struct Models {
    /// The schema that the statements make.
    pub schema: Blueprint,
    /// The old names that the models give.
    pub renames: Vec<Rename>,
}

impl Described {
    /// Runs the SQL on a database in memory, which `of` names in errors.
    ///
    /// # Errors
    /// A statement that makes no part of a schema, or that SQLite refuses, or that takes too long or too much; a foreign key that leads
    /// nowhere; a view or trigger that does not compile: each with its line.
    pub fn read(
        self,
        of: impl Into<String>,
        application: &ApplicationNames,
    ) -> Result<Models, ModelsError> {
        let scratch = self.scratch(application)?;
        scratch.prove()?;
        let mut renames = self.renames;
        let (connection, found) = scratch.finish()?;
        renames.extend(found);
        let schema = Blueprint::of_connection(connection, of, application);
        schema.schema()?;
        Ok(Models { schema, renames })
    }

    /// A database where all statements ran.
    fn scratch(&self, application: &ApplicationNames) -> Result<Scratch, ModelsError> {
        let new = |visible| -> Result<Scratch, ModelsError> {
            let scratch = Scratch::new(Limits::USUAL, visible)?;
            let texts = self.sql.iter().map(|sql| sql.text.as_str());
            application
                .register_substitutes(&scratch.connection, texts)
                .map_err(ModelsError::Scratch)?;
            Ok(scratch)
        };
        let mut scratch = new(Visible::Newest)?;
        match scratch.run_all(&self.sql) {
            Ok(()) => Ok(scratch),
            Err(error) if scratch.is_doubtful(&error) => {
                let mut scratch = new(Visible::All)?;
                scratch.run_all(&self.sql)?;
                Ok(scratch)
            }
            Err(error) => Err(error),
        }
    }
}

/// Reads the models in the file of SQL at `path`.
///
/// # Errors
/// As [`Described::read`]; the file cannot be read.
pub fn read_sql(path: &Path, application: &ApplicationNames) -> Result<Models, ModelsError> {
    ModelsSource::SqlFile(path.to_owned()).inspect()?;
    let text = regular_file::read_text(path, regular_file::SCHEMA)
        .map_err(|source| ModelsError::Unreadable { path: path.to_owned(), source })?;
    let file = path.file_name().unwrap_or_default().to_string_lossy();
    let of = format!("`{file}`");
    let sql = Sql { origin: Origin::File(file.into_owned()), text };
    Described { sql: vec![sql], renames: Vec::new() }.read(of, application)
}

/// What the models of a crate are called.
pub const OF_A_CRATE: &str = "the models";

/// Reads models of either kind. Those of a crate are built, and their code runs in this process.
///
/// # Errors
/// As [`read_sql`], [`build`] and [`describe`].
pub fn read(
    source: &ModelsSource,
    application: &ApplicationNames,
    options: BuildOptions,
    stop: &Stop,
) -> Result<Models, ModelsError> {
    match source {
        ModelsSource::SqlFile(path) => read_sql(path, application),
        ModelsSource::Crate(folder) => {
            describe(&build(folder, options, stop, &mut |_| {})?)?.read(OF_A_CRATE, application)
        }
    }
}

/// Looks at `library`, opens it for good, and has it say what its models are. Its code runs in this
/// process. It may hold an SQLite of its own, as that of an application does: nothing of that is called,
/// and its names are not seen outside of it.
///
/// # Errors
/// The file is no library of models for this runner, or of another source; it panicked.
pub fn describe(library: &ModelsLibrary) -> Result<Described, ModelsError> {
    let ModelsLibrary { path, source_digest } = library;
    let fail = |reason| ModelsError::Load { library: path.clone(), reason };
    let wrong = |error| fail(LoadReason::Inspect(error));
    inspect(path, MODELS, source_digest).map_err(wrong)?;
    match ffi::open_models(path).map_err(|error| fail(LoadReason::Open(error)))? {
        Ok(models) => {
            // The file may have been replaced since it was looked at.
            if let Some(source) = models.source {
                EmbeddedDigest(source).verify(source_digest).map_err(wrong)?;
            }
            models.describe().map_err(|failure| fail(LoadReason::Failed(failure)))
        }
        Err(head) => Err(wrong(judge_head(head.magic, head.size, head.major, MODELS))),
    }
}
