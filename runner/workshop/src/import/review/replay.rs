//! Runs a history on an empty database in memory, statement by statement, without those that a migration cannot run.

use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use migration_api::operation::script;
use migration_api::schema::quote;
use runner_engine::apply::Denied;
use runner_engine::{ApplicationNames, LossName, Missing};
use rusqlite::Connection;
use rusqlite::config::DbConfig;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization, TransactionOperation};

use super::consistency::Consistency;
use super::dropped::Dropped;
use super::statement::Class;
use crate::import::Tool;

/// What the statements of a script are.
#[derive(Default)]
pub(super) struct Run {
    /// Each, in order.
    pub(super) classes: Vec<(Range<usize>, Class)>,
    /// What goes with a table or a view that is dropped, and neither comes back nor is dropped by name.
    pub(super) taken_along: Vec<TakenAlong>,
    /// What it has broken, for which the runner would roll it back, in words.
    pub(super) broken: Vec<String>,
    /// The tables and columns that it drops.
    pub(super) dropped: Vec<LossName>,
}

/// An index or a trigger that goes with what it is on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TakenAlong {
    /// Where the statement begins that drops what it is on.
    pub(super) at: usize,
    kind: String,
    name: String,
    /// What it is on.
    on: String,
}

impl TakenAlong {
    /// The statement that drops it by name.
    pub(super) fn drop_statement(&self) -> String {
        format!("DROP {} IF EXISTS {}", self.kind.to_uppercase(), quote(&self.name))
    }
}

/// What SQLite says of a statement while it compiles it.
#[derive(Default)]
struct Seen {
    class: Option<Class>,
    /// The tables and views that it drops.
    drops: Vec<String>,
}

/// The database, and what the statements did that were compiled last.
pub(super) struct Replay<'a> {
    connection: Connection,
    seen: Arc<Mutex<Seen>>,
    /// Whether a statement was refused, so that others that need what it would have made are refused as well.
    has_failed: bool,
    consistency: Consistency,
    /// The tables of the tool, which are not there.
    own_tables: &'static [&'static str],
    application: &'a ApplicationNames,
}

