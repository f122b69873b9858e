//! The statements that a migration runs, as SQLite reports them.

use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use rusqlite::trace::TraceEvent;

use super::guard::Guard;
use super::schema_edit;
use crate::ffi;

/// Collects the statements that run on a connection while its guard is armed
/// (<https://sqlite.org/c3ref/trace_v2.html>). Does nothing until it listens.
#[derive(Clone, Default)]
pub(super) struct Trace(Arc<Mutex<Vec<String>>>);

impl Trace {
    /// Collects the statements of `connection` from now on.
    pub(super) fn listen(
        &self,
        connection: &mut Connection,
        guard: &Guard,
    ) -> rusqlite::Result<()> {
        let (trace, guard) = (self.clone(), guard.clone());
        ffi::trace(connection, move |event, settings| {
            if let TraceEvent::Stmt(statement, sql) = event
                && guard.is_armed()
            {
                // The copy is thrown away, so to take note is enough.
                let _ = schema_edit::may_run(settings, || sql.into());
                trace.keep(sql, || statement.expanded_sql());
            }
        })
    }

    /// The statements since the last call, in the order in which they ran.
    pub(super) fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// A trigger and a statement of a virtual table arrive as a comment; the rest as SQL with
    /// parameters.
    pub(super) fn keep(&self, sql: &str, expanded: impl FnOnce() -> Option<String>) {
        let text = if sql.starts_with("--") { None } else { expanded() };
        let text = text.unwrap_or_else(|| sql.to_owned());
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(text.trim().to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_come_with_their_parameters_and_only_under_the_guard() {
        let mut connection = Connection::open_in_memory().unwrap();
        let guard = Guard::default();
        let trace = Trace::default();
        trace.listen(&mut connection, &guard).unwrap();
        connection.execute_batch("CREATE TABLE t (a, b)").unwrap();
        connection.execute_batch("BEGIN").unwrap();
        guard.arm();
        connection.execute("INSERT INTO t VALUES (?1, ?2)", (1, "it's")).unwrap();
        connection.execute_batch("UPDATE t SET a = 2;\n DELETE FROM t;").unwrap();
        guard.disarm();
        connection.execute_batch("COMMIT").unwrap();
        assert_eq!(
            trace.take(),
            ["INSERT INTO t VALUES (1, 'it''s')", "UPDATE t SET a = 2;", "DELETE FROM t;"]
        );
        assert!(trace.take().is_empty());
    }
}
