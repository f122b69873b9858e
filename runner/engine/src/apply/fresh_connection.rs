//! A fresh connection after each migration that may have left something on its connection, or the same one without
//! what can be removed: the next migration does not find it.

use std::mem;
use std::sync::OnceLock;

use migration_api::schema::quote;
use rusqlite::{Connection, OptionalExtension};

use super::connection_reuse::{AsOpened, ConnectionUse};
use super::connection_state::ConnectionState;
use super::failure::ApplyError;
use super::guard::Guard;
use super::registered_names::RegisteredNames;
use super::trace::Trace;
use super::transaction::{Stepper, data_version};
use super::verify::Before;
use crate::application::ApplicationNames;
use crate::ffi;
use crate::id::MigrationId;
use crate::record;

impl Stepper<'_> {
    /// Opens a connection for the next transaction, unless it is proven that the migration before left nothing on
    /// this one: the migration may have replaced functions of SQLite, and no reset brings those back. Returns the
    /// old connection, which stays open until the next one holds the lock: closing the last connection empties
    /// the log of a database in WAL mode, and that would happen for each migration.
    ///
    /// # Errors
    /// The file cannot be opened again.
    pub(super) fn renew(&mut self) -> Result<Option<Connection>, ApplyError> {
        // Of a file that is not where it was, the step itself says so, on the connection that has it.
        if self.connection_use != ConnectionUse::Used || ffi::has_moved(&self.connection) {
            self.guard_anew()?;
            return Ok(None);
        }
        let connection = self.database.open_again_to_migrate(self.options.busy_timeout)?;
        let last = mem::replace(&mut self.connection, connection);
        (self.guard, self.trace) = (Guard::default(), Trace::default());
        (self.opened, self.connection_use) = (AsOpened::of(&self.connection), ConnectionUse::New);
        self.guard_anew()?;
        Ok(Some(last))
    }

    /// Takes over what was seen of the database after the migration before, which ran on `last`. It
    /// still holds if nobody has committed since. Only `last` can say: a version of the file means
    /// something to the connection that it was read on. Nobody can commit now, as this connection
    /// holds the lock; to it the version is `version`.
    ///
    /// # Errors
    /// The file is not that of the connection before.
    pub(super) fn take_over(
        &mut self,
        last: &Connection,
        id: &MigrationId,
        version: i64,
    ) -> Result<(), ApplyError> {
        if ffi::has_moved(last) || ffi::has_moved(&self.connection) {
            return Err(ApplyError::Moved { id: id.clone() });
        }
        self.before = self
            .before
            .take()
            .filter(|before| data_version(last) == Ok(before.version))
            .map(|before| Before { version, ..before });
        Ok(())
    }

    /// Makes the connection as it was `opened`, for the migration that follows `last` in the same
    /// transaction.
    ///
    /// # Errors
    /// SQLite has lost functions or collations of its own.
    pub(super) fn put_back(
        &mut self,
        opened: &ConnectionState,
        last: &MigrationId,
    ) -> Result<(), ApplyError> {
        let preparing = || self.failing_to("prepare a connection to");
        // What the migration has left may answer in place of SQLite until this is done.
        let replaced = RegisteredNames::of(&self.connection).map_err(preparing())?;
        let replaced: Vec<_> =
            replaced.replaced(ApplicationNames::NONE).map(ToString::to_string).collect();
        if !replaced.is_empty() {
            return Err(ApplyError::BuiltinLeft { id: last.clone(), replaced });
        }
        opened.put_back(&self.connection).map_err(preparing())?;
        self.guard_anew()
    }

    /// Has SQLite forget what it remembers of statements that ran on a connection that is kept: how many rows the
    /// runner's own changed last (<https://sqlite.org/c3ref/changes.html>), and table-valued functions that
    /// were used. How many rows were changed in all it never forgets.
    pub(super) fn forget_statements(&self) -> Result<(), ApplyError> {
        // Tables of the runner's own that number their rows: the log, and what files define.
        ffi::forget_last_row(&self.connection);
        if self.connection_use == ConnectionUse::New {
            return Ok(());
        }
        record::change_nothing(&self.connection)
            .and_then(|()| forget_table_functions(&self.connection))
            .map_err(self.failing_to("prepare a connection to"))
    }

    /// Installs the guard on the connection, in place of what a migration before in the same
    /// transaction has put there, and removes what that left in the temporary schema.
    pub(super) fn guard_anew(&mut self) -> Result<(), ApplyError> {
        self.guard
            .install_on(&mut self.connection)
            .and_then(|()| self.connection.busy_timeout(self.options.busy_timeout))
            .and_then(|()| drop_temporary_objects(&self.connection))
            .map_err(self.failing_to("prepare a connection to"))?;
        let reports = self.options.reports_statements();
        self.measure.listen(&self.connection, &self.guard, reports.then_some(&self.trace));
        if reports && !self.options.measure {
            self.trace
                .listen(&mut self.connection, &self.guard)
                .map_err(self.failing_to("prepare a connection to"))?;
        }
        Ok(())
    }
}

