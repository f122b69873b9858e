//! A job on the populated database, and every state that the database may be found in.

use runner::{Direction, Event, Job};

use super::{Files, Journal, Populated};
use crate::shim_vfs;

/// A job, the files before it, and the contents before it and after each step.
pub struct Trial {
    pub populated: Populated,
    pub job: Job,
    pub start: Files,
    states: Vec<String>,
}

impl Trial {
    pub fn of(journal: Journal, direction: Direction) -> Self {
        shim_vfs::install();
        let populated = Populated::with(journal);
        if direction == Direction::Backward {
            populated.job(Direction::Forward).apply(&mut |_| {}).unwrap();
        }
        let (start, job) = (populated.files(), populated.job(direction));
        let mut states = vec![populated.contents(shim_vfs::system())];
        for step in &job.steps {
            Job { steps: vec![step.clone()], ..job.clone() }.apply(&mut |_| {}).unwrap();
            states.push(populated.contents(shim_vfs::system()));
        }
        Self { populated, job, start, states }
    }

    /// How many steps the database has taken, by all its contents, among which is the history.
    /// Panics, naming `after`, if it is in between, or not whole.
    #[track_caller]
    pub fn steps_taken(&self, after: &impl std::fmt::Debug) -> usize {
        if self.populated.files() == self.start {
            return 0;
        }
        let contents = self.populated.contents(shim_vfs::system());
        let found = self.states.iter().position(|state| *state == contents);
        found.unwrap_or_else(|| panic!("{after:?} leaves a mixed state:\n{contents}"))
    }

    /// Panics unless the job can be done to its end from here.
    #[track_caller]
    pub fn finishes(&self, after: &impl std::fmt::Debug) {
        // From the same bytes it has done so before.
        if self.populated.files() != self.start {
            let again = self.job.apply(&mut |_| {});
            assert!(again.is_ok(), "after {after:?} the next run fails: {again:?}");
            assert_eq!(self.steps_taken(after), self.job.steps.len(), "{after:?}");
        }
    }
}

/// Whether an event tells that a step is committed.
pub fn is_finished(event: &Event) -> bool {
    matches!(event, Event::Finished { .. })
}
