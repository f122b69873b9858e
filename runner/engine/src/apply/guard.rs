//! Guards the connection of a migration. It stops mistakes, not malice.

use std::cell::{Cell, RefCell};
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;
use rusqlite::config::DbConfig;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};

use super::activity::{Activity, RowCounts, changed_table};
use super::connection_reuse;
use super::denied::{Denied, denied, denied_always};
use super::schema_edit::{self, Watch};
use crate::ffi::{self, RowChange, RowObserver, Settings};
use crate::record;
use crate::safeguard::Safeguard;

thread_local! {
    /// SQLite has rolled back while the guard was armed, as it does by itself after some errors. An
    /// ALTER TABLE may report success all the same, and leave pages in the cache that no journal
    /// knows: whatever is written next can bring them into the file.
    ///
    /// Not in the guard: rusqlite frees what a rollback hook holds before it closes a connection,
    /// which may roll back.
    static ROLLED_BACK: Cell<bool> = const { Cell::new(false) };
}

thread_local! {
    /// The rows that were inserted and deleted on this thread while a guard is armed.
    static ROWS: RefCell<Option<RowCounts>> = const { RefCell::new(None) };
}

impl RowObserver for RowCounts {
    fn row(change: RowChange, database: &str, table: &str, settings: &Settings) {
        ROWS.with_borrow_mut(|rows| {
            if let Some(rows) = rows.as_mut().filter(|_| database == "main") {
                rows.count(change, table);
                rows.keys_acted |= change == RowChange::Went
                    && settings.is_on(DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY);
            }
        });
    }
}

/// A guard that lets everything through; dropped, it is as it was, whatever happened meanwhile.
pub(super) struct Aside<'g> {
    guard: &'g Guard,
    armed: bool,
}

impl Drop for Aside<'_> {
    fn drop(&mut self) {
        self.guard.armed.store(self.armed, Ordering::Release);
    }
}

/// Where a batched migration is, and so what it may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Area {
    /// In a transaction of the runner: anything that a migration may do.
    Transaction,
    /// In a batch of rows: no change of the schema.
    Rows,
    /// Between two stages, where there is no transaction: nothing is written.
    Between,
}

impl Area {
    /// Why `action` is denied here; `None`: it is allowed.
    fn denied(self, context: &AuthContext<'_>) -> Option<Denied> {
        let is_temporary = context.database_name == Some("temp");
        if self == Self::Transaction || (self == Self::Rows && is_temporary) {
            return None;
        }
        let changes_rows = matches!(
            context.action,
            AuthAction::Insert { table_name } | AuthAction::Update { table_name, .. }
                | AuthAction::Delete { table_name }
                if !table_name.eq_ignore_ascii_case("sqlite_master")
        );
        let changes_the_schema = !changes_rows && changed_table(&context.action).is_some();
        let is_denied = match context.action {
            AuthAction::CreateView { .. }
            | AuthAction::DropView { .. }
            | AuthAction::Reindex { .. }
            | AuthAction::Analyze { .. } => true,
            AuthAction::Savepoint { .. } => self == Self::Between,
            _ => changes_the_schema || (changes_rows && self == Self::Between),
        };
        is_denied.then_some(Denied::OutsideOfStep)
    }
}

/// Guards the connection of a migration: an authorizer that denies, a commit hook that turns a COMMIT
/// that got past it into a rollback, and an update hook that counts rows
/// (<https://sqlite.org/c3ref/set_authorizer.html>, <https://sqlite.org/c3ref/commit_hook.html>). Once
/// the transaction is gone, no statement may write. A guard does nothing until it is armed.
#[derive(Clone, Default)]
pub(super) struct Guard {
    armed: Arc<AtomicBool>,
    /// Whether there is a transaction to be guarded.
    transaction: Arc<AtomicBool>,
    /// An [`Area`].
    area: Arc<AtomicU8>,
    seen: Arc<Mutex<Activity>>,
}

