//! The way back from an operation, where the schema that it meets determines one.

use super::{
    Action, Check, Conflict, Constraint, Deferrable, ForeignKey, Index, IndexColumn, Operation,
    PrimaryKey, Reference, TableOptions, Unique, WhichConstraint,
};
use crate::schema::name::same;
use crate::schema::{
    self, ClauseKind, Column, ConstraintKind, IndexTerm, KeyAction, KeyColumn, OnConflict, Schema,
    Table,
};

impl Operation {
    /// The operation that takes this one back, given the schema before it.
    ///
    /// `None`: there is none, because something is lost for good (a table, a column, the NULLs that
    /// were filled), because the operation changes nothing, or because it cannot be done at all. The
    /// inverse restores the schema's meaning, and not always its spelling. Of values that a change of
    /// type has converted, those come back that another conversion restores.
    ///
    /// ```
    /// use migration_api::operation::Operation;
    /// use migration_api::schema::Schema;
    ///
    /// let connection = rusqlite::Connection::open_in_memory()?;
    /// connection.execute_batch("CREATE TABLE player (name TEXT DEFAULT 'x')")?;
    /// let schema = Schema::read(&connection)?;
    /// assert_eq!(
    ///     Operation::drop_default("player", "name").inverse(&schema),
    ///     Some(Operation::set_default_sql("player", "name", "'x'")),
    /// );
    /// assert_eq!(Operation::drop_table("player").inverse(&schema), None);
    /// # Ok::<(), migration_api::Error>(())
    /// ```
    #[must_use]
    pub fn inverse(&self, schema: &Schema) -> Option<Self> {
        match self {
            Self::CreateTable(table) => {
                schema.table(&table.name).is_none().then(|| Self::drop_table(&table.name))
            }
            Self::RenameTable { table, to } => {
                let old = match schema.table(table) {
                    Some(table) => &table.name,
                    None => &schema.virtual_table(table)?.name,
                };
                Some(Self::rename_table(to, old))
            }
            Self::RenameIndex { name, to } => {
                Some(Self::rename_index(to, &schema.index(name)?.name))
            }
            Self::AddIndex(index) => {
                let name = index.name_in(schema)?;
                schema.index(&name).is_none().then(|| Self::drop_index(name))
            }
            Self::DropIndex { name, .. } => known_index(schema.index(name)?).map(Self::AddIndex),
            Self::DropTable { .. } | Self::DropColumn { .. } | Self::Execute { .. } => None,
            _ => self.inverse_in(schema.table(self.table()?)?),
        }
    }

    /// The table that is changed, where one is.
    fn table(&self) -> Option<&str> {
        match self {
            Self::DropTable { table, .. }
            | Self::RenameTable { table, .. }
            | Self::AddColumn { table, .. }
            | Self::DropColumn { table, .. }
            | Self::RenameColumn { table, .. }
            | Self::AlterColumnType { table, .. }
            | Self::SetNotNull { table, .. }
            | Self::DropNotNull { table, .. }
            | Self::SetDefault { table, .. }
            | Self::DropDefault { table, .. }
            | Self::SetCollate { table, .. }
            | Self::AddUnique { table, .. }
            | Self::AddCheck { table, .. }
            | Self::AddForeignKey { table, .. }
            | Self::DropConstraint { table, .. }
            | Self::DropForeignKey { table, .. }
            | Self::SetPrimaryKey { table, .. }
            | Self::ReorderColumns { table, .. }
            | Self::SetTableOptions { table, .. } => Some(table),
            _ => None,
        }
    }

