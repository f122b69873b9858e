//! A database for a test, as it is before the last of many migrations, next to a plain copy of that file.

use std::fs;
use std::time::{Duration, Instant};

use runner::testing::Harness;
use rusqlite::Connection;

use crate::files;
use crate::many::{self, id};
use crate::project::Project;
use crate::report::{Pairs, Row};

const COUNT: usize = 200;

pub(crate) fn measure() -> Row {
    let project = Project::make("tested");
    for number in 0..COUNT {
        project.write(&id(number), &many::source(number, 0));
    }
    // Where the other parts build by the environment.
    let target = format!("[build]\ntarget-dir = {:?}\n", project.path("target"));
    fs::create_dir_all(project.path(".cargo")).unwrap();
    files::write(&project.path(".cargo/config.toml"), &target);
    let last = id(COUNT - 1);
    let folder = project.path("migrations");
    let state = project.path("state.db");
    eprintln!("building {COUNT} migrations, unless they are built");
    let test = Harness::of(&folder).unwrap().before(&last).unwrap();
    fs::copy(test.path(), &state).unwrap();
    Row {
        what: format!("test state, {COUNT} before"),
        against: "copying the file",
        bound: None,
        outcome: Ok(Pairs::take(
            20,
            || {
                let began = Instant::now();
                let test = Harness::of(&folder).unwrap().before(&last).unwrap();
                let took = began.elapsed();
                drop(test);
                took
            },
            || copy(&state, &project),
        )),
    }
}

fn copy(state: &std::path::Path, project: &Project) -> Duration {
    let path = project.path("copy.db");
    let began = Instant::now();
    fs::copy(state, &path).unwrap();
    let connection = Connection::open(&path).unwrap();
    let took = began.elapsed();
    drop(connection);
    fs::remove_file(path).unwrap();
    took
}
