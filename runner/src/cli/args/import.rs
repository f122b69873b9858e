//! The history of another tool.

use std::path::PathBuf;

use clap::Args;
use clap::builder::PossibleValue;
use runner::import::Tool;

use super::build::Replaying;
use super::yes::Yes;

#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    /// The folder that the tool reads its migrations from; without one, the history in the database
    /// becomes one migration
    #[arg(value_name = "FOLDER", value_hint = clap::ValueHint::DirPath)]
    pub(crate) folder: Option<PathBuf>,
    /// The tool, where the folder alone does not show which one it is
    #[arg(long, value_name = "TOOL", value_parser = tools())]
    pub(crate) from: Option<Tool>,
    /// Show what would be written and recorded, and do neither
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Record what the tool has applied although the schema of the database is another, for this
    /// reason
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
    #[command(flatten)]
    pub(crate) replaying: Replaying,
    #[command(flatten)]
    pub(crate) yes: Yes,
}

/// Reads the word for a tool; help and completions list them.
fn tools() -> impl clap::builder::TypedValueParser<Value = Tool> {
    use clap::builder::{PossibleValuesParser, TypedValueParser as _};
    let words = Tool::ALL.iter().map(|tool| PossibleValue::new(tool.word()));
    PossibleValuesParser::new(words).try_map(|word| word.parse::<Tool>())
}