    /// The way back from a change of `before`.
    fn inverse_in(&self, before: &Table) -> Option<Self> {
        let table = &before.name;
        match self {
            // A key made of the backfill takes the place of the rowids.
            Self::AddColumn { column, .. }
                if column.column.primary_key.is_some() && column.backfill.is_some() =>
            {
                None
            }
            Self::AddColumn { column, .. } => Some(Self::DropColumn {
                table: table.clone(),
                column: column.column.name.clone(),
                cascade: column.column.primary_key.is_some(),
            }),
            Self::RenameColumn { column, to, .. } => {
                Some(Self::rename_column(table, to, &before.column(column)?.name))
            }
            Self::AlterColumnType { column, using: None, .. } => {
                let column = before.column(column)?;
                Some(Self::alter_column_type(table, &column.name, &column.declared_type))
            }
            Self::SetNotNull { column, fill: None, .. } => {
                let column = before.column(column)?;
                (!column.is_not_null()).then(|| Self::drop_not_null(table, &column.name))
            }
            Self::DropNotNull { column, .. } => {
                let column = before.column(column)?;
                let plain = |clause: &schema::Clause| clause.kind == ClauseKind::NotNull(None);
                let all = column.clauses.iter().any(plain);
                all.then(|| Self::set_not_null(table, &column.name))
            }
            Self::SetDefault { column, .. } => Some(
                default_of(before, column)?.unwrap_or_else(|| Self::drop_default(table, column)),
            ),
            Self::DropDefault { column, .. } => default_of(before, column)?,
            Self::SetCollate { column, .. } => {
                let column = before.column(column)?;
                Some(Self::SetCollate {
                    table: table.clone(),
                    column: column.name.clone(),
                    collate: column.collate().map(str::to_owned),
                })
            }
            Self::AddUnique { unique, .. } => {
                let what = WhichConstraint::Unique(unique.columns.clone());
                dropping(before, unique.name.as_ref(), what)
            }
            Self::AddCheck { check, .. } => {
                let what = WhichConstraint::Check(check.expression.clone());
                dropping(before, check.name.as_ref(), what)
            }
            Self::AddForeignKey { foreign_key, .. } => {
                let what = WhichConstraint::ForeignKey(foreign_key.columns.clone());
                dropping(before, foreign_key.name.as_ref(), what)
            }
            Self::DropConstraint { constraint, .. } => adding(before, constraint),
            Self::DropForeignKey { columns, .. } => {
                adding(before, &WhichConstraint::ForeignKey(columns.clone()))
            }
            Self::SetPrimaryKey { key, .. } => {
                let integer = matches!(&key.columns[..], [only] if before.column(only)
                    .is_some_and(|column| same(&column.declared_type, "INTEGER")));
                let keeps_rowids =
                    before.without_rowid || before.rowid_alias().is_some() || !integer;
                let old = known_primary_key(before)?;
                keeps_rowids.then(|| Self::set_primary_key(table, old))
            }
            Self::ReorderColumns { .. } => {
                Some(Self::reorder_columns(table, before.column_names()))
            }
            Self::SetTableOptions { options, .. } => {
                let loses_rowids = options.without_rowid == Some(true)
                    && !before.without_rowid
                    && before.rowid_alias().is_none();
                // Outside of STRICT, ANY converts what looks like a number.
                let converts = options.strict == Some(false)
                    && before.strict
                    && before.columns.iter().any(|column| same(&column.declared_type, "ANY"));
                if loses_rowids || converts {
                    return None;
                }
                let options =
                    TableOptions::new().strict(before.strict).without_rowid(before.without_rowid);
                Some(Self::set_table_options(table, options))
            }
            _ => None,
        }
    }
}

/// Sets the default that `column` has; inside `None` if it has none.
fn default_of(before: &Table, column: &str) -> Option<Option<Operation>> {
    let column = before.column(column)?;
    let set = |text: &str| Operation::set_default_sql(&before.name, &column.name, text);
    Some(column.default().map(set))
}

/// Drops a constraint that is added to `before`, if that drops no other.
fn dropping(before: &Table, name: Option<&String>, what: WhichConstraint) -> Option<Operation> {
    let which = name.map_or(what, |name| WhichConstraint::Named(name.clone()));
    let is_free = before.meant(&which).is_empty();
    is_free.then(|| Operation::drop_constraint(&before.name, which))
}

/// Adds the constraint that `which` means, if it is one alone.
fn adding(before: &Table, which: &WhichConstraint) -> Option<Operation> {
    let found = before.meant(which);
    let [(name, kind)] = found.as_slice() else { return None };
    let table = &before.name;
    match known_constraint(name.clone(), kind)? {
        Constraint::Unique(unique) => Some(Operation::add_unique(table, unique)),
        Constraint::Check(check) => Some(Operation::add_check(table, check)),
        Constraint::ForeignKey(key) => Some(Operation::add_foreign_key(table, key)),
    }
}

fn known_constraint(name: Option<String>, kind: &ConstraintKind) -> Option<Constraint> {
    match kind {
        ConstraintKind::PrimaryKey { .. } => None,
        ConstraintKind::Unique { columns, on_conflict } => Some(Constraint::Unique(Unique {
            columns: plain_names(columns)?,
            name,
            on_conflict: on_conflict.map(known_conflict),
        })),
        ConstraintKind::Check(expression) => {
            Some(Constraint::Check(Check { name, expression: expression.to_string() }))
        }
        ConstraintKind::ForeignKey(key) => {
            Some(Constraint::ForeignKey(ForeignKey { name, ..known_key(key)? }))
        }
    }
}

