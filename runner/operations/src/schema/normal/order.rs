//! The order of creation: parents before children, a view before a view over it.

use std::collections::{BTreeMap, BTreeSet};

use super::model::{Normal, Table, View};
use super::name::Name;

impl Normal {
    /// The tables, each behind its parents, and otherwise by name. Where keys form a circle, the first
    /// by name begins.
    #[must_use]
    pub fn tables_in_order(&self) -> Vec<&Table> {
        in_order(
            &self.tables,
            |table| &table.name,
            |table| table.foreign_keys.iter().map(|key| key.parent.clone()).collect(),
        )
    }

    /// The views, each behind those that it mentions, and otherwise by name.
    #[must_use]
    pub fn views_in_order(&self) -> Vec<&View> {
        in_order(
            &self.views,
            |view| &view.name,
            |view| {
                let others =
                    self.views.iter().filter(|other| view.definition.mentions(other.name.as_str()));
                others.map(|other| other.name.clone()).collect()
            },
        )
    }
}

/// `items`, which are in order of their names, with each behind what it `needs`.
pub(crate) fn in_order<T>(
    items: &[T],
    name: impl Fn(&T) -> &Name,
    needs: impl Fn(&T) -> BTreeSet<Name>,
) -> Vec<&T> {
    let places: BTreeMap<&Name, usize> =
        items.iter().enumerate().map(|(place, item)| (name(item), place)).collect();
    // For each item, how much of what it needs is not placed yet, and who needs the item.
    let mut missing = vec![0_usize; items.len()];
    let mut needed_by = vec![Vec::new(); items.len()];
    for (place, item) in items.iter().enumerate() {
        let needed = needs(item);
        let others = needed.iter().filter_map(|need| places.get(need).copied());
        for other in others.filter(|other| *other != place) {
            missing[place] += 1;
            needed_by[other].push(place);
        }
    }
    let mut left: BTreeSet<usize> = (0..items.len()).collect();
    let mut free: BTreeSet<usize> =
        left.iter().copied().filter(|place| missing[*place] == 0).collect();
    let mut ordered = Vec::with_capacity(items.len());
    while let Some(next) = free.pop_first().or_else(|| left.first().copied()) {
        left.remove(&next);
        ordered.push(&items[next]);
        for place in &needed_by[next] {
            missing[*place] -= 1;
            if missing[*place] == 0 && left.contains(place) {
                free.insert(*place);
            }
        }
    }
    ordered
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The same by its definition: the first whose needs are all placed, or else the first.
    fn slowly(items: &[(Name, BTreeSet<Name>)]) -> Vec<&(Name, BTreeSet<Name>)> {
        let mut left: Vec<_> = items.iter().collect();
        let mut ordered = Vec::new();
        while !left.is_empty() {
            let is_free = |item: &&(Name, BTreeSet<Name>)| {
                let others = item.1.iter().filter(|need| **need != item.0);
                others.into_iter().all(|need| left.iter().all(|other| other.0 != *need))
            };
            let next = left.iter().position(is_free).unwrap_or(0);
            ordered.push(left.remove(next));
        }
        ordered
    }

    proptest! {
        #[test]
        fn what_is_needed_comes_first_and_circles_begin_with_their_first(
            needs in proptest::collection::vec(
                proptest::collection::btree_set(0u8..14, 0..4), 0..12
            )
        ) {
            let name = |number: u8| Name::new(format!("n{number:02}"));
            let items: Vec<(Name, BTreeSet<Name>)> = (0..)
                .zip(&needs)
                .map(|(number, needs)| (name(number), needs.iter().copied().map(name).collect()))
                .collect();
            let ordered = in_order(&items, |item| &item.0, |item| item.1.clone());
            prop_assert_eq!(ordered, slowly(&items));
        }
    }
}
