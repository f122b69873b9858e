//! The name of an index that is made without one.

use super::name::same;
use super::{Index, Schema};
use crate::operation::{Index as NewIndex, Indexed};

impl Schema {
    /// The name that `index` gets in a database with this schema: its own, or one made of its
    /// table's and its columns' names, with a number behind it where something has that. One that is
    /// not to be made twice takes a name that an index of its table has.
    pub(crate) fn name_for(&self, index: &NewIndex) -> Option<String> {
        if let Some(name) = &index.name {
            return Some(name.clone());
        }
        let table = self.table(&index.table)?;
        let mut plain = table.name.clone();
        for column in &index.columns {
            plain.push('_');
            plain.push_str(match &column.indexed {
                Indexed::Column(name) => name,
                Indexed::Expression(_) => "expression",
            });
        }
        let is_own = |other: &Index| same(&other.table, &table.name);
        if index.if_not_exists && self.index(&plain).is_some_and(is_own) {
            return Some(plain);
        }
        let taken = |name: &str| {
            self.index(name).is_some()
                || self.table(name).is_some()
                || self.view(name).is_some()
                || self.virtual_table(name).is_some()
        };
        let numbered = (2_u32..).map(|number| format!("{plain}_{number}"));
        std::iter::once(plain.clone()).chain(numbered).find(|name| !taken(name))
    }
}
