//! How much is measured.

/// The name of the variable that asks for a small run, to try things out.
const QUICK: &str = "RUNNER_BENCH_QUICK";

/// How much is measured.
pub(crate) struct Scale {
    pub(crate) migrations: usize,
    pub(crate) rows: i64,
    /// How many there are that a small change does not touch.
    pub(crate) rows_beside: i64,
    /// How many are changed beside a writer: in batches, and by an online rebuild.
    pub(crate) rows_in_batches: i64,
    pub(crate) rows_online: i64,
    /// Databases of a fleet that have one migration pending, that have none, and that memory is measured with.
    pub(crate) pending: usize,
    pub(crate) nothing_pending: usize,
    pub(crate) databases: usize,
}

impl Scale {
    /// The whole, or a tenth if the environment asks for that.
    pub(crate) fn wanted() -> Self {
        if std::env::var_os(QUICK).is_some_and(|value| value == "1") {
            Self {
                migrations: 100,
                rows: 100_000,
                rows_beside: 800_000,
                rows_in_batches: 1_000_000,
                rows_online: 500_000,
                pending: 200,
                nothing_pending: 1_000,
                databases: 10_000,
            }
        } else {
            Self {
                migrations: 1_000,
                rows: 1_000_000,
                rows_beside: 8_000_000,
                rows_in_batches: 10_000_000,
                rows_online: 5_000_000,
                pending: 2_000,
                nothing_pending: 10_000,
                databases: 100_000,
            }
        }
    }
}
