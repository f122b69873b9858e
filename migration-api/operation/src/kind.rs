//! The kinds of objects of a schema.

use std::fmt;

/// The kinds of tables whose key is never NULL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyedTable {
    /// WITHOUT ROWID.
    WithoutRowid,
    /// STRICT.
    Strict,
}

impl fmt::Display for KeyedTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::WithoutRowid => "WITHOUT ROWID",
            Self::Strict => "STRICT",
        })
    }
}

/// The kind of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A table.
    Table,
    /// A virtual table.
    VirtualTable,
    /// A table that belongs to a virtual table.
    ShadowTable,
    /// A view.
    View,
    /// A trigger.
    Trigger,
    /// An index.
    Index,
}

impl Kind {
    pub(crate) fn with_article(self) -> String {
        let article = if self == Self::Index { "an" } else { "a" };
        format!("{article} {self}")
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Table => "table",
            Self::VirtualTable => "virtual table",
            Self::ShadowTable => "table of a virtual table",
            Self::View => "view",
            Self::Trigger => "trigger",
            Self::Index => "index",
        })
    }
}
