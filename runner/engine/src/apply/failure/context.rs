//! Errors of steps, with what they mean for other steps or for the database.

use std::fmt;

use super::ApplyError;

/// The error of a step, with the number of steps that were rolled back with it.
#[derive(Debug)]
pub struct WithOthers {
    /// Why the step failed.
    pub error: Box<ApplyError>,
    /// How many steps before it were rolled back with it.
    pub others: usize,
}

impl fmt::Display for WithOthers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl std::error::Error for WithOthers {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.error.source()
    }
}

/// The error of a migration that has no transaction around it.
#[derive(Debug)]
pub struct Unfinished {
    /// Why it did not finish.
    pub error: Box<ApplyError>,
}

impl fmt::Display for Unfinished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl std::error::Error for Unfinished {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.error.source()
    }
}
