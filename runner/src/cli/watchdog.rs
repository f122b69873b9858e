//! Watches how far the child process is, and how long it may run.

use std::time::{Duration, Instant};

use runner::process_group::Members;
use runner::{Event, MigrationId};

/// How long code may take to end after it was asked to, before it is asked in a ruder way.
const GRACE: Duration = Duration::from_secs(1);

/// What runs in the child.
pub(super) struct Running {
    /// Whose code runs.
    pub(super) at: At,
    /// What was done to end it.
    pub(super) ended: Ended,
    members: Members,
    timeout: Option<Duration>,
    /// Whether code that is not the runner's may run: that of a migration, or what a library runs
    /// when it is loaded. What the runner does itself ends by itself.
    foreign: bool,
    stopping: bool,
    next: Option<(Instant, Measure)>,
}

/// Whose code runs in the child.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum At {
    /// That of libraries, when they are opened.
    Loading,
    /// That of a migration, or what is looked at around its step.
    Migration(MigrationId),
    /// The runner's own: before, between and after the steps.
    Runner,
}

/// What was done to end the child, because its time was over or because it did not end when it was asked to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    Not,
    /// Its time was over, and it was asked.
    Asked,
    Killed,
}

/// What is done about code that does not end.
#[derive(Clone, Copy)]
enum Measure {
    /// It is asked, with all that it started, by a signal.
    Ask,
    Kill,
}

impl Running {
    pub(super) fn new(members: Members, timeout: Option<Duration>) -> Self {
        Self {
            at: At::Loading,
            ended: Ended::Not,
            members,
            timeout,
            foreign: true,
            stopping: false,
            next: None,
        }
    }

    /// Follows what the child reports. The child itself interrupts SQL when the time is over; what is
    /// measured here is code that does not end by that.
    pub(super) fn follow(&mut self, event: &Event) {
        match event {
            Event::Started { id, .. } => {
                self.at = At::Migration(id.clone());
                self.foreign = true;
                self.next = match (self.stopping, self.timeout) {
                    (true, _) => after(GRACE, Measure::Kill),
                    (false, Some(timeout)) => after(timeout.saturating_add(GRACE), Measure::Ask),
                    (false, None) => None,
                };
            }
            Event::Returned { .. } => {
                self.foreign = false;
                self.next = None;
            }
            Event::Loaded { .. } | Event::Finished { .. } | Event::AlreadyDone { .. } => {
                self.at = At::Runner;
            }
            _ => {}
        }
    }

    /// Passes on that the end was asked for, to the process that runs migrations alone: what they
    /// started hears of it there, once it is known that a failure is due to that.
    pub(super) fn stop(&mut self) {
        self.stopping = true;
        self.members.end_leader();
        if self.foreign {
            self.next = after(GRACE * 2, Measure::Kill);
        }
    }

    /// Ends it at once.
    pub(super) fn kill(&mut self) {
        self.ended = Ended::Killed;
        self.next = None;
        self.members.kill();
    }

    /// How long it may go on before [`Self::act`] is called.
    pub(super) fn patience(&self) -> Option<Duration> {
        self.next.map(|(then, _)| then.saturating_duration_since(Instant::now()))
    }

    /// Does what is to be done when patience is over.
    pub(super) fn act(&mut self) {
        match self.next.take() {
            Some((_, Measure::Ask)) => {
                self.ended = Ended::Asked;
                self.members.end();
                self.next = after(GRACE, Measure::Kill);
            }
            Some((_, Measure::Kill)) => self.kill(),
            None => {}
        }
    }

    /// Who is to be named when the child is gone.
    pub(super) fn name(&self) -> String {
        match &self.at {
            At::Loading => "the process that loads the migrations".to_owned(),
            At::Migration(id) => format!("the migration `{id}`"),
            At::Runner => "the process of the migrations".to_owned(),
        }
    }

    /// What ended when the child did, in words that go on with how.
    pub(super) fn end(&self) -> String {
        match &self.at {
            At::Loading => format!("{} ended", self.name()),
            At::Migration(_) => format!("{} ended its process", self.name()),
            At::Runner => format!("{} ended outside of their code", self.name()),
        }
    }
}

/// A time that cannot be expressed does not come.
fn after(time: Duration, measure: Measure) -> Option<(Instant, Measure)> {
    Some((Instant::now().checked_add(time)?, measure))
}
