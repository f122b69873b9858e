//! The arguments of the command line.

mod backup;
mod build;
mod bundle;
mod fleet;
mod history;
mod import;
mod kept;
mod migrate;
mod other_tools;
mod project;
mod rehearse;
mod report;
mod schema;
mod squash;
mod test;
mod yes;

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::error::ErrorKind;
use clap::{Args, CommandFactory as _, Parser, Subcommand};
use clap_complete::Shell;
use runner::Overrides;
use runner::bundle::BundleFile;

use super::failure::Failure;
use super::output::Loudness;

pub(super) use backup::{BackupArgs, RestoreArgs};
pub(super) use build::Replaying;
pub(super) use bundle::{BundleArgs, DEFAULT_BUNDLE};
pub(super) use fleet::{
    Engine, FleetCommand, FleetMigrateArgs, FleetPlanArgs, FleetReportArgs, FleetStatusArgs,
    FleetTemplateArgs, Planned, StateName,
};
pub(super) use history::{
    CheckArgs, CheckBundleArgs, CheckOther, Checked, FakeArgs, HistoryArgs, RepairArgs, StatusArgs,
};
pub(super) use import::ImportArgs;
pub(super) use kept::{KeptArgs, KeptCommand, KeptPurgeArgs, KeptShowArgs};
pub(super) use migrate::{DownArgs, FreshArgs, How, MigrateArgs, RedoArgs};
pub(super) use other_tools::target as target_elsewhere;
pub(super) use project::{CreateArgs, InitArgs, RebaseArgs};
pub(super) use rehearse::RehearseArgs;
pub(super) use report::{PageOutput, ReportArgs};
pub(super) use schema::{DiagramArgs, DiffArgs, DumpArgs, SchemaCommand, SchemaOf, Side, spelled};
pub(super) use squash::SquashArgs;
pub(super) use test::TestArgs;
pub(super) use yes::Yes;

/// Migrate SQLite databases with migrations written in Rust
#[derive(Debug, Parser)]
#[command(name = "runner", version, max_term_width = 100, after_help = EXIT_CODES)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub(super) command: Command,
    #[command(flatten)]
    pub(super) common: Common,
}

const EXIT_CODES: &str = "\
Exit codes: 0 done or nothing to do, 1 failed, 2 not usable as it is (arguments, configuration,
project), 3 refused because it would not be safe, 4 damaged database, 75 busy or full: try again,
129, 130, 143 stopped by SIGHUP, SIGINT, SIGTERM.";

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make a project: runner.toml, and migrations/ as a cargo workspace
    Init(InitArgs),
    /// Make a migration from what its name says, or a template
    #[command(visible_aliases = ["new", "add", "generate"])]
    Create(CreateArgs),
    /// Give a migration that is applied nowhere a later timestamp
    Rebase(RebaseArgs),
    /// Make one first migration of many, which stay until you delete them
    Squash(SquashArgs),
    /// Apply what is pending, or revert what is applied
    #[command(visible_aliases = ["up", "run", "apply"])]
    Migrate(MigrateArgs),
    /// Take what is pending on a copy of the database, and back again: what it takes, changes and loses
    Rehearse(RehearseArgs),
    /// Revert what is applied: `migrate --backward`
    #[command(visible_aliases = ["rollback", "revert"])]
    Down(DownArgs),
    /// Revert the last applied migrations and apply them again
    Redo(RedoArgs),
    /// Make the database anew from all migrations, for development; what it holds is backed up first
    #[command(visible_alias = "reset")]
    Fresh(FreshArgs),
    /// Show what is applied, pending, and drifted; never writes
    #[command(visible_aliases = ["list", "info"])]
    Status(StatusArgs),
    /// Show every step that was ever taken, with repairs and backups; never writes
    #[command(visible_alias = "log")]
    History(HistoryArgs),
    /// Make a page to look at: how things stand, every step, the schema through time
    Report(ReportArgs),
    /// Show the way out of what has drifted, or take it, with the reason recorded
    Repair(RepairArgs),
    /// Take pending migrations for applied without running them: how an older database is adopted
    #[command(visible_aliases = ["stamp", "baseline"])]
    Fake(FakeArgs),
    /// Take over the history of another tool: its SQL files become migrations, and what it has applied
    /// to the database is recorded
    Import(ImportArgs),
    /// For CI: fail if migrations are pending, drifted, or not what the models say; never writes
    Check(CheckArgs),
    /// Show the schema of the migrations, the models or a database: as SQL, compared, as a picture
    #[command(subcommand)]
    Schema(SchemaCommand),
    /// Build all migrations and pack them into one file, for machines without Rust
    Bundle(BundleArgs),
    /// Migrate many databases of one schema: on all processors, in shards, on several machines
    #[command(subcommand)]
    Fleet(FleetCommand),
    /// Show what was kept of what migrations took away, or let go of it
    Kept(KeptArgs),
    /// Back up the database
    Backup(BackupArgs),
    /// Make the database what a backup is; what it holds is backed up first
    Restore(RestoreArgs),
    /// Try migrations on scratch databases with rows: forward, backward, forward again
    Test(TestArgs),
    /// Tell what the code of an error means, and what to do about it
    Explain(ExplainArgs),
    /// Write manual pages: runner.1, and one for each command
    Man(ManArgs),
    /// Print a completion script for a shell
    Completions(CompletionsArgs),
}

