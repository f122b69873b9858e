//! The user and the machine that a change of the history is made by, as the system names them.

use std::env;

use crate::machine;

/// A user on a machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Who {
    pub(super) user: Option<String>,
    pub(super) host: Option<String>,
}

impl Who {
    /// Of this process. What the system does not say is not known.
    pub(super) fn here() -> Self {
        let variable = |names: &[&str]| {
            let mut values = names.iter().filter_map(|name| env::var(name).ok());
            values.find(|value| !value.is_empty())
        };
        Self {
            user: variable(&["USER", "LOGNAME", "USERNAME"]).or_else(user_number),
            host: machine::name().or_else(|| variable(&["HOSTNAME", "COMPUTERNAME"])),
        }
    }
}

/// A service may have no name of its user in its environment.
#[cfg(unix)]
fn user_number() -> Option<String> {
    Some(format!("uid {}", rustix::process::geteuid().as_raw()))
}

#[cfg(not(unix))]
fn user_number() -> Option<String> {
    None
}
