//! Writes a schema as SQL that makes it again.

use std::fmt::{self, Display, Formatter};

use super::model::{
    Check, Column, ForeignKey, Index, IndexColumn, IndexTerm, KeyColumn, Normal, PrimaryKey, Table,
    Trigger, Unique, View, VirtualTable,
};
use super::name::Name;
use crate::operation::sql::DefaultValue;
use crate::schema::{KeyAction, OnConflict};

impl Display for Normal {
    /// Each statement ends with a semicolon, and a blank line is between two of them.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mut statements = Vec::new();
        for table in self.tables_in_order() {
            statements.push(table.to_string());
            statements.extend(table.indexes.iter().map(|index| index.definition(table)));
        }
        statements.extend(self.virtual_tables.iter().map(ToString::to_string));
        statements.extend(self.views_in_order().iter().map(ToString::to_string));
        statements.extend(self.triggers.iter().map(ToString::to_string));
        for (position, statement) in statements.iter().enumerate() {
            let gap = if position > 0 { "\n" } else { "" };
            writeln!(f, "{gap}{statement};")?;
        }
        Ok(())
    }
}

impl Display for Table {
    /// The CREATE TABLE, without its indexes.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mut items: Vec<String> =
            self.columns.iter().map(|column| self.column_definition(column)).collect();
        let key = self.primary_key.iter().filter(|key| own_column(&key.columns).is_none());
        items.extend(key.map(|key| {
            format!(
                "{}PRIMARY KEY {}{}",
                Named(key.name.as_ref()),
                List(&key.columns),
                OnConflictOf(key.on_conflict)
            )
        }));
        let uniques = self.uniques.iter().filter(|unique| unique.own_column().is_none());
        items.extend(uniques.map(|unique| {
            format!(
                "{}UNIQUE {}{}",
                Named(unique.name.as_ref()),
                List(&unique.columns),
                OnConflictOf(unique.on_conflict)
            )
        }));
        items.extend(self.checks.iter().map(ToString::to_string));
        let keys = self.foreign_keys.iter().filter(|key| key.columns.len() != 1);
        items.extend(keys.map(|key| {
            format!(
                "{}FOREIGN KEY {} {}",
                Named(key.name.as_ref()),
                List(&key.columns),
                References(key)
            )
        }));
        write!(f, "CREATE TABLE {} (\n  {}\n", self.name, items.join(",\n  "))?;
        f.write_str(match (self.strict, self.without_rowid) {
            (false, false) => ")",
            (true, false) => ") STRICT",
            (false, true) => ") WITHOUT ROWID",
            (true, true) => ") STRICT, WITHOUT ROWID",
        })
    }
}

impl Table {
    /// A column with all constraints that can be written at it.
    fn column_definition(&self, column: &Column) -> String {
        let is_own = |columns: &[KeyColumn]| own_column(columns) == Some(&column.name);
        let mut text = column.to_string();
        for key in self.primary_key.iter().filter(|key| is_own(&key.columns)) {
            text += &format!(" {key}");
        }
        for unique in self.uniques.iter().filter(|unique| unique.own_column() == Some(&column.name))
        {
            text += &format!(" {unique}");
        }
        for key in &self.foreign_keys {
            if matches!(key.columns.as_slice(), [only] if *only == column.name) {
                text += &format!(" {}{}", Named(key.name.as_ref()), References(key));
            }
        }
        text
    }
}

impl Unique {
    /// The only column, if the constraint can be written there: a UNIQUE at a column has no order.
    fn own_column(&self) -> Option<&Name> {
        own_column(&self.columns).filter(|_| self.columns.iter().all(|column| !column.descending))
    }
}

/// The only column of a key that can be written at that column.
fn own_column(columns: &[KeyColumn]) -> Option<&Name> {
    match columns {
        [KeyColumn { name, collate: None, .. }] => Some(name),
        _ => None,
    }
}

