//! Reads the models for a command. The code of a crate of models runs in a child process of this program:
//! one that aborts, exits or hangs takes nothing with it and never looks like success.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::time::Duration;

use runner::explain::Code;
use runner::models::{self, Described, Models, ModelsError, ModelsLibrary, ModelsSource};
use runner::{BuildOptions, Config, Exit};

use super::child_output::ChildEvent;
use super::child_process::ChildProcess;
use super::failure::Failure;
use super::progress::Progress;
use super::signals::Signals;
use super::worker::{Line, broken, serve};

/// How long a library may take to say what its models are, which is to put together a few texts.
const PATIENCE: Duration = Duration::from_secs(10);

/// The models that `config` names. Those of a crate are built first.
///
/// # Errors
/// It names none; what is wrong with them; their code ends without having told them.
pub(super) fn read(
    config: &Config,
    options: BuildOptions,
    signals: &Signals,
) -> Result<Models, Failure> {
    let Some(source) = &config.models else {
        let config = config.root.join(runner::config::CONFIG_FILE);
        return Err(ModelsError::NotConfigured { config }.into());
    };
    match source {
        ModelsSource::SqlFile(path) => Ok(models::read_sql(path, &config.application)?),
        ModelsSource::Crate(folder) => {
            let library =
                build(folder, options, signals).map_err(|error| signals.explain(error.into()))?;
            Ok(describe(&library, signals)?.read(models::OF_A_CRATE, &config.application)?)
        }
    }
}

/// The library of the crate of models in `folder`.
fn build(
    folder: &Path,
    options: BuildOptions,
    signals: &Signals,
) -> Result<ModelsLibrary, ModelsError> {
    let json = std::env::args_os().any(|word| word == "--json");
    let mut progress = Progress::new(!json);
    progress.spin("building the models".to_owned());
    let mut show = |event| progress.show(&event);
    let library = models::build(folder, options, &signals.stop, &mut show);
    progress.clear();
    library
}

/// What the models in `library` are, by a child process.
fn describe(library: &ModelsLibrary, signals: &Signals) -> Result<Described, Failure> {
    let broken = |error| Failure::of_system("cannot start the process that reads models", &error);
    let arguments = |command: &mut Command| {
        command.arg(CHILD).arg(&library.path).arg(&library.source_digest);
    };
    let process = ChildProcess::start(arguments, signals).map_err(broken)?;
    let members = process.members();
    let mut last = None;
    let mut patience = Some(PATIENCE);
    let status = loop {
        match process.next(patience) {
            ChildEvent::Line(Line::Done(described)) => last = Some(Ok(described)),
            ChildEvent::Line(Line::Failed(failed)) => last = Some(Err(failed.failure)),
            ChildEvent::Line(Line::Event(_)) => {}
            ChildEvent::Ended(status) => break status,
            ChildEvent::Overdue => {
                patience = None;
                members.kill();
            }
            ChildEvent::Stop | ChildEvent::AtOnce => members.kill(),
        }
    };
    let ended = patience.map(|_| status);
    last.unwrap_or_else(|| Err(failure(&library.path, ended, signals)))
}

/// Why there is no report from a child that has `ended` so, or was killed because it did not.
fn failure(library: &Path, ended: Option<io::Result<ExitStatus>>, signals: &Signals) -> Failure {
    let name = format!("the code of the models in `{}`", library.display());
    let failure = |exit, code, message| Failure {
        exit,
        code,
        message,
        causes: Vec::new(),
        hint: None,
        statement: None,
    };
    if signals.stop.is_requested() {
        return signals.explain(failure(
            Exit::Interrupted,
            Code::Stopped,
            format!("{name} was stopped"),
        ));
    }
    match ended {
        None => {
            let seconds = PATIENCE.as_secs();
            let message = format!("{name} reported nothing for {seconds} s, and was killed");
            failure(Exit::Failed, Code::ModelsFailed, message)
        }
        Some(Err(error)) => {
            Failure::of_system("cannot wait for the process that reads models", &error)
        }
        Some(Ok(status)) => {
            let how = status.to_string();
            let how = how.trim_end_matches(" (core dumped)");
            failure(
                Exit::Failed,
                Code::ModelsFailed,
                format!("{name} ended its process without a report ({how})"),
            )
        }
    }
}

/// The word that makes a process of this program such a child, before the path of the library and the
/// digest of its source.
pub(super) const CHILD: &str = "read-models";

/// Reads the models in the library that the first of `words` names.
pub(super) fn run_child(mut words: impl Iterator<Item = OsString>) -> Result<(), Failure> {
    serve(|lifeline, _| {
        lifeline.die_with_runner().map_err(|error| broken(&error))?;
        let path = PathBuf::from(words.next().unwrap_or_default());
        let digest = words.next().and_then(|digest| digest.into_string().ok());
        let library = ModelsLibrary { path, source_digest: digest.unwrap_or_default() };
        models::describe(&library).map_err(|error| Failure::from(error).into())
    })
}
