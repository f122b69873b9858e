//! Ids in ascending order, compared in one walk.

use crate::id::MigrationId;

/// Tells whether an id is among `ids`. These ascend, and so do the ids that it is asked about.
pub fn among<'i>(
    ids: impl IntoIterator<Item = &'i MigrationId>,
) -> impl FnMut(&MigrationId) -> bool {
    let mut ids = ids.into_iter().peekable();
    move |id| {
        while ids.next_if(|other| *other < id).is_some() {}
        ids.peek().is_some_and(|other| *other == id)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn id(number: u8) -> MigrationId {
        format!("20250101_0000{number:02}_m").parse().unwrap()
    }

    proptest! {
        #[test]
        fn it_tells_what_a_search_tells(
            ids in proptest::collection::btree_set(0u8..20, 0..16),
            asked in proptest::collection::btree_set(0u8..20, 0..16),
        ) {
            let ids: BTreeSet<_> = ids.into_iter().map(id).collect();
            let mut is_among = among(&ids);
            for asked in asked.into_iter().map(id) {
                prop_assert_eq!(is_among(&asked), ids.contains(&asked));
                prop_assert_eq!(is_among(&asked), ids.contains(&asked));
            }
        }
    }
}
