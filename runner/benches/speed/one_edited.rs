//! One migration is edited and pending: from the edit to the applied migration, next to cargo
//! alone, building that migration after such an edit.

use std::cell::Cell;

use crate::files;
use crate::many::{Many, source};
use crate::project::run;
use crate::report::{Pairs, Row};

pub(crate) fn measure(many: &Many) -> Row {
    Row {
        what: format!("one of {} edited", many.count),
        against: "cargo build -p THAT_ONE",
        bound: Some(2.0),
        outcome: Ok(pairs(many)),
    }
}

fn pairs(many: &Many) -> Pairs {
    let edition = Cell::new(0);
    let edit =
        |edition| files::write(&many.project.source(&many.last), &source(many.count - 1, edition));
    let edit_again = || {
        edition.set(edition.get() + 1);
        edit(edition.get());
    };
    let database = many.project.path("work.db");
    let package = format!("m{}", many.last);
    let pairs = Pairs::take(
        9,
        || {
            files::copy(&many.all_but_last, &database);
            edit_again();
            many.project.migrate(&database)
        },
        || {
            edit_again();
            run(&mut many.project.cargo(&["build", "--package", &package]))
        },
    );
    edit(0);
    pairs
}
