//! Whether the next migration may run on the connection of the one before: only where it is proven that nothing is
//! on it that a new connection would not have. Three looks together are the proof: what SQLite's functions were
//! called for (`ffi::lasting_calls`), what the authorizer was asked, and what the connection says of itself.

use rusqlite::Connection;
use rusqlite::hooks::AuthAction;

use super::activity::Activity;
use super::pragmas;
use super::registered_names::RegisteredNames;
use crate::ffi::{self, Configuration};
use crate::schema_objects::Objects;

/// What migrations did on a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ConnectionUse {
    /// None has run on it.
    New,
    /// What ran on it left nothing.
    Clean,
    /// What ran on it may have left something.
    Used,
}

/// A connection as it was when it was opened.
pub(super) struct AsOpened {
    calls: Option<u64>,
    configuration: Configuration,
}

impl AsOpened {
    /// `connection`, on which no code of a migration has run.
    pub(super) fn of(connection: &Connection) -> Self {
        Self { calls: ffi::lasting_calls(), configuration: Configuration::of(connection) }
    }

    /// Whether `connection` is proven to be so still, after a migration that did what `seen` says and left the
    /// schema `now`. A virtual table keeps what it likes beside its connection, so none may be there.
    pub(super) fn is_still(&self, connection: &Connection, seen: &Activity, now: &Objects) -> bool {
        self.calls.is_some_and(|calls| ffi::lasting_calls() == Some(calls))
            && !seen.leaves_something
            && !now.have_virtual_tables()
            && Configuration::of(connection) == self.configuration
    }
}

/// What a migration that did what `seen` says has registered on `connection`. A connection that cannot answer can do
/// nothing else either: what comes next fails.
pub(super) fn registered(connection: &Connection, seen: &Activity) -> RegisteredNames {
    match seen.touched.is_empty() || nobody_registered(seen) {
        true => RegisteredNames::default(),
        false => RegisteredNames::of(connection).unwrap_or_default(),
    }
}

/// Whether it is proven that no library has registered anything in this process, on any connection.
fn nobody_registered(seen: &Activity) -> bool {
    ffi::lasting_calls() == Some(0) && !seen.leaves_something
}

/// Whether a statement that does this may leave something on its connection: all but what is known to leave
/// nothing. What it does to the main database is in the file, where the next connection finds it too.
pub(super) fn may_leave_something(action: &AuthAction<'_>) -> bool {
    match *action {
        AuthAction::Read { .. }
        | AuthAction::Select
        | AuthAction::Recursive
        | AuthAction::Savepoint { .. }
        | AuthAction::CreateTable { .. }
        | AuthAction::CreateIndex { .. }
        | AuthAction::CreateView { .. }
        | AuthAction::CreateTrigger { .. }
        | AuthAction::AlterTable { .. }
        | AuthAction::DropIndex { .. }
        | AuthAction::DropView { .. }
        | AuthAction::DropTrigger { .. }
        | AuthAction::Reindex { .. } => false,
        // A connection reads statistics once, and goes by them until it reads the schema again.
        AuthAction::Insert { table_name }
        | AuthAction::Update { table_name, .. }
        | AuthAction::Delete { table_name }
        | AuthAction::DropTable { table_name } => begins_with(table_name, "sqlite_stat"),
        AuthAction::Pragma { pragma_name, pragma_value } => {
            !pragmas::only_reads(pragma_name, pragma_value)
        }
        AuthAction::Function { function_name } => !leaves_nothing(function_name),
        // What is temporary, attached databases, virtual tables, ANALYZE, and what is not known here.
        _ => true,
    }
}

/// Whether it is known of a function that it leaves nothing on its connection: one of SQLite's own that registers
/// nothing, or one of those that ALTER TABLE is made of. One of the application's may do what it likes.
fn leaves_nothing(function: &str) -> bool {
    const ALTERS: [&str; 9] = [
        "sqlite_rename_column",
        "sqlite_rename_table",
        "sqlite_rename_test",
        "sqlite_rename_quotefix",
        "sqlite_drop_column",
        "sqlite_drop_constraint",
        "sqlite_add_constraint",
        "sqlite_find_constraint",
        "sqlite_fail",
    ];
    let name = function.to_ascii_lowercase();
    name != "load_extension"
        && (RegisteredNames::is_builtin_function(&name) || ALTERS.contains(&name.as_str()))
}

