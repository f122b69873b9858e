//! Times taken in turns, and the table.

use std::time::Duration;

/// One line of the table.
pub(crate) struct Row {
    /// What was done.
    pub(crate) what: String,
    /// Next to what.
    pub(crate) against: String,
    /// The largest ratio that is good enough; `None` if the row only informs.
    pub(crate) bound: Option<f64>,
    /// What was measured, or why nothing was.
    pub(crate) outcome: Result<Pairs, String>,
}

/// Times that belong together: each pair was taken one right after the other.
pub(crate) struct Pairs(Vec<[f64; 2]>);

impl Pairs {
    /// Runs `one` and `other` in turns, `rounds` times, after one round that does not count.
    pub(crate) fn take(
        rounds: usize,
        mut one: impl FnMut() -> Duration,
        mut other: impl FnMut() -> Duration,
    ) -> Self {
        let round = |_| [one().as_secs_f64(), other().as_secs_f64()];
        Self((0..=rounds).map(round).skip(1).collect())
    }

    fn medians(&self) -> [f64; 2] {
        [0, 1].map(|side| {
            let mut times: Vec<f64> = self.0.iter().map(|pair| pair[side]).collect();
            times.sort_by(f64::total_cmp);
            times[times.len() / 2]
        })
    }

    /// The lowest and the highest ratio of a single pair, which show how noisy the machine is.
    fn spread(&self) -> String {
        let mut ratios: Vec<f64> = self.0.iter().map(|[one, other]| one / other).collect();
        ratios.sort_by(f64::total_cmp);
        format!("{:.2} to {:.2}", ratios[0], ratios[ratios.len() - 1])
    }
}

/// Prints the titles of the columns.
pub(crate) fn head() {
    line(["measured", "", "against", "", "ratio", "of the pairs", "bound"]);
}

/// Prints a line.
pub(crate) fn row(row: &Row) {
    match &row.outcome {
        Ok(pairs) => {
            let [one, other] = pairs.medians();
            let bound = row.bound.map_or_else(|| "none".to_owned(), |bound| bound.to_string());
            line([
                &row.what,
                &time(one),
                &row.against,
                &time(other),
                &format!("{:.2}", one / other),
                &pairs.spread(),
                &bound,
            ]);
        }
        Err(reason) => println!("{:<34} skipped: {reason}", row.what),
    }
}

fn line([what, one, against, other, ratio, spread, bound]: [&str; 7]) {
    println!(
        "{what:<34} {one:>8}   {against:<16} {other:>8}   {ratio:>5}  {spread:>14}  {bound:>5}"
    );
}

fn time(seconds: f64) -> String {
    if seconds < 1.0 { format!("{:.2} ms", seconds * 1e3) } else { format!("{seconds:.2} s") }
}
