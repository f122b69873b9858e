//! Holds a runner between its plan and its first step: its cargo has built, and does not end.
#![allow(clippy::unwrap_used, dead_code, unreachable_pub)]

use std::env;
use std::fs::{self, File};
use std::iter;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Child, Output, Stdio};

use crate::sandbox::{Outcome, Sandbox, wait_until};

/// Stands in the place of cargo.
const CARGO: &str = "#!/bin/sh
\"$REAL_CARGO\" \"$@\" || exit $?
[ \"$1\" = build ] || exit 0
: > \"$HELD/built\"
while [ ! -e \"$HELD/go\" ]; do sleep 0.01; done
";

/// A runner that has planned and built, and does nothing more until it may.
pub struct Held<'s> {
    sandbox: &'s Sandbox,
    child: Child,
    folder: PathBuf,
}

impl<'s> Held<'s> {
    /// Starts the runner with `arguments`, and waits until it has planned and built.
    pub fn before_its_first_step(sandbox: &'s Sandbox, arguments: &[&str]) -> Self {
        let folders = (0..).map(|number| sandbox.path(format!("held{number}")));
        let folder = folders.into_iter().find(|path| !path.exists()).unwrap();
        sandbox.write(folder.join("cargo"), CARGO);
        fs::set_permissions(folder.join("cargo"), fs::Permissions::from_mode(0o755)).unwrap();
        let path = env::var_os("PATH").unwrap();
        let path = env::join_paths(iter::once(folder.clone()).chain(env::split_paths(&path)));
        let child = sandbox
            .command(arguments)
            .env("PATH", path.unwrap())
            .env("REAL_CARGO", env::var_os("CARGO").unwrap())
            .env("HELD", &folder)
            .stdout(Stdio::piped())
            .stderr(File::create(folder.join("stderr")).unwrap())
            .spawn()
            .unwrap();
        wait_until(|| folder.join("built").exists());
        Self { sandbox, child, folder }
    }

    /// Lets it go on.
    pub fn release(&self) {
        fs::write(self.folder.join("go"), "").unwrap();
    }

    /// Waits until it has said `words` on standard error.
    #[track_caller]
    pub fn wait_to_hear(&self, words: &str) {
        wait_until(|| self.stderr().contains(words));
    }

    /// Lets it go on, and gives what it did.
    pub fn outcome(self) -> Outcome {
        self.release();
        let Self { sandbox, child, folder } = self;
        let output = child.wait_with_output().unwrap();
        let stderr = fs::read(folder.join("stderr")).unwrap();
        sandbox.outcome(&Output { stderr, ..output })
    }

    fn stderr(&self) -> String {
        fs::read_to_string(self.folder.join("stderr")).unwrap()
    }
}
