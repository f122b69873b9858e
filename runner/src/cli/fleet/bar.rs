//! The bar of a run: how many databases are done with, how fast, how long the rest takes, how many have failed.

use std::time::Duration;

use indicatif::ProgressBar;
use runner::fleet::{FleetEvent, State};

use super::super::progress::can_be_seen;
use super::super::{bar_figures, output};
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
    if let Ok(style) = bar_figures::style(SHOWN) {
        bar.set_style(style);
    }
    bar.enable_steady_tick(TURN);
    bar
}

fn failures(failed: usize) -> String {
    if failed == 0 { String::new() } else { format!(", {failed} failed") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_counted_once_there_are_any() {
        assert_eq!([0, 1, 12].map(failures), ["", ", 1 failed", ", 12 failed"]);
    }
}
