//! The most memory that a rebuild takes, with many rows and with few.

use crate::change::Change;
use crate::database::Original;
use crate::scale::Scale;
use crate::worker;

pub(crate) fn measure(scale: &Scale) {
    println!();
    let [Some(many), Some(few)] = [scale.most_rows, scale.few_rows].map(peak) else {
        return println!("peak memory of a rebuild: skipped: this system does not tell");
    };
    println!(
        "peak memory of a rebuild: {many:.1} MiB with {} rows, {few:.1} MiB with {}: {:.1} MiB more \
         (bound: 64)",
        scale.most_rows,
        scale.few_rows,
        many - few
    );
}

/// In MiB.
fn peak(rows: u32) -> Option<f64> {
    let copy = Original::make(rows).copy();
    let told = worker::make(Change::Type, &copy.path);
    copy.has_numbers(rows);
    eprintln!("a rebuild of {rows} rows took {:.2} s", told.time.as_secs_f64());
    told.peak.map(|kib| kib as f64 / 1024.0)
}
