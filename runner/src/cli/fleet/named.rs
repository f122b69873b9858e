//! The databases that a command names: a plan, or patterns. They are read before anything is built.

use std::borrow::Cow;
use std::path::Path;

use runner::fleet::{FleetError, FleetPlan, Tenant};

use super::super::args::Planned;
use super::super::failure::Failure;
use super::opened::{Opened, usage};
use super::{databases, patterns};

/// The databases that a command works on.
pub(super) enum Named {
    Plan(FleetPlan),
    Databases(Vec<Tenant>),
}

impl Named {
    /// # Errors
    /// The plan cannot be read, or is for another machine; nothing matches.
    pub(super) fn by(planned: &Planned) -> Result<Self, Failure> {
        let Some(path) = &planned.plan else {
            let found = patterns::matching(&planned.databases, None)?;
            let tenants = found.into_iter().map(databases::tenant).collect();
            return Ok(Self::Databases(tenants));
        };
        let plan = FleetPlan::read(path).map_err(runner::Error::from)?;
        let here = host();
        match &plan.host {
            Some(planned) if !is_same_host(planned, &here) => {
                let error = FleetError::OtherHost { planned: planned.clone(), here };
                Err(runner::Error::from(error).into())
            }
            _ => Ok(Self::Plan(plan)),
        }
    }

    /// The plan, where one is named.
    pub(super) fn planned(&self) -> Option<&FleetPlan> {
        match self {
            Self::Plan(plan) => Some(plan),
            Self::Databases(_) => None,
        }
    }

    /// The plan, or one for these databases, up to the migration that `to` means.
    ///
    /// # Errors
    /// It is for another bundle; `to` means no migration, or several.
    pub(super) fn plan(self, opened: &Opened, to: Option<&str>) -> Result<FleetPlan, Failure> {
        let plan = match self {
            Self::Plan(plan) => plan.check_bundle(&opened.bundle).map(|()| plan),
            Self::Databases(tenants) => {
                FleetPlan::new(&opened.bundle, opened.target(to)?, None, tenants)
            }
        };
        Ok(plan.map_err(runner::Error::from)?)
    }
}

impl Planned {
    /// The option, as it is typed.
    pub(super) fn typed(&self) -> String {
        match &self.plan {
            Some(path) => typed("--plan", [path.to_string_lossy()]),
            None => typed("--databases", self.databases.iter().map(Into::into)),
        }
    }
}

/// Refuses to write a file to `path` if that is a database of `plan`, be it empty.
///
/// # Errors
/// It is.
pub(in crate::cli) fn refuse_database_of(plan: &FleetPlan, path: &Path) -> Result<(), Failure> {
    if !plan.has(path) {
        return Ok(());
    }
    let message = format!("`{}` is a database of the plan", path.display());
    Err(usage(&message, "nothing was written; name another file"))
}

/// `option` with its values, as they are typed.
pub(super) fn typed<'v>(option: &str, values: impl IntoIterator<Item = Cow<'v, str>>) -> String {
    let quote = |value: Cow<'v, str>| match shlex::try_quote(&value) {
        Ok(quoted) => quoted.into_owned(),
        Err(_) => value.into_owned(),
    };
    values.into_iter().fold(option.to_owned(), |text, value| text + " " + &quote(value))
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
    let (planned, here) = if has_domain { (planned, here) } else { (short(planned), short(here)) };
    planned.eq_ignore_ascii_case(here)
}
