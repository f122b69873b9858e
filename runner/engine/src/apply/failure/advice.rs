//! The exit code of a failed step, and the hint for a person.

use super::migration::Obstacle;
use super::{ApplyError, Unfinished, WithOthers};
use crate::application::Missing;
use crate::apply::batched::LeftHalfDone;
use crate::apply::broken_statements::BrokenStatement;
use crate::apply::denied::{Denied, DeniedStatement};
use crate::apply::lost_objects::LostObject;
use crate::apply::lost_rows::{LossCause, LostRows};
use crate::apply::redirected_references::RedirectedReference;
use crate::direction::Direction;
use crate::drift::Drift;
use crate::exit::{self, Exit};
use crate::explain::{self, Code};
use crate::hint::{self, Action, Hint};
use crate::record::RecordError;

impl ApplyError {
    /// The exit code.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::Database(error) => error.exit(),
            Self::Record(RecordError::Sqlite(error)) => exit::of_sqlite(error),
            Self::Backup(error) => error.exit(),
            Self::Kept(error) => error.exit(),
            Self::WithOthers(WithOthers { error, .. })
            | Self::Unfinished(Unfinished { error })
            | Self::LeftHalfDone(LeftHalfDone { error, .. }) => error.exit(),
            Self::Batched(error) => error.exit(),
            Self::Migration { failure, .. } => failure.exit,
            Self::Record(_)
            | Self::OtherUnfinished(_)
            | Self::PartlyReplaced { .. }
            | Self::Irreversible { .. }
            | Self::Denied { .. }
            | Self::TransactionLeft { .. }
            | Self::NotStartedAnyMore { .. }
            | Self::NotInOneTransaction { .. }
            | Self::TransactionLost { .. }
            | Self::Escaped { .. }
            | Self::LockLost { .. }
            | Self::Moved { .. }
            | Self::Repeatable(_)
            | Self::RowsLost { .. }
            | Self::ObjectsLost { .. }
            | Self::ForeignKeys { .. }
            | Self::SchemaLeft { .. }
            | Self::ReferencesRedirected { .. }
            | Self::StatementsBroken { .. }
            | Self::BuiltinReplaced { .. }
            | Self::BuiltinLeft { .. }
            | Self::StatementLeft { .. }
            | Self::BlobLeft { .. } => Exit::Refused,
            Self::Sqlite { source, .. } => exit::of_sqlite(source),
            Self::Stopped { .. } => Exit::Interrupted,
            Self::StalePlan(_) => Exit::TryAgain,
            Self::TimedOut { .. } | Self::OutcomeUnknown { .. } => Exit::Failed,
            Self::NoScratchFolder(source) => exit::of_io(source, Exit::Failed),
        }
    }

    /// Its code, for `runner explain`.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::Database(error) => error.code(),
            Self::Record(error) => error.code(),
            Self::OtherUnfinished(_) => Code::UnfinishedMigration,
            Self::StalePlan(error) => error.code(),
            Self::Backup(error) => error.code(),
            Self::Kept(error) => error.code(),
            Self::WithOthers(WithOthers { error, .. })
            | Self::Unfinished(Unfinished { error })
            | Self::LeftHalfDone(LeftHalfDone { error, .. }) => error.code(),
            Self::Batched(error) => error.code(),
            Self::Migration { failure, .. } if failure.panicked => Code::MigrationPanicked,
            Self::Migration { failure, .. } if failure.had_no_room() => Code::DiskFull,
            Self::Migration { .. } => Code::MigrationFailed,
            Self::PartlyReplaced { .. } => Code::PartlyReplaced,
            Self::Irreversible { .. } => Code::IrreversibleMigration,
            Self::TimedOut { .. } => Code::TimedOut,
            Self::Stopped { .. } => Code::Stopped,
            Self::Denied { denied, .. } => {
                denied.first().map_or(Code::PragmaDenied, |first| match first.denied {
                    Denied::Transaction(_) => Code::TransactionDenied,
                    Denied::Attach => Code::AttachDenied,
                    Denied::Pragma { .. } => Code::PragmaDenied,
                    Denied::History => Code::HistoryDenied,
                    Denied::Setting { .. } => Code::SettingDenied,
                    Denied::SchemaEdit => Code::SchemaEditDenied,
                    Denied::OutsideOfStep => Code::OutsideOfStep,
                })
            }
            Self::TransactionLost { .. } => Code::TransactionLost,
            Self::Escaped { .. } => Code::ChangesEscaped,
            Self::LockLost { .. } => Code::LockLost,
            Self::Moved { .. } => Code::DatabaseMoved,
            Self::StatementLeft { .. } | Self::BlobLeft { .. } => Code::StatementLeft,
            Self::ForeignKeys { .. } => Code::BrokenForeignKeys,
            Self::ReferencesRedirected { .. } => Code::ReferencesRedirected,
            Self::StatementsBroken { .. } => Code::StatementsBroken,
            Self::BuiltinReplaced { .. } => Code::BuiltinReplaced,
            Self::BuiltinLeft { .. } => Code::BuiltinLeft,
            Self::RowsLost { .. } => Code::RowsLost,
            Self::Repeatable(error) => error.code(),
            Self::ObjectsLost { .. } => Code::ObjectsLost,
            Self::SchemaLeft { .. } => Code::SchemaLeft,
            Self::TransactionLeft { .. } => Code::TransactionLeft,
            Self::NotStartedAnyMore { .. } => Code::NotStartedAnyMore,
            Self::NotInOneTransaction { .. } => Code::NotInOneTransaction,
            Self::Sqlite { source, .. } => explain::of_sqlite(source),
            Self::OutcomeUnknown { .. } => Code::OutcomeUnknown,
            Self::NoScratchFolder(source) => explain::of_io(source, Code::NoScratchFolder),
        }
    }

    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> Option<Hint> {
        Some(match self {
            Self::Database(error) => return error.hint(),
            Self::Record(error) => return error.hint(),
            Self::OtherUnfinished(other) => Hint::either(Drift::from(other.clone()).ways_out()),
            Self::PartlyReplaced { id, missing } => {
                let found = Drift::PartlyReplaced { id: id.clone(), missing: missing.clone() };
                Hint::either(found.ways_out())
            }
            Self::StalePlan(error) => return error.hint(),
            Self::Backup(error) => return error.hint(),
            Self::Kept(error) => return error.hint(),
            Self::WithOthers(WithOthers { error, others }) => {
                let with_it = match others {
                    1 => "The step before it was rolled back with it".to_owned(),
                    _ => format!("The {others} steps before it were rolled back with it"),
                };
                match error.hint() {
                    Some(own) => own.and(". ").and(with_it),
                    None => with_it.into(),
                }
            }
            Self::Unfinished(Unfinished { error }) if matches!(**error, Self::TransactionLeft { .. }) => {
                Hint::from(
                    "what it did in that transaction is gone, and what it did before stays: let it \
                     commit what it begins; ",
                )
                .and(Action::ShowStatus)
                .and(" shows how to go on")
            }
            Self::Unfinished(Unfinished { error })
                if matches!(**error, Self::NotStartedAnyMore { .. }) =>
            {
                return error.hint();
            }
            Self::Unfinished(Unfinished { error }) if matches!(**error, Self::SchemaLeft { .. }) => {
                Hint::from(
                    "it runs without a transaction, so what it did stays. Undo in the database what its way \
                     forward made, or leave it; ",
                )
                .and(Action::ShowStatus)
                .and(" shows how to record that it is reverted")
            }
            Self::Unfinished(Unfinished { error }) if matches!(**error, Self::Moved { .. }) => {
                "it runs without a transaction, so what it did stays in the file that was opened, if \
                 that has a name still. Nothing may move a database that is in use"
                    .into()
            }
            Self::Unfinished(_) => Hint::from("it runs without a transaction, so what it did before that stays; ")
                .and(Action::ShowStatus)
                .and(" shows how to go on"),
            Self::Batched(error) => return error.hint(),
            Self::LeftHalfDone(LeftHalfDone { error, direction }) => match &**error {
                Self::Batched(error) => return error.hint(),
                Self::StalePlan(error) => return error.hint(),
                Self::Denied { denied, .. } => {
                    Hint::from(DeniedStatement::ways_out(denied)).and("; ").and(STAYS).and(again(*direction))
                }
                _ => Hint::from(STAYS).and(again(*direction)),
            },
            Self::NotStartedAnyMore { id } => Hint::from("what it did stays, and this run recorded nothing of it: ")
                .and(Action::ShowStatus)
                .and(format!(" shows what the history says of `{id}`; see that the database agrees")),
            Self::TransactionLeft { .. } => "let it commit what it begins".into(),
            Self::NotInOneTransaction { id } => format!(
                "nothing was done. Take the steps before `{id}`, it, and those after it apart"
            ).into(),
            Self::Migration { failure, .. } if failure.obstacle == Some(Obstacle::Lock) => "everything that it did was rolled \
                 back. The runner holds the lock for it: let it work on `migrator.connection()`, and \
                 not on a connection of its own"
                .into(),
            Self::Migration { failure, .. } if failure.obstacle == Some(Obstacle::Transaction) => "everything that it did was \
                 rolled back. SQLite does this only outside of a transaction: write it alone into a migration with \
                 `const TRANSACTIONAL: bool = false`"
                .into(),
            Self::Migration { failure, .. } if failure.obstacle == Some(Obstacle::Program) => "everything that it did was \
                 rolled back. A view or trigger of `repeatable/` makes way for `migrator.execute` and for operations, \
                 not for SQL on `migrator.connection()`; drop any other before, and make it again after"
                .into(),
            Self::Migration { failure, .. } => match failure.next() {
                Some(next) => Hint::from("everything that it did was rolled back; ").and(next),
                None => "everything that it did was rolled back".into(),
            },
            Self::Irreversible { id, declared: true } => format!(
                "nothing was reverted. To have a way back, write `migrate_backward` in `{id}` and \
                 take out its `REVERSIBLE`"
            ).into(),
            Self::Irreversible { id, declared: false } => {
                format!("it stays applied. To have a way back, write `migrate_backward` in `{id}`").into()
            }
            Self::TimedOut { .. } => {
                "it was interrupted and rolled back".into()
            }
            Self::Stopped { .. } => "nothing of it is in the database".into(),
            Self::Denied { denied, .. } => DeniedStatement::ways_out(denied).into(),
            Self::TransactionLost { .. } => {
                "nothing of it is in the database. A statement `OR ROLLBACK` does that; use \
                 `OR ABORT`, which is the default"
                    .into()
            }
            Self::Escaped { .. } => {
                Hint::from("compare the database with a backup before anything else runs on it; ")
                    .and(Action::Restore)
                    .and(" brings one back")
            }
            Self::LockLost { .. } => {
                "it was rolled back. To open and close the database's file other than through \
                 SQLite, as a copy of it does, gives up the lock; do this outside of migrations"
                    .into()
            }
            Self::Moved { .. } => Hint::from(
                "it was rolled back, in the file that was opened. Nothing may move a database that is in \
                 use, not even to put a backup in its place: ",
            )
            .and(Action::Restore)
            .and(" does that"),
            Self::StatementLeft { .. } => {
                "it was rolled back. Read the rows to their end, or drop them".into()
            }
            Self::BlobLeft { .. } => {
                "it was rolled back. Close the blob, or drop it, before the migration returns".into()
            }
            Self::ForeignKeys { unusable: true, .. } => "it was rolled back. Let the foreign key name the \
                 primary key of the table that it refers to, or give that table a unique index on just \
                 these columns"
                .into(),
            Self::ForeignKeys { unusable: false, .. } => {
                "it was rolled back. Repair or delete these rows in the migration".into()
            }
            Self::ReferencesRedirected { redirected, .. } => next_for_references(redirected).into(),
            Self::StatementsBroken { broken, .. } => next_for_statements(broken).into(),
            Self::BuiltinReplaced { .. } => "it was rolled back. No other program would find or order \
                 by them what is there. Register it under a name of its own; what the application \
                 replaces on each of its connections, declare in `application_functions` or \
                 `application_collations` of `runner.toml`"
                .into(),
            Self::BuiltinLeft { .. } => "it was rolled back. Register it under a name of its own, or \
                 take each migration in a transaction of its own: each has a connection of its own then"
                .into(),
            Self::RowsLost { lost, .. } => next_for_rows(lost).into(),
            Self::Repeatable(error) => return error.hint(),
            Self::ObjectsLost { lost, .. } => {
                format!("it was rolled back. {}", LostObject::ways_out(lost)).into()
            }
            Self::SchemaLeft { id } => format!(
                "it stays applied. Let `migrate_backward` of `{id}` undo what `migrate_forward` makes, or \
                 say with `const REVERSIBLE: bool = false` that there is no way back"
            ).into(),
            Self::OutcomeUnknown { .. } => Hint::from("once the disk works, ").and(Action::ShowStatus).and(" shows it"),
            Self::NoScratchFolder(source) if exit::has_no_room(source) => return hint::writing(source),
            Self::NoScratchFolder(_) => "`TMPDIR` names the folder for temporary files".into(),
            Self::Sqlite { source, .. } => match hint::of_sqlite(source) {
                Some(next) => Hint::from("nothing of it is in the database; ").and(next),
                None => "nothing of it is in the database".into(),
            },
        })
    }
}

