//! What every command for fleets opens: the configuration, the bundle, the plan.

use std::path::Path;

use runner::explain::Code;
use runner::fleet::{FleetError, FleetPlan};
use runner::{Bundle, Config, Exit, MigrationId};

use super::super::args::{Common, Planned};
use super::super::failure::Failure;
use super::super::open;
use super::databases;

/// The bundle that is named, verified, and what `runner.toml` says beside it.
pub(super) struct Opened {
    pub(super) config: Config,
    pub(super) bundle: Bundle,
}

impl Opened {
    /// # Errors
    /// None is named; it cannot be used.
    pub(super) fn of(common: &Common) -> Result<Self, Failure> {
        if common.names_a_database() {
            return Err(usage(
                "a fleet has no `--database`",
                "name its databases by `--databases`",
            ));
        }
        let config = open::config_beside(common, Path::new("fleet"))?;
        let Some(file) = config.bundle.clone().or_else(|| common.bundle()) else {
            return Err(usage(
                "a fleet is migrated from a bundle, and none is named",
                "make one with `runner bundle`, and name it by `--bundle FILE`",
            ));
        };
        let bundle = file.open().map_err(runner::Error::from)?;
        bundle.verify().map_err(runner::Error::from)?;
        Ok(Self { config, bundle })
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
                usage("there are no migrations in the bundle", "make one that has some")
            }),
        }
    }

    /// The plan that is named, or one of the databases that are.
    ///
    /// # Errors
    /// It cannot be used, or is for another bundle or machine; there is no database.
    pub(super) fn plan(&self, planned: &Planned, to: Option<&str>) -> Result<FleetPlan, Failure> {
        let Some(path) = &planned.plan else {
            let found = databases::matching(&planned.databases)?;
            let tenants = found.into_iter().map(databases::tenant);
            let plan = FleetPlan::new(&self.bundle, self.target(to)?, None, tenants);
            return Ok(plan.map_err(runner::Error::from)?);
        };
        let plan = FleetPlan::read(path).map_err(runner::Error::from)?;
        plan.check_bundle(&self.bundle).map_err(runner::Error::from)?;
        let here = host();
        match &plan.host {
            Some(planned) if !is_same_host(planned, &here) => {
                let error = FleetError::OtherHost { planned: planned.clone(), here };
                Err(runner::Error::from(error).into())
            }
            _ => Ok(plan),
        }
    }
}

/// What this machine calls itself.
#[cfg(unix)]
fn host() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

#[cfg(not(unix))]
fn host() -> String {
    std::env::var("COMPUTERNAME").unwrap_or_default()
}

/// A machine may be called with its domain or without.
fn is_same_host(planned: &str, here: &str) -> bool {
    fn short(name: &str) -> &str {
        name.split('.').next().unwrap_or(name)
    }
    let has_domain = planned.contains('.') && here.contains('.');
    if has_domain { planned == here } else { short(planned) == short(here) }
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
