//! The steps of a trial that run, so that one that does not end can be named.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use runner_engine::MigrationId;
use runner_engine::plan::Direction;
use runner_engine::{Event, Observer};

/// How long a step runs before it is reported again; then after twice the time, and so on.
const LONG: Duration = Duration::from_secs(5);

/// Where a step runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Runs {
    /// On the database without rows that goes forward.
    Base,
    /// In the trial of the migration at this place of the plan.
    Trial(usize),
}

/// The steps that run now: one at each place.
#[derive(Default)]
pub(super) struct RunningSteps {
    steps: BTreeMap<Runs, RunningStep>,
}

struct RunningStep {
    id: MigrationId,
    direction: Direction,
    began: Instant,
    /// When it is to be reported again, after it began.
    next: Duration,
}

impl RunningSteps {
    /// A step begins, after the one before it at the same place.
    pub(super) fn begin(
        &mut self,
        runs: Runs,
        id: MigrationId,
        direction: Direction,
        observe: &mut Observer<'_>,
    ) {
        observe(Event::Trying { id: id.clone(), direction, since: Duration::ZERO });
        let running = RunningStep { id, direction, began: Instant::now(), next: LONG };
        self.steps.insert(runs, running);
    }

    /// The last step at a place has ended.
    pub(super) fn end(&mut self, runs: &Runs) {
        self.steps.remove(runs);
    }

    /// Reports those that have run for long.
    pub(super) fn report(&mut self, now: Instant, observe: &mut Observer<'_>) {
        for running in self.steps.values_mut() {
            let since = now.saturating_duration_since(running.began);
            if since >= running.next {
                while running.next <= since {
                    running.next *= 2;
                }
                let (id, direction) = (running.id.clone(), running.direction);
                observe(Event::Trying { id, direction, since });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages;

    #[test]
    fn a_step_is_told_of_when_it_begins_and_less_and_less_often_while_it_runs() {
        let mut told = Vec::new();
        let mut observe = |event| {
            let Event::Trying { since, .. } = event else { return };
            told.push(since.as_secs());
        };
        let mut running = RunningSteps::default();
        running.begin(Runs::Base, messages::id(), Direction::Forward, &mut observe);
        let began = Instant::now();
        for second in 0..=100 {
            running.report(began + Duration::from_secs(second), &mut observe);
        }
        running.end(&Runs::Base);
        running.report(began + Duration::from_secs(1000), &mut observe);
        assert_eq!(told, [0, 5, 10, 20, 40, 80]);
    }
}
