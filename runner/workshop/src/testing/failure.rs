//! Why a test cannot go on, as a test program prints it.

use std::fmt;

use crate::error::{Error, TestingError};

/// Why a test of a migration cannot go on. A test may return it: its `Debug`, which test programs print, is the message
/// with all that is behind it.
pub struct Failure(Error);

impl Failure {
    /// The error itself.
    #[must_use]
    pub fn error(&self) -> &Error {
        &self.0
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl From<TestingError> for Failure {
    fn from(error: TestingError) -> Self {
        Self(error.into())
    }
}

impl From<rusqlite::Error> for Failure {
    /// What a statement of a test fails with.
    fn from(error: rusqlite::Error) -> Self {
        TestingError::Statement(error).into()
    }
}

impl std::error::Error for Failure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        std::error::Error::source(&self.0)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        for cause in self.0.causes() {
            write!(f, "\ncaused by: {cause}")?;
        }
        match self.0.hint() {
            Some(hint) => write!(f, "\nhint: {hint}"),
            None => Ok(()),
        }
    }
}
