//! What every command for fleets opens: the configuration, and the bundle that is named or made of the crates.

use runner::config::ConfigError;
use runner::explain::Code;
use runner::scratch_folder::ScratchFolder;
use runner::{BuildOptions, Bundle, Config, Exit, MigrationId, Overrides, bundle};

use super::super::args::{Common, DEFAULT_BUNDLE, current_folder};
use super::super::failure::Failure;
use super::super::open;
use super::super::progress::Progress;
use super::super::signals::Signals;

/// A bundle, and what `runner.toml` says beside it.
pub(super) struct Opened {
    pub(super) config: Config,
    pub(super) bundle: Bundle,
    /// Where a bundle made of crates lies, for as long as workers open it there.
    _folder: Option<ScratchFolder>,
}

impl Opened {
    /// Opens the bundle that is named. Where none is, the project's crates are built once, as `runner bundle`
    /// builds them: the same sources give a bundle with the same digest.
    ///
    /// # Errors
    /// The bundle cannot be used; there is neither a bundle nor a project; the crates cannot be built.
    pub(super) fn of(
        common: &Common,
        building: BuildOptions,
        signals: &Signals,
    ) -> Result<Self, Failure> {
        if common.names_a_database() {
            return Err(usage(
                "a fleet has no `--database`",
                "name its databases by `--databases`",
            ));
        }
        let config = config(common)?;
        let (bundle, folder) = match &config.bundle {
            Some(file) => (file.open().map_err(runner::Error::from)?, None),
            None => {
                let (bundle, folder) = built(common, &config, building, signals)?;
                (bundle, Some(folder))
            }
        };
        Ok(Self { config, bundle, _folder: folder })
    }

    /// The migration that `words` mean; the newest of the bundle where there are none.
    ///
    /// # Errors
    /// None is meant, or several.
    pub(super) fn target(&self, words: Option<&str>) -> Result<MigrationId, Failure> {
        match words {
            Some(words) => Ok(runner::select::select(words, self.bundle.migrations())
                .map_err(runner::workshop::Error::from)?),
            None => self.bundle.migrations().last().cloned().ok_or_else(|| {
                usage("there are no migrations", "`runner create NAME` makes the first")
            }),
        }
    }
}

/// The configuration. What `DATABASE_URL` says is of one database, and not looked at.
fn config(common: &Common) -> Result<Config, Failure> {
    let overrides = Overrides { database: Some("fleet".into()), ..common.overrides(false) };
    Config::find(&current_folder()?, &overrides).map_err(|error| match error {
        ConfigError::NoConfig { .. } => usage(
            "there is neither a bundle nor a project",
            "name a bundle by `--bundle FILE`, or run it in the folder of the project",
        ),
        error => error.into(),
    })
}

/// A bundle of the project's crates, and the folder that it lies in.
fn built(
    common: &Common,
    config: &Config,
    building: BuildOptions,
    signals: &Signals,
) -> Result<(Bundle, ScratchFolder), Failure> {
    let project = open::project(config.clone())?.until(signals.stop.clone());
    let folder = ScratchFolder::new("runner-fleet-").map_err(|error| {
        Failure::of_system("cannot make a folder for the bundle of the crates", &error)
    })?;
    let path = folder.path().join(DEFAULT_BUNDLE);
    let mut progress = Progress::new(!common.json);
    let made = bundle::make(&project, &path, None, building, &mut |event| progress.show(&event));
    progress.clear();
    made.map_err(|error| signals.explain(error.into()))?;
    Ok((Bundle::open(&path).map_err(runner::Error::from)?, folder))
}

pub(super) fn usage(message: &str, hint: &str) -> Failure {
    Failure {
        exit: Exit::Usage,
        code: Code::BadArguments,
        message: message.to_owned(),
        causes: Vec::new(),
        hint: Some(hint.to_owned()),
        statement: None,
    }
}
