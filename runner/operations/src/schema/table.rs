//! A table, read from the text that made it.

use sqlite3_parser::ast::{CreateTableBody, Stmt, TabFlags};

use super::column::{ClauseKind, Column};
use super::constraint::{Constraint, ConstraintKind};
use super::expression::Expression;
use super::index::Index;
use super::key::{ForeignKey, KeyColumn, same_names};
use super::layout::Layout;
use super::name::{self, same};
use super::{SyntaxError, sql};
use crate::operation::WhichConstraint;

/// The names of the rowid (<https://sqlite.org/lang_createtable.html#rowid>).
pub(crate) const ROWID: [&str; 3] = ["rowid", "_rowid_", "oid"];

/// A table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// The text that made it, byte for byte as the database keeps it.
    pub sql: String,
    /// Its columns, in order, generated ones too.
    pub columns: Vec<Column>,
    /// Its table constraints, in order.
    pub constraints: Vec<Constraint>,
    /// Its indexes, in the order in which they were made; those that keys and UNIQUE make too.
    pub indexes: Vec<Index>,
    /// STRICT
    pub strict: bool,
    /// WITHOUT ROWID
    pub without_rowid: bool,
    /// Whether it belongs to a virtual table.
    pub shadow: bool,
    pub(crate) layout: Layout,
}

impl Table {
    /// Reads a table from its CREATE TABLE. Indexes, and whether it is a shadow table, stand
    /// elsewhere.
    ///
    /// # Errors
    /// `sql` is no CREATE TABLE with a list of columns.
    pub fn parse(sql: &str) -> Result<Self, SyntaxError> {
        sql::statement(sql, |statement| {
            let Stmt::CreateTable { tbl_name, body, .. } = statement else {
                return Err(SyntaxError::not("CREATE TABLE", sql));
            };
            let layout = Layout::of(sql, body)?;
            let CreateTableBody::ColumnsAndConstraints { columns, constraints, flags } = body
            else {
                return Err(SyntaxError::not("list of columns", sql));
            };
            let columns = columns
                .iter()
                .zip(&layout.columns)
                .map(|(column, layout)| Column::read(sql, column, layout.clone()))
                .collect();
            let constraints = constraints
                .unwrap_or_default()
                .iter()
                .zip(&layout.constraints)
                .map(|(constraint, span)| Constraint::read(sql, constraint, span.clone()))
                .collect();
            Ok(Self {
                name: name::unquote(tbl_name.name.0),
                sql: sql.to_owned(),
                columns,
                constraints,
                indexes: Vec::new(),
                strict: flags.contains(TabFlags::Strict),
                without_rowid: flags.contains(TabFlags::WithoutRowid),
                shadow: false,
                layout,
            })
        })?
    }

