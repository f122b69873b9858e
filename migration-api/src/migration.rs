//! The trait that a migration implements.

use crate::{Error, Migrator, Result};

/// A step of a database's history, and the way back.
///
/// The runner calls both methods inside a transaction that it owns (but see
/// [`TRANSACTIONAL`](Self::TRANSACTIONAL)), with foreign keys not enforced while they run and
/// checked before COMMIT. A method that returns an error, or panics, leaves the
/// database as it was.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is exported as a migration but does not implement `Migration`",
    label = "not a migration",
    note = "write `impl Migration for {Self} {{ fn migrate_forward(&self, migrator: &mut Migrator) -> Result {{ .. }} }}`"
)]
pub trait Migration {
    /// Whether there is a way back. If `false`, a run that would revert it is refused before anything is changed.
    /// If only [`migrate_backward`](Self::migrate_backward) is left out, such a run fails at this migration.
    const REVERSIBLE: bool = true;

    /// Whether the runner puts a transaction around this migration. Set it to `false` only for what SQLite
    /// does not do inside one: VACUUM, a change of `journal_mode`.
    ///
    /// Nothing is rolled back then when a method fails. The history says that it was started, until
    /// it has finished; a failure or a crash stays visible there and stops the migrations after it. Let
    /// it do one thing that can be repeated.
    const TRANSACTIONAL: bool = true;

    /// Whether this migration is a sequence of stages that commit for themselves: [`Migrator::step`],
    /// [`Migrator::rows`] and [`Migrator::online`]. For tables that are too big for one transaction.
    ///
    /// Each stage is recorded when it is done, and rows with each batch. After a crash or a stop the runner calls the
    /// method again, passes over the stages that are done, and goes on where it was. So the method must ask for the
    /// same stages each time, in the same order. Outside of a stage it may only read.
    const BATCHED: bool = false;

    /// Of a [batched](Self::BATCHED) migration: whether [`migrate_backward`](Self::migrate_backward) can begin where
    /// `migrate_forward` has stopped half way. If not, `runner migrate` must finish it before it can be reverted.
    const REVERSIBLE_HALF_DONE: bool = false;

    /// The oldest version of the application that can use the database after this migration: the id of the newest
    /// migration of that version. An application that has it may start on the newer database, and migrates nothing;
    /// any other refuses to. `None`: the application must
    /// know this migration itself.
    ///
    /// What only adds a table or a column with a default can be usable since the migration before it:
    /// `Some("20250106_090000_create_player")`.
    const USABLE_SINCE: Option<&'static str> = None;

    /// The ids of the migrations that this one replaces: on an empty database it makes what all of them make.
    /// `runner squash` writes it.
    ///
    /// Where all of them are applied, the runner records this one without running it. Where none is, it runs. Where
    /// some are, the others have to be applied before it. It is one transaction, so it is neither
    /// [batched](Self::BATCHED) nor without a [transaction](Self::TRANSACTIONAL). What it names is replaced for good:
    /// another migration that replaces this one names the same again, and not this one.
    ///
    /// It is written in `src/lib.rs` as a list of texts, `&["20250106_090000_create_player"]`: the runner reads it there
    /// before it builds anything.
    const REPLACES: &'static [&'static str] = &[];

    /// What this migration takes away on its way forward, by the names that it has before: `"old_log"` for a table that is
    /// dropped, or rows of one that are deleted or left out; `"player.note"` for a column that is dropped, or whose values
    /// are changed for good. A name with a dot or a quote in it is written as in SQL: `"\"a.b\".note"`.
    ///
    /// `runner test` and `runner rehearse` compare it with what is lost. More than is said here is an error, less a note.
    const LOSES: &'static [&'static str] = &[];

    /// Takes the database from the state before this migration to the state after it.
    ///
    /// # Errors
    /// Any error; everything this call did is rolled back.
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result;

    /// Takes the database back to the state before this migration.
    ///
    /// # Errors
    /// Any error; everything this call did is rolled back. The default always returns one: there is no way
    /// back.
    fn migrate_backward(&self, migrator: &mut Migrator) -> Result {
        let _ = migrator;
        Err(Error::irreversible(std::any::type_name::<Self>()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct OneWay;

    impl Migration for OneWay {
        fn migrate_forward(&self, _migrator: &mut Migrator) -> Result {
            Ok(())
        }
    }

    #[test]
    fn leaving_out_the_way_back_is_an_error_and_no_silent_success() {
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        let error = OneWay.migrate_backward(&mut Migrator::new(&connection)).unwrap_err();
        assert!(error.is_irreversible());
        assert_eq!(
            error.to_string(),
            "`migration_api::migration::tests::OneWay` is irreversible: it has no `migrate_backward`"
        );
    }
}
