//! Runs a history on an empty database in memory, statement by statement, without those that a migration cannot run.

use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use migration_api::operation::script;
use runner_engine::apply::Denied;
use rusqlite::Connection;
use rusqlite::config::DbConfig;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization, TransactionOperation};

use super::statement::Class;

/// The database, and what the statements did that were compiled last.
pub(super) struct Replay {
    connection: Connection,
    seen: Arc<Mutex<Option<Class>>>,
    /// Whether a statement was refused, so that others that need what it would have made are refused as well.
    has_failed: bool,
}

impl Replay {
    /// # Errors
    /// SQLite makes no database in memory.
    pub(super) fn new() -> rusqlite::Result<Self> {
        let mut connection = Connection::open_in_memory()?;
        // As a migration runs.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY, false)?;
        let seen: Arc<Mutex<Option<Class>>> = Arc::default();
        let noted = Arc::clone(&seen);
        // What is not to run is denied: some pragmas work while they are compiled.
        connection.authorizer(Some(move |context: AuthContext<'_>| {
            match class(&context.action) {
                Some(class) => {
                    *noted.lock().unwrap_or_else(PoisonError::into_inner) = Some(class);
                    Authorization::Deny
                }
                None => Authorization::Allow,
            }
        }))?;
        Ok(Self { connection, seen, has_failed: false })
    }

    /// What the statements of `script` are, which then have run.
    pub(super) fn forward(&mut self, script: &str) -> Vec<(Range<usize>, Class)> {
        let classes = self.run(script);
        self.has_failed |= classes.iter().any(|(_, class)| class.failed());
        classes
    }

    /// What the statements of `script` are, after which all is as it was.
    pub(super) fn backward(&mut self, script: &str) -> Vec<(Range<usize>, Class)> {
        // A failure here would be that of each statement, which says so as well.
        let began = self.connection.execute_batch("SAVEPOINT runner_import").is_ok();
        let classes = self.run(script);
        if began {
            let undo = "ROLLBACK TO runner_import; RELEASE runner_import";
            let _ = self.connection.execute_batch(undo);
        }
        classes
    }

    fn run(&self, text: &str) -> Vec<(Range<usize>, Class)> {
        let mut failed = self.has_failed;
        let mut classes = Vec::new();
        for span in script::spans(text) {
            let class = self.class_of(&text[span.clone()], failed);
            failed |= class.failed();
            classes.push((span, class));
        }
        classes
    }

    /// What a statement is; it has run, if a migration runs it. `has_failed`: one before it has not.
    fn class_of(&self, sql: &str, has_failed: bool) -> Class {
        if is_vacuum(sql) {
            return Class::OutsideOfTransaction;
        }
        *self.seen() = None;
        let ran = self.connection.prepare(sql).and_then(|mut statement| {
            let mut rows = statement.raw_query();
            while rows.next()?.is_some() {}
            Ok(())
        });
        let seen = self.seen().take();
        match (seen, ran) {
            (Some(class), _) => class,
            (None, Ok(())) => Class::Usual,
            (None, Err(error)) => refused(&error, has_failed),
        }
    }

    /// A holder that panicked has left a whole value.
    fn seen(&self) -> std::sync::MutexGuard<'_, Option<Class>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Class {
    /// Whether it did not run, so that what it makes is not there.
    fn failed(&self) -> bool {
        matches!(self, Self::Refused { .. } | Self::OfTheApplication { .. } | Self::Denied(_))
    }
}

/// What `action` makes of its statement; `None`: nothing of note.
fn class(action: &AuthAction<'_>) -> Option<Class> {
    if let AuthAction::Pragma { pragma_name, pragma_value } = action {
        return of_a_pragma(pragma_name, *pragma_value, action);
    }
    match action {
        AuthAction::Transaction { operation: TransactionOperation::Rollback } => {
            Denied::in_transaction(action).map(Class::Denied)
        }
        AuthAction::Transaction { .. } => Some(Class::Transaction),
        _ => Denied::in_transaction(action).map(Class::Denied),
    }
}

fn of_a_pragma(name: &str, value: Option<&str>, action: &AuthAction<'_>) -> Option<Class> {
    /// They are kept in the file.
    const OF_THE_FILE: [&str; 4] =
        ["journal_mode", "auto_vacuum", "page_size", "incremental_vacuum"];
    /// They end with the connection, and leave nothing behind; or are chosen before there is anything.
    const OF_THE_CONNECTION: [&str; 15] = [
        "synchronous",
        "locking_mode",
        "fullfsync",
        "checkpoint_fullfsync",
        "busy_timeout",
        "temp_store",
        "wal_checkpoint",
        "wal_autocheckpoint",
        "journal_size_limit",
        "encoding",
        "secure_delete",
        "default_cache_size",
        "cache_spill",
        "threads",
        "reverse_unordered_selects",
    ];
    let is = |known: &[&str]| known.iter().any(|one| one.eq_ignore_ascii_case(name));
    match value {
        _ if is(&["foreign_keys", "defer_foreign_keys"]) => Some(Class::ForeignKeys),
        Some(_) if is(&OF_THE_FILE) => Some(Class::OutsideOfTransaction),
        _ if is(&["wal_checkpoint", "incremental_vacuum"]) => Some(Class::Setting),
        Some(_) if is(&OF_THE_CONNECTION) => Some(Class::Setting),
        _ => Denied::in_transaction(action).map(Class::Denied),
    }
}

fn is_vacuum(sql: &str) -> bool {
    sql.get(..6).is_some_and(|word| word.eq_ignore_ascii_case("VACUUM"))
}

/// What a statement is that SQLite has refused with `error`.
fn refused(error: &rusqlite::Error, has_failed: bool) -> Class {
    let words = match error {
        rusqlite::Error::SqlInputError { msg, .. }
        | rusqlite::Error::SqliteFailure(_, Some(msg)) => msg.clone(),
        other => other.to_string(),
    };
    /// SQLite's words where the text itself is no SQL.
    const NO_SQL: [&str; 4] =
        ["syntax error", "unrecognized token", "incomplete input", "unterminated"];
    /// SQLite's words where somebody else has what is missing.
    const MISSING: [&str; 3] = ["no such function", "no such module", "no such collation sequence"];
    let has = |known: &[&str]| known.iter().any(|one| words.contains(one));
    match () {
        () if has(&MISSING) => Class::OfTheApplication { words },
        () if has_failed && !has(&NO_SQL) => Class::Consequence,
        () => Class::Refused { words },
    }
}
