//! A step on a scratch database, taken as the caller says.

use serde::{Deserialize, Serialize};

use runner_engine::Error;
use runner_engine::Exit;
use runner_engine::Observer;
use runner_engine::explain::Code;
use runner_engine::job::Job;

/// Takes the steps of a job, and tells what happens: in this process, as [`Job::apply`] does, or in another
/// one. It is called from several threads, each time for another database.
pub type Apply<'a> = dyn Fn(&Job, &mut Observer<'_>) -> Result<(), StepFailure> + Sync + 'a;

/// Why a step was not taken, in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepFailure {
    /// What went wrong.
    pub message: String,
    /// The errors behind it, the nearest first.
    pub causes: Vec<String>,
    /// What to do next, where that is known.
    pub hint: Option<String>,
    /// What `runner explain` has to say about it.
    pub code: Code,
    /// The migration has no way back. `true`: it says so itself.
    pub irreversible: Option<bool>,
    /// Somebody asked for the end.
    pub stopped: bool,
}

impl StepFailure {
    /// It was not begun: somebody asked for the end.
    pub(super) fn of_stop() -> Self {
        Self {
            message: "it was stopped".into(),
            causes: Vec::new(),
            hint: None,
            code: Code::Stopped,
            irreversible: None,
            stopped: true,
        }
    }
}

impl From<&Error> for StepFailure {
    fn from(error: &Error) -> Self {
        Self {
            message: error.to_string(),
            causes: error.causes(),
            hint: error.hint().map(|hint| hint.to_string()),
            code: error.code(),
            irreversible: error.is_irreversible(),
            stopped: error.exit() == Exit::Interrupted,
        }
    }
}

impl From<Error> for StepFailure {
    fn from(error: Error) -> Self {
        Self::from(&error)
    }
}
