//! Decides who may write the text of the schema: statements that say what they make, and the operations
//! of migration-api. It stops mistakes, not malice.

use std::borrow::Cow;
use std::cell::RefCell;
use std::ffi::CStr;

use migration_api::perform::SCHEMA_EDITS;
use rusqlite::config::DbConfig;
use rusqlite::hooks::AuthContext;

use super::activity::changed_table;
use super::denied::Denied;
use crate::ffi::{MayRun, Settings, StatementObserver};

thread_local! {
    /// What was seen while a guard was armed. A thread-local, since SQLite's callback for statements
    /// gets nothing of the guard.
    static STATE: RefCell<WatchState> = const { RefCell::new(WatchState::Nothing) };
}

enum WatchState {
    /// The file was protected whenever a statement was compiled.
    Nothing,
    /// A statement was compiled while it was not, which SQLite and operations do too.
    Unprotected,
    /// A statement ran that may not.
    Denied(Denied),
}

/// Begins to watch.
pub(super) fn watch() {
    STATE.set(WatchState::Nothing);
}

/// Whether a statement was compiled meanwhile while the file was not protected.
pub(super) fn was_unprotected() -> bool {
    STATE.with_borrow(|state| !matches!(state, WatchState::Nothing))
}

/// Ends the watch. Returns what was denied while a statement ran.
pub(super) fn ended() -> Option<Denied> {
    match STATE.replace(WatchState::Nothing) {
        WatchState::Denied(denied) => Some(denied),
        WatchState::Nothing | WatchState::Unprotected => None,
    }
}

/// Why a statement that is compiled under `settings` is denied; `None`: it is not, so far.
pub(super) fn denied(context: &AuthContext<'_>, settings: &Settings) -> Option<Denied> {
    if settings.is_on(DbConfig::SQLITE_DBCONFIG_RESET_DATABASE) {
        return Some(RESET);
    }
    let table = changed_table(&context.action)?;
    match Protection::of(settings) {
        Protection::Whole => None,
        Protection::Writable => Some(WRITABLE),
        Protection::AsForOperations if context.accessor.is_some() && is_schema(table) => {
            Some(Denied::SchemaEdit)
        }
        // Who compiles it, and which statement it is, is seen when it runs.
        Protection::Undefended | Protection::AsForOperations => {
            STATE.with_borrow_mut(|state| {
                if matches!(state, WatchState::Nothing) {
                    *state = WatchState::Unprotected;
                }
            });
            None
        }
    }
}

/// The protection of the file that a migration left switched off; `None`: it left all of it on.
pub(super) fn left(settings: &Settings) -> Option<Denied> {
    if settings.is_on(DbConfig::SQLITE_DBCONFIG_RESET_DATABASE) {
        return Some(RESET);
    }
    match Protection::of(settings) {
        Protection::Whole => None,
        Protection::Writable => Some(WRITABLE),
        Protection::Undefended | Protection::AsForOperations => Some(UNDEFENDED),
    }
}

/// Watches the statements of a migration.
pub(super) struct Watch;

impl StatementObserver for Watch {
    fn statement(sql: &CStr, settings: &Settings) -> MayRun {
        may_run(settings, || sql.to_string_lossy())
    }
}

/// Whether a statement may run; records a denial. Most migrations never switch the protection off, and
/// a loop over rows comes here for each row.
pub(super) fn may_run<'s>(settings: &Settings, sql: impl Fn() -> Cow<'s, str>) -> MayRun {
    if STATE.with_borrow(|state| matches!(state, WatchState::Nothing)) {
        return MayRun::Yes;
    }
    let denied = match Protection::of(settings) {
        Protection::Whole => return MayRun::Yes,
        // A virtual table writes its own tables while another statement runs: SQLite lets it, and tells
        // its statements as comments.
        Protection::Undefended if sql().starts_with(NESTED) => return MayRun::Yes,
        Protection::AsForOperations if !edits_schema(&sql()) => return MayRun::Yes,
        Protection::AsForOperations => Denied::SchemaEdit,
        Protection::Undefended => UNDEFENDED,
        Protection::Writable => WRITABLE,
    };
    STATE.set(WatchState::Denied(denied));
    MayRun::No
}

