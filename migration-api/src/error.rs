//! The error a migration returns: any error at all, and the line where `?` met it.

use std::error::Error as StdError;
use std::fmt;
use std::panic::Location;

use migration_operation::OperationError;
use migration_operation::script::{FailedStatement, ScriptError};

/// What a migration returns. `?` works on any error that is `Send + Sync`, on `anyhow`-like boxes,
/// and `Err("text".into())` works too.
pub type Result<T = (), E = Error> = std::result::Result<T, E>;

/// Why a migration stopped.
///
/// Like `anyhow::Error` it does not implement [`std::error::Error`] itself, which is what lets it be
/// made from every type that does. [`Error::source`] gives the error inside.
pub struct Error {
    inner: Box<dyn StdError + Send + Sync>,
    location: &'static Location<'static>,
    statements: Vec<FailedStatement>,
    file: Option<String>,
}

impl Error {
    /// The error of a migration that cannot be undone; `migration` names it.
    #[track_caller]
    #[must_use]
    pub fn irreversible(migration: &str) -> Self {
        Self::from(Irreversible { migration: migration.to_owned() })
    }

    #[track_caller]
    fn of_box(inner: Box<dyn StdError + Send + Sync>) -> Self {
        let refused = inner.downcast_ref::<OperationError>();
        let statement = refused.and_then(|refused| refused.statement.clone());
        let statements = statement.into_iter().collect();
        Self { inner, location: Location::caller(), statements, file: None }
    }

    /// The error of a script, whose text came from `file`, if that is known.
    #[track_caller]
    pub(crate) fn of_script(error: ScriptError, file: Option<String>) -> Self {
        let ScriptError { error, statements } = error;
        Self { statements, file, ..Self::from(error) }
    }

    /// The same, of a statement that is in `file`, if that is known.
    pub(crate) fn in_file(self, file: Option<String>) -> Self {
        Self { file, ..self }
    }

    /// The same, met at `location`.
    pub(crate) fn at(self, location: &'static Location<'static>) -> Self {
        Self { location, ..self }
    }

    /// The same place and statement, with the error inside put into another one.
    pub(crate) fn wrapped<E: StdError + Send + Sync + 'static>(
        self,
        wrap: impl FnOnce(Box<dyn StdError + Send + Sync>) -> E,
    ) -> Self {
        Self { inner: Box::new(wrap(self.inner)), ..self }
    }

    /// The statement that failed, if the [`Migrator`](crate::Migrator) ran it. Where the runner did not let it
    /// through, those of its script follow that it would not let through either.
    #[must_use]
    pub fn statements(&self) -> &[FailedStatement] {
        &self.statements
    }

    /// The file that the statement is in, if it was included with
    /// [`include_sql!`](crate::include_sql).
    #[must_use]
    pub fn file(&self) -> Option<&str> {
        self.file.as_deref()
    }

    /// The error that was returned, with its own chain of sources.
    #[must_use]
    pub fn source(&self) -> &(dyn StdError + Send + Sync + 'static) {
        self.inner.as_ref()
    }

    /// The file, line and column in the migration where the error was met.
    #[must_use]
    pub fn location(&self) -> &'static Location<'static> {
        self.location
    }

    /// Whether this says that the migration has no way back.
    #[must_use]
    pub fn is_irreversible(&self) -> bool {
        self.inner.is::<Irreversible>()
    }

    /// SQLite's extended result code, if an error of SQLite is anywhere in the chain
    /// (<https://sqlite.org/rescode.html>).
    #[must_use]
    pub fn sqlite_code(&self) -> Option<i32> {
        let mut next: Option<&(dyn StdError + 'static)> = Some(self.inner.as_ref());
        while let Some(error) = next {
            match error.downcast_ref::<rusqlite::Error>() {
                Some(rusqlite::Error::SqliteFailure(code, _)) => return Some(code.extended_code),
                Some(rusqlite::Error::SqlInputError { error, .. }) => {
                    return Some(error.extended_code);
                }
                _ => next = error.source(),
            }
        }
        None
    }
}

impl<E: Into<Box<dyn StdError + Send + Sync>>> From<E> for Error {
    #[track_caller]
    fn from(error: E) -> Self {
        Self::of_box(error.into())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} at {}", self.inner, self.location)
    }
}

/// Says that a migration has no way back.
#[derive(Debug)]
struct Irreversible {
    migration: String,
}

impl fmt::Display for Irreversible {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is irreversible: it has no `migrate_backward`", self.migration)
    }
}

impl StdError for Irreversible {}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Outer(rusqlite::Error);

    impl fmt::Display for Outer {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("cannot level players")
        }
    }

    impl StdError for Outer {
        fn source(&self) -> Option<&(dyn StdError + 'static)> {
            Some(&self.0)
        }
    }

    fn fails_in_sqlite() -> Result {
        let connection = rusqlite::Connection::open_in_memory()?;
        connection.execute_batch("CREATE TABLE t (a UNIQUE); INSERT INTO t VALUES (1)")?;
        connection.execute("INSERT INTO t VALUES (1)", []).map_err(Outer)?;
        Ok(())
    }

    #[test]
    fn question_mark_takes_errors_text_and_boxes() {
        fn each(which: u8) -> Result {
            match which {
                0 => Err("text".into()),
                1 => Err(String::from("owned"))?,
                2 => Err(Box::<dyn StdError + Send + Sync>::from("boxed"))?,
                _ => "x".parse::<u8>().map(|_| ()).map_err(Error::from),
            }
        }
        let texts: Vec<_> = (0..4).map(|which| each(which).unwrap_err().to_string()).collect();
        assert_eq!(texts, ["text", "owned", "boxed", "invalid digit found in string"]);
    }

    #[test]
    fn question_mark_keeps_the_line_it_stands_on() {
        let expected = line!() + 1;
        let error = (|| -> Result { Ok("x".parse::<u8>().map(|_| ())?) })().unwrap_err();
        assert_eq!((error.location().line(), error.location().file()), (expected, file!()));
    }

    #[test]
    fn sqlite_code_is_found_below_an_authors_own_error() {
        const SQLITE_CONSTRAINT_UNIQUE: i32 = 2067;
        let error = fails_in_sqlite().unwrap_err();
        assert_eq!(error.to_string(), "cannot level players");
        assert_eq!(error.sqlite_code(), Some(SQLITE_CONSTRAINT_UNIQUE));
        assert_eq!(Error::from("no SQLite here").sqlite_code(), None);
    }
}
