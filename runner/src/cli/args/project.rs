//! Projects, and new migrations in them.

use std::path::PathBuf;

use clap::Args;
use runner::autogenerate::Fill;

use super::super::complete;
use super::build::Replaying;
use super::schema::Comparing;

#[derive(Debug, Args)]
pub(crate) struct InitArgs {
    /// The folder of the project
    #[arg(default_value = ".", value_name = "DIR")]
    pub(crate) folder: PathBuf,
    /// Take migration-api from this folder; a relative path stays relative
    #[arg(long, value_name = "DIR", conflicts_with_all = ["api_git", "api_version"])]
    pub(crate) api_path: Option<PathBuf>,
    /// Take migration-api from this git repository
    #[arg(long, value_name = "URL", conflicts_with = "api_version")]
    pub(crate) api_git: Option<String>,
    /// At this commit, tag or branch
    #[arg(long, value_name = "REV", requires = "api_git")]
    pub(crate) rev: Option<String>,
    /// Take this version of migration-api from the registry
    #[arg(long, value_name = "VERSION")]
    pub(crate) api_version: Option<String>,
    /// Make rules for make, too: `make migrate`, `make migrate-create name=...`
    #[arg(long)]
    pub(crate) makefile: bool,
}

#[derive(Debug, Args)]
#[command(after_help = PATTERNS_HELP)]
pub(crate) struct CreateArgs {
    /// What the migration does: add_level_to_player or AddLevelToPlayer
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    /// Columns for a name that says what it does: level:integer:default=1
    #[arg(value_name = "FIELD", conflicts_with = "Derived")]
    pub(crate) fields: Vec<String>,
    /// `blank`, `sql`, `data-fixup`, `batched`, or a folder in the project's own templates
    #[arg(long, short, value_name = "NAME", conflicts_with = "Derived")]
    #[arg(add = complete::templates())]
    pub(crate) template: Option<String>,
    /// Write the rows of these tables as structs, for code that changes them: as they are when the migration
    /// runs, and with --auto as they will be
    #[arg(long, value_name = "TABLE", num_args = 1.., conflicts_with_all = ["fields", "from_database"])]
    pub(crate) typed: Vec<String>,
    #[command(flatten)]
    pub(crate) derived: Derived,
    /// What the rows that are there get in a new column that must not be NULL; any SQL expression
    #[arg(long, value_name = "TABLE.COLUMN=SQL", requires = "Derived")]
    pub(crate) fill: Vec<Fill>,
    /// Take each table and column that goes while one like it comes for renamed, and ask nothing about it
    #[arg(long, requires = "Derived")]
    pub(crate) rename_as_suggested: bool,
    /// Let values go that the models have no place for; without it each is asked for at a terminal, and
    /// elsewhere nothing is written
    #[arg(long, requires = "Derived")]
    pub(crate) allow_loss: bool,
    /// Drop every table, where the models have none
    #[arg(long, requires = "auto")]
    pub(crate) drop_all_tables: bool,
    #[command(flatten)]
    pub(crate) comparing: Comparing,
    #[command(flatten)]
    pub(crate) replaying: Replaying,
}

impl CreateArgs {
    /// Whether what the models have no place for is known to go.
    pub(crate) fn may_lose(&self) -> bool {
        self.allow_loss || self.drop_all_tables
    }
}

/// Whether the migration is written from a difference.
#[derive(Debug, Clone, Copy, Args)]
#[group(multiple = true)]
pub(crate) struct Derived {
    /// Write what leads from the migrations to the models
    #[arg(long)]
    pub(crate) auto: bool,
    /// Write what leads from the migrations to the database; with --auto, from it to the models
    #[arg(long)]
    pub(crate) from_database: bool,
}

#[derive(Debug, Args)]
pub(crate) struct RebaseArgs {
    /// The migration: an id, a name, or the beginning of an id
    #[arg(value_name = "ID", add = complete::migrations())]
    pub(crate) id: String,
}

const PATTERNS_HELP: &str = "\
Names that say what to do, and write it and its way back; all others begin blank:
  create_TABLE FIELD...             create_room number:text:unique
  add_X_to_TABLE FIELD...           add_level_to_player level:integer:default=1
  drop_COLUMN_from_TABLE [FIELD...] drop_level_from_player level:integer
                                    (without the field there is no way back)
  rename_COLUMN_to_NEW_in_TABLE     rename_xp_to_experience_in_player
  add_index_to_TABLE COLUMN...      add_index_to_player name score
FIELD is name:type[:modifier...]; the type integer, text, real, blob, any, a name from other
tools (string, int, bool, datetime, varchar(20), ...), or another in quotes; modifiers not_null,
null, unique, primary_key, default=VALUE, default=(SQL), references=table.column.";
