//! Rows that are gone and that the migration did not delete: a trigger of another table deleted them,
//! or ON DELETE of a foreign key that was enforced, or a table was made again without them.

mod rebuilt;
mod tables;
#[cfg(test)]
mod tests;

use std::fmt;

use self::rebuilt::lost_anew;
use self::tables::Kind;
pub(super) use self::tables::{Left, TablesBefore, TablesNow};
use super::activity::Activity;
use crate::schema_objects::Objects;

/// Rows of a table that would be gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LostRows {
    /// The table.
    pub table: String,
    /// How many; `None` where that cannot be known.
    pub rows: Option<u64>,
    /// The cause.
    pub cause: LossCause,
}

/// What deletes rows besides the migration's own DELETE.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum LossCause {
    /// The trigger of this name deletes them.
    Trigger(String),
    /// Foreign keys were enforced.
    ForeignKeys,
    /// The table was dropped and made again without them.
    MadeAnew {
        /// How many rows it had.
        before: u64,
        /// How many it has.
        after: u64,
    },
}

impl fmt::Display for LostRows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.rows {
            Some(1) => f.write_str("1 row")?,
            Some(rows) => write!(f, "{rows} rows")?,
            None => f.write_str("some rows")?,
        }
        write!(f, " of `{}`, ", self.table)?;
        match &self.cause {
            LossCause::Trigger(trigger) => write!(f, "by the trigger `{trigger}`"),
            LossCause::ForeignKeys => f.write_str("while foreign keys were enforced"),
            LossCause::MadeAnew { before, after } => {
                write!(f, "which had {before} and was made anew with {after}")
            }
        }
    }
}

/// The rows that are lost, where a migration did what `seen` says. A table is read as a whole only if a
/// trigger deleted from it, or if it was made again, and only if the migration did not delete from it.
///
/// # Errors
/// SQLite's error.
pub(super) fn find(
    before: &TablesBefore<'_, '_>,
    now: &TablesNow<'_>,
    seen: &Activity,
) -> rusqlite::Result<Vec<LostRows>> {
    if seen.rows.keys_acted {
        let lost = |(table, rows): (&str, u64)| LostRows {
            table: table.to_owned(),
            rows: Some(rows),
            cause: LossCause::ForeignKeys,
        };
        return Ok(seen.rows.losers().map(lost).collect());
    }
    let mut lost = Vec::new();
    for (table, trigger) in &seen.triggers_delete_from {
        if seen.deletes_from.contains(table) || stands_for_a_view(now.objects, trigger) {
            continue;
        }
        if let Some(rows) = lost_from(before, now, seen, table)? {
            let cause = LossCause::Trigger(trigger.clone());
            lost.push(LostRows { table: table.clone(), rows, cause });
        }
    }
    lost.extend(lost_anew(before, now, seen)?);
    lost.sort_by(|one, other| one.table.cmp(&other.table));
    lost.dedup_by(|one, other| one.table == other.table);
    Ok(lost)
}

/// How many rows `table` lost: `None` for none, `Some(None)` for a number that cannot be known.
fn lost_from(
    before: &TablesBefore<'_, '_>,
    now: &TablesNow<'_>,
    seen: &Activity,
    table: &str,
) -> rusqlite::Result<Option<Option<u64>>> {
    let counted = seen.rows.lost(table);
    match now.kind(table)? {
        // The rows of a virtual table are its own business: a search index follows its table.
        Some(Kind::Virtual) => return Ok(None),
        Some(Kind::WithRowids) if counted == 0 => return Ok(None),
        Some(Kind::WithRowids | Kind::WithoutRowids) => {}
        None if seen.dropped(table) => return Ok(None),
        // It was renamed meanwhile.
        None => return Ok((counted > 0).then_some(Some(counted))),
    }
    // Counted rows may be there again, after a savepoint was rolled back or a statement failed.
    match before.rows(table)? {
        Some(before) => {
            let lost = before.saturating_sub(now.rows(table)?);
            Ok((lost > 0).then_some(Some(lost)))
        }
        // What came and went meanwhile was not there before.
        None if counted == 0 && seen.makes(table) => Ok(None),
        None => Ok(Some((counted > 0).then_some(counted))),
    }
}

/// Whether `trigger` is an INSTEAD OF trigger of a view: then the DELETE from the view is the
/// migration's own.
fn stands_for_a_view(now: &Objects, trigger: &str) -> bool {
    let trigger = now.get("trigger", trigger);
    trigger.is_some_and(|trigger| now.have("view", trigger.table()))
}
