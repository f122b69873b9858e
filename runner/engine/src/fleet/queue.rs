//! Whose turn it is: which databases are still to be taken, which are taken again, and when none is any more.

use std::collections::VecDeque;
use std::str::FromStr;

use super::state::State;

/// How often a database that is held by another program is tried.
const ROUNDS: u32 = 3;

/// How many processes may end by a database.
const CRASHES: u32 = 2;

/// After how many failures no other database is begun.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum MaxFailures {
    /// Ten, or one of a hundred where that is more.
    #[default]
    Usual,
    /// So many.
    Number(usize),
    /// So many of a hundred databases of the run, one at least.
    Percent(usize),
}

impl MaxFailures {
    /// As a number, of a run with `total` databases.
    pub(super) fn of(self, total: usize) -> usize {
        match self {
            Self::Usual => total.div_ceil(100).max(10),
            Self::Number(number) => number,
            Self::Percent(percent) => total.saturating_mul(percent).div_ceil(100).max(1),
        }
    }
}

impl FromStr for MaxFailures {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number = |text: &str| text.parse().ok().filter(|number| *number > 0);
        let read = match text.strip_suffix('%') {
            Some(percent) => number(percent).filter(|it| *it <= 100).map(Self::Percent),
            None => number(text).map(Self::Number),
        };
        read.ok_or("not a number of databases, such as 10, or a share of them from 1% to 100%")
    }
}

/// A database whose turn it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Turn {
    /// Its number in the plan.
    pub(super) n: usize,
    /// Which attempt this is, counted from 1.
    pub(super) attempt: u32,
    /// How many processes have ended by it.
    crashes: u32,
}

impl Turn {
    /// The first attempt of the database `n`.
    pub(super) fn first(n: usize) -> Self {
        Self { n, attempt: 1, crashes: 0 }
    }
}

/// The databases that are still to be taken.
#[derive(Debug)]
pub(super) struct Queue {
    waiting: VecDeque<Turn>,
    failures: usize,
    max_failures: usize,
}

impl Queue {
    pub(super) fn new(max_failures: usize) -> Self {
        Self { waiting: VecDeque::new(), failures: 0, max_failures }
    }

    /// Adds the databases `numbers` at the end.
    pub(super) fn extend(&mut self, numbers: &[usize]) {
        self.waiting.extend(numbers.iter().copied().map(Turn::first));
    }

    /// The next; `None`: none is left, or too many have failed.
    pub(super) fn next(&mut self) -> Option<Turn> {
        if self.failures >= self.max_failures { None } else { self.waiting.pop_front() }
    }

    /// Whether `turn`, which came to `state`, is the last one of its database. If it is not, the database
    /// is taken again after all others.
    pub(super) fn is_last(&mut self, turn: Turn, state: State) -> bool {
        let crashes = turn.crashes + u32::from(state == State::Crashed);
        let again = match state {
            State::Busy => turn.attempt < ROUNDS,
            State::Crashed => crashes < CRASHES,
            _ => false,
        };
        if again {
            self.waiting.push_back(Turn { n: turn.n, attempt: turn.attempt + 1, crashes });
        } else {
            self.failures += usize::from(state.is_failure());
        }
        !again
    }

    /// Takes out all that is left.
    pub(super) fn rest(&mut self) -> impl Iterator<Item = Turn> + '_ {
        self.waiting.drain(..)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turns(max_failures: usize, came_to: impl Fn(Turn) -> State) -> Vec<(usize, u32)> {
        let mut queue = Queue::new(max_failures);
        queue.extend(&[0, 1, 2]);
        let mut turns = Vec::new();
        while let Some(turn) = queue.next() {
            turns.push((turn.n, turn.attempt));
            queue.is_last(turn, came_to(turn));
        }
        turns
    }

    #[test]
    fn what_is_busy_is_tried_again_after_all_others_three_times_in_all() {
        let came_to = |turn: Turn| if turn.n == 0 { State::Busy } else { State::Applied };
        assert_eq!(turns(1, came_to), [(0, 1), (1, 1), (2, 1), (0, 2), (0, 3)]);
    }

    #[test]
    fn what_has_ended_two_processes_is_not_given_to_a_third() {
        let came_to = |turn: Turn| if turn.n == 1 { State::Crashed } else { State::Applied };
        assert_eq!(turns(9, came_to), [(0, 1), (1, 1), (2, 1), (1, 2)]);
    }

    #[test]
    fn after_so_many_failures_no_other_is_begun() {
        assert_eq!(turns(2, |_| State::Failed), [(0, 1), (1, 1)]);
        assert_eq!(turns(2, |_| State::Missing), [(0, 1), (1, 1), (2, 1)]);
    }

    #[test]
    fn failures_are_counted_or_measured_by_the_number_of_databases() {
        let of = |text: &str| text.parse::<MaxFailures>().unwrap().of(250);
        assert_eq!(["10", "1%", "100%"].map(of), [10, 3, 250]);
        assert_eq!([250, 2000].map(|total| MaxFailures::Usual.of(total)), [10, 20]);
        for text in ["0", "0%", "101%", "-1", "%", "many"] {
            assert!(text.parse::<MaxFailures>().is_err(), "{text}");
        }
    }
}