fn begins_with(name: &str, start: &str) -> bool {
    name.get(..start.len()).is_some_and(|it| it.eq_ignore_ascii_case(start))
}

#[cfg(test)]
mod tests {
    use rusqlite::config::DbConfig;

    use super::*;
    use crate::apply::guard::Guard;
    use crate::ffi;

    /// Whether the connection is kept after `work`, which is done as a migration does it.
    fn is_kept_after(work: impl FnOnce(&Connection)) -> bool {
        let connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch(
                "CREATE TABLE t (a PRIMARY KEY, b); CREATE INDEX by_b ON t (b);
                 CREATE VIEW v AS SELECT lower(a) FROM t;
                 CREATE TRIGGER r AFTER INSERT ON t BEGIN UPDATE t SET b = upper(new.a); END;
                 INSERT INTO t VALUES ('x', 1);",
            )
            .unwrap();
        is_kept_on(connection, work)
    }

    fn is_kept_on(mut connection: Connection, work: impl FnOnce(&Connection)) -> bool {
        let guard = Guard::default();
        guard.install_on(&mut connection).unwrap();
        let opened = AsOpened::of(&connection);
        connection.execute_batch("BEGIN IMMEDIATE; SAVEPOINT around").unwrap();
        guard.arm();
        work(&connection);
        let seen = guard.disarm_on(&connection);
        connection.execute_batch("RELEASE around").unwrap();
        // What a library calls is counted for all tests of this process, so it is left out here.
        let opened = AsOpened { calls: ffi::lasting_calls(), ..opened };
        let now = Objects::read(&connection).unwrap();
        opened.is_still(&connection, &seen, &now)
    }

    fn is_kept_after_sql(sql: &str) -> bool {
        is_kept_after(|connection| connection.execute_batch(sql).unwrap())
    }