impl Guard {
    /// Sets the hooks of `connection`, in place of those that it had.
    pub(super) fn install_on(&self, connection: &mut Connection) -> rusqlite::Result<()> {
        let judge = self.clone();
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
        ffi::authorize(connection, move |context, settings| judge.authorize(context, settings))?;
        let veto = self.clone();
        let is_on = Safeguard::CommitVeto.is_on();
        connection.commit_hook(Some(move || is_on && veto.guards_a_transaction()))?;
        connection.rollback_hook(Some(|| ROLLED_BACK.set(true)))?;
        ffi::observe_rows::<RowCounts>(connection);
        ffi::observe_statements::<Watch>(connection);
        Ok(())
    }

    /// From here on, the statements on the connection are a migration's, inside a transaction that
    /// is not.
    pub(super) fn arm(&self) {
        self.transaction.store(true, Ordering::Release);
        self.arm_alone();
    }

    /// As [`Self::arm`], in an `area` of a batched migration. Between two stages nothing may be committed either: a
    /// statement that was compiled in a stage asks the authorizer no more.
    pub(super) fn arm_in(&self, area: Area) {
        self.arm();
        self.area.store(area as u8, Ordering::Release);
    }

    /// [`Self::arm_in`] between two stages.
    pub(super) fn arm_between(&self) {
        self.arm_in(Area::Between);
    }

    /// Denies what is about to be written, where nothing may be.
    pub(super) fn denies_between(&self) -> bool {
        let is_denied = self.is_armed() && self.area() == Area::Between;
        if is_denied {
            self.seen().deny(Denied::OutsideOfStep);
        }
        is_denied
    }

    fn area(&self) -> Area {
        const ROWS: u8 = Area::Rows as u8;
        const BETWEEN: u8 = Area::Between as u8;
        match self.area.load(Ordering::Acquire) {
            ROWS => Area::Rows,
            BETWEEN => Area::Between,
            _ => Area::Transaction,
        }
    }

    /// From here on, the statements are a migration's that has no transaction around it: only the
    /// history is guarded.
    pub(super) fn arm_alone(&self) {
        self.area.store(Area::Transaction as u8, Ordering::Release);
        *self.seen() = Activity::default();
        ROLLED_BACK.set(false);
        ROWS.set(Some(RowCounts::default()));
        schema_edit::watch();
        self.armed.store(true, Ordering::Release);
    }

    /// Disarms the guard: the statements are the runner's again. Returns what the migration did.
    pub(super) fn disarm(&self) -> Activity {
        self.armed.store(false, Ordering::Release);
        self.transaction.store(false, Ordering::Release);
        let mut seen = std::mem::take(&mut *self.seen());
        seen.rows = ROWS.take().unwrap_or_default();
        seen.leaves_something |= schema_edit::was_unprotected() || ROLLED_BACK.get();
        schema_edit::ended()
            .filter(|_| seen.denied.is_empty())
            .into_iter()
            .for_each(|it| seen.deny(it));
        seen
    }

    /// Disarms the guard, and checks the settings that the migration left on `connection`.
    pub(super) fn disarm_on(&self, connection: &Connection) -> Activity {
        let mut seen = self.disarm();
        if Safeguard::Authorizer.is_on() {
            let left = ffi::with_settings(connection, schema_edit::left);
            left.filter(|_| seen.denied.is_empty()).into_iter().for_each(|it| seen.deny(it));
        }
        seen
    }

    /// Whether the guard would still veto a commit on `connection`, which has no transaction open. A
    /// commit in the temporary schema shows it.
    pub(super) fn vetoes(&self, connection: &Connection) -> bool {
        const COMMIT_HOOK: i32 = rusqlite::ffi::SQLITE_CONSTRAINT_COMMITHOOK;
        self.arm();
        let outcome = connection.execute_batch("CREATE TEMP TABLE runner_probe (a)");
        self.disarm();
        outcome.is_err_and(|error| {
            error.sqlite_error().is_some_and(|code| code.extended_code == COMMIT_HOOK)
        })
    }

