//! The tables whose rows a migration has as structs.

use migration_api::difference::Rename;
use migration_api::schema::normal::{Column, Normal, Table};

use super::TypedError;
use super::field::FieldType;

/// A table whose rows a migration has as structs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypedTable {
    /// As it is before the migration.
    pub(super) before: Table,
    becomes: Becomes,
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

    pub(crate) fn before(&self) -> &Table {
        &self.before
    }

    /// Whether it is STRICT on both sides.
    pub(crate) fn stays_strict(&self) -> bool {
        match &self.becomes {
            Becomes::Other { table, .. } => self.before.strict && table.strict,
            Becomes::Same | Becomes::Gone => self.before.strict,
        }
    }

    pub(super) fn becomes(&self) -> &Becomes {
        &self.becomes
    }

    /// What it is called while its rows change.
    pub(crate) fn called(&self) -> &str {
        match &self.becomes {
            Becomes::Other { table, .. } => table.name.as_str(),
            Becomes::Same | Becomes::Gone => self.name(),
        }
    }

    /// What a column that it had before is called while its rows change.
    pub(crate) fn column_called<'t>(&'t self, column: &'t str) -> &'t str {
        let Becomes::Other { table, renamed, .. } = &self.becomes else { return column };
        let new = renamed.iter().find_map(|rename| match rename {
            Rename::Column { table: of, from, to }
                if table.name.is(of) && from.eq_ignore_ascii_case(column) =>
            {
                Some(to.as_str())
            }
            _ => None,
        });
        new.unwrap_or(column)
    }

    /// Whether a column has another name while rows change than it had before.
    pub(crate) fn renames_columns(&self) -> bool {
        self.before.columns.iter().any(|it| !it.name.is(self.column_called(it.name.as_str())))
    }

    /// The columns that the fixup on the way forward writes.
    pub(super) fn written(&self) -> Vec<&Column> {
        let (new, filled) = match &self.becomes {
            Becomes::Gone => return Vec::new(),
            Becomes::Same => {
                let writable = |column: &&Column| is_writable(&self.before, column);
                return self.before.columns.iter().filter(writable).collect();
            }
            Becomes::Other { table, filled, .. } => (table, filled),
        };
        let writable = |column: &&Column| {
            let before = self.before_of(column);
            is_writable(new, column) && before.is_none_or(|it| is_writable(&self.before, it))
        };
        let changes = |column: &&Column| {
            let is_filled = filled.iter().any(|filled| column.name.is(filled));
            !is_filled
                && self.before_of(column).is_none_or(|before| {
                    let before = FieldType::of(&self.before, before);
                    before.needs_change_to(FieldType::of(new, column))
                })
        };
        let writable: Vec<_> = new.columns.iter().filter(writable).collect();
        let changed: Vec<_> = writable.iter().copied().filter(changes).collect();
        // Where the shape asks for nothing, it is the values that are to change: any of them.
        if changed.is_empty() { writable } else { changed }
    }

    /// The columns that the fixup on the way back writes, by the names that they had.
    pub(super) fn written_back(&self) -> Vec<&Column> {
        let Becomes::Other { table: new, .. } = &self.becomes else { return Vec::new() };
        let written = |column: &&Column| {
            is_writable(&self.before, column)
                && self.after_of(new, column).is_none_or(|now| {
                    let then = FieldType::of(&self.before, column);
                    is_writable(new, now) && FieldType::of(new, now).needs_change_to(then)
                })
        };
        self.before.columns.iter().filter(written).collect()
    }

    /// Those of the columns that are written which hold another type before, by the names that they have while rows
    /// change.
    pub(crate) fn retyped(&self) -> Vec<&str> {
        let Becomes::Other { table: new, .. } = &self.becomes else { return Vec::new() };
        let is_retyped = |column: &&&Column| {
            self.before_of(column).is_some_and(|before| {
                let before = FieldType::of(&self.before, before);
                before.is_another_than(FieldType::of(new, column))
            })
        };
        let written = self.written();
        written.iter().filter(is_retyped).map(|column| column.name.as_str()).collect()
    }

    /// The same of the columns that are written on the way back.
    pub(crate) fn retyped_back(&self) -> Vec<&str> {
        let Becomes::Other { table: new, .. } = &self.becomes else { return Vec::new() };
        let retyped = self.written_back().into_iter().filter_map(|column| {
            let now = self.after_of(new, column)?;
            let is_retyped =
                FieldType::of(new, now).is_another_than(FieldType::of(&self.before, column));
            is_retyped.then_some(now.name.as_str())
        });
        retyped.collect()
    }

    /// Whether the fixup gives rows a value in `column`.
    pub(crate) fn writes(&self, column: &str) -> bool {
        self.written().iter().any(|written| written.name.is(column))
    }

    /// Whether there is something to write on the way back.
    pub(crate) fn writes_back(&self) -> bool {
        !self.written_back().is_empty()
    }

    /// Whether the fixup on the way back gives rows a value in `column`, by the name that it had.
    pub(crate) fn writes_on_the_way_back(&self, column: &str) -> bool {
        self.written_back().iter().any(|written| written.name.is(column))
    }

    /// The columns that the fixup reads and writes, by the names that they have while rows change.
    pub(crate) fn needs(&self) -> Vec<&str> {
        let read = self.before.columns.iter().map(|it| self.column_called(it.name.as_str()));
        read.chain(self.written().into_iter().map(|it| it.name.as_str())).collect()
    }

    /// The same on the way back.
    pub(crate) fn needs_on_the_way_back(&self) -> Vec<&str> {
        let Becomes::Other { table: new, .. } = &self.becomes else { return Vec::new() };
        let read = new.columns.iter().map(|it| it.name.as_str());
        let written =
            self.written_back().into_iter().map(|it| self.column_called(it.name.as_str()));
        read.chain(written).collect()
    }

    /// What a column of the new table was before.
    fn before_of(&self, column: &Column) -> Option<&Column> {
        self.before.columns.iter().find(|it| column.name.is(self.column_called(it.name.as_str())))
    }

    /// What becomes of a column in the `new` table.
    fn after_of<'t>(&self, new: &'t Table, column: &Column) -> Option<&'t Column> {
        new.column(self.column_called(column.name.as_str()))
    }
}

/// Whether a pass may write the column: it is neither generated, nor in the key.
fn is_writable(table: &Table, column: &Column) -> bool {
    column.generated.is_none() && !table.is_key(column.name.as_str())
}
