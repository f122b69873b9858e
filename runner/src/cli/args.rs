//! What may stand on the command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;
use runner::{ApplyOptions, BuildOptions, Order, Overrides};

use super::failure::Failure;

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
    /// Apply what is pending, or revert what is applied
    #[command(visible_aliases = ["up", "run", "apply"])]
    Migrate(MigrateArgs),
    /// Revert what is applied: `migrate --backward`
    #[command(visible_aliases = ["rollback", "revert"])]
    Down(DownArgs),
    /// Revert the last applied migrations and apply them again
    Redo(RedoArgs),
    /// Show what is applied, pending, and drifted; never writes
    #[command(visible_aliases = ["list", "info"])]
    Status,
    /// Show the way out of what has drifted, or take it, with the reason recorded
    Repair(RepairArgs),
    /// Back up the database
    Backup(BackupArgs),
    /// Make the database what a backup is; what it holds is backed up first
    Restore(RestoreArgs),
    /// Try migrations on scratch databases with rows: forward, backward, forward again
    Test(TestArgs),
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
    /// The configuration file, instead of the nearest runner.toml
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Print one JSON document instead of text
    #[arg(long, global = true)]
    pub(super) json: bool,
    /// How long to wait for another program that holds the database's lock
    #[arg(long, global = true)]
    #[arg(value_name = "SECONDS", default_value = "5", value_parser = seconds)]
    pub(super) busy_timeout: Duration,
}

impl Common {
    pub(super) fn overrides(&self, create: bool) -> Overrides {
        Overrides {
            config: self.config.clone(),
            database: self.database.clone(),
            migrations: self.migrations.clone(),
            create,
        }
    }
}

#[derive(Debug, Args)]
pub(super) struct InitArgs {
    /// The folder of the project
    #[arg(default_value = ".", value_name = "DIR")]
    pub(super) folder: PathBuf,
    /// Take migration-api from this folder
    #[arg(long, value_name = "DIR", conflicts_with = "api_version")]
    pub(super) api_path: Option<PathBuf>,
    /// Take this version of migration-api from the registry
    #[arg(long, value_name = "VERSION")]
    pub(super) api_version: Option<String>,
}

#[derive(Debug, Args)]
#[command(after_help = PATTERNS_HELP)]
pub(super) struct CreateArgs {
    /// What the migration does: add_level_to_player or AddLevelToPlayer
    #[arg(value_name = "NAME")]
    pub(super) name: String,
    /// Columns for a name that says what it does: level:integer:default=1
    #[arg(value_name = "FIELD")]
    pub(super) fields: Vec<String>,
    /// `blank`, `sql`, `data-fixup`, or a folder in the project's own templates
    #[arg(long, short, value_name = "NAME")]
    pub(super) template: Option<String>,
}

const PATTERNS_HELP: &str = "\
Names that say what to do, and write it and its way back; all others begin blank:
  create_TABLE FIELD...             create_room number:text:unique
  add_X_to_TABLE FIELD...           add_level_to_player level:integer:default=1
  drop_COLUMN_from_TABLE [FIELD...] drop_level_from_player level:integer
                                    (without the field there is no way back)
  rename_COLUMN_to_NEW_in_TABLE     rename_xp_to_experience_in_player
  add_index_to_TABLE COLUMN...      add_index_to_player name score
FIELD is name:type[:modifier...]; the type integer, text, real, blob, any, or another in quotes;
modifiers not_null, unique, primary_key, default=VALUE, references=table.column.";

#[derive(Debug, Clone, Args)]
pub(super) struct MigrateArgs {
    /// Revert instead of apply; alone: the last applied migration
    #[arg(long, short)]
    pub(super) backward: bool,
    /// Apply migrations that are older than the last applied
    #[arg(long, conflicts_with = "backward")]
    allow_out_of_order: bool,
    #[command(flatten)]
    pub(super) how_far: HowFar,
    #[command(flatten)]
    pub(super) how: How,
}

impl MigrateArgs {
    pub(super) fn order(&self) -> Order {
        if self.allow_out_of_order { Order::Any } else { Order::Strict }
    }
}

#[derive(Debug, Args)]
pub(super) struct DownArgs {
    #[command(flatten)]
    how_far: HowFar,
    #[command(flatten)]
    how: How,
}

impl DownArgs {
    /// As `migrate --backward`.
    pub(super) fn backward(&self) -> MigrateArgs {
        MigrateArgs {
            backward: true,
            allow_out_of_order: false,
            how_far: self.how_far.clone(),
            how: self.how.clone(),
        }
    }
}

#[derive(Debug, Clone, Args)]
#[group(multiple = false)]
pub(super) struct HowFar {
    /// Up to and including this migration; backward: until it is the last one applied.
    /// An id, a name, or the beginning of an id
    #[arg(long, value_name = "ID")]
    pub(super) to: Option<String>,
    /// So many migrations
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) steps: Option<u32>,
    /// All of them
    #[arg(long)]
    pub(super) all: bool,
}

