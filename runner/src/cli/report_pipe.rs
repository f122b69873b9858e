//! The pipe on which a child process reports to its parent: its standard output, which nothing else may
//! write to. What a migration prints goes to standard error.

use std::fs::File;
use std::io;

/// Takes standard output for reports.
#[cfg(unix)]
pub(super) fn take() -> io::Result<File> {
    use std::os::fd::AsFd as _;
    let pipe = io::stdout().as_fd().try_clone_to_owned()?;
    rustix::stdio::dup2_stdout(io::stderr())?;
    Ok(File::from(pipe))
}

/// Shares standard output: the parent passes on the lines that are no reports.
#[cfg(windows)]
pub(super) fn take() -> io::Result<File> {
    use std::os::windows::io::AsHandle as _;
    Ok(File::from(io::stdout().as_handle().try_clone_to_owned()?))
}
