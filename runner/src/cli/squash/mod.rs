//! `runner squash`.

mod agree;
mod report;

use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use runner::replay::{InFiles, Replay, replay};
use runner::scaffold::Created;
use runner::squash::{Fixup, Fixups, LeftOutSetting, OneWay, RowDifference, Script, Squash};
use runner::{MigrationId, Missing, Observer, Project, Target};

use super::args::{Common, SquashArgs};
use super::child;
use super::failure::Failure;
use super::progress::Progress;
use super::signals::Signals;
use super::{open, output};

pub(super) fn run(common: &Common, args: &SquashArgs) -> Result<(), Failure> {
    let config = open::config(common, false)?;
    let signals = Signals::listen()?;
    let project = open::project(config)?.until(signals.stop.clone());
    let to = args.to.as_deref().map(|words| runner::select::select(words, project.migrations()));
    let status = open::status(&project, common)?;
    let squash = Squash::plan(&project, &status, to.transpose()?.as_ref(), args.name.as_deref())?;
    let replays = Replays { common, args, signals: &signals };
    let made = Made::of(&squash, &project, &replays)?;
    if !args.dry_run {
        made.write(&squash, &project, &replays)?;
    }
    let folder = project.config().migrations.join(squash.replaced.id.as_str());
    if common.json {
        output::json(&made.document(&squash, &folder, args.dry_run));
    } else {
        made.print(&squash, &folder, args.dry_run);
    }
    Ok(())
}

/// How migrations run on databases of their own, by child processes.
struct Replays<'r> {
    common: &'r Common,
    args: &'r SquashArgs,
    signals: &'r Signals,
}

impl Replays<'_> {
    /// Builds the migrations of `project` up to `last`.
    fn build(&self, project: &Project, last: &MigrationId) -> Result<Replay, Failure> {
        let target = Target::UpTo(last.clone());
        let (options, timeout) = (self.args.build_options(), self.args.timeout);
        let only = InFiles::NotApplied;
        self.with_progress(|observe| Ok(replay(project, &target, only, options, timeout, observe)?))
    }

    /// Applies what was built.
    fn apply(&self, replay: &Replay, observe: &mut Observer<'_>) -> Result<(), Failure> {
        self.with_progress(|show| {
            let both = &mut |event: runner::Event| {
                observe(event.clone());
                show(event);
            };
            let applied = child::apply(replay.job(), self.signals, both);
            applied.map(drop).map_err(|failed| super::replay::apart(failed.failure))
        })
    }

    fn with_progress<T>(
        &self,
        work: impl FnOnce(&mut Observer<'_>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let mut progress = Progress::new(!self.common.json);
        let outcome = work(&mut |event| progress.show(&event));
        progress.clear();
        outcome.map_err(|failure| self.signals.explain(failure))
    }
}

/// What a squash is made of, and what was found on the way.
struct Made {
    /// What the replaced migrations made.
    replay: Replay,
    script: Script,
    fixups: Vec<Fixup>,
    one_way: Vec<OneWay>,
    varying: Vec<RowDifference>,
    left_out: Vec<LeftOutSetting>,
}

impl Made {
    /// Applies what is to be replaced to a database of its own, and proves that the SQL of the squash gives the same.
    fn of(squash: &Squash, project: &Project, replays: &Replays<'_>) -> Result<Self, Failure> {
        let replay = replays.build(project, squash.replaced.last())?.reporting_statements();
        let one_way = OneWay::among(project, &replay.job().steps)?;
        agree::to_one_way(&one_way, replays.args.yes)?;
        let mut fixups = Fixups::default();
        replays.apply(&replay, &mut |event| fixups.follow(&event))?;
        let script = squash.script(project, &replay)?;
        let varying = match script.rows.is_empty() {
            // Where there are no rows, none can be others.
            true => Vec::new(),
            false => {
                wait_for_another_second();
                let again = replay.again()?;
                replays.apply(&again, &mut |_| {})?;
                Squash::varying_rows(&replay, &again)?
            }
        };
        agree::to_varying(&varying, replays.args.yes)?;
        let left_out = Squash::left_out(&replay)?;
        Ok(Self { replay, script, fixups: fixups.found(), one_way, varying, left_out })
    }

    /// Writes the crate, and has it run as it will run: if it does not give the same, it is gone again.
    fn write(
        &self,
        squash: &Squash,
        project: &Project,
        replays: &Replays<'_>,
    ) -> Result<(), Failure> {
        let written = squash.write(project.config(), &self.script)?;
        self.try_out(written.created(), project, replays).map_err(|failure| {
            let of_application = |cause: &String| {
                Missing::in_words(cause).filter(|it| project.config().application.have(it))
            };
            match failure.causes.iter().find_map(of_application) {
                Some(missing) => to_be_completed(failure, written.created(), &missing),
                None => {
                    written.take_back();
                    failure
                }
            }
        })
    }

    fn try_out(
        &self,
        created: &Created,
        project: &Project,
        replays: &Replays<'_>,
    ) -> Result<(), Failure> {
        let project = Project::open(project.config().clone())?.until(replays.signals.stop.clone());
        let ran = replays.build(&project, &created.id)?;
        replays.apply(&ran, &mut |_| {})?;
        Ok(Squash::compare(&self.replay, &ran)?)
    }
}

/// The `failure` of a crate that a person has to complete, and that therefore stays: its SQL is proven, and needs what
/// only the application has.
fn to_be_completed(failure: Failure, created: &Created, missing: &Missing) -> Failure {
    let library = output::short(&created.folder.join("src").join("lib.rs"));
    let hint = format!(
        "it stays, as its SQL gives the same: have `{library}` register {missing}, as the migrations before it do, and \
         `runner test {}` tries it",
        created.id
    );
    Failure { hint: Some(hint), ..failure }
}

/// Rows that hold the time as SQLite gives it, to the second, are others then.
fn wait_for_another_second() {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let since = Duration::from_nanos(u64::from(now.subsec_nanos()));
    thread::sleep(Duration::from_secs(1).saturating_sub(since));
}
