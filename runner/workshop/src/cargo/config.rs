//! What cargo's configuration says, in `.cargo/config.toml` of a folder above or of the home folder and in the environment,
//! as far as a migration must not be built so: it is loaded into this process, whatever an application is built for.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use cargo_config2::{Config, Flags, ResolveOptions};

use super::{NOT_OURS, Variables};
use runner_engine::bundle::TARGET;
use runner_engine::sum::Sum;

/// What cargo is told, so that it builds for this machine. Nothing, where the configuration does not say otherwise:
/// with a target that is named, libraries lie elsewhere, and what builds need themselves is built a second time.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct ForThisMachine {
    pub(super) arguments: Vec<String>,
    pub(super) variables: Variables,
}

/// Which target is meant by the one that runs rustc.
const HOST: &str = "host-tuple";

impl ForThisMachine {
    /// What builds in `folder` need. A configuration that cannot be read is for cargo to report.
    pub(super) fn of(folder: &Path) -> Self {
        load(folder, std::env::vars_os()).map(|config| Self::beside(&config)).unwrap_or_default()
    }

    fn beside(config: &Config) -> Self {
        let targets: Vec<String> = config.build_target_for_cli([] as [&str; 0]).unwrap_or_default();
        let is_ours = targets.iter().all(|target| target == TARGET || target == HOST);
        let arguments = match targets.len() {
            0 => Vec::new(),
            1 if is_ours => Vec::new(),
            _ => vec!["--target".to_owned(), TARGET.to_owned()],
        };
        let flags = config.rustflags(TARGET).ok().flatten();
        let dynamic = flags.and_then(|flags| with_a_dynamic_runtime(&flags));
        let variables = dynamic.map(|flags| ("CARGO_ENCODED_RUSTFLAGS".to_owned(), flags));
        Self { arguments, variables: variables.into_iter().collect() }
    }
}

/// `flags` for a library that can be loaded, encoded as cargo reads them; `None`: they are. One `+crt-static` among them
/// cannot be undone by another flag, and with it rustc makes no dynamic library.
fn with_a_dynamic_runtime(flags: &Flags) -> Option<String> {
    const STATIC: &str = "+crt-static";
    let is_static = |flag: &String| flag.contains("target-feature=") && flag.contains(STATIC);
    if !flags.flags.iter().any(is_static) {
        return None;
    }
    let dynamic = flags.flags.iter().map(|flag| match is_static(flag) {
        true => flag.replace(STATIC, "-crt-static"),
        false => flag.clone(),
    });
    // Between them is what no flag has in it.
    Some(dynamic.collect::<Vec<_>>().join("\u{1f}"))
}

/// The folder into which cargo builds in `folder`.
fn target_folder(folder: &Path) -> PathBuf {
    target_folder_with(folder, std::env::vars_os())
}

/// The file of the runner's, of this `kind`, that is kept for `workspace` in the folder into which cargo builds: several
/// workspaces may have one.
pub(crate) fn file_in_target(workspace: &Path, kind: &str, ending: &str) -> PathBuf {
    let mut sum = Sum::new();
    let absolute = fs::canonicalize(workspace).unwrap_or_else(|_| workspace.to_owned());
    sum.part(absolute.as_os_str().as_encoded_bytes());
    target_folder(workspace).join(format!("runner-{kind}-{:.16}.{ending}", sum.hex()))
}

fn target_folder_with(
    folder: &Path,
    variables: impl Iterator<Item = (OsString, OsString)>,
) -> PathBuf {
    let named = load(folder, variables).and_then(|config| config.build.target_dir.clone());
    // A relative one is relative to where cargo runs.
    folder.join(named.unwrap_or_else(|| "target".into()))
}