/// Flags that every command knows, shown after those of its own.
#[derive(Debug, Args)]
#[command(next_help_heading = "Options of every command")]
pub(super) struct Common {
    /// The database, instead of the one in DATABASE_URL or runner.toml
    #[arg(long, global = true, value_name = "FILE")]
    database: Option<PathBuf>,
    /// The folder of migrations, instead of the one in runner.toml
    #[arg(long, global = true, value_name = "DIR")]
    migrations: Option<PathBuf>,
    /// A bundle that the migrations come from, instead of a folder: no Rust is needed
    #[arg(long, global = true, value_name = "FILE", conflicts_with = "migrations")]
    bundle: Option<PathBuf>,
    /// Use the bundle only if FILE.minisig is its signature by this key of minisign
    #[arg(long, global = true, value_name = "PUBKEY", requires = "bundle")]
    require_signature: Option<String>,
    /// The configuration file, instead of the nearest runner.toml
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Print one JSON document instead of text
    #[arg(long, global = true)]
    pub(super) json: bool,
    /// Print nothing but errors, and what is asked for as a document; the exit code tells the rest
    #[arg(long, short, global = true, conflicts_with = "verbose")]
    quiet: bool,
    /// Tell on standard error what is done, and how long it takes
    #[arg(long, short, global = true)]
    verbose: bool,
    /// How long to wait for another program that holds the database's lock
    /// [default: 5; in a fleet 1, since it is tried again]
    #[arg(long, global = true, value_name = "SECONDS", value_parser = seconds)]
    busy_timeout: Option<Duration>,
}

impl Common {
    /// How long to wait for another program that holds the database's lock.
    pub(super) fn busy_timeout(&self) -> Duration {
        const USUAL: Duration = Duration::from_secs(5);
        self.busy_timeout_or(USUAL)
    }

    /// As [`Self::busy_timeout`], and `usual` where it was not said.
    pub(super) fn busy_timeout_or(&self, usual: Duration) -> Duration {
        self.busy_timeout.unwrap_or(usual)
    }

    /// Whether `--database` is there.
    pub(super) fn names_a_database(&self) -> bool {
        self.database.is_some()
    }

    pub(super) fn loudness(&self) -> Loudness {
        match (self.quiet, self.verbose) {
            (true, _) => Loudness::Quiet,
            (false, true) => Loudness::Verbose,
            (false, false) => Loudness::Plain,
        }
    }

    pub(super) fn overrides(&self, create: bool) -> Overrides {
        Overrides {
            config: self.config.clone(),
            database: self.database.clone(),
            migrations: self.migrations.clone(),
            bundle: self.bundle.clone(),
            signed_by: self.require_signature.clone(),
            create,
        }
    }
}

impl Arguments {
    /// What the words of the command line say.
    ///
    /// # Errors
    /// What clap refuses; an option of every command that says nothing to this one.
    pub(super) fn read() -> Result<Self, clap::Error> {
        let arguments = Self::try_parse().map_err(other_tools::explained)?;
        match (&arguments.command, arguments.common.option_for_another_project()) {
            (Command::Init(_), Some(option)) => {
                let message = format!(
                    "the argument '{option}' cannot be used with 'init': what it makes says so in runner.toml"
                );
                Err(Self::command().error(ErrorKind::ArgumentConflict, message))
            }
            _ => Ok(arguments),
        }
    }
}

impl Common {
    /// The bundle that `--bundle` names.
    pub(super) fn bundle(&self) -> Option<BundleFile> {
        self.bundle.is_some().then(|| self.bundle_or(None))
    }

    /// The bundle that is meant where `file`, or else `--bundle`, names one; `migrations.bundle` where none does.
    pub(super) fn bundle_or(&self, file: Option<&Path>) -> BundleFile {
        let path = file.or(self.bundle.as_deref()).unwrap_or(Path::new(DEFAULT_BUNDLE));
        BundleFile { path: path.to_owned(), signed_by: self.require_signature.clone() }
    }

    /// The first option that names another project than the one that is found.
    fn option_for_another_project(&self) -> Option<&'static str> {
        let options = [
            ("--config", &self.config),
            ("--database", &self.database),
            ("--migrations", &self.migrations),
            ("--bundle", &self.bundle),
        ];
        options.into_iter().find(|(_, value)| value.is_some()).map(|(option, _)| option)
    }

    /// The options that name the project, each with its value as a shell reads it.
    pub(super) fn options_of_the_project(&self) -> Vec<String> {
        let options = [
            repeated("--config", self.config.as_deref()),
            repeated("--database", self.database.as_deref()),
            repeated("--migrations", self.migrations.as_deref()),
        ];
        options.into_iter().flatten().collect()
    }

    /// The options that name the bundle, each with its value as a shell reads it.
    pub(super) fn options_of_the_bundle(&self) -> Vec<String> {
        let key = self.require_signature.as_deref().map(Path::new);
        let options =
            [repeated("--bundle", self.bundle.as_deref()), repeated("--require-signature", key)];
        options.into_iter().flatten().collect()
    }
}

