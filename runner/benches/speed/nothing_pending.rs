//! Everything is applied: the processor time of the whole process of `runner migrate`, next to the sqlite3 shell.

use std::fs;
use std::io;
use std::process::Command;

use crate::many::Many;
use crate::processor;
use crate::project::run;
use crate::report::{Pairs, Row};

/// Once takes too little to be told.
const TIMES: u32 = 5;

pub(crate) fn measure(many: &Many) -> Row {
    Row {
        what: format!("nothing of {} pending", many.count),
        against: "sqlite3, counting them",
        bound: Some(2.2),
        outcome: pairs(many),
    }
}

fn pairs(many: &Many) -> Result<Pairs, String> {
    let version = Command::new("sqlite3").arg("-version").output();
    if version.is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
        return Err("the sqlite3 shell is not installed".to_owned());
    }
    let shell = || {
        let mut shell = Command::new("sqlite3");
        run(shell.arg(&many.applied).arg("select count(*) from _runner_migrations"))
    };
    let ours = || many.project.migrate(&many.applied);
    Ok(Pairs::take(
        10,
        || processor::of_many(TIMES, || _ = ours()),
        || processor::of_many(TIMES, || _ = shell()),
    ))
}

/// With nothing pending there is nothing to build, and there need not be a cargo.
pub(crate) fn without_cargo(many: &Many) {
    let empty = many.project.path("empty");
    fs::create_dir_all(&empty).unwrap();
    let mut command = many.project.runner(&["migrate", "--database"]);
    run(command.arg(&many.applied).env("PATH", empty));
    eprintln!("with nothing pending, `runner migrate` succeeds without a cargo in PATH");
}
