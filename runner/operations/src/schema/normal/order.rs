//! What comes first: parents before children, a view before a view over it.

use std::collections::BTreeSet;

use super::model::{Normal, Table, View};
use super::name::Name;

impl Normal {
    /// The tables, each behind its parents, and otherwise by name. Where keys go in a circle, the first
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
    let mut left: Vec<(&T, BTreeSet<Name>)> =
        items.iter().map(|item| (item, needs(item))).collect();
    let mut ordered = Vec::new();
    while !left.is_empty() {
        let names: BTreeSet<Name> = left.iter().map(|(item, _)| name(item).clone()).collect();
        let is_free = |(item, needs): &(&T, BTreeSet<Name>)| {
            needs.iter().all(|need| need == name(item) || !names.contains(need))
        };
        let next = left.iter().position(is_free).unwrap_or(0);
        ordered.push(left.remove(next).0);
    }
    ordered
}