/// How steps are taken.
#[derive(Debug, Clone, Args)]
pub(super) struct How {
    /// Do it to a copy that is thrown away, and print every SQL statement that runs
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Take all steps in one transaction: all of them happen, or none
    #[arg(long)]
    single_transaction: bool,
    /// Make the database if it is not there
    #[arg(long)]
    pub(super) create: bool,
    /// Make no backup, whatever runner.toml says
    #[arg(long)]
    pub(super) no_backup: bool,
    /// How long the code of one migration may run [default: as long as it likes]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub(super) timeout: Option<Duration>,
    /// Let cargo work without a registry
    #[arg(long)]
    offline: bool,
    /// Let cargo refuse to change migrations/Cargo.lock
    #[arg(long)]
    locked: bool,
}

impl How {
    pub(super) fn build_options(&self) -> BuildOptions {
        BuildOptions { offline: self.offline, locked: self.locked }
    }

    pub(super) fn apply_options(&self, common: &Common) -> ApplyOptions {
        ApplyOptions {
            busy_timeout: common.busy_timeout,
            timeout: self.timeout,
            single_transaction: self.single_transaction,
            dry_run: self.dry_run,
        }
    }
}

#[derive(Debug, Args)]
pub(super) struct RedoArgs {
    /// So many migrations
    #[arg(long, value_name = "N", default_value = "1", value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) steps: u32,
    #[command(flatten)]
    pub(super) how: How,
}

#[derive(Debug, Args)]
pub(super) struct RepairArgs {
    #[command(flatten)]
    pub(super) what: WhatToRepair,
    /// Why, for those who look at it later; recorded in the database
    #[arg(long, value_name = "TEXT", requires = "WhatToRepair")]
    pub(super) reason: Option<String>,
}

#[derive(Debug, Args)]
#[group(multiple = false, requires = "reason")]
pub(super) struct WhatToRepair {
    /// Take the source of an applied migration, as edited since, for the one that was applied
    #[arg(long, value_name = "ID")]
    pub(super) accept: Option<String>,
    /// Drop an applied migration without a crate from the history; what it did stays
    #[arg(long, value_name = "ID")]
    pub(super) forget: Option<String>,
    /// A migration without a transaction has not finished: take its work for done
    #[arg(long, value_name = "ID")]
    pub(super) finished: Option<String>,
    /// A migration without a transaction has not finished: let it run again
    #[arg(long, value_name = "ID")]
    pub(super) not_started: Option<String>,
    /// Take the schema as it stands for the one that the runner left
    #[arg(long)]
    pub(super) accept_schema: bool,
}

#[derive(Debug, Args)]
pub(super) struct BackupArgs {
    /// Where to, instead of a new name in the folder of backups; never written over
    #[arg(long, short, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct RestoreArgs {
    /// The backup
    #[arg(value_name = "FILE")]
    pub(super) file: PathBuf,
    /// Do not keep what the database holds now
    #[arg(long)]
    pub(super) no_backup: bool,
}

#[derive(Debug, Args)]
pub(super) struct TestArgs {
    /// This migration alone: an id, a name, or the beginning of an id
    #[arg(value_name = "ID")]
    pub(super) id: Option<String>,
    /// How long the code of one migration may run [default: as long as it likes]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    timeout: Option<Duration>,
    /// Let cargo work without a registry
    #[arg(long)]
    offline: bool,
    /// Let cargo refuse to change migrations/Cargo.lock
    #[arg(long)]
    locked: bool,
}

impl TestArgs {
    pub(super) fn build_options(&self) -> BuildOptions {
        BuildOptions { offline: self.offline, locked: self.locked }
    }

    pub(super) fn apply_options(&self, common: &Common) -> ApplyOptions {
        ApplyOptions {
            busy_timeout: common.busy_timeout,
            timeout: self.timeout,
            ..ApplyOptions::default()
        }
    }
}

#[derive(Debug, Args)]
pub(super) struct CompletionsArgs {
    /// The shell
    pub(super) shell: Shell,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let number: f64 = text.parse().map_err(|_| "not a number of seconds".to_owned())?;
    Duration::try_from_secs_f64(number).map_err(|error| error.to_string())
}

/// The folder that the command was called in.
pub(super) fn current_folder() -> Result<PathBuf, Failure> {
    std::env::current_dir()
        .map_err(|error| Failure::of_system("cannot tell which folder this is", &error))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

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
            assert!(matches!(command(&[word]), Command::Status), "{word}");
        }
    }

    #[test]
    fn seconds_may_have_a_fraction_and_not_be_negative() {
        assert_eq!(seconds("0.25"), Ok(Duration::from_millis(250)));
        assert!(seconds("-1").is_err() && seconds("soon").is_err() && seconds("NaN").is_err());
    }
}