/// An option and its value, if it was given. What is not UTF-8 cannot be shown as it is typed.
fn repeated(option: &str, value: Option<&Path>) -> Option<String> {
    let value = shlex::try_quote(value?.to_str()?).ok()?;
    // What begins like an option is taken for one unless it is joined to this.
    let joint = if value.starts_with('-') { '=' } else { ' ' };
    Some(format!("{option}{joint}{value}"))
}

#[derive(Debug, Args)]
pub(super) struct ExplainArgs {
    /// The code, as it stands below an error [default: list them all]
    #[arg(value_name = "CODE")]
    pub(super) code: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct ManArgs {
    /// The folder to write them to; those that are there are written anew
    #[arg(default_value = "man", value_name = "DIR")]
    pub(super) folder: PathBuf,
}

#[derive(Debug, Args)]
pub(super) struct CompletionsArgs {
    /// The shell
    pub(super) shell: Shell,
}

/// The time that something may take: some.
fn time_limit(text: &str) -> Result<Duration, String> {
    match seconds(text)? {
        Duration::ZERO => Err("nothing is done in no time".to_owned()),
        limit => Ok(limit),
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let number: f64 = text.parse().map_err(|_| "not a number of seconds".to_owned())?;
    Duration::try_from_secs_f64(number).map_err(|error| error.to_string())
}

/// The folder that the command was called in.
pub(super) fn current_folder() -> Result<PathBuf, Failure> {
    std::env::current_dir()
        .map_err(|error| Failure::of_system("cannot find out which folder this is", &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn words_from_other_tools_mean_the_same() {
        let command = |words: &[&str]| {
            let all = std::iter::once("runner").chain(words.iter().copied());
            Arguments::try_parse_from(all).unwrap().command
        };
        for word in ["migrate", "up", "run", "apply"] {
            assert!(matches!(command(&[word]), Command::Migrate(_)), "{word}");
        }
        for word in ["down", "rollback", "revert"] {
            assert!(matches!(command(&[word]), Command::Down(_)), "{word}");
        }
        for word in ["create", "new", "add", "generate"] {
            assert!(matches!(command(&[word, "a"]), Command::Create(_)), "{word}");
        }
        for word in ["status", "list", "info"] {
            assert!(matches!(command(&[word]), Command::Status(_)), "{word}");
        }
    }

    #[test]
    fn how_far_may_be_said_as_other_tools_say_it() {
        let command = |words: &str| {
            let all = std::iter::once("runner").chain(words.split(' '));
            Arguments::try_parse_from(all).map(|arguments| arguments.command)
        };
        for words in ["down 2", "rollback -n 2", "down --steps 2", "revert --steps=2"] {
            let Command::Down(args) = command(words).unwrap() else { panic!("{words}") };
            assert_eq!(args.backward().how_far.steps, Some(2), "{words}");
        }
        for words in ["redo 2", "redo -n 2", "redo --steps 2"] {
            let Command::Redo(args) = command(words).unwrap() else { panic!("{words}") };
            assert_eq!(args.steps(), 2, "{words}");
        }
        for words in ["migrate create_hat", "migrate --to create_hat", "up --target create_hat"] {
            let Command::Migrate(args) = command(words).unwrap() else { panic!("{words}") };
            assert_eq!(args.to().map(String::as_str), Some("create_hat"), "{words}");
        }
        // Elsewhere it is the one to revert, or the one to go back to.
        assert!(command("migrate --backward create_hat").is_err());
        for words in [
            "down 0",
            "down 2 --all",
            "migrate a --steps 2",
            "redo 2 -n 2",
            "down --last-applied 2",
        ] {
            assert!(command(words).is_err(), "{words}");
        }
    }

    #[test]
    fn words_of_other_tools_that_mean_nothing_here_get_what_does_the_same() {
        for (words, here) in [
            ("squashmigrations", "runner squash"),
            ("showmigrations", "runner status"),
            ("seed", "data-fixup"),
            ("db create", "migrate --create"),
            ("migrate --fake", "runner fake"),
            ("head", "runner migrate"),
            ("migrate --fake=yes", "runner fake"),
        ] {
            let all = std::iter::once("runner").chain(words.split(' '));
            let error = Arguments::try_parse_from(all).map_err(other_tools::explained).unwrap_err();
            let text = error.to_string();
            assert!(text.contains("tip: ") && text.contains(here), "{text}");
        }
    }

    #[test]
    fn seconds_may_have_a_fraction_and_not_be_negative() {
        assert_eq!(seconds("0.25"), Ok(Duration::from_millis(250)));
        assert_eq!(time_limit("0.25"), Ok(Duration::from_millis(250)));
        assert!(time_limit("0").is_err() && time_limit("-1").is_err());
        assert!(seconds("-1").is_err() && seconds("soon").is_err() && seconds("NaN").is_err());
    }
}