/// Whether a statement writes the text of the schema and does not belong to an operation.
fn edits_schema(sql: &str) -> bool {
    /// CREATE, ALTER and DROP write the schema's text too, and say what they make; queries do not write
    /// it.
    const OTHERS: [&str; 4] = ["ALTER", "CREATE", "DROP", "SELECT"];
    let sql = sql.trim_start_matches(NESTED).trim();
    let begins = |word: &str| sql.get(..word.len()).is_some_and(|it| it.eq_ignore_ascii_case(word));
    let lower = sql.to_ascii_lowercase();
    SCHEMA_NAMES.iter().any(|name| lower.contains(name))
        && !OTHERS.iter().any(|word| begins(word))
        && !SCHEMA_EDITS.contains(&sql)
}

fn is_schema(table: &str) -> bool {
    SCHEMA_NAMES.iter().any(|name| name.eq_ignore_ascii_case(table))
}

/// The text of a statement that runs inside another begins with this.
const NESTED: &str = "-- ";

const SCHEMA_NAMES: [&str; 2] = ["sqlite_schema", "sqlite_master"];

const RESET: Denied = Denied::Setting { name: "SQLITE_DBCONFIG_RESET_DATABASE", to: 1 };
const UNDEFENDED: Denied = Denied::Setting { name: "SQLITE_DBCONFIG_DEFENSIVE", to: 0 };
const WRITABLE: Denied = Denied::Setting { name: "SQLITE_DBCONFIG_WRITABLE_SCHEMA", to: 1 };

/// What protects the file's own structures from SQL.
enum Protection {
    /// The connection is defensive, as it was opened.
    Whole,
    /// All the settings that an operation has while it writes the schema's text.
    AsForOperations,
    /// The connection is not defensive. SQLite switches that off too, while a virtual table begins or
    /// ends a savepoint.
    Undefended,
    /// The schema may be written, and not all of the settings are those of operations.
    Writable,
}

impl Protection {
    fn of(settings: &Settings) -> Self {
        let defensive = settings.is_on(DbConfig::SQLITE_DBCONFIG_DEFENSIVE);
        let writable = settings.is_on(DbConfig::SQLITE_DBCONFIG_WRITABLE_SCHEMA);
        match (defensive, writable) {
            (true, false) => Self::Whole,
            (false, false) => Self::Undefended,
            (false, true)
                if settings.is_on(DbConfig::SQLITE_DBCONFIG_LEGACY_ALTER_TABLE)
                    && settings.is_on(DbConfig::SQLITE_DBCONFIG_DQS_DDL) =>
            {
                Self::AsForOperations
            }
            (_, true) => Self::Writable,
        }
    }
}

#[cfg(test)]
mod tests {
    use migration_api::Migrator;
    use migration_api::operation::{Check, Column, WhichConstraint};
    use rusqlite::Connection;

    use super::*;
    use crate::apply::guard::Guard;

    const SCHEMA: &str =
        "PRAGMA foreign_keys = OFF; CREATE TABLE t (a NOT NULL, b CHECK (b > 0), c, d TEXT);
         CREATE INDEX i ON t (c); CREATE VIEW v AS SELECT a, \"a string\" FROM t;
         INSERT INTO t VALUES (1, 2, 3, 4); ANALYZE;";

    #[derive(Clone, Copy)]
    enum Around {
        Transaction,
        Nothing,
    }

