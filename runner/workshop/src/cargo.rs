//! Runs cargo, and reads from its messages which libraries it made.

mod activity;
mod build_output;
mod config;
mod obstacle;

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use cargo_metadata::Artifact;

use self::activity::DRAWN;
use self::build_output::BuildOutput;
use self::config::ForThisMachine;
use self::obstacle::Obstacle;
use crate::process_group::ProcessGroup;
use runner_engine::Stop;
use runner_engine::exit::Exit;
use runner_engine::explain::Code;
use runner_engine::hint::Hint;
use runner_engine::{Event, Observer};

pub(crate) use self::config::file_in_target;

/// What cargo may do.
#[derive(Debug, Clone, Copy, Default)]
pub struct BuildOptions {
    /// Never ask a registry (`--offline`).
    pub offline: bool,
    /// Never change the lock file (`--locked`).
    pub locked: bool,
}

/// What cargo is to build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Product {
    /// The crates of migrations.
    Migrations,
    /// A crate of models, which the error above names.
    Models,
}

impl Product {
    fn does_not_compile(self) -> &'static str {
        match self {
            Self::Migrations => "the migrations do not compile",
            Self::Models => "it does not compile",
        }
    }
}

/// What a build made.
#[derive(Default)]
pub(crate) struct Built {
    /// The dynamic libraries.
    pub(crate) libraries: Vec<Library>,
    /// The version of migration-api that they were built with; empty if they were not.
    pub(crate) api_version: String,
}

/// A dynamic library that cargo made.
pub(crate) struct Library {
    /// The `Cargo.toml` of its package.
    pub(crate) manifest: PathBuf,
    pub(crate) path: PathBuf,
}

impl Library {
    /// That among what cargo made of a target, if there is one.
    fn of(artifact: &Artifact) -> Option<Self> {
        let is_library = |file: &&cargo_metadata::camino::Utf8PathBuf| {
            file.extension().is_some_and(|end| LIBRARIES.contains(&end))
        };
        let path = artifact.filenames.iter().find(is_library)?.clone().into_std_path_buf();
        Some(Self { manifest: artifact.manifest_path.clone().into_std_path_buf(), path })
    }
}

/// What the names of dynamic libraries end with, on whatever platform they are for.
const LIBRARIES: [&str; 3] = ["so", "dylib", "dll"];

/// What a cargo or rustup that runs us puts into our environment for itself; it is not meant for
/// the cargo that we run.
const NOT_OURS: [&str; 8] = [
    "CARGO",
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_MANIFEST_DIR",
    "CARGO_MANIFEST_PATH",
    "RUSTC",
    "RUSTDOC",
    "RUSTFLAGS",
    "RUSTUP_TOOLCHAIN",
];

/// The environment variable that may have the password of the key that a bundle is signed with. Cargo, and
/// the build scripts that it runs, do not get it.
pub const SIGNING_PASSWORD: &str = "RUNNER_SIGNING_PASSWORD";

/// Variables of the environment, by their names.
pub(crate) type Variables = Vec<(String, String)>;

/// Runs cargo in `folder` with `arguments`, which say how to build the `product`, and with `variables`, and gives the
/// dynamic libraries that it made. They are for this machine, unless the arguments name a target, whatever cargo's
/// configuration says. When `stop` is requested, cargo and all that it runs are ended.
///
/// # Errors
/// No cargo; cargo's own errors, in full; it was stopped.
pub(crate) fn build(
    product: Product,
    folder: &Path,
    arguments: &[impl AsRef<str>],
    variables: &Variables,
    options: BuildOptions,
    stop: &Stop,
    observe: &mut Observer<'_>,
) -> Result<Built, CargoError> {
    let here = match arguments.iter().any(|argument| argument.as_ref() == "--target") {
        true => ForThisMachine::default(),
        false => ForThisMachine::of(folder),
    };
    let arguments = [words(arguments, options), here.arguments].concat();
    observe(Event::Cargo { arguments: arguments.clone() });
    let mut command = tool("cargo", folder);
    command.args(arguments).envs(DRAWN).envs(here.variables).envs(variables.iter().cloned());
    let group = start(&mut command)?;
    let members = group.members();
    let _until = stop.listen(move || members.end());
    let (stdout, stderr) = group.with_leader(|cargo| (cargo.stdout.take(), cargo.stderr.take()));
    let (Some(stdout), Some(stderr)) = (stdout, stderr) else {
        return Err(CargoError::Spawn(io::Error::other("cargo's output is not connected")));
    };
    let output = BuildOutput::read(stdout, stderr, observe);
    if stop.is_requested() {
        group.wait_and_kill_the_rest().map_err(CargoError::Spawn)?;
        return Err(CargoError::Stopped);
    }
    let status = group.wait().map_err(CargoError::Spawn)?;
    let mut output = output.map_err(CargoError::Spawn)?;
    let (built, finished) = (std::mem::take(&mut output.built), output.finished);
    let cargo = output.words();
    if status.success() {
        Ok(built)
    } else if finished {
        Err(CargoError::Build { product, cargo })
    } else {
        Err(CargoError::Prepare { cargo })
    }
}