fn known_key(key: &schema::ForeignKey) -> Option<ForeignKey> {
    if key.parent_columns.is_empty() {
        return None;
    }
    let deferrable = key.deferred.then_some(Deferrable::InitiallyDeferred);
    let reference = Reference {
        on_delete: known_action(key.on_delete),
        on_update: known_action(key.on_update),
        ..Reference::to(&key.parent, "")
    };
    let plain = ForeignKey::new(&key.columns).references(&key.parent, &key.parent_columns);
    let Reference { on_delete, on_update, .. } = reference;
    Some(ForeignKey { on_delete, on_update, deferrable, ..plain })
}

fn known_action(action: KeyAction) -> Option<Action> {
    match action {
        KeyAction::NoAction => None,
        KeyAction::Restrict => Some(Action::Restrict),
        KeyAction::Cascade => Some(Action::Cascade),
        KeyAction::SetNull => Some(Action::SetNull),
        KeyAction::SetDefault => Some(Action::SetDefault),
    }
}

fn known_conflict(conflict: OnConflict) -> Conflict {
    match conflict {
        OnConflict::Rollback => Conflict::Rollback,
        OnConflict::Abort => Conflict::Abort,
        OnConflict::Fail => Conflict::Fail,
        OnConflict::Ignore => Conflict::Ignore,
        OnConflict::Replace => Conflict::Replace,
    }
}

/// The names, if the key says nothing else about its columns.
fn plain_names(columns: &[KeyColumn]) -> Option<Vec<String>> {
    let plain = columns.iter().all(|key| key.collate.is_none() && !key.descending);
    plain.then(|| columns.iter().map(|key| key.name.clone()).collect())
}

fn known_primary_key(before: &Table) -> Option<PrimaryKey> {
    let of_column = before.columns.iter().find_map(Column::primary_key);
    let of_table = before
        .constraints
        .iter()
        .find(|constraint| matches!(constraint.kind, ConstraintKind::PrimaryKey { .. }));
    let name = match (of_column, of_table) {
        (Some(clause), _) => clause.name.clone(),
        (None, Some(constraint)) => constraint.name.clone(),
        (None, None) => None,
    };
    let columns = plain_names(&before.primary_key())?;
    Some(PrimaryKey { columns, name, autoincrement: Some(before.is_autoincrement()) })
}

fn known_index(index: &schema::Index) -> Option<Index> {
    if index.is_automatic() {
        return None;
    }
    let columns = index.columns.iter().map(|column| {
        let term = match &column.term {
            IndexTerm::Column(name) => IndexColumn::new(name),
            IndexTerm::Expression(text) => IndexColumn::expression(text),
        };
        IndexColumn { descending: column.descending, collate: column.collate.clone(), ..term }
    });
    let mut known = Index::on(&index.table, columns).named(&index.name);
    known.unique = index.unique;
    known.condition = index.condition.as_ref().map(ToString::to_string);
    Some(known)
}

impl Index {
    /// The name that this index gets in a database with this schema: its own, or one made of its
    /// table's and its columns' that nothing has.
    pub(crate) fn name_in(&self, schema: &Schema) -> Option<String> {
        if let Some(name) = &self.name {
            return Some(name.clone());
        }
        let table = schema.table(&self.table)?;
        let mut plain = table.name.clone();
        for column in &self.columns {
            plain.push('_');
            plain.push_str(match &column.indexed {
                super::Indexed::Column(name) => name,
                super::Indexed::Expression(_) => "expression",
            });
        }
        let taken = |name: &str| {
            schema.index(name).is_some()
                || schema.table(name).is_some()
                || schema.view(name).is_some()
                || schema.virtual_table(name).is_some()
        };
        let numbered = (2_u32..).map(|number| format!("{plain}_{number}"));
        std::iter::once(plain.clone()).chain(numbered).find(|name| !taken(name))
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
            .filter(|(name, kind)| which.means(name.as_deref(), kind))
            .collect()
    }
}