fn load(folder: &Path, variables: impl Iterator<Item = (OsString, OsString)>) -> Option<Config> {
    // An empty one is as good as none.
    let is_passed_on = |(name, value): &(OsString, OsString)| {
        !value.is_empty() && NOT_OURS.iter().all(|not| name != not)
    };
    let options = ResolveOptions::default().env(variables.filter(is_passed_on)).host_triple(TARGET);
    Config::load_with_options(folder, options).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder `below` another that has this configuration.
    fn configured(text: &str) -> (tempfile::TempDir, PathBuf) {
        let above = tempfile::tempdir().unwrap();
        let below = above.path().join("below");
        fs::create_dir_all(above.path().join(".cargo")).unwrap();
        fs::create_dir(&below).unwrap();
        fs::write(above.path().join(".cargo/config.toml"), text).unwrap();
        (above, below)
    }

    fn asked(text: &str, variables: &[(&str, &str)]) -> ForThisMachine {
        let (above, below) = configured(text);
        let home = above.path().join("home").into_os_string();
        let variables = variables.iter().map(|(name, value)| ((*name).into(), (*value).into()));
        let variables = variables.chain([("CARGO_HOME".into(), home)]);
        ForThisMachine::beside(&load(&below, variables).unwrap())
    }

    #[test]
    fn a_target_is_named_only_where_the_configuration_names_another() {
        let named = ForThisMachine {
            arguments: vec!["--target".into(), TARGET.into()],
            variables: Vec::new(),
        };
        let ours = format!("[build]\ntarget = \"{TARGET}\"\n");
        for text in ["", "[build]\ntarget = \"host-tuple\"\n", &ours] {
            assert_eq!(asked(text, &[]), ForThisMachine::default(), "{text}");
        }
        let with_ours = format!("[build]\ntarget = [\"{TARGET}\", \"wasm32-unknown-unknown\"]\n");
        for text in ["[build]\ntarget = \"wasm32-unknown-unknown\"\n", &with_ours] {
            assert_eq!(asked(text, &[]), named, "{text}");
        }
        assert_eq!(asked("", &[("CARGO_BUILD_TARGET", "wasm32-unknown-unknown")]), named);
    }

    #[test]
    fn of_the_flags_only_the_static_runtime_is_taken_away() {
        let flags = |text: &str| asked(text, &[]).variables;
        let dynamic = |flags: &str| vec![("CARGO_ENCODED_RUSTFLAGS".to_owned(), flags.to_owned())];
        assert_eq!(flags("[build]\nrustflags = [\"-Ctarget-cpu=native\"]\n"), []);
        let list = "[build]\nrustflags = [\"-Ctarget-cpu=native\", \"-C\", \"target-feature=+crt-static\"]\n";
        let without = "-Ctarget-cpu=native\u{1f}-C\u{1f}target-feature=-crt-static";
        assert_eq!(flags(list), dynamic(without));
        let text = format!(
            "[target.{TARGET}]\nrustflags = \"-Ctarget-feature=+crt-static,+sse3\"\n\
             [build]\nrustflags = \"-g\"\n"
        );
        assert_eq!(flags(&text), dynamic("-Ctarget-feature=-crt-static,+sse3"));
        // Who starts the runner has flags for its own builds there.
        assert_eq!(asked("", &[("RUSTFLAGS", "-Ctarget-feature=+crt-static")]).variables, []);
    }

    #[test]
    fn the_target_folder_is_the_one_that_is_configured() {
        let (above, below) = configured("[build]\ntarget-dir = \"built\"\n");
        let folder = |variables: &[(&str, &str)]| {
            let variables = variables.iter().map(|(name, value)| ((*name).into(), (*value).into()));
            target_folder_with(&below, variables)
        };
        assert_eq!(folder(&[]), above.path().join("built"));
        assert_eq!(folder(&[("CARGO_TARGET_DIR", "own")]), below.join("own"));
        fs::write(above.path().join(".cargo/config.toml"), "").unwrap();
        let none = [("CARGO_HOME", "nowhere"), ("CARGO_TARGET_DIR", "")];
        assert_eq!(folder(&none), below.join("target"));
    }
}
