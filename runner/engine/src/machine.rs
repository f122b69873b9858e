//! The machine that this process runs on.

/// What it calls itself, where the system says so.
#[cfg(unix)]
#[must_use]
pub fn name() -> Option<String> {
    let uname = rustix::system::uname();
    let name = uname.nodename().to_str().ok().filter(|name| !name.is_empty());
    name.map(str::to_owned)
}

/// What it calls itself, where the system says so.
#[cfg(not(unix))]
#[must_use]
pub fn name() -> Option<String> {
    None
}