impl WhichConstraint {
    /// Whether it means a constraint that is called `name` and demands `kind`.
    pub(crate) fn means(&self, name: Option<&str>, kind: &ConstraintKind) -> bool {
        match (self, kind) {
            (Self::Named(wanted), _) => name.is_some_and(|own| same(own, wanted)),
            (Self::Unique(wanted), ConstraintKind::Unique { columns, .. }) => {
                let columns: Vec<_> = columns.iter().map(|key| key.name.as_str()).collect();
                schema::same_names(&columns, wanted)
            }
            (Self::Check(wanted), ConstraintKind::Check(expression)) => {
                expression.has_the_words_of(wanted)
            }
            (Self::ForeignKey(wanted), ConstraintKind::ForeignKey(key)) => key.is_on(wanted),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Migrator;

    const SETUP: &str = "CREATE TABLE p (k INTEGER PRIMARY KEY, c TEXT UNIQUE);
        CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT NOT NULL DEFAULT 'x' COLLATE NOCASE, b INT,
          CONSTRAINT u UNIQUE (b), CHECK (b > 0), FOREIGN KEY (b) REFERENCES p (k) ON DELETE CASCADE);
        CREATE UNIQUE INDEX i ON t (lower(a) DESC, b) WHERE b IS NOT NULL;
        INSERT INTO p VALUES (1, 'a'); INSERT INTO t VALUES (3, 'q', 1), (5, 'r', NULL);";

    fn meaning(connection: &rusqlite::Connection) -> Vec<String> {
        let questions = [
            "SELECT group_concat(name || type || \"notnull\" || ifnull(dflt_value, '-') || pk) \
             FROM pragma_table_info('t')",
            "SELECT group_concat(name || \"unique\" || partial) FROM \
             (SELECT * FROM pragma_index_list('t') ORDER BY origin, name)",
            "SELECT group_concat(\"table\" || \"from\" || \"to\" || on_delete) \
             FROM pragma_foreign_key_list('t')",
            "SELECT strict || wr FROM pragma_table_list('t')",
            "SELECT group_concat(quote(id) || quote(a) || quote(b)) FROM t",
        ];
        let ask = |sql| connection.query_row(sql, [], |row| row.get::<_, Option<String>>(0));
        questions.iter().map(|sql| ask(sql).unwrap().unwrap_or_default()).collect()
    }

    #[test]
    fn there_and_back_is_where_it_began() {
        for operation in [
            Operation::create_table(
                super::super::Table::new("n").column(super::super::Column::text("a")),
            ),
            Operation::rename_table("T", "z"),
            Operation::rename_column("t", "A", "z"),
            Operation::add_column("t", super::super::Column::text("z").unique()),
            Operation::alter_column_type("t", "b", "TEXT"),
            Operation::set_not_null("t", "id"),
            Operation::drop_not_null("t", "a"),
            Operation::set_default("t", "a", "y"),
            Operation::set_default("t", "b", 7),
            Operation::drop_default("t", "a"),
            Operation::drop_collate("t", "a"),
            Operation::set_collate("t", "b", "RTRIM"),
            Operation::add_index(Index::on("t", ["a"])),
            Operation::drop_index("I"),
            Operation::rename_index("i", "z"),
            Operation::add_unique("t", Unique::new(["a"])),
            Operation::add_check("t", Check::new("a <> 'z'").named("z")),
            Operation::drop_constraint("t", "U"),
            Operation::drop_constraint("t", WhichConstraint::Check("b>0".into())),
            Operation::drop_foreign_key("t", ["B"]),
            Operation::set_primary_key("t", PrimaryKey::new(["a"])),
            Operation::reorder_columns("t", ["b"]),
            Operation::set_table_options("t", TableOptions::new().without_rowid(true)),
            Operation::set_table_options("p", TableOptions::new().strict(true)),
        ] {
            let connection = rusqlite::Connection::open_in_memory().unwrap();
            connection.execute_batch(SETUP).unwrap();
            let before = meaning(&connection);
            let schema = Schema::read(&connection).unwrap();
            let inverse = operation.inverse(&schema).unwrap_or_else(|| panic!("{operation}"));
            let mut migrator = Migrator::new(&connection);
            migrator.run([operation.clone()]).unwrap_or_else(|error| panic!("{error:?}"));
            migrator.run([inverse]).unwrap_or_else(|error| panic!("{operation}: {error:?}"));
            assert_eq!(meaning(&connection), before, "{operation}");
        }
    }

    #[test]
    fn what_is_lost_has_no_way_back() {
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        connection.execute_batch(SETUP).unwrap();
        let schema = Schema::read(&connection).unwrap();
        for operation in [
            Operation::drop_table("t"),
            Operation::drop_column("t", "b"),
            Operation::execute("SELECT 1"),
            Operation::set_not_null_filling("t", "b", "1"),
            Operation::alter_column_type_using("t", "b", "TEXT", "hex(b)"),
            Operation::drop_default("t", "b"),
            Operation::add_foreign_key("t", ForeignKey::new(["b"]).references("p", ["k"])),
            Operation::rename_table("nothing", "x"),
        ] {
            assert_eq!(operation.inverse(&schema), None, "{operation}");
        }
    }
}
