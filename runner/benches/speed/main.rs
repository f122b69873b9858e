//! How fast the runner is, next to the barest program that does the same work. `cargo bench` runs
//! it; docs/performance.md explains the rows. It prints, and never fails because of a time.
//!
//! The projects it generates stay in cargo's target folder, so that only the first run builds them.
// A benchmark that cannot go on has nothing better to do than to stop and say where.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod beside;
mod built_migrations;
mod bundled;
mod cold;
mod files;
mod fixup;
mod fleet;
mod kept;
mod lock;
mod many;
mod new_database;
mod nothing_pending;
mod one_edited;
mod processor;
mod project;
mod rehearsal;
mod report;
mod row_by_row;
mod rows;
mod scale;
mod tables;
mod test_state;
mod worker;
mod writer;

fn main() {
    if worker::serve() {
        return;
    }
    // `cargo test --all-targets` starts this program too.
    if !std::env::args().any(|argument| argument == "--bench") {
        return println!("this is run by `cargo bench`");
    }
    let scale = scale::Scale::wanted();
    report::head();
    if is_wanted("many") {
        measure_many(&scale);
    }
    if is_wanted("start") {
        let bundled = bundled::Bundled::prepare();
        report::row(&bundled.measure_start());
        report::row(&bundled.measure_processor());
    }
    if is_wanted("rows") {
        report::row(&row_by_row::measure(scale.rows));
        report::row(&rows::measure_plain(scale.rows));
        report::row(&rows::measure_cores(scale.rows / 10));
    }
    if is_wanted("rehearsal") {
        report::row(&rehearsal::measure_measuring(scale.rows));
        rehearsal::Rehearsal::prepare(2 * scale.rows).measure().iter().for_each(report::row);
    }
    if is_wanted("kept") {
        kept::measure(scale.rows).iter().for_each(report::row);
    }
    if is_wanted("beside") {
        let beside = beside::Beside::prepare();
        report::row(&beside.rows(scale.rows_beside));
        report::row(&beside.tables(scale.migrations));
    }
    if is_wanted("tables") {
        report::row(&tables::measure_create());
        report::row(&tables::measure_read());
    }
    if is_wanted("states") {
        report::row(&test_state::measure());
    }
    if is_wanted("fleet") {
        let fleet = fleet::Fleet::prepare();
        report::row(&fleet.measure_processor(&scale));
        report::row(&fleet.measure_clock(&scale));
        report::row(&fleet.measure_processes(&scale));
        report::row(&fleet.measure_nothing_pending(&scale));
        fleet.print_memory(&scale);
    }
    if is_wanted("lock") {
        lock::measure(&scale);
    }
    if is_wanted("cold") {
        report::row(&cold::measure_first());
        cold::print_size_of_one();
        report::row(&cold::measure_many(scale.migrations));
    }
}

/// Whether the part `name` is asked for, by its name or by none.
fn is_wanted(name: &str) -> bool {
    let mut names =
        std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).peekable();
    names.peek().is_none() || names.any(|it| it == name)
}

fn measure_many(scale: &scale::Scale) {
    let many = many::Many::prepare(scale.migrations);
    nothing_pending::without_cargo(&many);
    report::row(&nothing_pending::measure(&many));
    report::row(&built_migrations::measure_apply(&many));
    report::row(&built_migrations::measure_command(&many));
    report::row(&new_database::measure_with_rows(&many));
    bundled::pack(&many.project);
    report::row(&new_database::measure_bundle_beside_bare(&many));
    report::row(&new_database::measure_bundle(&many));
    report::row(&new_database::measure_crates(&many));
    report::row(&one_edited::measure(&many));
    bundled::print_size(&many);
}