    #[test]
    fn what_leaves_nothing_keeps_the_connection() {
        for sql in [
            "SELECT 1",
            "CREATE TABLE u (id INTEGER PRIMARY KEY AUTOINCREMENT, a CHECK (length(a) > 1));
             INSERT INTO u (a) VALUES ('ab'); UPDATE u SET a = upper(a); DELETE FROM u; DROP TABLE u",
            "ALTER TABLE v2 RENAME TO v3; ALTER TABLE v3 RENAME COLUMN a TO c;
             ALTER TABLE v3 ADD COLUMN d DEFAULT (random()); ALTER TABLE v3 DROP COLUMN d",
            "CREATE TRIGGER s INSTEAD OF INSERT ON v BEGIN INSERT INTO t VALUES (new.a, 2); END;
             DROP TRIGGER s; DROP VIEW v",
            "INSERT INTO t SELECT value, 1 FROM json_each('[1, 2]')",
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9)
             INSERT INTO t SELECT i, i FROM n",
            "SAVEPOINT s; INSERT INTO t VALUES (2, 2); ROLLBACK TO s; RELEASE s; REINDEX by_b",
            "PRAGMA table_info(t); PRAGMA foreign_key_check; SELECT * FROM pragma_table_xinfo('t')",
        ] {
            let kept = is_kept_after(|connection| {
                connection.execute_batch("CREATE TABLE v2 (a, b)").unwrap();
                connection.execute_batch(sql).unwrap();
            });
            assert!(kept, "{sql}");
        }
    }

    #[test]
    fn what_a_statement_may_leave_takes_the_connection_along() {
        for sql in [
            "CREATE TEMP TABLE x (a)",
            "CREATE TEMP TABLE x (a); DROP TABLE x",
            "CREATE TEMP VIEW x AS SELECT 1",
            "CREATE TEMP TRIGGER x AFTER INSERT ON t BEGIN SELECT 1; END",
            "CREATE VIRTUAL TABLE f USING fts5 (a)",
            "CREATE VIRTUAL TABLE f USING fts5 (a); DROP TABLE f",
            "ANALYZE",
            "PRAGMA user_version = 7",
            "PRAGMA cache_size = 7",
            "PRAGMA foreign_keys = ON",
            "PRAGMA defer_foreign_keys = ON",
            "PRAGMA optimize",
            "PRAGMA shrink_memory",
            "SELECT fts5(NULL)",
            "SELECT fts3_tokenizer('simple')",
        ] {
            let left = is_kept_after(|connection| {
                // What fails has been compiled all the same.
                let _ = connection.execute_batch(sql);
            });
            assert!(!left, "{sql}");
        }
    }

    #[test]
    fn statistics_that_are_written_take_the_connection_along() {
        let analyzed = || {
            let connection = Connection::open_in_memory().unwrap();
            connection.execute_batch("CREATE TABLE t (a PRIMARY KEY); ANALYZE").unwrap();
            connection
        };
        for sql in [
            "INSERT INTO sqlite_stat1 VALUES ('t', NULL, '7')",
            "DELETE FROM sqlite_stat1",
            "DROP TABLE sqlite_stat1",
            "DROP TABLE t",
        ] {
            assert!(!is_kept_on(analyzed(), |connection| connection.execute_batch(sql).unwrap()));
        }
        assert!(is_kept_on(analyzed(), |connection| {
            connection.execute_batch("INSERT INTO t VALUES (1); CREATE TABLE u (a)").unwrap();
        }));
    }

    #[test]
    fn a_function_that_is_not_sqlites_takes_the_connection_along() {
        let flags = rusqlite::functions::FunctionFlags::SQLITE_UTF8;
        assert!(!is_kept_after(|connection| {
            connection.create_scalar_function("mine", 0, flags, |_| Ok(1)).unwrap();
            connection.execute_batch("SELECT mine()").unwrap();
        }));
    }

    #[test]
    fn a_setting_takes_the_connection_along_unless_it_is_put_back() {
        let set = |connection: &Connection, setting, value| {
            connection.set_db_config(setting, value).unwrap();
        };
        for setting in [
            DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY,
            DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER,
            DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE,
            DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG,
            DbConfig::SQLITE_DBCONFIG_DQS_DML,
            DbConfig::SQLITE_DBCONFIG_STMT_SCANSTATUS,
            DbConfig::SQLITE_DBCONFIG_ENABLE_ATTACH_CREATE,
            DbConfig::SQLITE_DBCONFIG_ENABLE_COMMENTS,
        ] {
            let other = |connection: &Connection| !connection.db_config(setting).unwrap();
            assert!(!is_kept_after(|connection| set(connection, setting, other(connection))));
            assert!(is_kept_after(|connection| {
                set(connection, setting, other(connection));
                set(connection, setting, other(connection));
            }));
        }
    }

    #[test]
    fn a_text_of_the_schema_that_an_operation_wrote_takes_the_connection_along() {
        assert!(!is_kept_after(|connection| {
            let mut migrator = migration_api::Migrator::new(connection);
            migrator.execute_batch("CREATE TABLE u (a NOT NULL)").unwrap();
            migrator.drop_not_null("u", "a").unwrap();
        }));
        assert!(is_kept_after(|connection| {
            let mut migrator = migration_api::Migrator::new(connection);
            let name = migration_api::operation::Column::text("name");
            migrator.create_table(migration_api::operation::Table::new("u").column(name)).unwrap();
        }));
    }

    #[test]
    fn a_statement_that_is_left_takes_the_connection_along() {
        let mut left = None;
        assert!(!is_kept_after(
            |connection| left = connection.prepare_cached("SELECT 1").ok().map(drop)
        ));
        assert!(left.is_some());
        assert!(is_kept_after_sql("SELECT 1"));
    }
}
