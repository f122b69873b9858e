//! What the database has applied of a folder that is imported.

use runner::hint::{Action, Hint};
use runner::import::applied::{
    self, AppliedError, Found, OldHistory, OtherFile, Proof, Taken, Takeover,
};
use runner::import::{ForeignHistory, HistorySource, Tool};
use runner::{Config, MigrationId, config, fake::FakeError, microseconds, workshop::Error};
use serde_json::{Value, json};

use super::super::args::{Common, ImportArgs};
use super::super::commands::in_commands;
use super::super::failure::Failure;
use super::super::{consent, open, output};

/// What the database of the project has applied of a folder.
pub(super) struct InDatabase(Option<Found>);

/// What was recorded, or would be, and whether `runner.toml` was written for it.
pub(super) struct Outcome {
    pub(super) migrations: Vec<Taken>,
    pub(super) excludes: bool,
}

impl InDatabase {
    /// Looks, and never writes. A database that is named must be there; that of `runner.toml` need not.
    pub(super) fn find(
        config: &Config,
        history: &ForeignHistory,
        common: &Common,
        args: &ImportArgs,
    ) -> Result<Self, Failure> {
        let Some(connection) = config.database.look(common.busy_timeout())? else {
            if !config.database.create {
                return Err(no_database(config));
            }
            return Ok(Self(None));
        };
        let proof = proof(args)?;
        let fail = |error| Error::from(config.database.sqlite_error(error));
        // One look at all of it, whoever writes meanwhile.
        connection.execute_batch("BEGIN").map_err(fail)?;
        let found = Takeover::find(&connection, history, config, &proof)?;
        if let (Found::Unknown, true) = (&found, !config.database.create) {
            let database = output::short(&config.database.path);
            return Err(AppliedError::NothingSays { database, tool: history.tool }.into());
        }
        let found = Self(Some(found));
        found.agree_to_other_files(common, args)?;
        Ok(found)
    }

    /// Asks, where files are not those that were applied. A dry run asks nothing.
    fn agree_to_other_files(&self, common: &Common, args: &ImportArgs) -> Result<(), Failure> {
        let files = self.other_files();
        if files.is_empty() || args.dry_run || args.yes.is_given() {
            return Ok(());
        }
        if !common.json && consent::can_ask() {
            files.iter().for_each(|file| output::note(&sentence(file)));
            if let Ok(true) = consent::ask("Take these files for those that were applied?") {
                return Ok(());
            }
        }
        let place = self.old().map(OldHistory::place).unwrap_or_default();
        let versions = files.iter().map(|file| file.version.clone()).collect();
        Err(AppliedError::OtherFiles { place, versions }.into())
    }

    /// Records what is applied, unless this is a dry run, and has `runner.toml` exclude the tool's tables before.
    pub(super) fn record(
        &self,
        config: &Config,
        common: &Common,
        args: &ImportArgs,
    ) -> Result<Outcome, Failure> {
        let Some(Found::History(takeover)) = &self.0 else {
            return Ok(Outcome { migrations: Vec::new(), excludes: false });
        };
        if args.dry_run {
            return Ok(Outcome { migrations: takeover.unrecorded().to_vec(), excludes: false });
        }
        let excludes = exclude(config, takeover.old())?;
        let project = open::project(config.clone())?;
        let recorded = takeover.record(&project, common.busy_timeout())?;
        Ok(Outcome { migrations: recorded.migrations, excludes })
    }

    fn old(&self) -> Option<&OldHistory> {
        match &self.0 {
            Some(Found::History(takeover)) => Some(takeover.old()),
            _ => None,
        }
    }

    fn other_files(&self) -> &[OtherFile] {
        match &self.0 {
            Some(Found::History(takeover)) => takeover.other_files(),
            _ => &[],
        }
    }

