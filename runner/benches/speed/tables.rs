//! Many tables in models: reading them, and the first migration that is derived from them. Next to fewer, which
//! shows how the cost grows.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use crate::project::{Project, run};
use crate::report::{Pairs, Row};
use crate::{files, processor};

/// `runner create --auto`, where there is no migration yet.
pub(crate) fn measure_create() -> Row {
    let (many, few) = (project(400), project(100));
    Row {
        what: "create --auto, 400 tables".to_owned(),
        against: "100 tables",
        bound: Some(4.5),
        outcome: Ok(Pairs::take(3, || create(&many), || create(&few))),
    }
}

/// `runner schema dump` of models. SQLite takes the square of many statements, since each CREATE looks through the
/// whole schema, so what was made long ago is not in it while more is made.
pub(crate) fn measure_read() -> Row {
    let (many, few) = (project(4_000), project(1_000));
    Row {
        what: "reading 4000 tables".to_owned(),
        against: "1000 tables",
        bound: Some(5.0),
        outcome: Ok(Pairs::take(3, || read(&many), || read(&few))),
    }
}

fn project(tables: usize) -> Project {
    let project = Project::make(&format!("{tables}-tables"));
    files::write(&project.path("runner.toml"), "database = \"app.db\"\nmodels = \"schema.sql\"\n");
    let table = |number: usize| {
        let above = number.saturating_sub(1);
        format!(
            "CREATE TABLE table_{number} (\n  id INTEGER PRIMARY KEY,\n  name TEXT NOT NULL,\n  \
             above INTEGER REFERENCES table_{above} (id)\n);\n"
        )
    };
    files::write(&project.path("schema.sql"), &(0..tables).map(table).collect::<String>());
    project
}

fn create(project: &Project) -> Duration {
    let migrations = || -> Vec<PathBuf> {
        let entries = fs::read_dir(project.path("migrations")).unwrap();
        let folders = entries.map(|entry| entry.unwrap().path());
        folders.filter(|path| path.join("src").exists()).collect()
    };
    migrations().iter().for_each(|folder| fs::remove_dir_all(folder).unwrap());
    let took = processor::of(|| run(&mut project.runner(&["create", "all", "--auto"])));
    assert_eq!(migrations().len(), 1);
    took
}

fn read(project: &Project) -> Duration {
    processor::of(|| run(&mut project.runner(&["schema", "dump", "schema.sql"])))
}
