//! How much is measured.

/// The name of the variable that asks for a small run, to try things out.
const QUICK: &str = "RUNNER_BENCH_QUICK";

/// How much is measured, in rows.
pub(crate) struct Scale {
    pub(crate) rows: u32,
    pub(crate) few_rows: u32,
    /// For the memory, which is measured once and not in turns.
    pub(crate) most_rows: u32,
}

impl Scale {
    /// The whole, or a tenth if the environment asks for that.
    pub(crate) fn wanted() -> Self {
        let whole = Self { rows: 1_000_000, few_rows: 10_000, most_rows: 10_000_000 };
        if std::env::var_os(QUICK).is_some_and(|value| value == "1") {
            Self { rows: whole.rows / 10, most_rows: whole.most_rows / 10, ..whole }
        } else {
            whole
        }
    }
}
