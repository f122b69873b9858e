//! A sum over many parts, most of which were in the last one: it is computed from the first that is another.

use crate::sum::Sum;

/// Between how many parts a sum is kept.
const EVERY: usize = 16;

/// Sums of the beginnings of a list of parts: of the first 16, the first 32, and so on.
#[derive(Clone, Default)]
pub(crate) struct Checkpoints(Vec<Sum>);

impl Checkpoints {
    /// The sum of `parts`, which begin as those of `self`, in hexadecimal digits; and checkpoints of theirs.
    pub(crate) fn sum<'p>(&self, parts: impl Iterator<Item = &'p [u8]>) -> (String, Self) {
        let mut sums = self.0.clone();
        let mut sum = sums.last().cloned().unwrap_or_default();
        for (number, part) in parts.enumerate().skip(sums.len() * EVERY) {
            sum.part(part);
            if (number + 1).is_multiple_of(EVERY) {
                sums.push(sum.clone());
            }
        }
        (sum.hex(), Self(sums))
    }

    /// Those for a list that has only the first `same` parts in common with this one.
    pub(crate) fn of_the_first(&self, same: usize) -> Self {
        let kept = self.0.len().min(same / EVERY);
        Self(self.0[..kept].to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_that_goes_on_is_that_of_all_parts() {
        let mut parts: Vec<Vec<u8>> = (0..100u8).map(|number| vec![number; 5]).collect();
        let whole = |parts: &[Vec<u8>]| {
            let mut sum = Sum::new();
            parts.iter().for_each(|part| sum.part(part));
            sum.hex()
        };
        let mut checkpoints = Checkpoints::default();
        for changed in [99, 50, 16, 15, 0, 31, 32] {
            parts[changed].push(1);
            let (sum, next) =
                checkpoints.of_the_first(changed).sum(parts.iter().map(Vec::as_slice));
            assert_eq!(sum, whole(&parts), "{changed}");
            assert_eq!(next.0.len(), 6);
            checkpoints = next;
        }
        parts.truncate(20);
        let (sum, _) = checkpoints.of_the_first(20).sum(parts.iter().map(Vec::as_slice));
        assert_eq!(sum, whole(&parts));
    }
}
