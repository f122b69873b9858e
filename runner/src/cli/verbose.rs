//! Says what is being done and how long it takes: `--verbose`.

use std::time::{Duration, Instant};

use runner::Event;

use super::output;

/// Puts events into words, with the time since the one before.
pub(super) struct Narrator {
    since: Instant,
    /// How many libraries were opened since a step was reported.
    loaded: usize,
}

impl Narrator {
    pub(super) fn new() -> Self {
        Self { since: Instant::now(), loaded: 0 }
    }

    /// What is to be printed of `event`, if anything is.
    pub(super) fn words(&mut self, event: &Event) -> Option<String> {
        let words = match event {
            Event::Cargo { arguments } => format!("cargo {}", arguments.join(" ")),
            Event::Compiled { package, fresh: false, .. } => format!("compiled {package}"),
            Event::Built => "built".to_owned(),
            Event::Loaded { .. } => {
                self.loaded += 1;
                return None;
            }
            Event::BackedUp { path } => format!("backed up to `{}`", output::short(path)),
            Event::Waiting { id } => {
                format!("waiting for {id}, which was started and is unfinished")
            }
            Event::Started { id, .. } => {
                let loaded = match std::mem::take(&mut self.loaded) {
                    0 => String::new(),
                    count => format!(", {} loaded", output::count(count, "library")),
                };
                format!("{id}: the lock is taken, its tables are looked at{loaded}")
            }
            Event::Returned { id } => format!("{id}: its code has run"),
            Event::Finished { id, .. } => format!("{id}: checked, recorded, committed"),
            Event::Tried { id, .. } => format!("{id}: tried"),
            _ => return None,
        };
        Some(match event {
            // It has only begun.
            Event::Cargo { .. } | Event::Waiting { .. } => words,
            _ => format!("{words} ({})", output::milliseconds(self.lap())),
        })
    }

    /// The time since it was last asked for.
    fn lap(&mut self) -> Duration {
        let now = Instant::now();
        now.duration_since(std::mem::replace(&mut self.since, now))
    }
}
