//! The file that a text of SQL was included from, for the errors in it.

use std::cell::RefCell;

use migration_operation::Operation;
use migration_operation::script::FailedStatement;

/// The text of a file of SQL, as [`include_str!`] gives it. An error in it names the file and the line:
/// `forward.sql:62: no such table: player`.
///
/// ```no_run
/// # use migration_api::prelude::*;
/// # macro_rules! include_sql { ($path:literal) => { "" } }
/// # fn migrate_forward(migrator: &mut Migrator) -> Result {
/// migrator.execute_batch(include_sql!("../forward.sql"))
/// # }
/// ```
#[macro_export]
macro_rules! include_sql {
    ($path:literal $(,)?) => {
        $crate::sql_file::included($path, include_str!($path))
    };
}

thread_local! {
    /// The texts that were included on this thread, each with its path.
    static INCLUDED: RefCell<Vec<(&'static str, &'static str)>> = const { RefCell::new(Vec::new()) };
}

/// `text`, after a note that it comes from `path`.
#[must_use]
pub fn included(path: &'static str, text: &'static str) -> &'static str {
    INCLUDED.with_borrow_mut(|all| {
        if !all.contains(&(path, text)) {
            all.push((path, text));
        }
    });
    text
}

/// The file that `script` was included from, if it was.
pub(crate) fn of(script: &str) -> Option<String> {
    INCLUDED.with_borrow(|all| {
        let (path, _) = all.iter().rev().find(|(_, text)| *text == script)?;
        Some(from_the_crate_on(path))
    })
}

/// The file that the `failed` statement of one of the scripts among `operations` is in.
pub(crate) fn of_operations(operations: &[Operation], failed: &FailedStatement) -> Option<String> {
    operations.iter().find_map(|operation| match operation {
        Operation::Execute { sql } if sql.contains(&failed.sql) => of(sql),
        _ => None,
    })
}

/// A path that was relative to a file in `src`, relative to the folder of the crate.
fn from_the_crate_on(path: &str) -> String {
    path.strip_prefix("../").map_or_else(|| format!("src/{path}"), str::to_owned)
}
