//! Makes views and triggers anew inside a transaction, and keeps what stood before.

use runner_operations::schema::quote;
use rusqlite::Connection;

use super::change::{Change, ChangeKind};
use super::definition::{Definition, ProgramKind};
use super::definitions::Definitions;
use super::failure::Problem;
use super::stored::{self, Former, Stored};
use crate::id::MigrationId;
use crate::record::RecordError;
use crate::schema_objects::Objects;

/// Carries out `changes` to what the `definitions` say, as part of the migration `by`, which found the objects
/// `before`. Gives what SQLite does not take; then the transaction is to be rolled back.
///
/// # Errors
/// SQLite's; a row that is none of ours.
pub(crate) fn replace(
    connection: &Connection,
    definitions: &Definitions,
    changes: &[Change],
    before: &Objects,
    by: &MigrationId,
) -> Result<Vec<Problem>, RecordError> {
    let known = stored::read(connection)?;
    let now = Objects::read(connection)?;
    for change in changes {
        stored::keep_former(connection, by, &former(change, &known, before))?;
    }
    let changed: Vec<_> = changes.iter().map(|it| (it.kind, it.name.as_str())).collect();
    let taken_along = TakenAlong::by(&changed, &now);
    // Triggers first: those of a view would go with it.
    for change in changes.iter().rev().filter(|change| is_there(&now, change)) {
        drop_program(connection, change.kind, &change.name)?;
    }
    let mut problems = Vec::new();
    for change in changes {
        if change.change == ChangeKind::Removed {
            stored::remove(connection, change.kind, &change.name)?;
        } else if let Some(definition) = definitions.get(change.kind, &change.name) {
            match create(connection, definition.kind, &definition.name, &definition.sql) {
                Ok(text) => stored::put(connection, &applied(definition, text))?,
                Err(error) => problems.push(problem(definition, &error)),
            }
        }
    }
    taken_along.make_again(connection);
    Ok(problems)
}

/// The triggers on views that are made anew, which go with them and are not made anew themselves.
struct TakenAlong(Vec<(String, String)>);

impl TakenAlong {
    /// Those that are there `now`, and go with what is `changed`.
    fn by(changed: &[(ProgramKind, &str)], now: &Objects) -> Self {
        let is_changed = |kind: ProgramKind, name: &str| {
            changed.iter().any(|it| it.0 == kind && it.1.eq_ignore_ascii_case(name))
        };
        let taken_along = now.iter().filter(|object| {
            object.kind() == "trigger"
                && is_changed(ProgramKind::View, object.table())
                && !is_changed(ProgramKind::Trigger, object.name())
        });
        Self(taken_along.map(|it| (it.name().to_owned(), it.sql().to_owned())).collect())
    }

    /// Makes them again. One whose view is gone has no place any more, and is missed when all is compared.
    fn make_again(self, connection: &Connection) {
        for (name, sql) in self.0 {
            let _ = create(connection, ProgramKind::Trigger, &name, &sql);
        }
    }
}

fn is_there(now: &Objects, change: &Change) -> bool {
    now.have(change.kind.word(), &change.name)
}

/// What stood `before` in the place of what is to change.
fn former(change: &Change, known: &[Stored], before: &Objects) -> Former {
    let Change { kind, name, .. } = change;
    let recorded = known.iter().find(|it| it.is(*kind, name));
    let was = match (recorded, before.definition(kind.word(), name)) {
        (recorded, None) => recorded.cloned(),
        (Some(recorded), Some(text)) if recorded.stored == text => Some(recorded.clone()),
        (recorded, Some(text)) => Some(Stored {
            kind: *kind,
            name: name.clone(),
            file: recorded.and_then(|it| it.file.clone()),
            sql: text.to_owned(),
            stored: text.to_owned(),
        }),
    };
    Former { kind: *kind, name: name.clone(), was }
}

fn applied(definition: &Definition, stored: String) -> Stored {
    Stored {
        kind: definition.kind,
        name: definition.name.clone(),
        file: Some(definition.file.clone()),
        sql: definition.sql.clone(),
        stored,
    }
}

fn problem(definition: &Definition, error: &rusqlite::Error) -> Problem {
    let Definition { file, line, kind, name, .. } = definition;
    let reason = match error {
        rusqlite::Error::SqlInputError { msg, .. } => msg.clone(),
        other => other.to_string(),
    };
    Problem {
        file: file.clone(),
        line: Some(*line),
        reason: format!("the {kind} `{name}`: {reason}"),
    }
}

/// Makes what `sql` says, and gives the text that SQLite keeps of it.
pub(crate) fn create(
    connection: &Connection,
    kind: ProgramKind,
    name: &str,
    sql: &str,
) -> rusqlite::Result<String> {
    connection.execute_batch(sql)?;
    let text = "SELECT sql FROM main.sqlite_schema WHERE type = ?1 AND name = ?2 COLLATE NOCASE";
    connection.query_row(text, [kind.word(), name], |row| row.get(0))
}

