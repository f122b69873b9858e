//! Schemas without their rows.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use migration_api::difference::{Options, Rename};
use migration_api::schema::normal::ColumnOrder;

use super::super::complete;
use super::build::Replaying;

#[derive(Debug, Subcommand)]
pub(crate) enum SchemaCommand {
    /// Print a schema as SQL: spelled in one way, in a stable order
    Dump(DumpArgs),
    /// Show in what two schemas differ, and the operations from one to the other
    Diff(DiffArgs),
    /// Draw the tables and what refers to what
    Diagram(DiagramArgs),
}

const SCHEMA_OF: &str = "\
A schema is that of `migrations` (applied to a database of their own), `models`, `database`, or of a
file: of SQL if its name ends in .sql, else a database.";

#[derive(Debug, Args)]
#[command(after_help = SCHEMA_OF)]
pub(crate) struct DumpArgs {
    /// Whose schema
    #[arg(default_value = "migrations", value_name = "SCHEMA", add = complete::schemas())]
    pub(crate) of: SchemaOf,
    /// Write to this file instead of standard output
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) replaying: Replaying,
}

#[derive(Debug, Args)]
#[command(after_help = SCHEMA_OF)]
pub(crate) struct DiffArgs {
    /// From which schema
    #[arg(default_value = "migrations", value_name = "FROM", add = complete::schemas())]
    pub(crate) from: SchemaOf,
    /// To which
    #[arg(default_value = "models", value_name = "TO", add = complete::schemas())]
    pub(crate) to: SchemaOf,
    #[command(flatten)]
    pub(crate) comparing: Comparing,
    #[command(flatten)]
    pub(crate) replaying: Replaying,
}

#[derive(Debug, Args)]
#[command(after_help = SCHEMA_OF)]
pub(crate) struct DiagramArgs {
    /// Whose schema
    #[arg(default_value = "migrations", value_name = "SCHEMA", add = complete::schemas())]
    pub(crate) of: SchemaOf,
    /// Print Mermaid's erDiagram instead of an SVG picture
    #[arg(long)]
    pub(crate) mermaid: bool,
    /// Write to this file instead of standard output
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) replaying: Replaying,
}

/// What counts as a difference, and what as a change of names.
#[derive(Debug, Clone, Args)]
pub(crate) struct Comparing {
    /// A table or a column that has another name: player:gamer, player.xp:experience
    #[arg(long, value_name = "OLD:NEW")]
    #[arg(value_parser = rename)]
    rename: Vec<Rename>,
    /// Let the order of columns count too: to change it is to write every row anew
    #[arg(long)]
    column_order: bool,
}

impl Comparing {
    /// With what `was` something by the models, and with what a person says: here, or when `asked`.
    pub(crate) fn options(&self, was: &[Rename], asked: &[Rename]) -> Options {
        Options {
            renames: self.rename.iter().chain(asked).cloned().collect(),
            was: was.to_vec(),
            column_order: self.column_order(),
        }
    }

    pub(crate) fn column_order(&self) -> ColumnOrder {
        if self.column_order { ColumnOrder::Same } else { ColumnOrder::Any }
    }
}

fn rename(text: &str) -> Result<Rename, String> {
    let form = || "it has the form player:gamer, or player.xp:experience".to_owned();
    let (old, to) = text.split_once(':').ok_or_else(form)?;
    let (table, from) =
        old.split_once('.').map_or((None, old), |(table, from)| (Some(table), from));
    if from.is_empty() || to.is_empty() || table.is_some_and(str::is_empty) {
        return Err(form());
    }
    let (from, to) = (from.to_owned(), to.to_owned());
    Ok(match table {
        Some(table) => Rename::Column { table: table.to_owned(), from, to },
        None => Rename::Table { from, to },
    })
}

/// `rename` as it is written on the command line.
pub(crate) fn spelled(rename: &Rename) -> String {
    match rename {
        Rename::Table { from, to } => format!("{from}:{to}"),
        Rename::Column { table, from, to } => format!("{table}.{from}:{to}"),
    }
}

/// Whose schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SchemaOf {
    /// What all migrations give, on a database of their own.
    Migrations,
    /// What the models say.
    Models,
    /// What the project's database has.
    Database,
    /// What a file has: of SQL if its name ends so, else a database.
    File(PathBuf),
}

impl From<OsString> for SchemaOf {
    fn from(word: OsString) -> Self {
        match word.to_str() {
            Some("migrations") => Self::Migrations,
            Some("models") => Self::Models,
            Some("database") => Self::Database,
            _ => Self::File(word.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rename_names_a_table_or_a_column_of_one() {
        let table = Rename::Table { from: "a".into(), to: "b".into() };
        assert_eq!(rename("a:b"), Ok(table));
        let column = Rename::Column { table: "t".into(), from: "a".into(), to: "b".into() };
        assert_eq!(rename("t.a:b"), Ok(column));
        for text in ["", "a", "a:", ":b", ".a:b", "t.:b"] {
            assert!(rename(text).is_err(), "{text}");
        }
    }
}
