//! A shard: the part of a plan that one job takes.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fmt;
use std::str::FromStr;

use super::plan::FleetPlan;

/// What a database costs apart from its size, in bytes: a small one takes as long as one of a megabyte,
/// since both wait for the same syncs.
const EACH: u64 = 1024 * 1024;

/// Part `index` of `of`, counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    index: usize,
    of: usize,
}

/// Which databases of a plan are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Share {
    /// All of them, canaries first.
    #[default]
    All,
    /// The canaries alone: the gate before all shards.
    Canaries,
    /// A shard of those that are no canaries.
    Shard(Shard),
}

/// Why a text is no shard.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidShard {
    /// It has another form.
    #[error("not of the form K/N, such as 0/8")]
    Form,
    /// There are no parts.
    #[error("of 0 shards there is none: N is 1 at least")]
    None,
    /// There is no such part.
    #[error("of {of} shards the first is 0/{of} and the last {}/{of}", of.saturating_sub(1))]
    Range {
        /// How many there are.
        of: usize,
    },
}

impl Shard {
    /// Part `index` of `of`.
    ///
    /// # Errors
    /// `index` is not below `of`.
    pub fn new(index: usize, of: usize) -> Result<Self, InvalidShard> {
        if index < of { Ok(Self { index, of }) } else { Err(InvalidShard::Range { of }) }
    }
}

impl FromStr for Shard {
    type Err = InvalidShard;

    fn from_str(text: &str) -> Result<Self, InvalidShard> {
        let (index, of) = text.split_once('/').ok_or(InvalidShard::Form)?;
        let number = |text: &str| -> Result<usize, InvalidShard> {
            // A sign is read as well by `parse`.
            let digits = text.bytes().all(|byte| byte.is_ascii_digit());
            text.parse().ok().filter(|_| digits).ok_or(InvalidShard::Form)
        };
        match (number(index)?, number(of)?) {
            (_, 0) => Err(InvalidShard::None),
            (index, of) => Self::new(index, of),
        }
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.of)
    }
}

impl FleetPlan {
    /// The numbers of the databases in `share`, in the order in which they are taken: the same wherever
    /// and whenever it is asked. Shards are of nearly the same size, and each begins with its largest
    /// database, which may take the longest.
    #[must_use]
    pub fn share(&self, share: Share) -> Vec<usize> {
        match share {
            Share::All => {
                let (canaries, others) = self.canaries_and_others();
                canaries.into_iter().chain(others).collect()
            }
            Share::Canaries => self.canaries_and_others().0,
            Share::Shard(shard) => {
                let others = self.canaries_and_others().1;
                others
                    .iter()
                    .zip(self.shards_of(&others, shard.of))
                    .filter(|(_, of)| *of == shard.index)
                    .map(|(n, _)| *n)
                    .collect()
            }
        }
    }

    /// Its canaries and the rest, each from large to small.
    fn canaries_and_others(&self) -> (Vec<usize>, Vec<usize>) {
        let mut all: Vec<usize> = (0..self.tenants().len()).collect();
        all.sort_by_key(|n| (Reverse(self.tenants()[*n].bytes), *n));
        all.into_iter().partition(|n| self.tenants()[*n].canary)
    }

    /// The shard of each of `tenants`, which are ordered from large to small: each goes to the shard that
    /// has least so far.
    fn shards_of(&self, tenants: &[usize], of: usize) -> Vec<usize> {
        let mut loads: BinaryHeap<Reverse<(u64, usize)>> =
            (0..of.min(tenants.len())).map(|shard| Reverse((0, shard))).collect();
        let of_tenant = |n: &usize| {
            let Reverse((load, shard)) = loads.pop().unwrap_or_default();
            let cost = self.tenants()[*n].bytes.saturating_add(EACH);
            loads.push(Reverse((load.saturating_add(cost), shard)));
            shard
        };
        tenants.iter().map(of_tenant).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::fleet_plan::Tenant;

    fn plan(tenants: &[(u64, bool)]) -> FleetPlan {
        let tenants = tenants.iter().enumerate().map(|(n, &(bytes, canary))| Tenant {
            path: format!("/srv/{n}.db").into(),
            bytes,
            canary,
        });
        FleetPlan::of_tenants("0a".into(), "20250101_000000_a".parse().unwrap(), None, tenants)
            .unwrap()
    }

    #[test]
    fn shards_are_counted_from_0_and_what_is_out_of_range_is_refused() {
        let read = |text: &str| text.parse::<Shard>().map(|shard| shard.to_string());
        assert_eq!(read("0/1").unwrap(), "0/1");
        assert_eq!(read("63/64").unwrap(), "63/64");
        for (text, said) in [
            ("8/8", "of 8 shards the first is 0/8 and the last 7/8"),
            ("0/0", "of 0 shards there is none: N is 1 at least"),
            ("1", "not of the form K/N, such as 0/8"),
            ("+1/8", "not of the form K/N, such as 0/8"),
            ("-1/8", "not of the form K/N, such as 0/8"),
            ("/", "not of the form K/N, such as 0/8"),
            ("1/2/3", "not of the form K/N, such as 0/8"),
        ] {
            assert_eq!(read(text).unwrap_err().to_string(), said, "{text}");
        }
    }

    proptest! {
        #[test]
        fn shards_are_disjoint_complete_stable_and_balanced(
            tenants in prop::collection::vec((0u64..50_000_000, prop::bool::weighted(0.1)), 1..80),
            of in 1usize..12,
        ) {
            let plan = plan(&tenants);
            let shards: Vec<Vec<usize>> = (0..of)
                .map(|index| plan.share(Share::Shard(Shard::new(index, of).unwrap())))
                .collect();
            let mut all: Vec<usize> = shards.iter().flatten().copied().collect();
            all.sort_unstable();
            let others: Vec<usize> =
                (0..tenants.len()).filter(|n| !plan.tenants()[*n].canary).collect();
            prop_assert_eq!(&all, &others);
            let cost = |n: &usize| plan.tenants()[*n].bytes + EACH;
            let load = |shard: &Vec<usize>| shard.iter().map(cost).sum::<u64>();
            let loads: Vec<u64> = shards.iter().map(load).collect();
            let largest = others.iter().map(cost).max().unwrap_or(0);
            let (low, high) = (loads.iter().min().unwrap(), loads.iter().max().unwrap());
            prop_assert!(high - low <= largest);
            let again = FleetPlan::of_text(&plan.text()).unwrap();
            prop_assert_eq!(again.share(Share::Shard(Shard::new(0, of).unwrap())), shards[0].clone());
        }
    }

    #[test]
    fn all_is_the_canaries_and_then_each_other_from_large_to_small() {
        let plan = plan(&[(1, false), (5, true), (9, false), (7, true), (9, false)]);
        let sizes = |share| {
            let tenants = plan.share(share).into_iter().map(|n| plan.tenants()[n].bytes);
            tenants.collect::<Vec<_>>()
        };
        assert_eq!(sizes(Share::All), [7, 5, 9, 9, 1]);
        assert_eq!(sizes(Share::Canaries), [7, 5]);
    }
}