/// The rustc that builds in `folder`, as it describes itself.
///
/// # Errors
/// It cannot be run.
pub(crate) fn rustc_version(folder: &Path) -> Result<String, CargoError> {
    let output = tool("rustc", folder).arg("--version").output().map_err(not_started)?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// What cargo is called with.
fn words(arguments: &[impl AsRef<str>], options: BuildOptions) -> Vec<String> {
    let chosen = [(options.offline, "--offline"), (options.locked, "--locked")];
    let chosen = chosen.into_iter().filter(|(is_chosen, _)| *is_chosen).map(|(_, flag)| flag);
    let fixed = ["--lib", "--message-format=json-render-diagnostics"];
    let all = arguments.iter().map(AsRef::as_ref).chain(fixed).chain(chosen);
    all.map(str::to_owned).collect()
}

/// What to do where cargo has too little stack: the limit is inherited.
pub(crate) const MORE_STACK: &str = "cargo has too little stack: raise the limit under which `runner` is started (`ulimit -s 8192`)";

/// Starts cargo with all that it starts in a group of its own: a terminal's Ctrl-C reaches them
/// through us alone.
fn start(cargo: &mut Command) -> Result<ProcessGroup, CargoError> {
    ProcessGroup::spawn(cargo).map_err(not_started)
}

/// A tool of Rust's, called in `folder`.
fn tool(name: &str, folder: &Path) -> Command {
    let mut command = Command::new(name);
    command.current_dir(folder).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    for name in NOT_OURS {
        command.env_remove(name);
    }
    command.env_remove(SIGNING_PASSWORD);
    command
}

fn not_started(error: io::Error) -> CargoError {
    match error.kind() {
        io::ErrorKind::NotFound => CargoError::NoCargo,
        _ => CargoError::Spawn(error),
    }
}

/// Why cargo made nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CargoError {
    /// There is no cargo.
    #[error("cargo is not installed, or not in `PATH`")]
    NoCargo,
    /// Cargo could not be run, or its output not read.
    #[error("cannot run cargo")]
    Spawn(#[source] io::Error),
    /// Cargo gave up before it built anything.
    #[error("cargo could not prepare the build; it says:\n{}", indented(cargo))]
    Prepare {
        /// Everything cargo wrote.
        cargo: String,
    },
    /// Somebody asked for the end, by a [`Stop`].
    #[error("the build was stopped")]
    Stopped,
    /// Something did not compile or link.
    #[error("{}; cargo says:\n{}", product.does_not_compile(), indented(cargo))]
    Build {
        /// What was to be built.
        product: Product,
        /// Everything cargo wrote.
        cargo: String,
    },
}

impl CargoError {
    /// The exit that this asks for.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::NoCargo => Exit::Usage,
            Self::Stopped => Exit::Interrupted,
            Self::Spawn(_) | Self::Prepare { .. } | Self::Build { .. } => Exit::Failed,
        }
    }

    /// What `runner explain` has to say about it.
    pub(crate) fn code(&self) -> Code {
        match self {
            Self::NoCargo => Code::NoCargo,
            Self::Spawn(_) => Code::SystemRefused,
            Self::Prepare { cargo } => match Obstacle::of(cargo) {
                Obstacle::NotFetched => Code::NotFetched,
                Obstacle::NoFolder(_) => Code::NoDependency,
                Obstacle::LockConflict => Code::LockConflict,
                _ => Code::BuildNotPrepared,
            },
            Self::Stopped => Code::Stopped,
            Self::Build { .. } => Code::BuildFailed,
        }
    }

    /// What to do next.
    pub(crate) fn hint(&self) -> Option<Hint> {
        Some(match self {
            Self::NoCargo => "install Rust, or put the folder that holds cargo into `PATH`".into(),
            Self::Spawn(_) => "see whether `cargo --version` works".into(),
            Self::Prepare { cargo } => match Obstacle::of(cargo) {
                Obstacle::SmallStack => MORE_STACK.into(),
                Obstacle::NoFolder(folder) => format!(
                    "`{folder}` is not on this machine: name in the `Cargo.toml` where the package is, relative to \
                     it if both are in one repository, or a git source"
                )
                .into(),
                Obstacle::LockConflict => "a merge left conflicts in its `Cargo.lock`: take one side, \
                                           as by `git checkout --ours`, and cargo adds what it lacks"
                    .into(),
                Obstacle::NoLibraries(target) => format!(
                    "rustc makes dynamic libraries for `{target}` with `target-feature=-crt-static` alone: in \
                     `.cargo/config.toml`, under `[target.{target}]`, as `rustflags`"
                )
                .into(),
                Obstacle::NotFetched => "if the registry cannot be reached: what was fetched once can be \
                                         used offline"
                    .into(),
                Obstacle::Other => return None,
            },
            Self::Stopped | Self::Build { .. } => return None,
        })
    }
}

/// What cargo says, as it is below an error.
pub(crate) fn indented(text: &str) -> String {
    text.trim_end().lines().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod examples {
    use super::*;
    use crate::messages::{Examples, each_variant, refused};

    impl Examples for CargoError {
        fn examples() -> Vec<Self> {
            each_variant!(CargoError:
                Build { product: Product::Models, cargo: "error: there is no column `nmae`; did you mean `name`?\n".into() },
                NoCargo,
                Spawn(refused()),
                Prepare { cargo: "error: unclosed table, expected `]`\n".into() },
                Prepare { cargo: "error: no matching package named `rusqlite` found\n".into() },
                Prepare {
                    cargo: "error: failed to load manifest for dependency `migration-api`\n\nCaused by:\n  \
                            failed to read `/home/alice/src/api/Cargo.toml`\n"
                        .into(),
                },
                Prepare {
                    cargo: "error: failed to parse lock file at: /srv/game/Cargo.lock\n  1 | <<<<<<< HEAD\n".into(),
                },
                Prepare {
                    cargo: "error: cannot produce cdylib for `m1` as the target `x86_64-unknown-linux-musl` does not \
                            support these crate types\n"
                        .into(),
                },
                Stopped,
            )
        }
    }
}