    pub(super) fn show(
        &self,
        config: &Config,
        outcome: &Outcome,
        history: &ForeignHistory,
        args: &ImportArgs,
    ) {
        let database = output::short(&config.database.path);
        if let Some(Found::Unknown) = self.0 {
            output::note(&format!(
                "`{database}` has tables, and nothing in it says which migrations of {} are applied; \
                 `runner fake ID` records those whose schema is there",
                history.tool
            ));
        }
        let Some(old) = self.old() else { return };
        let place = old.place();
        old.skipped.iter().for_each(|it| output::line(&format!("not taken over: {it}")));
        if args.dry_run {
            self.other_files()
                .iter()
                .for_each(|it| output::line(&format!("asks: {}", sentence(it))));
        }
        let Some((first, last)) = outcome.migrations.first().zip(outcome.migrations.last()) else {
            return output::line(&format!(
                "{place} of `{database}` has nothing that is not recorded"
            ));
        };
        let verb = if args.dry_run { "would record" } else { "recorded" };
        let count = output::count(outcome.migrations.len(), "migration");
        output::line(&format!(
            "{verb} {count} as applied in `{database}`, as {place} has it: {}",
            span(&first.id, &last.id)
        ));
        if outcome.migrations.iter().all(|taken| taken.applied_at.is_none()) {
            output::line(&format!("{} notes no moments: they count as applied now", old.tool));
        }
        print_excluded(old, outcome.excludes);
        if let (Some(Found::History(takeover)), false) = (&self.0, args.dry_run)
            && let count @ 1.. = takeover.pending()
        {
            let rest = format!(" applies {}", output::count(count, "pending migration"));
            output::line(&in_commands(&Hint::from("next: ").and(Action::Migrate).and(rest)));
        }
    }

    pub(super) fn document(&self, config: &Config, outcome: &Outcome) -> Value {
        let Some(old) = self.old() else { return Value::Null };
        let files = self.other_files().iter().map(|it| {
            json!({ "version": it.version, "file": it.file, "checksum": it.recorded.to_string() })
        });
        json!({
            "path": config.database.path.to_string_lossy(),
            "tables": old.tables,
            "recorded": taken(&outcome.migrations),
            "not_taken_over": old.skipped,
            "other_files": files.collect::<Vec<_>>(),
        })
    }
}

/// The tool whose table is in the database, if its migrations are files.
pub(super) fn tool(config: &Config, common: &Common) -> Result<Option<Tool>, Failure> {
    let Some(connection) = config.database.look(common.busy_timeout())? else { return Ok(None) };
    let tool = applied::tool(&connection, &output::short(&config.database.path))?;
    Ok(tool.filter(|tool| tool.source() == HistorySource::Files))
}

fn span(first: &MigrationId, last: &MigrationId) -> String {
    if first == last { first.to_string() } else { format!("{first} to {last}") }
}

/// How it is to be proven that migrations are applied.
pub(super) fn proof(args: &ImportArgs) -> Result<Proof, Failure> {
    match &args.reason {
        None => Ok(Proof::Schema),
        Some(reason) if reason.trim().is_empty() => Err(Error::from(FakeError::NoReason).into()),
        Some(reason) => Ok(Proof::Reason(reason.trim().to_owned())),
    }
}

fn sentence(file: &OtherFile) -> String {
    format!(
        "`{}` is not the file that was applied as `{}`: its checksum was {}",
        file.file, file.version, file.recorded
    )
}

/// Has `runner.toml` exclude the tables of `old`; without one there is nothing to write.
pub(super) fn exclude(config: &Config, old: &OldHistory) -> Result<bool, Failure> {
    match &config.file {
        Some(file) if config.bundle.is_none() => {
            Ok(config::exclude_tables(file, &old.tables).map_err(Error::from)?)
        }
        _ => Ok(false),
    }
}

pub(super) fn print_excluded(old: &OldHistory, is_new: bool) {
    if is_new {
        let tables: Vec<_> = old.tables.iter().map(|table| format!("`{table}`")).collect();
        output::line(&format!(
            "kept {}: `exclude_tables` in `runner.toml` leaves it out of comparisons of the schema",
            tables.join(", ")
        ));
    }
}

pub(super) fn no_database(config: &Config) -> Failure {
    AppliedError::NoDatabase { path: config.database.path.clone() }.into()
}

/// As in JSON.
pub(super) fn taken(migrations: &[Taken]) -> Vec<Value> {
    let each = |taken: &Taken| {
        json!({
            "id": taken.id,
            "version": taken.version,
            "applied_at": taken.applied_at,
            "duration_us": taken.duration.map(microseconds),
        })
    };
    migrations.iter().map(each).collect()
}
