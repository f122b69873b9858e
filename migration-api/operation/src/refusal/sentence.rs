//! What a refusal says.

use std::fmt::{self, Display, Formatter};

use super::Refusal;
use super::way_out::WayOut;

impl Display for Refusal {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownTable { table, near } => {
                write!(f, "there is no table `{table}`{}", Near(near))
            }
            Self::UnknownColumn { table, column, near } => {
                write!(f, "table `{table}` has no column `{column}`{}", Near(near))
            }
            Self::UnknownIndex { index, near } => {
                write!(f, "there is no index `{index}`{}", Near(near))
            }
            Self::UnknownConstraint { table, constraint, near } => {
                write!(f, "table `{table}` has no constraint {constraint}{}", Near(near))
            }
            Self::NameTaken { kind, name } => {
                write!(f, "there is already {} `{name}`", kind.with_article())
            }
            Self::DuplicateColumn { table, column } => {
                write!(f, "table `{table}` already has a column `{column}`")
            }
            Self::NotATable { kind, name } => {
                let kind = kind.with_article();
                write!(f, "`{name}` is {kind}, and this can only be done to a table")
            }
            Self::ReservedName(name) => write!(
                f,
                "the name `{name}` is reserved: SQLite keeps all that begin with `sqlite_` for itself"
            ),
            Self::EmptyName { what } => write!(f, "{what} needs a name, and this one is empty"),
            Self::HidesRowid { table, column } => write!(
                f,
                "a column `{column}` would hide the rowid of `{table}` from what asks for it by that \
                 name: choose another name"
            ),
            Self::NotSql { what, text, .. } => {
                write!(f, "the {what} `{text}` is not whole by itself")
            }
            Self::BadExpression { what, text, .. } => write!(f, "the {what} `{text}` is not valid"),
            Self::NoValue { table, column } => write!(
                f,
                "column `{column}` is NOT NULL and the rows of `{table}` would have no value: \
                 give it a default or a backfill"
            ),
            Self::NullsLeft { table, column, rows, count } => {
                f.write_str("NOT NULL is broken by ")?;
                match count {
                    0 => write!(f, "rows of `{table}` whose `{column}` is NULL")?,
                    _ => write!(f, "{count} of the rows of `{table}`, where `{column}` is NULL")?,
                }
                write!(f, "{}: fill them first, or say with what to fill them", Among(rows, i64::from(*count)))
            }
            Self::KeyIsNotNull { table, column, keyed } => write!(
                f,
                "column `{column}` is of the key of `{table}`, which is {keyed}, so that SQLite takes \
                 no NULL there whatever the text says: give the table another key first"
            ),
            Self::RowidHasNoDefault { table, column } => write!(
                f,
                "column `{column}` is the rowid of `{table}`, which SQLite numbers by itself: it would \
                 never use a default"
            ),
            Self::CheckFails { table, check, rows, examples } => write!(
                f,
                "CHECK {check} is broken by {rows} of the rows of `{table}`{}: change them first",
                Among(examples, *rows)
            ),
            Self::NotUnique { table, terms, count, values, .. } => write!(
                f,
                "{} of {terms} {} in several rows of `{table}`{}: change or delete rows first",
                if *count == 1 { "1 value".to_owned() } else { format!("{count} values") },
                if *count == 1 { "is" } else { "are" },
                Among(values, *count)
            ),
            Self::Needed { what, by } => {
                let them = if by.len() == 1 { "it" } else { "them" };
                write!(f, "{what} is needed by {}: drop or change {them} first", Listed(by))
            }
            Self::Breaks { kind, name, table, .. } => {
                write!(f, "{kind} `{name}`{} would no longer work: change it first", On(table))
            }
            Self::ByPlace { kind, name, table } => write!(
                f,
                "{kind} `{name}`{} takes columns by their place, which changes: \
                 let it name its columns first",
                On(table)
            ),
            Self::JoinsOther { kind, name, table, join, column } => write!(
                f,
                "{kind} `{name}`{} has a {join}, which is about `{column}` and would join by other \
                 columns: let it say ON first",
                On(table)
            ),
            Self::ReadsOther { kind, name, table, column, source_table } => write!(
                f,
                "{kind} `{name}`{} would take `{column}` from `{source_table}`, where it takes another \
                 column now: let it say which table it means first",
                On(table)
            ),
            Self::IsGenerated { table, column, what } => write!(
                f,
                "column `{column}` of `{table}` is generated, so it cannot be given values: \
                 leave out the {what}"
            ),
            Self::ParentNotUnique { child, parent, columns } => write!(
                f,
                "foreign key mismatch: `{child}` points to {columns} of `{parent}`, which no primary \
                 key, UNIQUE or unique index covers: make it unique first"
            ),
            Self::ForeignKeys(rows) => write!(
                f,
                "FOREIGN KEY constraint failed: {}: change or delete these rows first",
                Listed(rows)
            ),
            Self::OnlyColumn { table, column } => {
                write!(f, "`{column}` is the only column of `{table}`: drop the table instead")
            }
            Self::OnlyOwnColumn { table, column } => write!(
                f,
                "`{column}` is the only column of `{table}` that is not generated: \
                 drop the table instead"
            ),
            Self::AutomaticIndex(index) => write!(
                f,
                "index `{index}` belongs to a PRIMARY KEY or UNIQUE constraint of its table: \
                 drop that instead"
            ),
            Self::Enforced => f.write_str(
                "foreign keys are enforced, and inside a transaction that cannot be switched off; \
                 rebuilding or dropping a table could then delete rows of others. \
                 Run it outside of a transaction, or set `PRAGMA foreign_keys = OFF` before BEGIN",
            ),
            Self::TransactionControl(words) => {
                write!(f, "{words}: the transaction is not the script's to begin or end")
            }
            Self::DoesNotFit { table, rows, count, .. } => write!(
                f,
                "{} of `{table}` {} not fit into its new shape{}: change the rows first, or say what \
                 they become",
                if *count > 1 { format!("{count} rows") } else { "a row".to_owned() },
                if *count > 1 { "do" } else { "does" },
                Among(rows, i64::from(*count))
            ),
            Self::NotCopied { table, source } => write!(
                f,
                "the rows of `{table}` cannot be copied into its new shape{}",
                WayOut(source)
            ),
            Self::RowsLost { table, before, after } => {
                write!(f, "`{table}` had {before} rows and would have {after} in its new shape")
            }
            Self::NotOnline { table: Some(table), reason } => {
                write!(f, "`{table}` cannot be changed while others write: {reason}")
            }
            Self::NotOnline { table: None, reason } => {
                write!(f, "this cannot be done while others write: {reason}")
            }
            Self::ChangedMeanwhile { table, what } => write!(
                f,
                "{what} has changed since the online change of `{table}` began: abandon that change, and \
                 begin it again"
            ),
            Self::UnknownOperation { operation } => {
                write!(f, "the runner does not know the operation {operation}: use a newer one")
            }
            Self::Unreadable { reason } => {
                write!(f, "it does not arrive as it was sent: {reason}")
            }
            Self::StatementRunning { sql } => write!(
                f,
                "the statement `{sql}` still runs, and the schema would change under it: \
                 read all its rows, or drop it first"
            ),
            Self::BlobOpen => {
                f.write_str("a BLOB is open, and the schema would change under it: drop it first")
            }
            Self::Nested => f.write_str(
                "other operations are being carried out, and a function that they call asks for this: \
                 ask before or after them",
            ),
            Self::Other(words) => words.fmt(f),
            Self::Schema(error) => error.fmt(f),
            Self::Sqlite(_) => f.write_str("SQLite refuses"),
        }
    }
}