/// Drops everything in the temporary schema: the next migration on the connection must not find it.
///
/// # Errors
/// SQLite's error.
pub(super) fn drop_temporary_objects(connection: &Connection) -> rusqlite::Result<()> {
    // To read the temporary schema is to open the temporary database.
    if !has_temporary_database(connection)? {
        return Ok(());
    }
    // Views and triggers first: those that no longer compile would keep a table from going.
    const NEXT: &str = "SELECT type, name FROM sqlite_temp_schema \
         WHERE type IN ('view', 'trigger', 'table') AND name NOT LIKE 'sqlite^_%' ESCAPE '^' \
         ORDER BY type DESC LIMIT 1";
    let next = || {
        connection
            .query_row(NEXT, [], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))
            .optional()
    };
    while let Some((kind, name)) = next()? {
        connection.execute_batch(&format!("DROP {kind} temp.{}", quote(&name)))?;
    }
    Ok(())
}

/// Whether `connection` has opened its temporary database: it lists no other (`PRAGMA database_list` in SQLite's
/// pragma.c).
fn has_temporary_database(connection: &Connection) -> rusqlite::Result<bool> {
    let mut list = connection.prepare("PRAGMA database_list")?;
    let mut databases = list.query([])?;
    while let Some(database) = databases.next()? {
        if database.get_ref(1)?.as_bytes()? == b"temp" {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Table-valued functions that SQLite makes at their first use, beside one for each pragma that can be selected from
/// (`sqlite3LocateTable` in its build.c).
const JSON: [&str; 4] = ["json_each", "json_tree", "jsonb_each", "jsonb_tree"];

/// Removes SQLite's own table-valued functions from `connection`, which lists them as modules once they were used. No
/// statement runs on it. A module of the application under such a name stays.
///
/// # Errors
/// SQLite's error.
fn forget_table_functions(connection: &Connection) -> rusqlite::Result<()> {
    static NAMES: OnceLock<Vec<String>> = OnceLock::new();
    let names = match NAMES.get() {
        Some(names) => names,
        None => {
            let names = names()?;
            NAMES.get_or_init(|| names)
        }
    };
    for name in names {
        ffi::remove_module(connection, name);
    }
    Ok(())
}

/// The modules that a new connection does not list.
fn names() -> rusqlite::Result<Vec<String>> {
    const LOOK: &str = "pragma_module_list";
    let connection = Connection::open_in_memory()?;
    let list = |sql: &str| -> rusqlite::Result<Vec<String>> {
        connection.prepare(sql)?.query_map([], |row| row.get(0))?.collect()
    };
    let there = list("SELECT name FROM pragma_module_list")?;
    let pragmas = list("SELECT 'pragma_' || name FROM pragma_pragma_list")?;
    let mut names: Vec<String> = JSON.map(str::to_owned).into_iter().chain(pragmas).collect();
    names.retain(|name| name == LOOK || !there.iter().any(|it| it.eq_ignore_ascii_case(name)));
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_temporary_goes_and_nothing_else() {
        let connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch(
                "CREATE TABLE t (a); CREATE INDEX i ON t (a); CREATE VIEW v AS SELECT * FROM t;
                 CREATE TEMP TABLE t (\"b\"\"c\" INTEGER PRIMARY KEY AUTOINCREMENT);
                 INSERT INTO temp.t VALUES (1); CREATE INDEX temp.i ON t (\"b\"\"c\");
                 CREATE TEMP TABLE \"a \"\"b\" (a); CREATE TEMP VIEW w AS SELECT * FROM gone;
                 CREATE TEMP TRIGGER watch AFTER INSERT ON main.t BEGIN SELECT 1; END;
                 CREATE VIRTUAL TABLE temp.words USING fts5 (word); ANALYZE;",
            )
            .unwrap();
        drop_temporary_objects(&connection).unwrap();
        let left = "SELECT count(*) FROM sqlite_temp_schema WHERE name NOT LIKE 'sqlite%'";
        let count = |sql| connection.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
        assert_eq!(count(left), 0);
        assert_eq!(
            count("SELECT count(*) FROM main.sqlite_schema WHERE name IN ('t', 'i', 'v')"),
            3
        );
    }

    #[test]
    fn what_was_used_is_listed_no_more() {
        let modules = |connection: &Connection| -> Vec<String> {
            let mut read =
                connection.prepare("SELECT name FROM pragma_module_list ORDER BY name").unwrap();
            read.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
        };
        let connection = Connection::open_in_memory().unwrap();
        let new = modules(&connection);
        connection
            .execute_batch(
                "SELECT * FROM json_each('[]'), pragma_table_info('t'); SELECT * FROM json_tree('[]');
                 SELECT * FROM PRAGMA_INDEX_LIST('t')",
            )
            .unwrap();
        assert_ne!(modules(&connection), new);
        forget_table_functions(&connection).unwrap();
        assert_eq!(modules(&connection), new);
    }
}
