//! The tables of a database that are none of the migrations': other programs have them there.

/// The names of tables that count for nothing in the schema of a database, with their indexes and triggers:
/// `exclude_tables` in `runner.toml`. Case does not count.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExcludedTables(Vec<String>);

impl ExcludedTables {
    /// Every table counts.
    pub const NONE: &Self = &Self(Vec::new());

    /// The same, with `tables`.
    #[must_use]
    pub fn and(&self, tables: &[String]) -> Self {
        let new = tables.iter().filter(|table| !self.contain(table));
        Self(self.0.iter().chain(new).cloned().collect())
    }

    /// Whether `table` is one of them.
    #[must_use]
    pub fn contain(&self, table: &str) -> bool {
        self.0.iter().any(|name| name.eq_ignore_ascii_case(table))
    }

    /// Their names.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

impl From<Vec<String>> for ExcludedTables {
    fn from(names: Vec<String>) -> Self {
        Self(names)
    }
}
