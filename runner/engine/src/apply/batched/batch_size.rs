//! How many rows a batch has: as many as fit into the time that the lock may be held.

use std::time::Duration;

/// Adapts the number of rows to the time that the last batches took.
#[derive(Debug)]
pub(super) struct BatchSize {
    rows: u64,
    /// For how long the lock may be held.
    lock: Duration,
    /// What checks and COMMIT took lately, beside the work on the rows.
    beside: Duration,
}

impl BatchSize {
    /// The first batch is small: nobody knows yet what a row costs.
    const FIRST: u64 = 100;
    const MOST: u64 = 1_000_000;
    /// A batch begins and ends with some work of its own: with less than this for the rows there would be next to none.
    const LEAST: Duration = Duration::from_millis(5);

    pub(super) fn within(lock: Duration) -> Self {
        Self { rows: Self::FIRST, lock, beside: Duration::ZERO }
    }

    /// How many rows at most.
    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    /// For how long rows may be begun. A part of the time stays for what comes after the work, and for the batch that
    /// takes longer than the others: the promise is about all but one of a hundred.
    pub(super) fn time(&self) -> Duration {
        let for_work = self.lock.mul_f64(0.7).saturating_sub(self.beside.mul_f64(1.3));
        for_work.max(self.lock / 4).max(Self::LEAST)
    }

    /// A batch of `rows` held the lock for `held`, and `worked` of that on its rows.
    pub(super) fn took(&mut self, rows: u64, worked: Duration, held: Duration) {
        let beside = held.saturating_sub(worked);
        // Up at once, down bit by bit: one slow COMMIT is often followed by another.
        self.beside = beside.max(self.beside.mul_f64(0.8) + beside.mul_f64(0.2));
        if rows == 0 {
            return;
        }
        let each = worked.as_secs_f64() / rows as f64;
        let fits = if each > 0.0 { self.time().as_secs_f64() / each } else { f64::MAX };
        // What a row costs can change with the next one: a small step up, any step down.
        let most = self.rows.saturating_mul(2).min(Self::MOST);
        self.rows = (fits as u64).clamp(1, most);
    }

    /// A batch could not be committed in time, since others read: the next is smaller.
    pub(super) fn halve(&mut self) {
        self.rows = (self.rows / 2).max(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sizes of batches whose rows take `each`, and their COMMIT `beside`.
    fn sizes(each: Duration, beside: Duration) -> (u64, Duration) {
        let mut size = BatchSize::within(Duration::from_millis(50));
        let mut held = Duration::ZERO;
        for _ in 0..40 {
            let rows = size.rows();
            let worked = each * u32::try_from(rows).unwrap();
            held = worked + beside;
            size.took(rows, worked, held);
        }
        (size.rows(), held)
    }

    #[test]
    fn a_batch_grows_to_the_time_that_there_is_and_not_beyond() {
        for (each, beside) in [(1, 5), (20, 5), (1, 20), (900, 1)] {
            let (rows, held) = sizes(Duration::from_micros(each), Duration::from_millis(beside));
            assert!(held < Duration::from_millis(50), "{each} {beside}: {rows} rows, {held:?}");
            assert!(held > Duration::from_millis(20), "{each} {beside}: {rows} rows, {held:?}");
        }
    }

    #[test]
    fn a_row_that_takes_longer_than_there_is_time_is_a_batch_of_its_own() {
        let (rows, _) = sizes(Duration::from_millis(80), Duration::from_millis(80));
        assert_eq!(rows, 1);
    }

    #[test]
    fn a_first_slow_row_makes_the_next_batch_smaller_at_once() {
        let mut size = BatchSize::within(Duration::from_millis(50));
        size.took(100, Duration::from_secs(1), Duration::from_secs(1));
        assert!(size.rows() <= 3, "{}", size.rows());
    }
}
