//! The key by which the rows of a table are gone through and found again, and its SQL.

use migration_operation::sql::quote;

/// A key that each row has once, without NULL, in the order of an index or of the table itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) kind: KeyKind,
    pub(super) parts: Vec<KeyPart>,
}

/// Where a key comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum KeyKind {
    /// The rowid, which VACUUM may change.
    Rowid,
    /// A column that is the rowid.
    IntegerPrimaryKey,
    /// The columns of a primary key that has an index, in a table with rowids or without.
    PrimaryKey { index: String },
}

/// A column of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct KeyPart {
    /// As SQL writes it.
    pub(super) sql: String,
    /// Of the index, which may be another than the column's.
    pub(super) collation: Option<String>,
    pub(super) order: Order,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Ascending,
    Descending,
}

impl KeyPart {
    pub(super) fn plain(sql: String) -> Self {
        Self { sql, collation: None, order: Order::Ascending }
    }

    /// The column in comparisons: they use the index only under its collation.
    fn compared(&self) -> String {
        match &self.collation {
            Some(collation) => format!("{} COLLATE {}", self.sql, quote(collation)),
            None => self.sql.clone(),
        }
    }
}

impl Key {
    pub(super) fn width(&self) -> usize {
        self.parts.len()
    }

    /// What follows the name of the table in FROM. The planner has no choice: another index would need a sort of
    /// the whole table for each batch.
    pub(super) fn indexed(&self) -> String {
        match &self.kind {
            KeyKind::Rowid | KeyKind::IntegerPrimaryKey => "NOT INDEXED".to_owned(),
            KeyKind::PrimaryKey { index } => format!("INDEXED BY {}", quote(index)),
        }
    }

    pub(super) fn columns(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().map(|part| part.sql.as_str())
    }

    pub(super) fn order_by(&self) -> String {
        let terms = self.parts.iter().map(|part| match part.order {
            Order::Ascending => part.compared(),
            Order::Descending => format!("{} DESC", part.compared()),
        });
        terms.collect::<Vec<_>>().join(", ")
    }

    /// The opposite order.
    pub(super) fn order_by_reversed(&self) -> String {
        let terms = self.parts.iter().map(|part| match part.order {
            Order::Ascending => format!("{} DESC", part.compared()),
            Order::Descending => part.compared(),
        });
        terms.collect::<Vec<_>>().join(", ")
    }

    /// The rows that agree with the parameters in all columns of the first `prefix` but the last, and come
    /// behind in that one. For all prefixes, the longest first, these are the rows behind a key, in order,
    /// whatever the directions; a comparison of row values would need one direction.
    pub(super) fn behind(&self, prefix: usize) -> String {
        let (last, equal) = (prefix - 1, &self.parts[..prefix - 1]);
        let mut terms = equalities(equal, 1);
        let operator = match self.parts[last].order {
            Order::Ascending => '>',
            Order::Descending => '<',
        };
        terms.push(format!("{} {operator} ?{prefix}", self.parts[last].compared()));
        terms.join(" AND ")
    }

    /// The row whose key is in the parameters from `first` on.
    pub(super) fn equals(&self, first: usize) -> String {
        equalities(&self.parts, first).join(" AND ")
    }

    /// What has to be the same for a checkpoint to be of this key.
    pub(super) fn description(&self) -> String {
        match self.kind {
            KeyKind::Rowid => "rowid".to_owned(),
            KeyKind::IntegerPrimaryKey | KeyKind::PrimaryKey { .. } => self.order_by(),
        }
    }
}

fn equalities(parts: &[KeyPart], first: usize) -> Vec<String> {
    let numbered = parts.iter().zip(first..);
    numbered.map(|(part, number)| format!("{} = ?{number}", part.compared())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_prefix_has_its_own_condition_in_the_direction_of_its_last_column() {
        let part =
            |name, order| KeyPart { sql: quote(name), collation: Some("NOCASE".into()), order };
        let key = Key {
            kind: KeyKind::PrimaryKey { index: "i".into() },
            parts: vec![part("a", Order::Ascending), part("b", Order::Descending)],
        };
        assert_eq!(key.behind(1), r#""a" COLLATE "NOCASE" > ?1"#);
        assert_eq!(key.behind(2), r#""a" COLLATE "NOCASE" = ?1 AND "b" COLLATE "NOCASE" < ?2"#);
        assert_eq!(key.order_by(), r#""a" COLLATE "NOCASE", "b" COLLATE "NOCASE" DESC"#);
        assert_eq!(key.equals(3), r#""a" COLLATE "NOCASE" = ?3 AND "b" COLLATE "NOCASE" = ?4"#);
    }
}