struct On<'n>(&'n Option<String>);

impl Display for On<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.0.as_ref().map_or(Ok(()), |table| write!(f, " on `{table}`"))
    }
}

struct Near<'n>(&'n [String]);

impl Display for Near<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.0.iter().map(|name| format!("`{name}`")).collect();
        if names.is_empty() { Ok(()) } else { write!(f, "; did you mean {}?", names.join(" or ")) }
    }
}

/// A few of what there is so many of.
struct Among<'l>(&'l [String], i64);

impl Display for Among<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return Ok(());
        }
        write!(f, " ({}", self.0.join("; "))?;
        match usize::try_from(self.1).unwrap_or(0).saturating_sub(self.0.len()) {
            0 => f.write_str(")"),
            more => write!(f, "; and {more} more)"),
        }
    }
}

struct Listed<'l, T>(&'l [T]);

impl<T: Display> Display for Listed<'_, T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 5;
        let shown: Vec<_> = self.0.iter().take(SHOWN).map(ToString::to_string).collect();
        f.write_str(&shown.join(", "))?;
        match self.0.len().saturating_sub(SHOWN) {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_list_is_cut() {
        let all: Vec<_> = (1..=7).map(|n| n.to_string()).collect();
        assert_eq!(Listed(&all).to_string(), "1, 2, 3, 4, 5 and 2 more");
    }
}
