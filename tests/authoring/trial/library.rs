//! The same without the command line: in one process.

use std::path::PathBuf;

use runner::trial::{self, OnDifference, Outcome, StepFailure};
use runner::{ApplyOptions, BuildOptions, Config, Database, Project};

use super::ground::items;
use crate::sandbox::TARGET;

#[test]
fn an_application_tries_migrations_in_its_own_process() {
    let sandbox = items();
    sandbox.write(".cargo/config.toml", &format!("[build]\ntarget-dir = {TARGET:?}\n"));
    let config: Config = sandbox.config();
    let database: &Database = &config.database;
    let path: PathBuf = database.path.clone();
    let project = Project::open(config).unwrap();
    let outcomes = trial::run(
        &project,
        None,
        BuildOptions::default(),
        ApplyOptions::default(),
        OnDifference::Fail,
        &|job, observe| job.apply(observe).map(drop).map_err(StepFailure::from),
        &mut |_| {},
    );
    let outcomes = outcomes.unwrap();
    assert_eq!(outcomes.len(), 1);
    assert_eq!(outcomes[0].outcome, Outcome::Reversible { losses: Vec::new() });
    assert!(!path.exists());
}
