//! Many migrations that are built: loading and applying them, next to a bare program that runs the
//! same SQL, with a commit each. In processor time.

use std::time::Duration;

use crate::many::Many;
use crate::report::{Pairs, Row};
use crate::{files, processor, worker};

pub(crate) fn measure_apply(many: &Many) -> Row {
    Row {
        what: format!("{} built migrations", many.count),
        against: "bare program",
        bound: Some(1.3),
        outcome: Ok(beside_bare(many, || worker::apply(&many.job))),
    }
}

/// The whole command. Cargo's look at all the crates, to find that none has changed, is in it.
pub(crate) fn measure_command(many: &Many) -> Row {
    Row {
        what: "  as a whole command".to_owned(),
        against: "bare program",
        bound: None,
        outcome: Ok(beside_bare(many, || many.project.migrate(&many.job.database.path))),
    }
}

fn beside_bare(many: &Many, ours: impl Fn() -> Duration) -> Pairs {
    let database = &many.job.database.path;
    let bare = many.project.path("bare.db");
    Pairs::take(
        5,
        || {
            files::remove(database);
            processor::of(&ours)
        },
        || {
            files::remove(&bare);
            processor::of(|| worker::replay(&many.applied, &bare))
        },
    )
}