    /// The column of this name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| name::same(&column.name, name))
    }

    /// The place of the column of this name.
    #[must_use]
    pub fn position(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| name::same(&column.name, name))
    }

    /// The texts of its columns and then of its constraints, as they are written.
    pub fn items(&self) -> impl Iterator<Item = &str> {
        let columns = self.columns.iter().map(|column| column.layout.whole.clone());
        columns.chain(self.layout.constraints.iter().cloned()).map(|span| &self.sql[span])
    }

    /// The names of its columns, in order.
    pub fn column_names(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|column| column.name.as_str())
    }

    /// The columns of its primary key, in the key's order; none where it has none.
    #[must_use]
    pub fn primary_key(&self) -> Vec<KeyColumn> {
        for column in &self.columns {
            if let Some(clause) = column.primary_key() {
                let descending =
                    matches!(clause.kind, ClauseKind::PrimaryKey { descending: true, .. });
                return vec![KeyColumn { name: column.name.clone(), collate: None, descending }];
            }
        }
        self.constraints
            .iter()
            .find_map(|constraint| match &constraint.kind {
                ConstraintKind::PrimaryKey { columns, .. } => Some(columns.clone()),
                _ => None,
            })
            .unwrap_or_default()
    }

    /// The column that is another name for the rowid
    /// (<https://sqlite.org/lang_createtable.html#rowids_and_the_integer_primary_key>).
    #[must_use]
    pub fn rowid_alias(&self) -> Option<&Column> {
        if self.without_rowid {
            return None;
        }
        let [key] = self.primary_key().try_into().ok()?;
        let column = self.column(&key.name)?;
        let integer = name::same(&column.declared_type, "INTEGER");
        let backwards = column.primary_key().is_some() && key.descending;
        (integer && !backwards).then_some(column)
    }

    /// Whether `column` is of a key that SQLite lets have no NULL, whatever its text says
    /// (<https://sqlite.org/withoutrowid.html>, <https://sqlite.org/stricttables.html>).
    #[must_use]
    pub fn is_never_null_key(&self, column: &Column) -> bool {
        let is_rowid = self.rowid_alias().is_some_and(|alias| alias.name == column.name);
        (self.without_rowid || (self.strict && !is_rowid))
            && self.primary_key().iter().any(|key| name::same(&key.name, &column.name))
    }

    /// Whether it has AUTOINCREMENT.
    #[must_use]
    pub fn is_autoincrement(&self) -> bool {
        let column = self.columns.iter().filter_map(Column::primary_key).any(|clause| {
            matches!(clause.kind, ClauseKind::PrimaryKey { autoincrement: true, .. })
        });
        column
            || self.constraints.iter().any(|constraint| {
                matches!(constraint.kind, ConstraintKind::PrimaryKey { autoincrement: true, .. })
            })
    }

    /// Its foreign keys: those of its columns, then those of the table.
    pub fn foreign_keys(&self) -> impl Iterator<Item = &ForeignKey> {
        let own = self.columns.iter().flat_map(Column::references);
        own.chain(self.constraints.iter().filter_map(|constraint| match &constraint.kind {
            ConstraintKind::ForeignKey(key) => Some(key),
            _ => None,
        }))
    }

    /// Its CHECKs: those of its columns, then those of the table.
    pub fn checks(&self) -> impl Iterator<Item = &Expression> {
        let own = self.columns.iter().flat_map(Column::checks);
        own.chain(self.constraints.iter().filter_map(|constraint| match &constraint.kind {
            ConstraintKind::Check(expression) => Some(expression),
            _ => None,
        }))
    }

    /// A name that means the rowid here: one that no column has taken
    /// (<https://sqlite.org/lang_createtable.html#rowid>).
    #[must_use]
    pub fn rowid_name(&self) -> Option<&'static str> {
        if self.without_rowid {
            return None;
        }
        ROWID.into_iter().find(|name| self.column(name).is_none())
    }
}

impl Table {
    /// The constraints that `which` means, at the table and at its columns, with their names.
    pub(crate) fn meant(&self, which: &WhichConstraint) -> Vec<(Option<String>, ConstraintKind)> {
        let at_columns = self.columns.iter().flat_map(|column| {
            column.clauses.iter().filter_map(|clause| {
                clause.as_constraint(column).map(|kind| (clause.name.clone(), kind))
            })
        });
        let at_table = self
            .constraints
            .iter()
            .map(|constraint| (constraint.name.clone(), constraint.kind.clone()));
        at_table
            .chain(at_columns)
            .filter(|(name, kind)| means(which, name.as_deref(), kind))
            .collect()
    }
}

/// Whether `which` means a constraint that is called `name` and demands `kind`.
pub(crate) fn means(which: &WhichConstraint, name: Option<&str>, kind: &ConstraintKind) -> bool {
    match (which, kind) {
        (WhichConstraint::Named(wanted), _) => name.is_some_and(|own| same(own, wanted)),
        (WhichConstraint::Unique(wanted), ConstraintKind::Unique { columns, .. }) => {
            let columns: Vec<_> = columns.iter().map(|key| key.name.as_str()).collect();
            same_names(&columns, wanted)
        }
        (WhichConstraint::Check(wanted), ConstraintKind::Check(expression)) => {
            expression.has_the_words_of(wanted)
        }
        (WhichConstraint::ForeignKey(wanted), ConstraintKind::ForeignKey(key)) => key.is_on(wanted),
        _ => false,
    }
}
