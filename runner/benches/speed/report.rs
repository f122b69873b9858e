//! Paired runs, their medians, and the table.

use std::time::{Duration, Instant};

/// Bytes in a megabyte.
pub(crate) const MEGA: f64 = 1e6;

/// One line of the table.
pub(crate) struct Row {
    /// What was done.
    pub(crate) what: String,
    /// Next to what.
    pub(crate) against: &'static str,
    /// The largest ratio that is good enough; `None` if the row only informs.
    pub(crate) bound: Option<f64>,
    /// What was measured, or why nothing was.
    pub(crate) outcome: Result<Pairs, String>,
}

/// Times that belong together: each pair was taken one right after the other.
pub(crate) struct Pairs(Vec<(Duration, Duration)>);

impl Pairs {
    /// Runs `ours` and `theirs` in turns, `rounds` times, after one round that does not count.
    pub(crate) fn take(
        rounds: usize,
        mut ours: impl FnMut() -> Duration,
        mut theirs: impl FnMut() -> Duration,
    ) -> Self {
        Self((0..=rounds).map(|_| (ours(), theirs())).skip(1).collect())
    }

    /// The same without a round that does not count: for what begins from nothing each time.
    pub(crate) fn cold(
        rounds: usize,
        mut ours: impl FnMut() -> Duration,
        mut theirs: impl FnMut() -> Duration,
    ) -> Self {
        Self((0..rounds).map(|_| (ours(), theirs())).collect())
    }

    fn ours(&self) -> Duration {
        median(self.0.iter().map(|pair| pair.0))
    }

    fn theirs(&self) -> Duration {
        median(self.0.iter().map(|pair| pair.1))
    }

    /// How many milliseconds more than theirs ours are, for each of `count`.
    pub(crate) fn more_for_each(&self, count: usize) -> f64 {
        (self.ours().as_secs_f64() - self.theirs().as_secs_f64()) * 1e3 / count as f64
    }

    fn ratio(&self) -> f64 {
        self.ours().as_secs_f64() / self.theirs().as_secs_f64()
    }

    /// The ratios of the single pairs, which show how noisy the machine is.
    fn spread(&self) -> (f64, f64) {
        let ratios = self.0.iter().map(|pair| pair.0.as_secs_f64() / pair.1.as_secs_f64());
        ratios.fold((f64::MAX, 0.0), |(low, high), ratio| (ratio.min(low), ratio.max(high)))
    }
}

/// How long `work` takes on the clock.
pub(crate) fn clock(work: &mut dyn FnMut()) -> Duration {
    let started = Instant::now();
    work();
    started.elapsed()
}

fn median(times: impl Iterator<Item = Duration>) -> Duration {
    let mut times: Vec<Duration> = times.collect();
    times.sort_unstable();
    times[times.len() / 2]
}

/// Prints the titles of the columns.
pub(crate) fn head() {
    line("measured", "runner", "against", "", "ratio", "of the pairs", "bound");
}

/// Prints a line.
pub(crate) fn row(row: &Row) {
    match &row.outcome {
        Ok(pairs) => {
            let (low, high) = pairs.spread();
            line(
                &row.what,
                &time(pairs.ours()),
                row.against,
                &time(pairs.theirs()),
                &format!("{:.2}", pairs.ratio()),
                &format!("{low:.2} to {high:.2}"),
                &row.bound.map_or_else(|| "none".to_owned(), |bound| format!("{bound:.2}")),
            );
        }
        Err(reason) => println!("{:<26} skipped: {reason}", row.what),
    }
}

fn line(
    what: &str,
    ours: &str,
    against: &str,
    theirs: &str,
    ratio: &str,
    spread: &str,
    bound: &str,
) {
    println!(
        "{what:<26} {ours:>9}   {against:<24} {theirs:>9}   {ratio:>5}  {spread:>14}  {bound:>5}"
    );
}

pub(crate) fn time(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    if seconds < 1.0 { format!("{:.2} ms", seconds * 1e3) } else { format!("{seconds:.2} s") }
}