impl<'a> Replay<'a> {
    /// One for the migrations of `tool`, which may use what the `application` has.
    ///
    /// # Errors
    /// SQLite makes no database in memory.
    pub(super) fn new(tool: Tool, application: &'a ApplicationNames) -> rusqlite::Result<Self> {
        let mut connection = Connection::open_in_memory()?;
        // As a migration runs.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY, false)?;
        let seen: Arc<Mutex<Seen>> = Arc::default();
        let noted = Arc::clone(&seen);
        // What is not to run is denied: some pragmas work while they are compiled.
        connection.authorizer(Some(move |context: AuthContext<'_>| {
            let mut seen = noted.lock().unwrap_or_else(PoisonError::into_inner);
            if let AuthAction::DropTable { table_name: name }
            | AuthAction::DropView { view_name: name } = context.action
            {
                seen.drops.push(name.to_owned());
            }
            match class(&context.action) {
                Some(class) => {
                    seen.class = Some(class);
                    Authorization::Deny
                }
                None => Authorization::Allow,
            }
        }))?;
        Ok(Self {
            connection,
            seen,
            has_failed: false,
            consistency: Consistency::default(),
            own_tables: tool.own_tables(),
            application,
        })
    }

    /// What the statements of `script` are, which then have run.
    pub(super) fn forward(&mut self, script: &str) -> Run {
        // What cannot be looked at is found when the migration runs.
        let _ = self.consistency.before(script, &self.connection);
        let dropped = Dropped::before(script, &self.connection);
        let mut run = self.run(script);
        self.has_failed |= run.classes.iter().any(|(_, class)| class.failed());
        if !self.has_failed {
            run.broken = self.consistency.broken_by(script, &self.connection).unwrap_or_default();
            let dropped = dropped.and_then(|before| before.by(script, &self.connection));
            run.dropped = dropped.unwrap_or_default();
        }
        run
    }

    /// What the statements of `script` are, after which all is as it was.
    pub(super) fn backward(&mut self, script: &str) -> Run {
        // A failure here would be that of each statement, which says so as well.
        let began = self.connection.execute_batch("SAVEPOINT runner_import").is_ok();
        let run = self.run(script);
        if began {
            let undo = "ROLLBACK TO runner_import; RELEASE runner_import";
            let _ = self.connection.execute_batch(undo);
        }
        run
    }

    fn run(&self, text: &str) -> Run {
        let mut failed = self.has_failed;
        let mut run = Run::default();
        // What cannot be registered is missed by the statement that needs it.
        let _ = self.application.register_substitutes(&self.connection, [text]);
        for span in script::spans(text) {
            let class =
                self.class_of(&text[span.clone()], span.start, failed, &mut run.taken_along);
            failed |= class.failed();
            run.classes.push((span, class));
        }
        run.taken_along.retain(|one| self.is_missed(one).unwrap_or(false));
        run
    }

    /// What the statement at `at` is; it has run, if a migration runs it. `has_failed`: one before it has not. What
    /// goes with what it drops is added to `taken_along`. What only the application has is supplied, so that the
    /// statements behind it are tried as well.
    fn class_of(
        &self,
        sql: &str,
        at: usize,
        has_failed: bool,
        taken_along: &mut Vec<TakenAlong>,
    ) -> Class {
        let mut supplied: Option<String> = None;
        loop {
            match (self.attempt(sql, at, has_failed, taken_along), supplied.take()) {
                (Class::OfTheApplication { words }, before)
                    if before.as_ref() != Some(&words) && self.supply(&words) =>
                {
                    supplied = Some(words);
                }
                (Class::Usual, Some(words)) => return Class::OfTheApplication { words },
                (class, _) => return class,
            }
        }
    }

    /// Compiles a statement and runs it, once.
    fn attempt(
        &self,
        sql: &str,
        at: usize,
        has_failed: bool,
        taken_along: &mut Vec<TakenAlong>,
    ) -> Class {
        if is_vacuum(sql) {
            return Class::OutsideOfTransaction;
        }
        *self.seen() = Seen::default();
        let ran = self.connection.prepare(sql).and_then(|mut statement| {
            let drops = std::mem::take(&mut self.seen().drops);
            for on in drops {
                taken_along.extend(self.goes_with(&on, at)?);
            }
            let mut rows = statement.raw_query();
            while rows.next()?.is_some() {}
            Ok(())
        });
        let seen = self.seen().class.take();
        match (seen, ran) {
            (Some(class), _) => class,
            (None, Ok(())) => Class::Usual,
            (None, Err(error)) if self.is_about_the_tool(&error) => Class::OwnTable,
            (None, Err(error)) => refused(&error, has_failed),
        }
    }

    /// Registers something in the place of what SQLite misses, in its `words`; false: it cannot be.
    fn supply(&self, words: &str) -> bool {
        Missing::in_words(words)
            .is_some_and(|missing| missing.register_substitute(&self.connection).unwrap_or(false))
    }

    /// The indexes and triggers on the table or view `on`, which the statement at `at` drops.
    fn goes_with(&self, on: &str, at: usize) -> rusqlite::Result<Vec<TakenAlong>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT type, name FROM sqlite_schema WHERE type IN ('index', 'trigger') AND sql IS NOT NULL \
             AND tbl_name = ?1 COLLATE NOCASE",
        )?;
        let rows = statement.query_map([on], |row| {
            Ok(TakenAlong { at, kind: row.get(0)?, name: row.get(1)?, on: on.to_owned() })
        })?;
        rows.collect()
    }

    /// Whether it is gone now, and what it was on is there again: then a migration that does not drop it by name is
    /// refused.
    fn is_missed(&self, one: &TakenAlong) -> rusqlite::Result<bool> {
        let mut statement = self.connection.prepare_cached(
            "SELECT count(*) FILTER (WHERE type = ?1 AND name = ?2 COLLATE NOCASE), \
             count(*) FILTER (WHERE type IN ('table', 'view') AND name = ?3 COLLATE NOCASE) \
             FROM sqlite_schema",
        )?;
        statement.query_row([&one.kind, &one.name, &one.on], |row| {
            Ok(row.get::<_, i64>(0)? == 0 && row.get::<_, i64>(1)? > 0)
        })
    }

    /// Whether a table is missing that is the tool's own.
    fn is_about_the_tool(&self, error: &rusqlite::Error) -> bool {
        let words = words(error);
        let missing = words.strip_prefix("no such table: ");
        let table = missing.map(|name| name.strip_prefix("main.").unwrap_or(name));
        table.is_some_and(|name| self.own_tables.iter().any(|own| own.eq_ignore_ascii_case(name)))
    }

    /// A holder that panicked has left a whole value.
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Class {
    /// Whether it did not run, so that what it makes is not there.
    fn failed(&self) -> bool {
        matches!(self, Self::Refused { .. } | Self::Denied(_))
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
    let words = words(error);
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

/// SQLite's words.
fn words(error: &rusqlite::Error) -> String {
    match error {
        rusqlite::Error::SqlInputError { msg, .. }
        | rusqlite::Error::SqliteFailure(_, Some(msg)) => msg.clone(),
        other => other.to_string(),
    }
}
