//! The tables whose rows a migration has as structs.

use migration_api::difference::Rename;
use migration_api::schema::normal::{Column, Name, Normal, Table};

use super::TypedError;
use super::field::FieldType;

/// A table whose rows a migration has as structs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypedTable {
    /// As it is before the migration.
    pub(super) before: Table,
    pub(super) becomes: Becomes,
}

/// What becomes of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Becomes {
    /// Its rows change, and the table stays as it is.
    Same,
    /// Another, under names that it has while its rows change.
    Other {
        /// The table.
        table: Box<Table>,
        /// The renames that lead there.
        renamed: Vec<Rename>,
        /// Columns whose values an operation makes.
        filled: Vec<String>,
    },
    /// None.
    Gone,
}

impl TypedTable {
    /// The table of `schema`, which is that `of` something, with this name.
    ///
    /// # Errors
    /// There is none, or it is a view or a virtual table.
    pub fn find(schema: &Normal, of: &str, name: &str) -> Result<Self, TypedError> {
        if let Some(table) = schema.table(name) {
            return Ok(Self { before: table.clone(), becomes: Becomes::Same });
        }
        let refused = |kind| TypedError::NotATable { table: name.to_owned(), kind };
        if schema.virtual_tables.iter().any(|it| it.name.is(name)) {
            return Err(refused("virtual table"));
        }
        if schema.views.iter().any(|it| it.name.is(name)) {
            return Err(refused("view"));
        }
        let known = schema.tables.iter().map(|table| String::from(&table.name)).collect();
        Err(TypedError::NoTable { table: name.to_owned(), of: of.to_owned(), known })
    }

    /// Its name before the migration.
    #[must_use]
    pub fn name(&self) -> &str {
        self.before.name.as_str()
    }

    /// The same, of which this becomes.
    #[must_use]
    pub fn becoming(self, becomes: Becomes) -> Self {
        Self { becomes, ..self }
    }

    /// What it is called while its rows change.
    pub(super) fn called(&self) -> &str {
        match &self.becomes {
            Becomes::Other { table, .. } => table.name.as_str(),
            Becomes::Same | Becomes::Gone => self.name(),
        }
    }

    /// What a column that it had before is called while its rows change.
    pub(super) fn column_called<'t>(&'t self, column: &'t Name) -> &'t str {
        let Becomes::Other { table, renamed, .. } = &self.becomes else { return column.as_str() };
        let new = renamed.iter().find_map(|rename| match rename {
            Rename::Column { table: of, from, to } if table.name.is(of) && column.is(from) => {
                Some(to.as_str())
            }
            _ => None,
        });
        new.unwrap_or(column.as_str())
    }

    /// The columns that the fixup on the way forward writes.
    pub(super) fn written(&self) -> Vec<&Column> {
        let plain = |table: &Table, column: &Column| {
            column.generated.is_none() && !table.is_key(column.name.as_str())
        };
        let (new, filled) = match &self.becomes {
            Becomes::Gone => return Vec::new(),
            Becomes::Same => {
                return self.before.columns.iter().filter(|it| plain(&self.before, it)).collect();
            }
            Becomes::Other { table, filled, .. } => (table, filled),
        };
        let is_filled = |column: &Column| filled.iter().any(|filled| column.name.is(filled));
        let writable = |column: &&Column| {
            let before = self.before_of(column);
            plain(new, column) && before.is_none_or(|before| plain(&self.before, before))
        };
        let changes = |column: &&Column| match self.before_of(column) {
            None => !is_filled(column),
            Some(before) => {
                FieldType::of(&self.before, before).needs_change_to(FieldType::of(new, column))
            }
        };
        let writable: Vec<_> = new.columns.iter().filter(writable).collect();
        let changed: Vec<_> = writable.iter().copied().filter(changes).collect();
        // Where the shape asks for nothing, it is the values that are to change: any of them.
        if changed.is_empty() { writable } else { changed }
    }

    /// The columns that the fixup on the way back writes.
    pub(super) fn written_back(&self) -> Vec<&Column> {
        let Becomes::Other { table: new, .. } = &self.becomes else { return Vec::new() };
        let written = |column: &&Column| {
            let is_plain = column.generated.is_none() && !self.before.is_key(column.name.as_str());
            is_plain
                && match new.column(self.column_called(&column.name)) {
                    None => true,
                    Some(now) => {
                        let changes = FieldType::of(new, now)
                            .needs_change_to(FieldType::of(&self.before, column));
                        now.generated.is_none() && !new.is_key(now.name.as_str()) && changes
                    }
                }
        };
        self.before.columns.iter().filter(written).collect()
    }

    /// What a column of the new table was before.
    fn before_of(&self, column: &Column) -> Option<&Column> {
        self.before.columns.iter().find(|it| column.name.is(self.column_called(&it.name)))
    }
}
