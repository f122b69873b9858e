//! Who takes the steps of a database: code in this process, or a process of its own.

use super::error_text::ErrorText;
use crate::event::{Observer, Report};
use crate::job::Job;
use crate::stop::Stop;

/// Takes the steps of one database after the other.
pub trait Worker: Send {
    /// Does `job`.
    ///
    /// # Errors
    /// What went wrong. With the code [`MigrationCrashed`](crate::explain::Code::MigrationCrashed): a
    /// process has ended by it, and this worker has another one.
    fn apply(&mut self, job: &Job, observe: &mut Observer<'_>) -> Result<Report, ErrorText>;
}

/// A worker that runs the code of migrations in this process, which ends if one aborts or exits.
#[derive(Debug, Clone, Default)]
pub struct InProcess {
    /// A stop that ends what runs.
    pub stop: Stop,
}

impl Worker for InProcess {
    fn apply(&mut self, job: &Job, observe: &mut Observer<'_>) -> Result<Report, ErrorText> {
        Ok(job.apply_until(&self.stop, observe)?)
    }
}