/// What goes on with a migration that is half done.
fn again(direction: Direction) -> Action {
    match direction {
        Direction::Forward => Action::Migrate,
        Direction::Backward => Action::RevertLast,
    }
}

/// Of a batched migration that is half done; what does so follows.
const STAYS: &str =
    "what its stages and batches did before that stays, and the next run goes on there: ";

fn next_for_references(redirected: &[RedirectedReference]) -> &'static str {
    let is_renamed = |one: &RedirectedReference| matches!(one, RedirectedReference::Renamed { .. });
    if redirected.iter().any(is_renamed) {
        "it was rolled back. ALTER TABLE ... RENAME TO takes the references to a table along. Create the \
         new table under another name, copy the rows, drop the old table, and rename the new one; or \
         use the operations, which keep references: `rename_table_only` renames without taking them \
         along. If they are to follow, create the table of the old name in a migration of its own"
    } else {
        "it was rolled back. Drop the tables that refer to it first, or make them anew without the \
         reference"
    }
}

fn next_for_statements(broken: &[BrokenStatement]) -> String {
    let mut settings: Vec<String> = Vec::new();
    for key in ["application_functions", "application_collations", "application_tokenizers"] {
        let missing = broken.iter().filter_map(|statement| statement.missing.as_ref());
        let mut names: Vec<_> =
            missing.filter(|one| one.key() == Some(key)).map(Missing::name).collect();
        names.sort_unstable();
        names.dedup();
        if !names.is_empty() {
            settings.push(format!("`{key} = {names:?}`"));
        }
    }
    match settings.as_slice() {
        [] => {
            "it was rolled back. What names what is gone must go too, or be made anew: in the same \
               migration"
                .into()
        }
        settings => format!(
            "it was rolled back. What a migration registers is on no other connection. If the application \
             has it on each of its own, declare it in `runner.toml`: {}",
            settings.join(", ")
        ),
    }
}

fn next_for_rows(lost: &[LostRows]) -> &'static str {
    let any = |is: fn(&LossCause) -> bool| lost.iter().any(|rows| is(&rows.cause));
    if any(|cause| matches!(cause, LossCause::ForeignKeys)) {
        "it was rolled back. Leave foreign keys off, as they were; they are checked before COMMIT"
    } else if any(|cause| matches!(cause, LossCause::Trigger(_))) {
        "it was rolled back. If they are to go, let the migration delete them itself, before the \
         statement that sets off the trigger"
    } else {
        "it was rolled back. Copy all rows into the table that is made anew. If some are to go, and only \
         then, let the migration say so by a DELETE of its own, out of the table before it is made anew"
    }
}
