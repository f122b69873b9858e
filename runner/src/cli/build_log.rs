//! What is reported of a build where no bar is shown, in a log for people: that it begins, and how far it is every half
//! minute.

use std::time::Duration;

use runner::Event;

use super::output;

/// When the next line is due.
#[derive(Default)]
pub(super) struct BuildLog {
    /// How many migrations are to be built, if that was reported.
    migrations: Option<usize>,
    /// What of a build is reported next, by the time that it has taken then.
    compiling: Duration,
    waiting: Duration,
}

/// How long nothing is reported.
const SILENCE: Duration = Duration::from_secs(30);

/// Another cargo is most often done before anybody wonders.
const SHORT: Duration = Duration::from_secs(1);

impl BuildLog {
    /// The line that is due with `event`, if one is.
    pub(super) fn line(&mut self, event: &Event) -> Option<String> {
        match event {
            Event::Building { count } => {
                *self = Self { migrations: Some(*count), ..Self::default() };
                None
            }
            Event::Built => {
                *self = Self::default();
                None
            }
            Event::Compiling { done, total, packages, since } if *since >= self.compiling => {
                let begins = self.compiling.is_zero();
                self.compiling = next_after(*since);
                Some(match self.migrations {
                    Some(count) if begins => {
                        format!("building {}", output::count(count, "migration"))
                    }
                    _ if begins => building(0, 0, packages),
                    _ => format!("{}, {} s", building(*done, *total, packages), since.as_secs()),
                })
            }
            Event::WaitingForCargo { since } if *since >= self.waiting.max(SHORT) => {
                self.waiting = next_after(*since);
                Some(format!("{WAITING}, {} s", since.as_secs()))
            }
            _ => None,
        }
    }
}

/// When something is reported again after it was at `since`.
fn next_after(since: Duration) -> Duration {
    let reported = since.as_secs() / SILENCE.as_secs();
    Duration::from_secs((reported + 1) * SILENCE.as_secs())
}

/// What cargo does while it waits.
pub(super) const WAITING: &str = "waiting for another cargo";

/// What cargo does while it builds: `done` of `total` parts are ready, and it is at `packages`.
pub(super) fn building(done: usize, total: usize, packages: &[String]) -> String {
    let packages = packages.join(", ");
    match (total, packages.as_str()) {
        (0, "") => "building".to_owned(),
        (0, _) => format!("building {packages}"),
        // The one after those that are ready.
        (_, "") => format!("building {} of {total}", total.min(done + 1)),
        _ => format!("building {} of {total}: {packages}", total.min(done + 1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compiling(done: usize, total: usize, package: &str, since: u64) -> Event {
        let packages = vec![package.to_owned()];
        Event::Compiling { done, total, packages, since: Duration::from_secs(since) }
    }

    #[test]
    fn a_build_is_told_when_it_begins_and_every_half_minute() {
        let mut log = BuildLog::default();
        let mut lines = Vec::new();
        let mut events = vec![Event::Building { count: 2 }];
        events.extend((0..=61).map(|second| match second {
            0..40 => compiling(2, 38, "libsqlite3-sys", second),
            _ => compiling(30, 38, "migration_api", second),
        }));
        events.extend([Event::Built, Event::Building { count: 1 }, compiling(0, 0, "m1", 0)]);
        lines.extend(events.iter().filter_map(|event| log.line(event)));
        assert_eq!(
            lines,
            [
                "building 2 migrations",
                "building 3 of 38: libsqlite3-sys, 30 s",
                "building 31 of 38: migration_api, 60 s",
                "building 1 migration",
            ]
        );
    }

    #[test]
    fn another_cargo_is_told_of_once_it_takes_a_second() {
        let mut log = BuildLog::default();
        let waits =
            |milliseconds| Event::WaitingForCargo { since: Duration::from_millis(milliseconds) };
        let lines: Vec<_> =
            [0, 900, 1900, 2900, 31_900].iter().filter_map(|&ms| log.line(&waits(ms))).collect();
        assert_eq!(lines, ["waiting for another cargo, 1 s", "waiting for another cargo, 31 s"]);
    }

    #[test]
    fn models_are_called_by_their_crate() {
        let mut log = BuildLog::default();
        assert_eq!(log.line(&compiling(0, 0, "game-models", 0)).unwrap(), "building game-models");
    }
}
