//! The bar of a run: how many databases are done with, how fast, how long the rest takes, how many have failed.

use std::fmt::Write;
use std::time::Duration;

use indicatif::{HumanDuration, ProgressBar, ProgressState, ProgressStyle};
use runner::fleet::{FleetEvent, State};

use super::super::output;
use super::super::progress::can_be_seen;
use super::report;

/// One bar for all of it, where somebody can see it.
pub(super) struct Bar {
    wanted: bool,
    bar: Option<ProgressBar>,
    failed: usize,
}

impl Bar {
    /// Shows a bar if it is wanted and can be seen.
    pub(super) fn new(wanted: bool) -> Self {
        let wanted = wanted && can_be_seen(output::loudness());
        Self { wanted, bar: None, failed: 0 }
    }

    pub(super) fn follow(&mut self, event: &FleetEvent<'_>) {
        match event {
            FleetEvent::Begun { total } if self.wanted => self.bar = Some(shown(*total as u64)),
            FleetEvent::Done { entry } => {
                self.failed += usize::from(entry.state.is_failure());
                if let Some(bar) = &self.bar {
                    bar.set_message(failures(self.failed));
                    bar.inc(1);
                }
                let is_new = !matches!(entry.state, State::Already | State::Newer);
                if is_new {
                    self.suspend(|| output::detail(&report::line(entry)));
                }
            }
            FleetEvent::Begun { .. } | FleetEvent::Within { .. } => {}
        }
    }

    /// Runs `write` with the bar out of the way.
    fn suspend(&self, write: impl FnOnce()) {
        match &self.bar {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }

    /// Takes the bar away.
    pub(super) fn clear(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

fn shown(total: u64) -> ProgressBar {
    const SHOWN: &str = "{human_pos}/{human_len} {wide_bar}{rate}{left}{msg:.red}";
    /// A database may take so long that nothing else would move it.
    const TURN: Duration = Duration::from_millis(200);
    let bar = ProgressBar::new(total);
    if let Ok(style) = ProgressStyle::with_template(SHOWN) {
        let rate = |state: &ProgressState, out: &mut dyn Write| {
            let _ = out.write_str(&rate(state.per_sec()));
        };
        let left = |state: &ProgressState, out: &mut dyn Write| {
            let _ = out.write_str(&left(state.eta()));
        };
        bar.set_style(style.with_key("rate", rate).with_key("left", left));
    }
    bar.enable_steady_tick(TURN);
    bar
}

/// So many a second, once that is known.
fn rate(per_second: f64) -> String {
    match per_second {
        known if known >= 10.0 => format!(" {known:.0}/s"),
        known if known >= 0.05 => format!(" {known:.1}/s"),
        _ => String::new(),
    }
}

/// How long it still takes, once that is known.
fn left(eta: Duration) -> String {
    match eta {
        Duration::ZERO => String::new(),
        eta => format!(", {:#} left", HumanDuration(eta)),
    }
}

fn failures(failed: usize) -> String {
    if failed == 0 { String::new() } else { format!(", {failed} failed") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_as_exact_as_somebody_reads_them_and_absent_until_they_are_known() {
        assert_eq!(
            [0.0, 0.25, 9.94, 14.5154, 1450.9].map(rate),
            ["", " 0.2/s", " 9.9/s", " 15/s", " 1451/s"]
        );
        let left = |seconds| left(Duration::from_secs_f64(seconds));
        assert_eq!(
            [0.0, 4.2, 100.0, 7300.0].map(left),
            ["", ", 4s left", ", 2m left", ", 2h left"]
        );
        assert_eq!([0, 1, 12].map(failures), ["", ", 1 failed", ", 12 failed"]);
    }
}
