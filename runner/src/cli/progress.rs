//! Bars and spinners, where somebody is looking: on a terminal.

use std::io::{IsTerminal as _, stderr};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use runner::Event;

use super::output;

/// The bar that is shown now, if one is.
pub(super) struct Progress {
    wanted: bool,
    bar: Option<ProgressBar>,
}

impl Progress {
    /// Shows bars if they are wanted and standard error is a terminal.
    pub(super) fn new(wanted: bool) -> Self {
        Self { wanted: wanted && stderr().is_terminal(), bar: None }
    }

    /// Follows what happens.
    pub(super) fn show(&mut self, event: &Event) {
        if !self.wanted {
            return;
        }
        match event {
            Event::Building { count } => {
                self.spin(format!("building {}", output::count(*count, "migration")));
            }
            Event::Started { id, .. } => self.spin(id.to_string()),
            Event::BackingUp { done, total } => self.copying("backing up", *done, *total),
            Event::Restoring { done, total } => self.copying("restoring", *done, *total),
            Event::Progress { done, total, .. } => self.advance(*done, *total),
            Event::Rehearsed { done, total, .. } => {
                self.copying("testing", *done as u64, *total as u64);
            }
            Event::Built
            | Event::BackedUp { .. }
            | Event::Finished { .. }
            | Event::AlreadyDone { .. } => self.clear(),
            _ => {}
        }
    }

    /// Runs `write` with the bar out of the way.
    pub(super) fn suspend(&self, write: impl FnOnce()) {
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

    fn spin(&mut self, message: String) {
        const TURN: Duration = Duration::from_millis(100);
        self.clear();
        let bar = ProgressBar::new_spinner().with_message(message);
        bar.enable_steady_tick(TURN);
        self.bar = Some(bar);
    }

    /// The bar of a copy, from its first pages on.
    fn copying(&mut self, what: &'static str, done: u64, total: u64) {
        if self.bar.is_none() {
            self.spin(what.to_owned());
        }
        self.advance(done, total);
    }

    fn advance(&mut self, done: u64, total: u64) {
        let Some(bar) = &self.bar else { return };
        if total > 0 && bar.length() != Some(total) {
            bar.set_length(total);
            if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {percent}% {eta}") {
                bar.set_style(style);
            }
        }
        bar.set_position(done);
    }
}