/// Drops the `kind` of this name.
pub(crate) fn drop_program(
    connection: &Connection,
    kind: ProgramKind,
    name: &str,
) -> rusqlite::Result<()> {
    let word = kind.word().to_ascii_uppercase();
    connection.execute_batch(&format!("DROP {word} IF EXISTS main.{}", quote(name)))
}

/// What was put back, in the place of what.
pub(crate) struct PutBack {
    former: Former,
    /// What stood there until then.
    present: Option<Stored>,
}

impl PutBack {
    /// What is there now; `None`: nothing.
    pub(crate) fn program(&self) -> Option<(ProgramKind, &str)> {
        self.former.was.as_ref().map(|_| (self.former.kind, self.former.name.as_str()))
    }

    /// In what the database changed by it.
    pub(crate) fn change(&self) -> Change {
        let Former { kind, name, was } = &self.former;
        let change = if was.is_some() { ChangeKind::Changed } else { ChangeKind::Removed };
        let file = was.as_ref().or(self.present.as_ref()).and_then(|it| it.file.clone());
        Change { kind: *kind, name: name.clone(), file, change }
    }

    /// Leaves what stood there, since what was put back does not fit the schema yet: it is for that of a migration
    /// before, and waits until `before` is reverted.
    ///
    /// # Errors
    /// SQLite's.
    pub(crate) fn wait_for(
        self,
        connection: &Connection,
        before: &MigrationId,
    ) -> rusqlite::Result<()> {
        let Former { kind, name, .. } = &self.former;
        let taken_along = TakenAlong::by(&[(*kind, name)], &Objects::read(connection)?);
        drop_program(connection, *kind, name)?;
        stored::keep_former(connection, before, &self.former)?;
        if let Some(present) = self.present {
            // What does not fit either is away, which whoever looks at the end of the step finds.
            let _ = create(connection, *kind, name, &present.sql);
            stored::put(connection, &present)?;
        }
        taken_along.make_again(connection);
        Ok(())
    }
}

/// Puts back the texts of migrations that files took over since `id` was applied, which is about to be reverted, if it
/// `fits` then. What does not is for the schema before `id`, and waits for [`take_back`].
///
/// # Errors
/// SQLite's; a row that is none of ours.
pub(crate) fn give_back(
    connection: &Connection,
    id: &MigrationId,
    fits: impl Fn(ProgramKind, &str) -> rusqlite::Result<bool>,
) -> Result<Vec<Change>, RecordError> {
    let mut changes = Vec::new();
    for former in stored::formers(connection, id)? {
        let Some(text) = former.was.as_ref().filter(|was| was.file.is_none()) else { continue };
        let (kind, name) = (former.kind, former.name.as_str());
        if stored::is_replaced_later(connection, id, &former)? {
            continue;
        }
        let taken_along = TakenAlong::by(&[(kind, name)], &Objects::read(connection)?);
        connection.execute_batch("SAVEPOINT runner_give_back")?;
        drop_program(connection, kind, name)?;
        if create(connection, kind, name, &text.sql).is_ok() && fits(kind, name)? {
            stored::remove(connection, kind, name)?;
            stored::forget_former(connection, id, &former)?;
            taken_along.make_again(connection);
            changes.push(PutBack { former, present: None }.change());
        } else {
            connection.execute_batch("ROLLBACK TO runner_give_back")?;
        }
        connection.execute_batch("RELEASE runner_give_back")?;
    }
    Ok(changes)
}

/// Puts back what stood before the migration `id`, which is reverted.
///
/// # Errors
/// SQLite's; a row that is none of ours.
pub(crate) fn take_back(
    connection: &Connection,
    id: &MigrationId,
) -> Result<Vec<PutBack>, RecordError> {
    let known = stored::read(connection)?;
    let mut all = Vec::new();
    for former in stored::formers(connection, id)? {
        // Whoever replaced the same later goes on to stand, and goes back further when it is reverted.
        if !stored::hand_on(connection, id, &former)? {
            let present = known.iter().find(|it| it.is(former.kind, &former.name)).cloned();
            all.push(PutBack { former, present });
        }
    }
    let changed: Vec<_> = all.iter().map(|it| (it.former.kind, it.former.name.as_str())).collect();
    let taken_along = TakenAlong::by(&changed, &Objects::read(connection)?);
    // Triggers first: those of a view would go with it.
    for PutBack { former, .. } in all.iter().rev() {
        drop_program(connection, former.kind, &former.name)?;
        stored::remove(connection, former.kind, &former.name)?;
    }
    for PutBack { former: Former { kind, name, was }, .. } in &all {
        let Some(was) = was else { continue };
        // What cannot be made does not compile either.
        let made = create(connection, *kind, name, &was.sql);
        if was.file.is_some() {
            let stored = made.unwrap_or_else(|_| was.stored.clone());
            stored::put(connection, &Stored { stored, ..was.clone() })?;
        }
    }
    taken_along.make_again(connection);
    if !all.is_empty() {
        stored::forget_formers(connection, id)?;
    }
    Ok(all)
}
