//! Brings back the views and triggers of files that had to go, as far as they fit the schema.

use std::collections::BTreeSet;

use rusqlite::Connection;

use super::compile::refused;
use crate::application::ApplicationNames;
use crate::repeatable::{ProgramKind, Stored, create, drop_program};

/// Makes those of `stored` that are away and compile, and takes those away that do not.
///
/// # Errors
/// SQLite's.
pub(super) fn restore(
    connection: &Connection,
    application: &ApplicationNames,
    stored: &[Stored],
) -> rusqlite::Result<()> {
    let there = there(connection)?;
    let is_there = |it: &Stored| there.contains(&(it.kind, it.name.to_ascii_lowercase()));
    let mut made: Vec<&Stored> = stored.iter().filter(|it| is_there(it)).collect();
    for away in stored.iter().filter(|it| !is_there(it)) {
        // A trigger whose table or view is away too cannot be made.
        if create(connection, away.kind, &away.name, &away.sql).is_ok() {
            made.push(away);
        }
    }
    // What reads one that goes no longer compiles either, and is found in the next turn.
    loop {
        let programs: Vec<_> = made.iter().map(|it| (it.kind, it.name.as_str())).collect();
        let refused = refused(connection, application, &programs)?;
        if refused.is_empty() {
            return Ok(());
        }
        for (at, _) in &refused {
            drop_program(connection, made[*at].kind, &made[*at].name)?;
        }
        let gone: BTreeSet<usize> = refused.into_iter().map(|(at, _)| at).collect();
        let mut at = 0..;
        made.retain(|_| at.next().is_some_and(|at| !gone.contains(&at)));
    }
}

/// The views and triggers of the main database, by their names in lower case.
pub(super) fn there(connection: &Connection) -> rusqlite::Result<BTreeSet<(ProgramKind, String)>> {
    let mut statement = connection.prepare(
        "SELECT type = 'trigger', lower(name) FROM main.sqlite_schema \
         WHERE type IN ('view', 'trigger')",
    )?;
    let rows = statement.query_map([], |row| {
        let kind = if row.get(0)? { ProgramKind::Trigger } else { ProgramKind::View };
        Ok((kind, row.get(1)?))
    })?;
    rows.collect()
}
