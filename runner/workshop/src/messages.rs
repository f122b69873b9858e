//! Every error of this crate but for the engine's, as a person sees it, in one snapshot that is to be read from top to bottom.
//!
//! The values come from the files of the errors, which know what is private. An error without a value
//! does not compile: see [`each_variant`].

use std::io;

use insta::{Settings, assert_snapshot};
use rusqlite::ffi;

use crate::error::Error;
use runner_engine::Exit;
use runner_engine::MigrationId;
use runner_engine::explain::Code;

/// Values of an error, at least one of each of its kinds.
pub(crate) trait Examples: Sized {
    fn examples() -> Vec<Self>;

    /// One that stands for all, where another error passes this one on.
    fn example() -> Self {
        Self::examples().swap_remove(0)
    }

    /// All but that one.
    fn others() -> impl Iterator<Item = Self> {
        Self::examples().into_iter().skip(1)
    }
}

/// Values of an enum, written as in Rust but without its name. A variant that is left out does not
/// compile; one may be there more than once.
macro_rules! each_variant {
    ($enum:ident: $(
        $variant:ident $(($inner:expr))? $({ $($field:ident $(: $value:expr)?),* $(,)? })?
    ),* $(,)?) => {{
        #[allow(dead_code, unreachable_patterns, reason = "it is there to be compiled")]
        fn is_among_them(error: &$enum) {
            match error { $($enum::$variant { .. } => {})* }
        }
        vec![$($enum::$variant $(($inner))? $({ $($field $(: $value)?),* })?),*]
    }};
}
pub(crate) use each_variant;

/// The examples of each stage's error, with the name of the stage.
macro_rules! stages {
    ($($stage:ident($error:ty)),* $(,)?) => {{
        #[allow(dead_code, reason = "it is there to be compiled")]
        fn is_among_them(error: &Error) {
            match error { $(Error::$stage(_) => {})* Error::Engine(_) => {} }
        }
        [$((stringify!($stage), <$error>::examples().into_iter().map(Error::$stage).collect())),*]
    }};
}

/// The examples of all stages.
fn stages() -> Vec<(&'static str, Vec<Error>)> {
    let stages: [(&str, Vec<Error>); _] = stages![
        Config(crate::config::ConfigError),
        Scaffold(crate::scaffold::ScaffoldError),
        Autogenerate(crate::autogenerate::AutogenerateError),
        Discover(crate::discover::DiscoverError),
        Select(crate::select::SelectError),
        Source(crate::digest::SourceError),
        Repair(crate::repair::RepairError),
        Fake(crate::fake::FakeError),
        Compile(crate::compile::CompileError),
        Pack(crate::bundle::PackError),
        Models(crate::models::ModelsError),
        Trial(crate::trial::TrialError),
        Rehearsal(crate::rehearse::RehearsalError),
        Testing(crate::testing::TestingError),
        Squash(crate::squash::SquashError),
        Schema(crate::schema::SchemaError),
        Import(crate::import::ImportError),
    ];
    stages.into()
}

#[test]
fn every_error_says_what_is_wrong_and_what_to_do() {
    let mut catalogue = String::new();
    for (stage, errors) in stages() {
        catalogue += &format!("\n# {stage}\n");
        for error in errors {
            catalogue += &format!("\n{}", shown(&error));
        }
    }
    settings().bind(|| assert_snapshot!(catalogue));
}

/// An application has no commands and no options. The command line adds its own to these hints.
#[test]
fn no_hint_names_a_command_or_an_option_of_the_command_line() {
    for error in stages().iter().flat_map(|(_, errors)| errors) {
        let hint = error.hint().map_or_else(String::new, |hint| hint.to_string());
        assert!(!hint.contains("`runner "), "{hint}");
        let mut typed = hint.split('`').skip(1).step_by(2);
        let is_option = |typed: &str| {
            typed
                .strip_prefix("--")
                .is_some_and(|name| name.starts_with(|c: char| c.is_alphabetic()))
        };
        assert!(!typed.any(is_option), "{hint}");
    }
}

/// A script goes by the exit code: 75 is said wherever it is the moment alone that is wrong, and nowhere else.
#[test]
fn what_is_busy_or_full_can_be_tried_again_wherever_it_occurs() {
    const OF_THE_MOMENT: [Code; 5] = [
        Code::DatabaseBusy,
        Code::DiskFull,
        Code::StalePlan,
        Code::SourceInMotion,
        Code::ReplacedBundle,
    ];
    for error in stages().iter().flat_map(|(_, errors)| errors) {
        // What a migration did decides by itself, and its code says no more than that it failed.
        if error.code() != Code::MigrationFailed {
            let is_of_the_moment = OF_THE_MOMENT.contains(&error.code());
            assert_eq!(error.exit() == Exit::TryAgain, is_of_the_moment, "{}", shown(error));
        }
    }
}

/// As the command line shows it but for its options, after the exit code and the code that `runner explain`
/// knows.
fn shown(error: &Error) -> String {
    let mut text = format!("{} [{}] {error}\n", error.exit() as u8, error.code());
    for cause in error.causes() {
        text += &format!("  caused by: {}\n", cause.trim_end().replace('\n', "\n    "));
    }
    if let Some(hint) = error.hint() {
        text += &format!("  hint: {hint}\n");
    }
    text
}

/// Takes out what differs from build to build.
fn settings() -> Settings {
    let mut settings = Settings::clone_current();
    settings.set_omit_expression(true);
    for (varies, instead) in [
        (format!("runner holds {}", rusqlite::version()), "runner holds [SQLITE]"),
        (format!(r"runner \({}\)", env!("CARGO_PKG_VERSION")), "runner ([VERSION])"),
        (r"this machine is \w+".to_owned(), "this machine is [HOST]"),
        (runner_engine::bundle::TARGET.to_owned(), "[TARGET]"),
    ] {
        settings.add_filter(&varies, instead);
    }
    settings
}

pub(crate) fn id() -> MigrationId {
    named("20250106_090000_add_level")
}

pub(crate) fn other_id() -> MigrationId {
    named("20250107_090000_add_score")
}

pub(crate) fn named(id: &str) -> MigrationId {
    id.parse().unwrap()
}

pub(crate) fn refused() -> io::Error {
    io::ErrorKind::PermissionDenied.into()
}

/// An error of SQLite, as it is in a chain: with its code, and in words.
pub(crate) fn sqlite(code: i32, words: &str) -> rusqlite::Error {
    rusqlite::Error::SqliteFailure(ffi::Error::new(code), Some(words.to_owned()))
}

pub(crate) fn busy() -> rusqlite::Error {
    sqlite(ffi::SQLITE_BUSY, "database is locked")
}

pub(crate) fn full() -> rusqlite::Error {
    sqlite(ffi::SQLITE_FULL, "database or disk is full")
}

pub(crate) fn corrupt() -> rusqlite::Error {
    sqlite(ffi::SQLITE_CORRUPT, "database disk image is malformed")
}
