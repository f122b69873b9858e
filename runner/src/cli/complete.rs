//! What a shell offers where the project decides what may stand: migrations, templates, schemas.

use std::ffi::OsStr;
use std::path::PathBuf;

use clap::CommandFactory as _;
use clap_complete::engine::{
    ArgValueCandidates, ArgValueCompleter, CompletionCandidate, PathCompleter, ValueCompleter as _,
};
use clap_complete::env::CompleteEnv;
use runner::discover::discover;
use runner::scaffold;
use runner::{Config, Overrides};

use super::args::Arguments;

/// By which a completion script, which [`super::completions`] prints, calls the runner.
pub(super) const VARIABLE: &str = "RUNNER_COMPLETE";

/// Answers a completion script, if it is one that called, and ends the process.
pub(super) fn answer() {
    CompleteEnv::with_factory(Arguments::command).var(VARIABLE).complete();
}

/// The migrations: by their names, or by their ids where one has been begun.
pub(super) fn migrations() -> ArgValueCompleter {
    ArgValueCompleter::new(|current: &OsStr| {
        let current = current.to_string_lossy();
        let sources = config().and_then(|config| discover(&config.migrations).ok());
        let is_id = current.starts_with(|letter: char| letter.is_ascii_digit());
        let words = sources.unwrap_or_default().into_iter().map(|source| match is_id {
            true => source.id.to_string(),
            false => source.id.name().to_owned(),
        });
        words
            .filter(|word| word.starts_with(&*current))
            .map(CompletionCandidate::new)
            .collect::<Vec<_>>()
    })
}

/// The templates of the project and the built-in ones.
pub(super) fn templates() -> ArgValueCandidates {
    ArgValueCandidates::new(|| {
        let own = config().map_or_else(PathBuf::new, |config| config.templates);
        scaffold::templates(&own).into_iter().map(CompletionCandidate::new).collect::<Vec<_>>()
    })
}

/// The schemas that have a name, and files.
pub(super) fn schemas() -> ArgValueCompleter {
    ArgValueCompleter::new(|current: &OsStr| {
        let names = ["migrations", "models", "database"];
        let named = names.into_iter().filter(|name| name.starts_with(&*current.to_string_lossy()));
        let named = named.map(CompletionCandidate::new);
        named.chain(PathCompleter::file().complete(current)).collect::<Vec<_>>()
    })
}

/// The configuration that is found here, if one is.
fn config() -> Option<Config> {
    // Which database it is has no part in it.
    let overrides = Overrides { database: Some(PathBuf::new()), ..Overrides::default() };
    Config::find(&std::env::current_dir().ok()?, &overrides).ok()
}
