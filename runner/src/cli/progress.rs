//! Bars and spinners, where somebody is looking: on a terminal.

use std::io::{IsTerminal as _, stderr};
use std::path::Path;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use runner::{Direction, Event};

use super::bar_figures;
use super::build_log::{self, BuildLog};
use super::output::{self, Loudness};
use super::verbose::Narrator;

/// The bar that is shown now, if one is; with `--verbose`, words too.
pub(super) struct Progress {
    wanted: bool,
    /// Whether words are read by people, be it on a terminal or in a log.
    is_for_people: bool,
    bar: Option<ProgressBar>,
    narrator: Option<Narrator>,
    build_log: BuildLog,
}

impl Progress {
    /// Shows bars if they are wanted and can be seen.
    pub(super) fn new(wanted: bool) -> Self {
        let loudness = output::loudness();
        Self {
            wanted: wanted && can_be_seen(loudness),
            is_for_people: wanted,
            bar: None,
            narrator: (loudness == Loudness::Verbose).then(Narrator::new),
            build_log: BuildLog::default(),
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
            self.print_without_a_bar(event);
            return;
        }
        match event {
            Event::Building { count } => {
                self.spin(format!("building {}", output::count(*count, "migration")));
                self.show_time();
            }
            Event::Compiling { done, total, packages, .. } => {
                self.building(build_log::building(*done, *total, packages));
                self.advance_for(*done as u64, *total as u64, BUILDING);
            }
            Event::WaitingForCargo { .. } => self.building(build_log::WAITING.to_owned()),
            Event::Waiting { id } => self.spin(format!("waiting for {id}, which is unfinished")),
            Event::Started { id, .. } => self.spin(id.to_string()),
            Event::Copying { done, total } => self.copying("copying", *done, *total),
            Event::Comparing { id } => self.spin(format!("comparing rows after {id}")),
            Event::BackingUp { done, total } => self.copying("backing up", *done, *total),
            Event::Restoring { done, total } => self.copying("restoring", *done, *total),
            Event::Progress { done, total, .. } => self.advance_for(*done, *total, MIGRATING),
            Event::Trying { id, direction, .. } => {
                if self.bar.is_none() {
                    self.spin(String::new());
                }
                if let Some(bar) = &self.bar {
                    bar.set_message(format!("testing {id} {}", way(*direction)));
                }
            }
            Event::Tried { done, total, .. } => {
                self.copying("testing", *done as u64, *total as u64);
            }
            Event::Built
            | Event::BackedUp { .. }
            | Event::Finished { .. }
            | Event::AlreadyDone { .. } => self.clear(),
            _ => {}
        }
    }

    /// Prints in a line what a bar would show, where it takes so long that somebody may look for it.
    fn print_without_a_bar(&mut self, event: &Event) {
        if !self.is_for_people {
            return;
        }
        if let Some(line) = self.build_log.line(event) {
            output::note(&line);
        }
        if let Event::Trying { id, direction, since } = event
            && !since.is_zero()
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

    /// What cargo is at, and for how long it has been.
    fn building(&mut self, message: String) {
        if self.bar.is_none() {
            self.spin(String::new());
            self.show_time();
        }
        if let Some(bar) = &self.bar {
            bar.set_message(message);
        }
    }

    /// Shows beside the bar how long it has been there.
    fn show_time(&mut self) {
        if let (Some(bar), Ok(style)) =
            (&self.bar, ProgressStyle::with_template("{spinner} {msg}, {elapsed}"))
        {
            bar.set_style(style);
        }
    }

    fn advance(&mut self, done: u64, total: u64) {
        self.advance_for(done, total, "{msg} {wide_bar} {percent}% {eta}");
    }

    /// Moves the bar, which looks as `template` says once it is known how long it is.
    fn advance_for(&mut self, done: u64, total: u64, template: &str) {
        let Some(bar) = &self.bar else { return };
        if total > 0 && bar.length() != Some(total) {
            bar.set_length(total);
            // Of a number that is another one, nothing is known yet.
            bar.reset_eta();
            if let Ok(style) = bar_figures::style(template) {
                bar.set_style(style);
            }
        }
        bar.set_position(done);
    }
}

/// A migration says how many rows there are, or what else it counts.
const MIGRATING: &str = "{msg} {human_pos}/{human_len} {wide_bar}{rate}{left}";

/// Crates take too different times for a guess how long the others will take.
const BUILDING: &str = "{msg} {wide_bar} {elapsed}";

/// What somebody should know though nothing failed.
fn note(event: &Event) -> Option<String> {
    Some(match event {
        Event::SourceNotRecorded { id } => format!(
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

/// Whether a bar may be shown: nothing is quiet, and standard error is a terminal that can move its cursor, which a bar
/// does all the time.
pub(super) fn can_be_seen(loudness: Loudness) -> bool {
    loudness != Loudness::Quiet
        && stderr().is_terminal()
        && std::env::var_os("TERM").is_none_or(|name| name != "dumb")
}