    /// Does `work` under an armed guard.
    fn guarded(around: Around, work: impl FnOnce(&Connection)) -> Option<Denied> {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(SCHEMA).unwrap();
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true).unwrap();
        let guard = Guard::default();
        guard.install_on(&mut connection).unwrap();
        match around {
            Around::Transaction => {
                connection.execute_batch("BEGIN IMMEDIATE").unwrap();
                guard.arm();
            }
            Around::Nothing => guard.arm_alone(),
        }
        work(&connection);
        guard.disarm_on(&connection).denied.into_iter().next()
    }

    #[test]
    fn operations_write_the_schema_under_the_guard() {
        for around in [Around::Transaction, Around::Nothing] {
            let denied = guarded(around, |connection| {
                let mut migrator = Migrator::new(connection);
                migrator.drop_not_null("t", "a").unwrap();
                migrator.drop_constraint("t", WhichConstraint::Check("b>0".into())).unwrap();
                migrator.add_check("t", Check::new("c > 0")).unwrap();
                migrator.set_default("t", "c", 7).unwrap();
                migrator.rename_index("i", "by_c").unwrap();
                migrator.rename_column("t", "c", "e").unwrap();
                migrator.drop_column("t", "d").unwrap();
                migrator.add_column("t", Column::text("f")).unwrap();
                migrator.rename_table("t", "u").unwrap();
                migrator.reorder_columns("u", ["e"]).unwrap();
            });
            assert_eq!(denied, None);
        }
    }

    #[test]
    fn a_setting_is_seen_while_it_is_there_and_when_it_is_left() {
        let set = |connection: &Connection, setting, value| {
            connection.set_db_config(setting, value).unwrap();
        };
        let reset = DbConfig::SQLITE_DBCONFIG_RESET_DATABASE;
        let defensive = DbConfig::SQLITE_DBCONFIG_DEFENSIVE;
        for around in [Around::Transaction, Around::Nothing] {
            let denied = guarded(around, |connection| {
                set(connection, defensive, false);
                connection.execute_batch("UPDATE t SET a = 2").unwrap_err();
                set(connection, defensive, true);
            });
            assert_eq!(denied, Some(UNDEFENDED));
            let denied = guarded(around, |connection| {
                set(connection, reset, true);
                connection.execute_batch("SELECT 1 FROM t").unwrap_err();
                set(connection, reset, false);
            });
            assert_eq!(denied, Some(RESET));
            assert_eq!(
                guarded(around, |connection| set(connection, defensive, false)),
                Some(UNDEFENDED)
            );
        }
        let denied = guarded(Around::Nothing, |connection| {
            set(connection, reset, true);
            connection.execute_batch("VACUUM").unwrap_err();
            set(connection, reset, false);
            let rows = |row: &rusqlite::Row<'_>| row.get::<_, i64>(0);
            assert_eq!(connection.query_row("SELECT count(*) FROM t", [], rows), Ok(1));
        });
        assert_eq!(denied, Some(RESET));
    }

    #[test]
    fn what_a_migration_without_a_transaction_needs_is_let_through() {
        let denied = guarded(Around::Nothing, |connection| {
            connection
                .execute_batch(
                    "VACUUM; PRAGMA journal_mode = MEMORY; CREATE VIRTUAL TABLE f USING fts5 (a);
                     INSERT INTO f VALUES ('a'); VACUUM; REINDEX; DROP TABLE f",
                )
                .unwrap();
        });
        assert_eq!(denied, None);
        let pragma = "PRAGMA writable_schema = ON";
        let denied = guarded(Around::Nothing, |connection| {
            connection.execute_batch(pragma).unwrap_err();
        });
        assert!(matches!(denied, Some(Denied::Pragma { .. })));
    }

    #[test]
    fn only_the_statements_of_operations_write_the_schema() {
        for (sql, edits) in [
            ("UPDATE sqlite_schema SET sql = 'x' WHERE name = 't'", true),
            (" delete from SQLITE_MASTER", true),
            ("WITH t AS (SELECT 1) INSERT INTO main.\"sqlite_schema\" SELECT * FROM t", true),
            ("SELECT sql FROM sqlite_schema", false),
            ("ALTER TABLE t RENAME TO sqlite_schemata", false),
            ("UPDATE main.sqlite_stat1 SET idx = 'a'", false),
            (SCHEMA_EDITS[0], false),
        ] {
            assert_eq!(edits_schema(sql), edits, "{sql}");
        }
    }
}
