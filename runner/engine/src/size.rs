//! Sizes as people read them: in kB, MB or GB, rounded. Of two that are compared, the smaller is rounded down and the
//! larger up, so that they never look alike.

const KB: u64 = 1000;
const MB: u64 = 1000 * KB;
const GB: u64 = 1000 * MB;

/// At least this much is there.
#[must_use]
pub fn rounded_down(bytes: u64) -> String {
    rounded(bytes, |bytes, unit| bytes / unit)
}

/// No more than this is needed.
#[must_use]
pub fn rounded_up(bytes: u64) -> String {
    rounded(bytes, u64::div_ceil)
}

fn rounded(bytes: u64, divide: impl Fn(u64, u64) -> u64) -> String {
    // The unit is chosen by what is shown: 999,999 bytes that are rounded up are 1.0 MB, and not 1000 kB.
    let tenths = |unit: u64| divide(bytes, unit / 10);
    let shown = |tenths: u64, name: &str| format!("{}.{} {name}", tenths / 10, tenths % 10);
    match (divide(bytes, KB), tenths(MB)) {
        (kilobytes @ 0..1000, _) => format!("{kilobytes} kB"),
        (_, megabytes @ 0..10_000) => shown(megabytes, "MB"),
        _ => shown(tenths(GB), "GB"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_size_has_the_unit_in_which_it_is_short() {
        for (bytes, down, up) in [
            (0, "0 kB", "0 kB"),
            (1, "0 kB", "1 kB"),
            (690_000, "690 kB", "690 kB"),
            (999_001, "999 kB", "1.0 MB"),
            (4_123_456, "4.1 MB", "4.2 MB"),
            (999_950_001, "999.9 MB", "1.0 GB"),
            (3_000_000_000, "3.0 GB", "3.0 GB"),
        ] {
            assert_eq!((rounded_down(bytes).as_str(), rounded_up(bytes).as_str()), (down, up));
        }
    }

    proptest! {
        #[test]
        fn two_sizes_that_differ_never_look_alike(a: u64, more in 1_u64..=1 << 40, shift in 0_u32..64) {
            let smaller = a >> shift;
            let larger = smaller.saturating_add(more >> (shift % 41));
            prop_assume!(smaller < larger);
            prop_assert_ne!(rounded_down(smaller), rounded_up(larger));
        }
    }
}
