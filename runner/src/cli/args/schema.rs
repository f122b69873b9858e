//! Schemas without their rows.

use std::ffi::{OsStr, OsString};
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
file: of SQL if its name ends in .sql, else a database. `before:ID` and `after:ID` are what the
database had when a migration was applied last, by its log; ID alone is `after:ID` where no file is
called so.";

#[derive(Debug, Args)]
#[command(after_help = SCHEMA_OF)]
pub(crate) struct DumpArgs {
    /// Whose schema
    #[arg(default_value = "migrations", value_name = "SCHEMA", add = complete::schemas())]
    pub(crate) of: SchemaOf,
    /// Print models in Rust instead: a struct for each table
    #[arg(long)]
    pub(crate) rust: bool,
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
    /// Exit 1 if they differ, as `git diff` does
    #[arg(long)]
    pub(crate) exit_code: bool,
    #[command(flatten)]
    pub(crate) comparing: Comparing,
    #[command(flatten)]
    pub(crate) replaying: Replaying,
}

const DRAWN: &str = "\
A schema is that of `migrations` (applied to a database of their own), `models`, `database`, or of a
file: of SQL if its name ends in .sql, else a database. Tables may follow: `runner schema diagram player`
draws a table of the migrations and those beside it, `runner schema diagram database player` of the
database.";

#[derive(Debug, Args)]
#[command(after_help = DRAWN)]
pub(crate) struct DiagramArgs {
    /// Whose schema, `migrations` where it is not said; then tables, where not all are to be drawn
    #[arg(value_name = "SCHEMA] [TABLE", add = complete::schemas())]
    words: Vec<OsString>,
    /// How many foreign keys may lie between a table that is named and one that is drawn
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) around: usize,
    /// Print Mermaid's erDiagram instead of an SVG picture
    #[arg(long)]
    pub(crate) mermaid: bool,
    /// Write to this file instead of standard output
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) replaying: Replaying,
}

impl DiagramArgs {
    /// Whose schema is drawn, and which tables of it; none: all.
    pub(crate) fn drawn(&self) -> (SchemaOf, Vec<String>) {
        schema_and_tables(&self.words)
    }
}

fn schema_and_tables(words: &[OsString]) -> (SchemaOf, Vec<String>) {
    let of = words.first().filter(|word| names_a_schema(word)).cloned();
    let tables = words.iter().skip(usize::from(of.is_some()));
    let tables = tables.map(|word| word.to_string_lossy().into_owned()).collect();
    (of.map_or(SchemaOf::Migrations, SchemaOf::from), tables)
}

/// Whether `word` is no table: one of the words for schemas, a path, or a file that is there.
fn names_a_schema(word: &OsStr) -> bool {
    let is_path = word.to_string_lossy().contains(['.', '/', '\\']);
    match SchemaOf::from(word.to_owned()) {
        SchemaOf::File(path) => is_path || path.is_file(),
        _ => true,
    }
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
    /// What the project's database had right before or after a migration was applied.
    Past(Side, String),
    /// What a file has: of SQL if its name ends so, else a database.
    File(PathBuf),
}

/// A side of a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// Right before it.
    Before,
    /// Right after it.
    After,
}

impl Side {
    /// Its word, which stands before `:ID`.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::After => "after",
        }
    }

    /// The side and the migration that `word` says, if it is of that form.
    fn of(word: &str) -> Option<(Self, String)> {
        let (side, id) = word.split_once(':')?;
        let side = [Self::Before, Self::After].into_iter().find(|it| it.word() == side)?;
        Some((side, id.to_owned()))
    }
}

impl From<OsString> for SchemaOf {
    fn from(word: OsString) -> Self {
        match word.to_str() {
            Some("migrations") => Self::Migrations,
            Some("models") => Self::Models,
            Some("database") => Self::Database,
            other => match other.and_then(Side::of) {
                Some((side, id)) => Self::Past(side, id),
                None => Self::File(word.into()),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_word_of_a_diagram_is_a_schema_unless_it_can_only_be_a_table() {
        let drawn = |words: &[&str]| {
            schema_and_tables(&words.iter().map(OsString::from).collect::<Vec<_>>())
        };
        let tables =
            |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        assert_eq!(drawn(&[]), (SchemaOf::Migrations, tables(&[])));
        assert_eq!(drawn(&["a", "models"]), (SchemaOf::Migrations, tables(&["a", "models"])));
        assert_eq!(drawn(&["models", "a"]), (SchemaOf::Models, tables(&["a"])));
        assert_eq!(drawn(&["a.sql"]), (SchemaOf::File("a.sql".into()), tables(&[])));
        let past = SchemaOf::Past(Side::Before, "a".into());
        assert_eq!(drawn(&["before:a", "a"]), (past, tables(&["a"])));
    }

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
