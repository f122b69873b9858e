//! What a bar of many says besides how long it is: how many, how fast, how long the rest takes.

use std::fmt::Write;
use std::time::Duration;

use indicatif::style::TemplateError;
use indicatif::{HumanDuration, ProgressState, ProgressStyle};

/// The style of `template`, in which `rate` is so many a second and `left` what it still takes. Both are empty until
/// they are known.
pub(super) fn style(template: &str) -> Result<ProgressStyle, TemplateError> {
    let rate = |state: &ProgressState, out: &mut dyn Write| {
        let _ = out.write_str(&rate(state.per_sec()));
    };
    let left = |state: &ProgressState, out: &mut dyn Write| {
        let _ = out.write_str(&left(state.eta()));
    };
    Ok(ProgressStyle::with_template(template)?.with_key("rate", rate).with_key("left", left))
}

/// So many a second, once that is known.
fn rate(per_second: f64) -> String {
    match per_second {
        known if known >= 10.0 => format!(" {known:.0}/s"),
        known if known >= 0.05 => format!(" {known:.1}/s"),
        _ => String::new(),
    }
}

/// How long it still takes, once that is known.
fn left(eta: Duration) -> String {
    match eta {
        Duration::ZERO => String::new(),
        eta => format!(", {:#} left", HumanDuration(eta)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_as_exact_as_somebody_reads_them_and_absent_until_they_are_known() {
        assert_eq!(
            [0.0, 0.25, 9.94, 14.5154, 1450.9].map(rate),
            ["", " 0.2/s", " 9.9/s", " 15/s", " 1451/s"]
        );
        let left = |seconds| left(Duration::from_secs_f64(seconds));
        assert_eq!(
            [0.0, 4.2, 100.0, 7300.0].map(left),
            ["", ", 4s left", ", 2m left", ", 2h left"]
        );
    }
}
