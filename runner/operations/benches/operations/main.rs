//! How fast operations are: next to the best SQL by hand, to fewer changes, to fewer rows, and to
//! other tools. `cargo bench -p migration-runner-operations --bench operations` runs it; docs/performance.md
//! explains the rows. It prints, and never fails because of a time.
// A benchmark that cannot go on has nothing better to do than to stop and say where.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod change;
mod database;
mod five_changes;
mod many_parts;
mod memory;
mod other_tools;
mod python;
mod rebuild;
mod report;
mod row_count;
mod scale;
mod worker;

fn main() {
    if worker::serve() {
        return;
    }
    // `cargo test --all-targets` starts this program too.
    if !std::env::args().any(|argument| argument == "--bench") {
        return println!("this is run by `cargo bench`");
    }
    let scale = scale::Scale::wanted();
    let many = database::Original::make(scale.rows);
    let few = database::Original::make(scale.few_rows);
    report::head();
    report::row(&rebuild::measure(&many));
    five_changes::measure(&many).iter().for_each(report::row);
    row_count::measure(&many, &few).iter().for_each(report::row);
    many_parts::measure().iter().for_each(report::row);
    other_tools::measure(&many).iter().for_each(report::row);
    drop((many, few));
    memory::measure(&scale);
}
