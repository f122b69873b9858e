//! Stage 3: from source to dynamic library, by one call of cargo for all that a plan needs.

use std::collections::BTreeMap;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

use cargo_metadata::{Message, TargetKind};

use crate::digest;
use crate::discover::{self, DiscoverError, Source};
use crate::id::MigrationId;
use crate::load::Artifact;
use crate::process_group::ProcessGroup;
use crate::stop::Stop;

/// What cargo may do.
#[derive(Debug, Clone, Copy, Default)]
pub struct BuildOptions {
    /// Never ask a registry (`--offline`).
    pub offline: bool,
    /// Never change the lock file (`--locked`).
    pub locked: bool,
}

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

/// Builds `sources` in the cargo workspace `workspace`, with the workspace's own `dev` profile, and
/// gives one artifact for each, in the same order. When `stop` is requested, cargo and all that it
/// runs are ended.
///
/// # Errors
/// A crate that cargo would not make a migration of; no cargo; cargo's own errors, in full; it was
/// stopped.
pub fn compile(
    workspace: &Path,
    sources: &[Source],
    options: BuildOptions,
    stop: &Stop,
) -> Result<Vec<Artifact>, CompileError> {
    for source in sources {
        discover::inspect(source)?;
    }
    let mut built = run_cargo(workspace, sources, options, stop)?;
    sources
        .iter()
        .map(|source| {
            let library = built
                .remove(&source.id.package())
                .ok_or_else(|| CompileError::NoLibrary { id: source.id.clone() })?;
            Ok(Artifact {
                id: source.id.clone(),
                library,
                source_digest: digest::source(&source.folder)?,
            })
        })
        .collect()
}

/// Runs cargo and gives the libraries it made, by the name of their package's folder.
fn run_cargo(
    workspace: &Path,
    sources: &[Source],
    options: BuildOptions,
    stop: &Stop,
) -> Result<BTreeMap<String, PathBuf>, CompileError> {
    let group = start_cargo(workspace, sources, options)?;
    let members = group.members();
    let _until = stop.listen(move || members.end());
    let (stdout, stderr) = group.with_leader(|cargo| (cargo.stdout.take(), cargo.stderr.take()));
    let (Some(stdout), Some(mut stderr)) = (stdout, stderr) else {
        return Err(CompileError::Spawn(io::Error::other("cargo's output is not connected")));
    };
    // Both pipes are read at once: cargo would wait for ever on the one that is full.
    let words = thread::spawn(move || {
        let mut text = Vec::new();
        stderr.read_to_end(&mut text).map(|_| String::from_utf8_lossy(&text).into_owned())
    });
    let listened = listen(BufReader::new(stdout));
    if stop.is_requested() {
        group.wait_and_kill_the_rest().map_err(CompileError::Spawn)?;
        return Err(CompileError::Stopped);
    }
    let status = group.wait().map_err(CompileError::Spawn)?;
    let words = words.join().unwrap_or_else(|_| Ok(String::new())).map_err(CompileError::Spawn)?;
    let (built, finished) = listened.map_err(CompileError::Spawn)?;
    if status.success() {
        Ok(built)
    } else if finished {
        Err(CompileError::Build { cargo: words })
    } else {
        Err(CompileError::Prepare { cargo: words })
    }
}

/// Starts cargo with all that it starts in a group of its own: a terminal's Ctrl-C reaches them
/// through us alone.
fn start_cargo(
    workspace: &Path,
    sources: &[Source],
    options: BuildOptions,
) -> Result<ProcessGroup, CompileError> {
    let mut command = Command::new("cargo");
    command
        .current_dir(workspace)
        .args(["build", "--lib", "--message-format=json-render-diagnostics"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    for name in NOT_OURS {
        command.env_remove(name);
    }
    if options.offline {
        command.arg("--offline");
    }
    if options.locked {
        command.arg("--locked");
    }
    for source in sources {
        command.arg("--package").arg(source.id.package());
    }
    ProcessGroup::spawn(&mut command).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => CompileError::NoCargo,
        _ => CompileError::Spawn(source),
    })
}

/// Reads cargo's messages: the libraries it made, and whether it came as far as building.
fn listen(output: impl io::BufRead) -> io::Result<(BTreeMap<String, PathBuf>, bool)> {
    let mut built = BTreeMap::new();
    let mut finished = false;
    for message in Message::parse_stream(output) {
        match message? {
            Message::CompilerArtifact(artifact)
                if artifact.target.kind.contains(&TargetKind::CDyLib) =>
            {
                let folder = artifact.manifest_path.parent().and_then(|folder| folder.file_name());
                let library = artifact
                    .filenames
                    .iter()
                    .find(|file| file.extension() == Some(std::env::consts::DLL_EXTENSION));
                if let (Some(folder), Some(library)) = (folder, library) {
                    built.insert(format!("m{folder}"), library.clone().into_std_path_buf());
                }
            }
            Message::BuildFinished(_) => finished = true,
            _ => {}
        }
    }
    Ok((built, finished))
}

/// Why there is nothing to load.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CompileError {
    /// A crate is not one that the runner can use.
    #[error(transparent)]
    Discover(#[from] DiscoverError),
    /// A crate's files cannot be read.
    #[error(transparent)]
    Source(#[from] digest::SourceError),
    /// There is no cargo.
    #[error("cargo is not installed, or not in `PATH`")]
    NoCargo,
    /// Cargo could not be run or listened to.
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
    #[error("the migrations do not compile; cargo says:\n{}", indented(cargo))]
    Build {
        /// Everything cargo wrote.
        cargo: String,
    },
    /// Cargo succeeded and made no library for this migration.
    #[error("cargo made no dynamic library for `{id}`")]
    NoLibrary {
        /// The migration.
        id: MigrationId,
    },
}

impl CompileError {
    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Discover(error) => return error.hint(),
            Self::Source(error) => return error.hint(),
            Self::Spawn(_) => "nothing was applied; see whether `cargo --version` works".into(),
            Self::NoCargo => "migrations are built where they are applied: install Rust, or put \
                              the folder that holds cargo into `PATH`"
                .into(),
            Self::Prepare { .. } => "nothing was applied. If the registry cannot be reached: what \
                                     was fetched once is used without it by `--offline`"
                .into(),
            Self::Stopped => "nothing was applied".into(),
            Self::Build { .. } => "nothing was applied, not even what does compile".into(),
            Self::NoLibrary { id } => {
                format!(
                    "nothing was applied. Is `{id}` a member of the workspace, with `crate-type = [\"cdylib\"]`?"
                )
            }
        })
    }
}

fn indented(text: &str) -> String {
    text.trim_end().lines().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod examples {
    use super::*;
    use crate::messages::{self, Examples, each_variant, refused};

    impl Examples for CompileError {
        fn examples() -> Vec<Self> {
            let cargo = || "error[E0308]: mismatched types\n --> src/lib.rs:8:9\n".to_owned();
            each_variant!(CompileError:
                Discover(DiscoverError::example()),
                Source(digest::SourceError::example()),
                NoCargo,
                Spawn(refused()),
                Prepare { cargo: "error: failed to get `anyhow` as a dependency\n".into() },
                Build { cargo: cargo() },
                NoLibrary { id: messages::id() },
                Stopped,
            )
        }
    }
}
