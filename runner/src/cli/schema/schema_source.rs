//! The source of a schema that an argument names: the migrations, the database, the models, a file.

use std::path::Path;

use runner::Definitions;
use runner::database::Database;
use runner::explain::Code;
use runner::models::{self, Models};
use runner::replay::InFiles;
use runner::schema::Blueprint;
use runner::{Config, Exit, Project, Target};

use super::super::args::{Common, Replaying, SchemaOf, Side};
use super::super::failure::Failure;
use super::super::signals::Signals;
use super::super::{models as child_models, open, output, replay};
use super::past;

/// Reads schemas, each from where it is.
pub(in crate::cli) struct Reader<'c> {
    common: &'c Common,
    replaying: Replaying,
    config: Config,
    signals: Signals,
}

impl<'c> Reader<'c> {
    /// For the project that the command is about. Its migrations are looked at when they are needed.
    pub(in crate::cli) fn open(common: &'c Common, replaying: Replaying) -> Result<Self, Failure> {
        Self::with(common, replaying, open::config(common, false)?)
    }

    /// For schemas of these; where all are files, no project is needed around them.
    pub(in crate::cli) fn open_for(
        common: &'c Common,
        replaying: Replaying,
        schemas: &[&SchemaOf],
    ) -> Result<Self, Failure> {
        let mut files = schemas.iter().map(|of| match of {
            SchemaOf::File(path) => Some(path.as_path()),
            _ => None,
        });
        match (files.next().flatten(), files.all(|file| file.is_some())) {
            (Some(file), true) => Self::with(common, replaying, open::config_beside(common, file)?),
            _ => Self::open(common, replaying),
        }
    }

    fn with(common: &'c Common, replaying: Replaying, config: Config) -> Result<Self, Failure> {
        Ok(Self { common, replaying, config, signals: Signals::listen()? })
    }

    pub(in crate::cli) fn config(&self) -> &Config {
        &self.config
    }

    pub(in crate::cli) fn project(&self) -> Result<Project, Failure> {
        open::project(self.config.clone())
    }

    /// Refuses a project whose database is still to be made.
    pub(in crate::cli) fn require_database(&self) -> Result<(), Failure> {
        let database = &self.config.database;
        if database.exists()? {
            return Ok(());
        }
        Err(no_database(
            &output::short(&database.path),
            "nothing was written; `runner create NAME --auto` asks no database",
        ))
    }

    /// Refuses to write over the database that the schema is of, that of the project, or a part of one.
    pub(in crate::cli) fn refuse_output(
        &self,
        output: Option<&Path>,
        of: &SchemaOf,
    ) -> Result<(), Failure> {
        let Some(output) = output else { return Ok(()) };
        self.config.database.refuse_reserved(output)?;
        match of {
            SchemaOf::File(path) if !is_sql(path) => {
                Ok(Database::at(path).refuse_reserved(output)?)
            }
            _ => Ok(()),
        }
    }

    /// The schema that is meant, to look at.
    pub(in crate::cli) fn read(&self, of: &SchemaOf) -> Result<Blueprint, Failure> {
        self.with_renames(of).map(|models| models.schema)
    }

    /// The schema that is meant, with what it says of older names, which only models can.
    pub(in crate::cli) fn with_renames(&self, of: &SchemaOf) -> Result<Models, Failure> {
        let schema = match of {
            SchemaOf::Models => {
                let Models { schema, renames } = self.models()?;
                return Ok(Models { schema: schema.with(&self.definitions()?)?, renames });
            }
            SchemaOf::File(path) if is_sql(path) => {
                return Ok(models::read_sql(path, &self.config.application)?);
            }
            SchemaOf::Migrations => return self.replayed(InFiles::Applied).map(without_renames),
            SchemaOf::Database => self.look_at(&self.config.database)?,
            SchemaOf::Past(side, words) => past::read(self.common, &self.config, *side, words)?,
            SchemaOf::File(path) => self.file(path)?,
        };
        print_left_out(&schema);
        Ok(without_renames(schema))
    }

    /// What all migrations give by themselves, on a database of their own.
    pub(in crate::cli) fn migrations(&self) -> Result<Blueprint, Failure> {
        self.replayed(InFiles::LeftOut)
    }

    fn replayed(&self, in_files: InFiles) -> Result<Blueprint, Failure> {
        let schema = replay::schema(
            &self.project()?,
            (&Target::Latest, in_files),
            self.common,
            self.replaying,
            &self.signals,
        )?;
        print_left_out(&schema);
        Ok(schema)
    }

    /// What the models say, as far as migrations are to give it.
    pub(in crate::cli) fn models(&self) -> Result<Models, Failure> {
        let building = self.replaying.building.options();
        let Models { schema, renames } = child_models::read(&self.config, building, &self.signals)?;
        Ok(Models { schema: schema.without(&self.definitions()?)?, renames })
    }

    /// The views and triggers of files, which are no business of migrations.
    fn definitions(&self) -> Result<Definitions, Failure> {
        Ok(self.config.definitions().map_err(runner::Error::from)?)
    }

    /// The schema of the project's database, to write a migration by, as far as migrations are to give it: what it uses
    /// of the application must be declared.
    pub(in crate::cli) fn database(&self) -> Result<Blueprint, Failure> {
        let database = &self.config.database;
        let of = name_of(database);
        let (application, excluded) = (&self.config.application, &self.config.exclude_tables);
        let schema = match database.look(self.common.busy_timeout())? {
            Some(connection) => Blueprint::copy(&connection, of, application, excluded)?,
            None => Blueprint::empty(of)?,
        };
        print_left_out(&schema);
        Ok(schema.without(&self.definitions()?)?)
    }

    /// A database that need not be there.
    fn look_at(&self, database: &Database) -> Result<Blueprint, Failure> {
        let of = name_of(database);
        let (application, excluded) = (&self.config.application, &self.config.exclude_tables);
        Ok(match database.look(self.common.busy_timeout())? {
            Some(connection) => Blueprint::look(&connection, of, application, excluded)?,
            None => Blueprint::empty(of)?,
        })
    }

    /// A database that must be there, unless a migration is meant.
    fn file(&self, path: &Path) -> Result<Blueprint, Failure> {
        if past::names_one(self.common, &self.config, path) {
            return match path.exists() {
                true => Err(past::ambiguous(path)),
                false => {
                    let words = path.to_string_lossy();
                    past::read(self.common, &self.config, Side::After, &words)
                }
            };
        }
        let database = Database::existing_at(path);
        if database.exists()? {
            return self.look_at(&database);
        }
        Err(no_database(
            &path.display().to_string(),
            "a schema is that of `migrations`, `models`, `database`, of the past, as `after:ID`, or of a \
             file: of SQL if its name ends in .sql, else a database",
        ))
    }
}

fn name_of(database: &Database) -> String {
    format!("the database `{}`", output::short(&database.path))
}

fn without_renames(schema: Blueprint) -> Models {
    Models { schema, renames: Vec::new() }
}

/// Says what is not in `schema` though it is in what was read.
fn print_left_out(schema: &Blueprint) {
    for left_out in schema.left_out() {
        // Also where little is to be told: what was asked for is not whole.
        output::error(&format!("note: {left_out}"));
    }
}

fn no_database(name: &str, hint: &str) -> Failure {
    Failure {
        exit: Exit::Usage,
        code: Code::NoDatabase,
        message: format!("there is no database `{name}`"),
        causes: Vec::new(),
        hint: Some(hint.to_owned()),
        statement: None,
    }
}

fn is_sql(path: &Path) -> bool {
    path.extension().is_some_and(|end| end.eq_ignore_ascii_case("sql"))
}
