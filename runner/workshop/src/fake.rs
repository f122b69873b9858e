//! Records migrations as applied without running them: this is how a database that is older than its
//! migrations is adopted.

use std::time::Duration;

use jiff::Timestamp;
use rusqlite::Connection;

use crate::error::Error;
pub use crate::error::FakeError;
use crate::project::Project;
use crate::repair::note_source;
use crate::schema::{Blueprint, Diff, ExcludedTables, LeftOut};
use migration_api::schema::normal::ColumnOrder;
use runner_engine::MigrationId;
use runner_engine::drift::Order;
use runner_engine::kept_schema::keep_schema;
use runner_engine::plan::Target;
use runner_engine::record::{self, RepairKind, Repaired};
use runner_engine::repeatable::Definitions;
use runner_engine::schema_objects::Objects;

/// Why migrations may be taken for applied.
#[derive(Debug, Clone, Copy)]
pub enum Because<'a> {
    /// The schema of the database is this one, which they give on a database of their own. It is
    /// compared in the transaction that writes.
    SchemaIs(&'a Blueprint),
    /// A person says so.
    Reason(&'a str),
}

/// Takes what is pending up to `target` for applied, and records for each that it was not run,
/// and why. Gives what was recorded; nothing, if nothing is pending.
///
/// # Errors
/// No database; a batched migration that is half done; another schema than the one that there must be; an empty reason; drift, as for
/// a way forward; a database that cannot be written.
pub fn fake(
    project: &Project,
    target: &Target,
    because: Because<'_>,
    patience: Duration,
) -> Result<Vec<Repaired>, Error> {
    let database = &project.config().database;
    if !database.exists()? {
        return Err(FakeError::NoDatabase { path: database.path.clone() }.into());
    }
    let connection = database.existing().open_to_migrate(patience)?;
    let fail = |error| Error::from(database.sqlite_error(error));
    // If anything fails, closing the connection rolls back.
    connection.execute_batch("BEGIN IMMEDIATE").map_err(fail)?;
    let (snapshot, status) = project.status_in(&connection)?;
    if let Some(half_done) = snapshot.half_done {
        return Err(FakeError::HalfDone { id: half_done.id }.into());
    }
    let plan = project.plan(target, &status, Order::Strict)?;
    let of = database.path.display().to_string();
    let definitions = project.definitions()?.unwrap_or_default();
    let excluded = &project.config().exclude_tables;
    let reason = because.holds(&connection, &of, (excluded, &definitions))?;
    let schema = Objects::read(&connection).map_err(fail)?.digest();
    let mut faked = Vec::new();
    for step in plan.steps {
        let source = project.source_digest(&step.id)?;
        let replaces = project.replaces(&step.id)?;
        let taken = fake_repair(step.id, &source, reason.clone());
        write(&connection, &taken, &schema, replaces).map_err(fail)?;
        note_source(project, &connection, &taken)?;
        faked.push(taken);
    }
    connection.execute_batch("COMMIT").map_err(fail)?;
    Ok(faked)
}

impl Because<'_> {
    /// The reason in words, if it is one.
    fn holds(
        self,
        connection: &Connection,
        database: &str,
        (excluded, in_files): (&ExcludedTables, &Definitions),
    ) -> Result<String, Error> {
        match self {
            Self::SchemaIs(expected) => {
                let of = format!("the database `{database}`");
                let found = Blueprint::copy(connection, of, expected.application(), excluded)?;
                // They are applied when nothing is pending any more, and take over what is there.
                let found = found.without(in_files)?;
                match Diff::between(expected, &found, ColumnOrder::Any)? {
                    None => Ok(reason(expected, found.left_out())),
                    Some(diff) => Err(FakeError::AnotherSchema { diff }.into()),
                }
            }
            Self::Reason(reason) if reason.trim().is_empty() => Err(FakeError::NoReason.into()),
            Self::Reason(reason) => Ok(reason.trim().to_owned()),
        }
    }
}

/// Why migrations that give the schema `expected` are taken for applied.
fn reason(expected: &Blueprint, left_out: &[LeftOut]) -> String {
    let same = format!("the schema is that of {}", expected.of());
    let names: Vec<_> = left_out.iter().map(|it| format!("`{}`", it.name)).collect();
    match names.is_empty() {
        true => same,
        false => format!("{same}, but for {}, which SQLite cannot make here", names.join(", ")),
    }
}

fn fake_repair(id: MigrationId, source: &str, reason: String) -> Repaired {
    Repaired {
        repaired_at: Timestamp::now(),
        kind: RepairKind::Fake,
        id: Some(id),
        old_id: None,
        old_digest: String::new(),
        new_digest: Some(source.to_owned()),
        reason,
        runner_version: env!("CARGO_PKG_VERSION").to_owned(),
    }
}

fn write(
    connection: &Connection,
    taken: &Repaired,
    schema: &str,
    replaces: Vec<MigrationId>,
) -> rusqlite::Result<()> {
    record::repair(connection, taken, schema, replaces)?;
    keep_schema(connection)
}
