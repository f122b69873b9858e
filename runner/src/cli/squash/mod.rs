//! `runner squash`.

use std::fmt::Display;
use std::path::Path;
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use runner::explain::Code;
use runner::replay::{InFiles, Replay, replay};
use runner::scaffold::Created;
use runner::squash::{
    Fixup, Fixups, LeftOutSetting, OneWay, RowDifference, Script, Squash, listed,
};
use runner::{MigrationId, Missing, Observer, Project, Target};
use serde_json::{Value, json};

use super::args::{Common, SquashArgs};
use super::child;
use super::consent::Loss;
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
    let made = Made::of(&squash, &project, common, args, &signals)?;
    if !args.dry_run {
        made.write(&squash, &project, common, args, &signals)?;
    }
    let folder = project.config().migrations.join(squash.replaced.id.as_str());
    if common.json {
        output::json(&made.document(&squash, &folder, args.dry_run));
    } else {
        made.print(&squash, &folder, args.dry_run);
    }
    Ok(())
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
    /// Applies what is to be replaced to a database of its own, and proves that the squash gives the same.
    fn of(
        squash: &Squash,
        project: &Project,
        common: &Common,
        args: &SquashArgs,
        signals: &Signals,
    ) -> Result<Self, Failure> {
        let mut progress = Progress::new(!common.json);
        let mut fixups = Fixups::default();
        let mut observe = |event| {
            fixups.follow(&event);
            progress.show(&event);
        };
        let target = Target::UpTo(squash.replaced.last().clone());
        let built = replay(
            project,
            &target,
            InFiles::NotApplied,
            args.build_options(),
            args.timeout,
            &mut observe,
        );
        let first = built.map_err(|error| signals.explain(error.into()))?.reporting_statements();
        let one_way = OneWay::among(project, &first.job().steps)?;
        agree_to_one_way(&one_way, args)?;
        apply(&first, signals, &mut observe)?;
        progress.clear();
        let script = squash.script(project, &first)?;
        let varying = match script.rows.is_empty() {
            // Where there are no rows, none can be others.
            true => Vec::new(),
            false => {
                wait_for_another_second();
                let again = first.again()?;
                apply(&again, signals, &mut |_| {})?;
                Squash::varying_rows(&first, &again)?
            }
        };
        agree_to_varying(&varying, args)?;
        let left_out = Squash::left_out(&first)?;
        Ok(Self { replay: first, script, fixups: fixups.found(), one_way, varying, left_out })
    }

    /// Writes the crate, and has it run as it will run: if it does not give the same, it is gone again.
    fn write(
        &self,
        squash: &Squash,
        project: &Project,
        common: &Common,
        args: &SquashArgs,
        signals: &Signals,
    ) -> Result<(), Failure> {
        let created = squash.write(project.config(), &self.script)?;
        self.try_out(&created, project, common, args, signals).map_err(|failure| {
            let of_application = |cause: &String| {
                Missing::in_words(cause).filter(|it| project.config().application.have(it))
            };
            match failure.causes.iter().find_map(of_application) {
                Some(missing) => to_be_completed(failure, &created, &missing),
                None => {
                    // Nobody else knows of it yet.
                    let _ = std::fs::remove_dir_all(&created.folder);
                    failure
                }
            }
        })
    }

    fn try_out(
        &self,
        created: &Created,
        project: &Project,
        common: &Common,
        args: &SquashArgs,
        signals: &Signals,
    ) -> Result<(), Failure> {
        let project = Project::open(project.config().clone())?.until(signals.stop.clone());
        let mut progress = Progress::new(!common.json);
        let mut observe = |event| progress.show(&event);
        let target = Target::UpTo(created.id.clone());
        let built = replay(
            &project,
            &target,
            InFiles::NotApplied,
            args.build_options(),
            args.timeout,
            &mut observe,
        );
        let ran = built.map_err(|error| signals.explain(error.into()))?;
        apply(&ran, signals, &mut observe)?;
        progress.clear();
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

fn apply(replay: &Replay, signals: &Signals, observe: &mut Observer<'_>) -> Result<(), Failure> {
    let applied = child::apply(replay.job(), signals, observe);
    applied.map(drop).map_err(|failed| signals.explain(super::replay::apart(failed.failure)))
}

/// Rows that hold the time as SQLite gives it, to the second, are others then.
fn wait_for_another_second() {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let since = Duration::from_nanos(u64::from(now.subsec_nanos()));
    thread::sleep(Duration::from_secs(1).saturating_sub(since));
}

/// Asks about migrations that have no way back.
fn agree_to_one_way(one_way: &[OneWay], args: &SquashArgs) -> Result<(), Failure> {
    if one_way.is_empty() {
        return Ok(());
    }
    let ids: Vec<MigrationId> = one_way.iter().map(|OneWay(id)| id.clone()).collect();
    let have = if ids.len() == 1 { "has" } else { "have" };
    let fact = format!(
        "{} {have} no way back (that of the squash would drop all that it makes)",
        runner::id::listed(&ids)
    );
    Loss { act: "squash them", yes: args.yes }.agree(&fact, Code::NotConfirmed)
}

/// Asks about rows that are others each time.
fn agree_to_varying(varying: &[RowDifference], args: &SquashArgs) -> Result<(), Failure> {
    if varying.is_empty() {
        return Ok(());
    }
    let fact = format!("the migrations give other rows each time ({})", listed(varying));
    Loss { act: "write those of the first time", yes: args.yes }.agree(&fact, Code::NotRepeatable)
}

impl Made {
    fn print(&self, squash: &Squash, folder: &Path, dry_run: bool) {
        let replaced = &squash.replaced;
        let count = output::count(replaced.leaves.len(), "migration");
        let would = if dry_run { "would have " } else { "" };
        output::line(&format!("{would}squashed {count} into {}", replaced.id));
        if let [first, .., last] = replaced.leaves.as_slice() {
            output::line(&format!("  replaced: {first} to {last}"));
        }
        output::line(&format!("  made anew: {}", self.contents()));
        for file in squash.file_names(&self.script) {
            output::line(&format!("{would}made {}", output::short(&folder.join(file))));
        }
        listing("rows that are others each time, as they were the first time:", &self.varying);
        listing("not in it: what these did to rows that are there", &self.fixups);
        listing("not in it: that these have no way back", &self.one_way);
        listing("not in it, since no schema holds it:", &self.left_out);
        match dry_run {
            true => output::line("dry run: nothing was written"),
            false => NEXT.into_iter().for_each(output::line),
        }
    }

    /// What it makes, in numbers.
    fn contents(&self) -> String {
        let counts = self.script.counts;
        let rows = usize::try_from(counts.rows).unwrap_or(usize::MAX);
        let counted = [
            (counts.tables, "table"),
            (counts.indexes, "index"),
            (counts.views, "view"),
            (counts.triggers, "trigger"),
            (rows, "row"),
        ];
        let counted: Vec<_> = counted
            .into_iter()
            .filter(|(number, _)| *number > 0)
            .map(|(number, noun)| match (number, noun) {
                (1, _) | (_, "table" | "view" | "trigger" | "row") => output::count(number, noun),
                (number, _) => format!("{number} indexes"),
            })
            .collect();
        if counted.is_empty() { "nothing".to_owned() } else { counted.join(", ") }
    }

    fn document(&self, squash: &Squash, folder: &Path, dry_run: bool) -> Value {
        let replaced = &squash.replaced;
        let counts = self.script.counts;
        let one_way: Vec<&MigrationId> = self.one_way.iter().map(|OneWay(id)| id).collect();
        json!({
            "id": replaced.id,
            "dry_run": dry_run,
            "folder": folder.to_string_lossy(),
            "files": squash.file_names(&self.script),
            "replaces": replaced.leaves,
            "crates": replaced.crates,
            "tables": counts.tables,
            "indexes": counts.indexes,
            "views": counts.views,
            "triggers": counts.triggers,
            "rows": counts.rows,
            "varying_rows": self.varying,
            "fixups": self.fixups,
            "irreversible": one_way,
            "left_out": self.left_out,
        })
    }
}

/// A heading and what it is about, if there is anything.
fn listing<T: Display>(heading: &str, items: &[T]) {
    if !items.is_empty() {
        output::line(heading);
    }
    for item in items {
        output::line(&format!("  {item}"));
    }
}

/// What is to be done with what was written.
const NEXT: [&str; 2] = [
    "next: commit it beside those that it replaces. `runner migrate` records it where they are applied, and runs it on a",
    "new database. Delete them once no database is in the middle of them",
];
