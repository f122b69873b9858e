//! Bars and spinners, where somebody is looking: on a terminal.

use std::io::{IsTerminal as _, stderr};
use std::path::Path;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use runner::{Direction, Event};

use super::output::{self, Loudness};
use super::verbose::Narrator;

/// The bar that is shown now, if one is; with `--verbose`, words too.
pub(super) struct Progress {
    wanted: bool,
    /// Whether words are read by people, be it on a terminal or in a log.
    is_for_people: bool,
    bar: Option<ProgressBar>,
    narrator: Option<Narrator>,
    /// How many libraries cargo is to make.
    to_build: u64,
}

impl Progress {
    /// Shows bars if they are wanted and can be seen.
    pub(super) fn new(wanted: bool) -> Self {
        let loudness = output::loudness();
        Self {
            wanted: wanted && loudness != Loudness::Quiet && can_be_seen(),
            is_for_people: wanted,
            bar: None,
            narrator: (loudness == Loudness::Verbose).then(Narrator::new),
            to_build: 0,
        }
    }

    /// Follows what happens.
    pub(super) fn show(&mut self, event: &Event) {
        if let Some(words) = self.narrator.as_mut().and_then(|narrator| narrator.words(event)) {
            self.suspend(|| output::detail(&words));
        }
        if let Some(words) = note(event).filter(|_| self.is_for_people) {
            self.suspend(|| output::note(&words));
        }
        if !self.wanted {
            self.tell_without_a_bar(event);
            return;
        }
        match event {
            Event::Building { count } => {
                self.spin(format!("building {}", output::count(*count, "migration")));
                self.to_build = *count as u64;
            }
            Event::Compiled { package, wanted, .. } => self.built(package, *wanted),
            Event::Waiting { id } => self.spin(format!("waiting for {id}, which is unfinished")),
            Event::Started { id, .. } => self.spin(id.to_string()),
            Event::BackingUp { done, total } => self.copying("backing up", *done, *total),
            Event::Restoring { done, total } => self.copying("restoring", *done, *total),
            Event::Progress { done, total, .. } => self.advance(*done, *total),
            Event::Rehearsing { id, direction, .. } => {
                if self.bar.is_none() {
                    self.spin(String::new());
                }
                if let Some(bar) = &self.bar {
                    bar.set_message(format!("testing {id} {}", way(*direction)));
                }
            }
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

    /// Tells in a line what a bar would show, where it takes so long that somebody may look for it.
    fn tell_without_a_bar(&self, event: &Event) {
        if let Event::Rehearsing { id, direction, since } = event
            && !since.is_zero()
            && self.is_for_people
        {
            let (way, seconds) = (way(*direction), since.as_secs());
            output::note(&format!("`{id}` has been running {way} for {seconds} s"));
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

    /// Turns until something else is shown.
    pub(super) fn spin(&mut self, message: String) {
        const TURN: Duration = Duration::from_millis(100);
        self.clear();
        if !self.wanted {
            return;
        }
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

    /// A crate is ready: dependencies turn, libraries that were asked for advance.
    fn built(&mut self, package: &str, wanted: bool) {
        let Some(bar) = &self.bar else { return };
        bar.set_message(format!("building: {package}"));
        if wanted && self.to_build > 0 {
            let done = bar.position() + 1;
            self.advance(done, self.to_build);
        }
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

/// What somebody should know though nothing failed.
fn note(event: &Event) -> Option<String> {
    Some(match event {
        Event::SourceNotTold { id } => format!(
            "the migration-api of `{id}` is too old to record which source its library was built \
             from; cargo was taken at its word"
        ),
        Event::LockMerged { path } => merged(path),
        _ => return None,
    })
}

/// That a lock file is no longer as a merge left it.
pub(super) fn merged(lock: &Path) -> String {
    let lock = output::short(lock);
    format!(
        "both sides of the merge only add to `{lock}`: it has all of both now, and `git add {lock}` settles it"
    )
}

fn way(direction: Direction) -> &'static str {
    match direction {
        Direction::Forward => "forward",
        Direction::Backward => "backward",
    }
}

/// Whether standard error is a terminal that can move its cursor, which a bar does all the time.
fn can_be_seen() -> bool {
    stderr().is_terminal() && std::env::var_os("TERM").is_none_or(|name| name != "dumb")
}