impl Display for Column {
    /// The name, the type and the clauses that only a column can have.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.name)?;
        if !self.declared_type.is_empty() {
            write!(f, " {}", self.declared_type)?;
        }
        if let Some(not_null) = &self.not_null {
            write!(f, " NOT NULL{}", OnConflictOf(not_null.on_conflict))?;
        }
        if let Some(default) = &self.default {
            write!(f, " DEFAULT {}", DefaultValue(default.as_str()))?;
        }
        if let Some(collation) = &self.collate {
            write!(f, " COLLATE {collation}")?;
        }
        if let Some(generated) = &self.generated {
            let kept = if generated.stored { "STORED" } else { "VIRTUAL" };
            write!(f, " GENERATED ALWAYS AS ({}) {kept}", generated.expression)?;
        }
        Ok(())
    }
}

impl Display for PrimaryKey {
    /// As it is written at a column.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let descending = self.columns.iter().any(|column| column.descending);
        write!(f, "{}PRIMARY KEY", Named(self.name.as_ref()))?;
        f.write_str(if descending { " DESC" } else { "" })?;
        OnConflictOf(self.on_conflict).fmt(f)?;
        f.write_str(if self.autoincrement { " AUTOINCREMENT" } else { "" })
    }
}

impl Display for Unique {
    /// As it is written at a column.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}UNIQUE{}", Named(self.name.as_ref()), OnConflictOf(self.on_conflict))
    }
}

impl Display for Check {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}CHECK ({})", Named(self.name.as_ref()), self.expression)
    }
}

impl Display for KeyColumn {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.name.fmt(f)?;
        self.collate.as_ref().map_or(Ok(()), |collation| write!(f, " COLLATE {collation}"))?;
        f.write_str(if self.descending { " DESC" } else { "" })
    }
}

impl Display for IndexColumn {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.term {
            IndexTerm::Column(name) => name.fmt(f)?,
            IndexTerm::Expression(words) => words.fmt(f)?,
        }
        self.collate.as_ref().map_or(Ok(()), |collation| write!(f, " COLLATE {collation}"))?;
        f.write_str(if self.descending { " DESC" } else { "" })
    }
}

impl Index {
    /// The CREATE INDEX of this index of `table`.
    #[must_use]
    pub fn definition(&self, table: &Table) -> String {
        let unique = if self.unique { "UNIQUE " } else { "" };
        let condition =
            self.condition.as_ref().map_or(String::new(), |words| format!(" WHERE {words}"));
        format!(
            "CREATE {unique}INDEX {} ON {} {}{condition}",
            self.name,
            table.name,
            List(&self.columns)
        )
    }
}

impl Display for VirtualTable {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "CREATE VIRTUAL TABLE {} USING {}", self.name, self.module)?;
        match self.arguments.as_slice() {
            [] => Ok(()),
            arguments => write!(f, "({})", arguments.join(", ")),
        }
    }
}

impl Display for View {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.definition.fmt(f)
    }
}

impl Display for Trigger {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.definition.fmt(f)
    }
}

/// `CONSTRAINT name` before a constraint that has one.
struct Named<'n>(Option<&'n Name>);

impl Display for Named<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |name| write!(f, "CONSTRAINT {name} "))
    }
}

/// A list in parentheses.
struct List<'l, T>(&'l [T]);

impl<T: Display> Display for List<'_, T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let items: Vec<_> = self.0.iter().map(ToString::to_string).collect();
        write!(f, "({})", items.join(", "))
    }
}

/// ON CONFLICT, unless it is the default.
struct OnConflictOf(Option<OnConflict>);

impl Display for OnConflictOf {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |conflict| write!(f, " ON CONFLICT {conflict}"))
    }
}

/// REFERENCES and what follows it.
struct References<'k>(&'k ForeignKey);

impl Display for References<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let key = self.0;
        write!(f, "REFERENCES {}", key.parent)?;
        if !key.parent_columns.is_empty() {
            write!(f, " {}", List(&key.parent_columns))?;
        }
        for (event, action) in [("DELETE", key.on_delete), ("UPDATE", key.on_update)] {
            if action != KeyAction::NoAction {
                write!(f, " ON {event} {action}")?;
            }
        }
        f.write_str(if key.deferred { " DEFERRABLE INITIALLY DEFERRED" } else { "" })
    }
}
