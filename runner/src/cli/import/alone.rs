//! A history whose migrations are code of another language: the database becomes the first migration.

use std::fmt::Write as _;

use runner::autogenerate::derive;
use runner::import::HistorySource;
use runner::import::applied::{self, AppliedError, OldHistory, Proof, Recorded};
use runner::replay::InFiles;
use runner::scaffold::{self, Content};
use runner::schema::Blueprint;
use runner::{Config, MigrationId, Project, Target, workshop::Error};
use serde_json::json;

use super::super::args::{Common, ImportArgs};
use super::super::failure::Failure;
use super::super::signals::Signals;
use super::super::{open, output, replay};
use super::database::{exclude, no_database, print_excluded, proof, taken};

/// What the migration is called that stands for the whole history.
const NAME: &str = "first_schema";

/// The text in its folder that says what it stands for.
const TEXT: &str = "old-history.txt";

pub(super) fn run(common: &Common, args: &ImportArgs, config: &Config) -> Result<(), Failure> {
    let (old, schema) = look(common, args, config)?;
    let project = open::project(config.clone())?;
    let first = project.migrations().first().cloned();
    if args.dry_run {
        let applied = project.applied(common.busy_timeout())?;
        return dry_run(common, &old, first.as_ref(), &applied, config);
    }
    let excludes = exclude(config, &old)?;
    let (id, made, recorded) = match first {
        Some(id) => {
            let recorded = record_existing(common, args, &project, &id, &old)?;
            (id, false, recorded)
        }
        None if config.bundle.is_some() => {
            return Err(AppliedError::NoMigration { tool: old.tool }.into());
        }
        None => {
            let id = make(config, &schema, &old)?;
            let project = open::project(config.clone())?;
            let patience = common.busy_timeout();
            let proof = (&schema, &Proof::Schema);
            let recorded = applied::record_alone(&project, &id, &old, proof, patience)?;
            (id, true, recorded)
        }
    };
    if common.json {
        output::json(&document(&old, config, Some(&id), made, &recorded));
        return Ok(());
    }
    let database = output::short(&config.database.path);
    let count = output::count(old.rows.len(), "migration");
    if made {
        output::line(&format!("made {id} of the schema of `{database}`, with {TEXT}"));
    }
    match recorded.migrations.is_empty() {
        true => output::line(&format!("{id} is recorded as applied in `{database}` already")),
        false => output::line(&format!(
            "recorded {id} as applied in `{database}`, for the {count} of {} in {}",
            old.tool,
            old.place()
        )),
    }
    print_excluded(&old, excludes);
    Ok(())
}

/// The history, and the schema of the database without its tables. Never writes.
fn look(
    common: &Common,
    args: &ImportArgs,
    config: &Config,
) -> Result<(OldHistory, Blueprint), Failure> {
    let name = output::short(&config.database.path);
    let connection = config.database.look(common.busy_timeout())?;
    let connection = connection.ok_or_else(|| no_database(config))?;
    let fail = |error| Error::from(config.database.sqlite_error(error));
    connection.execute_batch("BEGIN").map_err(fail)?;
    let old = match args.from {
        None => applied::detect(&connection, &name)?,
        Some(tool) => applied::read(&connection, tool)?
            .ok_or_else(|| AppliedError::NothingSays { database: name.clone(), tool })?,
    };
    if old.tool.source() == HistorySource::Files {
        return Err(AppliedError::NoFolder { tool: old.tool, place: old.place() }.into());
    }
    let excluded = config.exclude_tables.and(&old.tables);
    let of = format!("the database `{name}`");
    let schema = Blueprint::copy(&connection, of, &config.application, &excluded);
    Ok((old, schema.map_err(Error::from)?))
}

/// Makes the migration that gives `schema`.
fn make(config: &Config, schema: &Blueprint, old: &OldHistory) -> Result<MigrationId, Failure> {
    let empty = Blueprint::empty("nothing").map_err(Error::from)?;
    let created = match derive(&empty, schema, &Default::default(), &[])? {
        Some(derived) => {
            let ways = derived.ways();
            scaffold::create(config, NAME, Content::Operations(&ways))?
        }
        None => scaffold::create(config, NAME, Content::Template("blank"))?,
    };
    output::write(&created.folder.join(TEXT), &text(old))?;
    Ok(created.id)
}

/// The history for people.
fn text(old: &OldHistory) -> String {
    let mut text = format!(
        "This migration stands for what {} had applied to the database, by {}:\n\n",
        old.tool,
        old.place()
    );
    for row in &old.rows {
        let moment = row.applied_at.map(|moment| format!("  {moment}")).unwrap_or_default();
        let _ = writeln!(text, "{}{moment}", row.version);
    }
    text
}

/// Records the migration that another import has made, in another database: its schema is proven by a replay.
fn record_existing(
    common: &Common,
    args: &ImportArgs,
    project: &Project,
    id: &MigrationId,
    old: &OldHistory,
) -> Result<Recorded, Failure> {
    if project.applied(common.busy_timeout())?.contains(id) {
        return Ok(Recorded { migrations: Vec::new() });
    }
    let signals = Signals::listen()?;
    let target = Target::UpTo(id.clone());
    let schema =
        replay::schema(project, (&target, InFiles::NotApplied), common, args.replaying, &signals)?;
    let proof = (&schema, &proof(args)?);
    Ok(applied::record_alone(project, id, old, proof, common.busy_timeout())?)
}

fn dry_run(
    common: &Common,
    old: &OldHistory,
    first: Option<&MigrationId>,
    applied: &[MigrationId],
    config: &Config,
) -> Result<(), Failure> {
    let nothing = Recorded { migrations: Vec::new() };
    if common.json {
        output::json(&document(old, config, first, false, &nothing));
        return Ok(());
    }
    let count = output::count(old.rows.len(), "migration");
    output::line(&format!("found {count} of {} in {}:", old.tool, old.place()));
    old.rows.iter().for_each(|row| output::line(&format!("  {}", row.version)));
    let database = output::short(&config.database.path);
    output::line(&match first {
        Some(id) if applied.contains(id) => {
            format!("{id} is recorded as applied in `{database}` already")
        }
        Some(id) => format!("would record {id} as applied in `{database}`, if its schema is there"),
        None => format!(
            "would make a migration of the schema of `{database}`, and record it as applied"
        ),
    });
    output::line("dry run: nothing was written");
    Ok(())
}

fn document(
    old: &OldHistory,
    config: &Config,
    id: Option<&MigrationId>,
    made: bool,
    recorded: &Recorded,
) -> serde_json::Value {
    let rows = old.rows.iter();
    let rows = rows.map(|row| json!({ "version": row.version, "applied_at": row.applied_at }));
    json!({
        "tool": old.tool.word(),
        "migration": id,
        "made": made,
        "history": rows.collect::<Vec<_>>(),
        "database": {
            "path": config.database.path.to_string_lossy(),
            "tables": old.tables,
            "recorded": taken(&recorded.migrations),
            "not_taken_over": old.skipped,
        },
    })
}