    /// Treats statements as the runner's own, until the returned value is dropped.
    pub(super) fn step_aside(&self) -> Aside<'_> {
        Aside { guard: self, armed: self.armed.swap(false, Ordering::AcqRel) }
    }

    /// Whether the statements on the connection are a migration's.
    pub(super) fn is_armed(&self) -> bool {
        self.armed.load(Ordering::Acquire)
    }

    /// Whether they are a migration's that is inside the runner's transaction.
    pub(super) fn guards_a_transaction(&self) -> bool {
        self.is_armed() && self.transaction.load(Ordering::Acquire)
    }

    /// A holder that panicked has left true facts: they are only ever added.
    fn seen(&self) -> MutexGuard<'_, Activity> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn authorize(&self, context: &AuthContext<'_>, settings: &Settings) -> Authorization {
        if !self.is_armed() || !Safeguard::Authorizer.is_on() {
            return Authorization::Allow;
        }
        let mut seen = self.seen();
        // VACUUM writes every table anew, in a database of its own.
        let is_copy = context.database_name.is_some_and(|name| name.starts_with("vacuum_"));
        if let Some(table) = changed_table(&context.action).filter(|_| !is_copy) {
            if ROLLED_BACK.get()
                && self.guards_a_transaction()
                && Safeguard::NoWriteAfterRollback.is_on()
            {
                return Authorization::Deny;
            }
            if record::is_history(table) {
                seen.deny(Denied::History);
                return Authorization::Deny;
            }
        }
        seen.note(context);
        seen.leaves_something |= connection_reuse::may_leave_something(&context.action);
        let unprotected = || if is_copy { None } else { schema_edit::denied(context, settings) };
        let rules = match self.guards_a_transaction() {
            true => denied(&context.action),
            false => denied_always(&context.action),
        };
        let of_the_area = || self.area().denied(context);
        match rules.or_else(unprotected).or_else(of_the_area) {
            Some(denied) => {
                seen.deny(denied);
                Authorization::Deny
            }
            // A trigger's DELETE without WHERE would empty a table as a whole, and the update hook is told
            // of no row then. IGNORE has SQLite delete row by row
            // (<https://sqlite.org/c3ref/set_authorizer.html>).
            None if context.accessor.is_some()
                && matches!(context.action, AuthAction::Delete { .. }) =>
            {
                Authorization::Ignore
            }
            None => Authorization::Allow,
        }
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::ErrorCode;

    use super::*;

    /// Runs `sql` under an armed guard, inside a transaction.
    fn run(sql: &str) -> (rusqlite::Result<()>, Activity) {
        let mut connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch(
                "PRAGMA foreign_keys = OFF; CREATE TABLE t (a UNIQUE); CREATE TABLE log (a);
                 CREATE TRIGGER tr AFTER INSERT ON t BEGIN INSERT INTO log VALUES (new.a); END;
                 CREATE TABLE _runner_migrations (id TEXT);",
            )
            .unwrap();
        let guard = Guard::default();
        guard.install_on(&mut connection).unwrap();
        connection.execute_batch("BEGIN IMMEDIATE").unwrap();
        guard.arm();
        let outcome = connection.execute_batch(sql);
        let seen = guard.disarm();
        (outcome, seen)
    }

    fn words(sql: &str) -> Option<String> {
        let (outcome, seen) = run(sql);
        assert_eq!(outcome.is_err(), !seen.denied.is_empty(), "{sql}: {outcome:?}");
        seen.denied.first().map(ToString::to_string)
    }

    #[test]
    fn transactions_other_databases_settings_and_the_history_are_denied() {
        for (sql, expected) in [
            ("COMMIT", "COMMIT: the transaction is the runner's"),
            ("END", "COMMIT: the transaction is the runner's"),
            ("ROLLBACK", "ROLLBACK: the transaction is the runner's"),
            ("BEGIN", "BEGIN a transaction: the transaction is the runner's"),
            ("ATTACH ':memory:' AS b", "ATTACH or DETACH a database"),
            ("PRAGMA journal_mode = OFF", "set `PRAGMA journal_mode = OFF`"),
            ("PRAGMA case_sensitive_like = 1", "set `PRAGMA case_sensitive_like = 1`"),
            ("PRAGMA temp_store = MEMORY", "set `PRAGMA temp_store = MEMORY`"),
            ("PRAGMA writable_schema(1)", "set `PRAGMA writable_schema = 1`"),
            ("DELETE FROM _runner_migrations", "change the history of migrations"),
            ("INSERT INTO _Runner_Migrations VALUES (1)", "change the history of migrations"),
            ("UPDATE _runner_migrations SET id = 1", "change the history of migrations"),
            ("DROP TABLE _runner_migrations", "change the history of migrations"),
            ("ALTER TABLE _runner_migrations ADD x", "change the history of migrations"),
            ("ALTER TABLE _runner_migrations RENAME TO x", "change the history of migrations"),
            ("CREATE INDEX i ON _runner_migrations (id)", "change the history of migrations"),
            (
                "CREATE TRIGGER x AFTER INSERT ON _runner_migrations BEGIN SELECT 1; END",
                "change the history of migrations",
            ),
            (
                "CREATE TRIGGER x AFTER DELETE ON t BEGIN DELETE FROM _runner_migrations; END; \
                 DELETE FROM t",
                "change the history of migrations",
            ),
        ] {
            assert_eq!(words(sql).as_deref(), Some(expected), "{sql}");
        }
    }

    #[test]
    fn what_migrations_need_is_let_through() {
        for sql in [
            "PRAGMA user_version = 3; PRAGMA main.application_id(7); PRAGMA Mmap_Size = 65536",
            "PRAGMA recursive_triggers = ON; PRAGMA cache_size = -4000; PRAGMA analysis_limit = 400",
            "SAVEPOINT mine; INSERT INTO t VALUES (1); ROLLBACK TO mine; RELEASE mine",
            "PRAGMA table_info(t); SELECT * FROM pragma_table_xinfo('t'); PRAGMA user_version",
            "PRAGMA foreign_keys = ON; PRAGMA foreign_key_check; PRAGMA integrity_check(1)",
            "SELECT id FROM _runner_migrations",
            "CREATE TABLE b (x); ALTER TABLE b RENAME TO c; CREATE INDEX i ON c (x); DROP TABLE c",
            "CREATE TEMP TABLE x (a); CREATE VIEW v AS SELECT * FROM t; DROP VIEW v; ANALYZE",
            "CREATE VIRTUAL TABLE f USING fts5 (body); INSERT INTO f VALUES ('a'); DROP TABLE f",
        ] {
            assert_eq!(words(sql), None, "{sql}");
        }
    }

    #[test]
    fn touched_tables_are_seen_through_triggers_too() {
        let (_, seen) = run("INSERT INTO T VALUES (1)");
        assert!(seen.touched.contains("t") && seen.touched.contains("log"), "{:?}", seen.touched);
        let (_, seen) = run("SELECT * FROM t");
        assert!(seen.touched.is_empty(), "{:?}", seen.touched);
    }

    #[test]
    fn what_runs_after_a_lost_transaction_is_not_committed() {
        let (outcome, seen) = run("INSERT INTO t VALUES (1); INSERT OR ROLLBACK INTO t VALUES (1)");
        assert!(outcome.is_err() && seen.denied.is_empty());

        let mut connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE t (a UNIQUE); BEGIN").unwrap();
        let guard = Guard::default();
        guard.install_on(&mut connection).unwrap();
        guard.arm();
        connection
            .execute_batch("INSERT INTO t VALUES (1); INSERT OR ROLLBACK INTO t VALUES (1)")
            .unwrap_err();
        assert!(connection.is_autocommit());
        let begun = connection.execute_batch("INSERT INTO t VALUES (2)").unwrap_err();
        assert_eq!(begun.sqlite_error_code(), Some(ErrorCode::AuthorizationForStatementDenied));
        assert_eq!(guard.disarm().denied, []);
        assert!(guard.vetoes(&connection));
        connection.commit_hook(None::<fn() -> bool>).unwrap();
        assert!(!guard.vetoes(&connection));
        let rows: i64 =
            connection.query_row("SELECT count(*) FROM t", [], |row| row.get(0)).unwrap();
        assert_eq!(rows, 0);
    }
}
