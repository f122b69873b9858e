//! An application that starts with a bundle: from the start of its process to "up to date", where
//! everything is applied; next to a bare program that opens the database and reads the history.

use std::path::PathBuf;

use crate::many::{self, Many};
use crate::project::{Project, run};
use crate::report::{MEGA, Pairs, Row};
use crate::{files, processor, worker};

const COUNT: usize = 100;

/// A bundle, and a database that it was applied to.
pub(crate) struct Bundled {
    bundle: PathBuf,
    applied: PathBuf,
}

impl Bundled {
    /// Builds and applies it.
    pub(crate) fn prepare() -> Self {
        let project = Project::make("bundled");
        for number in 0..COUNT {
            project.write(&many::id(number), &many::source(number, 0));
        }
        let bundled =
            Self { bundle: project.path("migrations.bundle"), applied: project.path("applied.db") };
        pack(&project);
        files::remove(&bundled.applied);
        worker::start(&bundled.bundle, &bundled.applied);
        bundled
    }

    /// The processor time of that. One start takes too little of it to be told.
    pub(crate) fn measure_processor(&self) -> Row {
        const STARTS: u32 = 20;
        let start = || _ = worker::start(&self.bundle, &self.applied);
        let read = || _ = worker::read_history(&self.applied);
        let of_many = |work: &dyn Fn()| processor::of_many(STARTS, work);
        Row {
            what: "  in processor time".to_owned(),
            against: "bare program that reads",
            bound: Some(1.5),
            outcome: Ok(Pairs::take(10, || of_many(&start), || of_many(&read))),
        }
    }

    pub(crate) fn measure_start(&self) -> Row {
        let start = || worker::start(&self.bundle, &self.applied);
        let read = || worker::read_history(&self.applied);
        Row {
            what: format!("start, nothing of {COUNT}"),
            against: "bare program that reads",
            bound: Some(2.0),
            outcome: Ok(Pairs::take(100, start, read)),
        }
    }
}

pub(crate) fn pack(project: &Project) {
    eprintln!("packing a bundle: the first time, all is built");
    run(&mut project.runner(&["bundle"]));
}

/// Tells how large a bundle of all is.
pub(crate) fn print_size(many: &Many) {
    let size = std::fs::metadata(many.project.path("migrations.bundle")).unwrap().len();
    println!(
        "a bundle of {} migrations: {:.1} MB (bound for 1,000: 200)",
        many.count,
        size as f64 / MEGA
    );
}
