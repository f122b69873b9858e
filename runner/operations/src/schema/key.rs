//! Keys: primary keys, UNIQUE, and foreign keys.

use std::fmt;

use sqlite3_parser::ast::{
    DeferSubclause, Expr, ForeignKeyClause, InitDeferredPred, Literal, RefAct, RefArg, ResolveType,
    SortOrder, SortedColumn,
};

use super::name;

/// A column of a PRIMARY KEY or a UNIQUE constraint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyColumn {
    /// The column, as the key spells it.
    pub name: String,
    /// A collation other than the column's own.
    pub collate: Option<String>,
    /// DESC
    pub descending: bool,
}

impl KeyColumn {
    /// The column `name`, ascending, with its own collation.
    pub(crate) fn plain(name: &str) -> Self {
        Self { name: name.to_owned(), collate: None, descending: false }
    }

    pub(super) fn read_all(columns: &[SortedColumn<'_>]) -> Vec<Self> {
        columns.iter().filter_map(Self::read).collect()
    }

    fn read(column: &SortedColumn<'_>) -> Option<Self> {
        let (expression, collate) = match &column.expr {
            Expr::Collate(inner, collation) => (*inner, Some(name::unquote(collation))),
            other => (other, None),
        };
        Some(Self {
            name: column_name(expression)?,
            collate,
            descending: column.order == Some(SortOrder::Desc),
        })
    }
}

/// The name, if all that `expression` does is name a column. SQLite takes a string for a name here.
pub(super) fn column_name(expression: &Expr<'_>) -> Option<String> {
    match expression {
        Expr::Id(id) => Some(name::unquote(id.0)),
        Expr::Name(column) => Some(name::unquote(column.0)),
        Expr::Literal(Literal::String(spelled)) => Some(name::unquote(spelled)),
        Expr::Parenthesized(inner) => match inner.first() {
            Some(Expr::Literal(_)) | None => None,
            Some(first) => (inner.len() == 1).then(|| column_name(first))?,
        },
        _ => None,
    }
}

/// What a broken constraint does to its statement (<https://sqlite.org/lang_conflict.html>).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum OnConflict {
    /// ROLLBACK
    Rollback,
    /// ABORT, which is what SQLite does unless told otherwise
    Abort,
    /// FAIL
    Fail,
    /// IGNORE
    Ignore,
    /// REPLACE
    Replace,
}

impl fmt::Display for OnConflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Rollback => "ROLLBACK",
            Self::Abort => "ABORT",
            Self::Fail => "FAIL",
            Self::Ignore => "IGNORE",
            Self::Replace => "REPLACE",
        })
    }
}

impl OnConflict {
    pub(super) fn read(resolve: ResolveType) -> Self {
        match resolve {
            ResolveType::Rollback => Self::Rollback,
            ResolveType::Abort => Self::Abort,
            ResolveType::Fail => Self::Fail,
            ResolveType::Ignore => Self::Ignore,
            ResolveType::Replace => Self::Replace,
        }
    }
}

/// What happens to a row when its parent row is deleted or updated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum KeyAction {
    /// Nothing, which is an error at the end of the statement.
    #[default]
    NoAction,
    /// An error at once.
    Restrict,
    /// The row is deleted or updated too.
    Cascade,
    /// The column becomes NULL.
    SetNull,
    /// The column gets its default.
    SetDefault,
}

impl KeyAction {
    fn read(action: RefAct) -> Self {
        match action {
            RefAct::NoAction => Self::NoAction,
            RefAct::Restrict => Self::Restrict,
            RefAct::Cascade => Self::Cascade,
            RefAct::SetNull => Self::SetNull,
            RefAct::SetDefault => Self::SetDefault,
        }
    }
}

impl fmt::Display for KeyAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoAction => "NO ACTION",
            Self::Restrict => "RESTRICT",
            Self::Cascade => "CASCADE",
            Self::SetNull => "SET NULL",
            Self::SetDefault => "SET DEFAULT",
        })
    }
}

/// A foreign key (<https://sqlite.org/foreignkeys.html>).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignKey {
    /// Its name.
    pub name: Option<String>,
    /// The columns of the child, as the key spells them.
    pub columns: Vec<String>,
    /// The parent table.
    pub parent: String,
    /// The columns of the parent; empty: its primary key.
    pub parent_columns: Vec<String>,
    /// ON DELETE
    pub on_delete: KeyAction,
    /// ON UPDATE
    pub on_update: KeyAction,
    /// Whether it is checked only at COMMIT.
    pub deferred: bool,
}

impl ForeignKey {
    pub(super) fn read(
        name: Option<String>,
        columns: Vec<String>,
        clause: &ForeignKeyClause<'_>,
        defer: Option<&DeferSubclause>,
    ) -> Self {
        let mut key = Self {
            name,
            columns,
            parent: name::unquote(clause.tbl_name.0),
            parent_columns: clause
                .columns
                .unwrap_or_default()
                .iter()
                .map(|column| name::unquote(column.col_name.0))
                .collect(),
            on_delete: KeyAction::default(),
            on_update: KeyAction::default(),
            deferred: false,
        };
        for argument in clause.args {
            match argument {
                RefArg::OnDelete(action) => key.on_delete = KeyAction::read(*action),
                RefArg::OnUpdate(action) => key.on_update = KeyAction::read(*action),
                RefArg::OnInsert(_) | RefArg::Match(_) => {}
            }
        }
        key.defer(defer);
        key
    }

    pub(super) fn defer(&mut self, defer: Option<&DeferSubclause>) {
        if let Some(defer) = defer {
            self.deferred = defer.deferrable
                && defer.init_deferred == Some(InitDeferredPred::InitiallyDeferred);
        }
    }

    /// Whether these are its columns, in this order.
    #[must_use]
    pub fn is_on<S: AsRef<str>>(&self, columns: &[S]) -> bool {
        same_names(&self.columns, columns)
    }
}

/// Whether both are the same names in the same order.
pub(crate) fn same_names<A: AsRef<str>, B: AsRef<str>>(a: &[A], b: &[B]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| name::same(a.as_ref(), b.as_ref()))
}
