//! How much of what never ends a test tries.

/// Whether a test tries all that it can think of: `.ci/long` says so with `RUNNER_TEST_LONG=1`. Without it, a
/// sample that is spread over the same, and is the same in each run.
pub fn long() -> bool {
    std::env::var_os("RUNNER_TEST_LONG").is_some_and(|value| value == "1")
}

/// `all` in the long form of a test, `sample` in the short one.
pub fn as_many<T>(all: T, sample: T) -> T {
    if long() { all } else { sample }
}
