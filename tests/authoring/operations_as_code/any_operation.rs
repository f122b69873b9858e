//! Operations of every kind, on names and texts of every kind. Nothing is run, so nothing need fit.

use migration_api::operation::{
    Action, AddedColumn, Check, Column, Conflict, Constraint, Deferrable, ForeignKey, Index,
    IndexColumn, Literal, Operation, PrimaryKey, Table, TableOptions, Unique, WhichConstraint,
};
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;

pub(crate) fn operation() -> BoxedStrategy<Operation> {
    prop_oneof![3 => of_table(), 5 => of_column(), 4 => of_constraint(), 3 => of_index()].boxed()
}

fn name() -> BoxedStrategy<String> {
    prop_oneof![6 => "[a-z_]{1,12}", 1 => "\\PC{0,12}", 1 => any::<String>()].boxed()
}

fn names() -> BoxedStrategy<Vec<String>> {
    vec(name(), 0..4).boxed()
}

fn sql() -> BoxedStrategy<String> {
    prop_oneof![
        3 => "[a-z]{1,9} [<>=] [0-9]{1,3}",
        2 => "([a-z \"'#\\\\`\\[\\](),;\n\t-]|--|//|/\\*){0,60}",
        1 => "(\"#{0,3}|\r\n|\0|\u{202e}|[a-z]){0,9}",
        1 => "[a-z ]{60,140}",
        1 => any::<String>(),
    ]
    .boxed()
}

fn default() -> BoxedStrategy<String> {
    let literal = prop_oneof![
        Just(Literal::Null),
        any::<bool>().prop_map(Literal::from),
        any::<i64>().prop_map(Literal::from),
        (-9_i64..9).prop_map(Literal::from),
        any::<f64>().prop_map(Literal::from),
        any::<String>().prop_map(Literal::from),
        vec(any::<u8>(), 0..9).prop_map(Literal::from),
    ];
    prop_oneof![
        literal.prop_map(|literal| literal.to_string()),
        "[+-]?[0-9]{1,4}(\\.[0-9]{0,2})?|true|null|CURRENT_DATE|X'0G?'|'[a']{0,4}'",
        sql(),
    ]
    .boxed()
}

fn action() -> BoxedStrategy<Action> {
    prop_oneof![
        Just(Action::Cascade),
        Just(Action::SetNull),
        Just(Action::SetDefault),
        Just(Action::Restrict),
        Just(Action::NoAction),
    ]
    .boxed()
}

fn check() -> BoxedStrategy<Check> {
    (of(name()), sql())
        .prop_map(|(name, expression)| {
            let mut check = Check::new(expression);
            check.name = name;
            check
        })
        .boxed()
}

fn unique() -> BoxedStrategy<Unique> {
    let conflict = prop_oneof![
        Just(Conflict::Rollback),
        Just(Conflict::Abort),
        Just(Conflict::Fail),
        Just(Conflict::Ignore),
        Just(Conflict::Replace),
    ];
    (names(), of(name()), of(conflict))
        .prop_map(|(columns, name, conflict)| {
            let mut unique = Unique::new(columns);
            (unique.name, unique.on_conflict) = (name, conflict);
            unique
        })
        .boxed()
}

fn foreign_key() -> BoxedStrategy<ForeignKey> {
    (names(), name(), names(), of(name()), of(action()), of(action()), any::<bool>())
        .prop_map(|(columns, table, parents, name, on_delete, on_update, deferred)| {
            let mut key = ForeignKey::new(columns).references(table, parents);
            (key.name, key.on_delete, key.on_update) = (name, on_delete, on_update);
            key.deferrable = deferred.then_some(Deferrable::InitiallyDeferred);
            key
        })
        .boxed()
}

fn constraint() -> BoxedStrategy<Constraint> {
    prop_oneof![
        unique().prop_map(Constraint::from),
        check().prop_map(Constraint::from),
        foreign_key().prop_map(Constraint::from),
    ]
    .boxed()
}

fn column() -> BoxedStrategy<Column> {
    let declared = prop_oneof![
        4 => prop_oneof![Just("INTEGER"), Just("TEXT"), Just("REAL"), Just("BLOB"), Just("")]
            .prop_map(str::to_owned),
        1 => name(),
    ];
    let flags = (any::<bool>(), any::<bool>(), 0..3_usize);
    let references = (name(), name(), of(action()), of(action()));
    let clauses = (of(default()), of(name()), of(check()), of((sql(), any::<bool>())));
    (name(), of(declared), flags, clauses, of(references))
        .prop_map(|(name, declared, (not_null, unique, key), clauses, references)| {
            let mut column = Column::untyped(name);
            column.declared_type = declared;
            (column.not_null, column.unique) = (not_null, unique);
            column = match key {
                0 => column,
                1 => column.primary_key(),
                _ => column.autoincrement(),
            };
            let (default, collate, check, generated) = clauses;
            (column.default, column.collate, column.check) = (default, collate, check);
            if let Some((expression, stored)) = generated {
                column = column.generated(expression);
                column = if stored { column.stored() } else { column };
            }
            if let Some((table, parent, on_delete, on_update)) = references {
                column = column.references(table, parent);
                let reference = column.references.as_mut().unwrap();
                (reference.on_delete, reference.on_update) = (on_delete, on_update);
            }
            column
        })
        .boxed()
}

fn table() -> BoxedStrategy<Table> {
    let flags = (any::<bool>(), any::<bool>(), any::<bool>());
    let parts = (vec(column(), 0..5), names(), vec(constraint(), 0..4));
    (name(), parts, flags)
        .prop_map(|(name, (columns, key, constraints), flags)| {
            let mut table = Table::new(name).columns(columns).primary_key(key);
            table.constraints = constraints;
            (table.strict, table.without_rowid, table.if_not_exists) = flags;
            table
        })
        .boxed()
}

fn of_table() -> BoxedStrategy<Operation> {
    let options = (of(any::<bool>()), of(any::<bool>())).prop_map(|(strict, without_rowid)| {
        let mut options = TableOptions::new();
        (options.strict, options.without_rowid) = (strict, without_rowid);
        options
    });
    prop_oneof![
        3 => table().prop_map(Operation::create_table),
        1 => (name(), any::<bool>())
            .prop_map(|(table, if_exists)| Operation::DropTable { table, if_exists }),
        1 => (name(), name(), any::<bool>())
            .prop_map(|(table, to, only)| Operation::RenameTable { table, to, only }),
        1 => (name(), options)
            .prop_map(|(table, options)| Operation::set_table_options(table, options)),
        1 => sql().prop_map(Operation::execute),
    ]
    .boxed()
}

fn of_column() -> BoxedStrategy<Operation> {
    let added =
        (column(), 0..3_usize, name(), of(sql())).prop_map(|(column, at, other, backfill)| {
            let mut added = match at {
                0 => AddedColumn::from(column),
                1 => column.after(other),
                _ => column.before(other),
            };
            added.backfill = backfill;
            added
        });
    let place = || (name(), name());
    prop_oneof![
        3 => (name(), added).prop_map(|(table, column)| Operation::add_column(table, column)),
        1 => (place(), any::<bool>())
            .prop_map(|((table, column), cascade)| Operation::DropColumn { table, column, cascade }),
        1 => (place(), name())
            .prop_map(|((table, column), to)| Operation::rename_column(table, column, to)),
        1 => (place(), name(), of(sql())).prop_map(|((table, column), declared_type, using)| {
            Operation::AlterColumnType { table, column, declared_type, using }
        }),
        1 => (place(), of(sql()))
            .prop_map(|((table, column), fill)| Operation::SetNotNull { table, column, fill }),
        1 => place().prop_map(|(table, column)| Operation::drop_not_null(table, column)),
        1 => (place(), default())
            .prop_map(|((table, column), default)| Operation::SetDefault { table, column, default }),
        1 => place().prop_map(|(table, column)| Operation::drop_default(table, column)),
        1 => (place(), of(name()))
            .prop_map(|((table, column), collate)| Operation::SetCollate { table, column, collate }),
        1 => (name(), names())
            .prop_map(|(table, columns)| Operation::reorder_columns(table, columns)),
    ].boxed()
}

fn of_constraint() -> BoxedStrategy<Operation> {
    let which = prop_oneof![
        name().prop_map(WhichConstraint::Named),
        names().prop_map(WhichConstraint::Unique),
        sql().prop_map(WhichConstraint::Check),
        names().prop_map(WhichConstraint::ForeignKey),
    ];
    let key =
        (names(), of(name()), of(any::<bool>())).prop_map(|(columns, name, autoincrement)| {
            let mut key = PrimaryKey::new(columns);
            (key.name, key.autoincrement) = (name, autoincrement);
            key
        });
    prop_oneof![
        (name(), unique()).prop_map(|(table, unique)| Operation::add_unique(table, unique)),
        (name(), check()).prop_map(|(table, check)| Operation::add_check(table, check)),
        (name(), foreign_key()).prop_map(|(table, key)| Operation::add_foreign_key(table, key)),
        (name(), which).prop_map(|(table, which)| Operation::drop_constraint(table, which)),
        (name(), names()).prop_map(|(table, columns)| Operation::drop_foreign_key(table, columns)),
        (name(), key).prop_map(|(table, key)| Operation::set_primary_key(table, key)),
    ]
    .boxed()
}

fn of_index() -> BoxedStrategy<Operation> {
    let said = (any::<bool>(), sql(), any::<bool>(), of(name()));
    let term = prop_oneof![
        name().prop_map(IndexColumn::new),
        said.prop_map(|(is_column, text, descending, collate)| {
            let mut term = match is_column {
                true => IndexColumn::new(text),
                false => IndexColumn::expression(text),
            };
            (term.descending, term.collate) = (descending, collate);
            term
        }),
    ];
    let clauses = prop_oneof![
        1 => Just((None, false, None, false)),
        2 => (of(name()), any::<bool>(), of(sql()), any::<bool>()),
    ];
    let index = (name(), vec(term, 0..4), clauses).prop_map(|(table, columns, clauses)| {
        let mut index = Index::on(table, columns);
        (index.name, index.unique, index.condition, index.if_not_exists) = clauses;
        index
    });
    prop_oneof![
        3 => index.prop_map(Operation::add_index),
        1 => (name(), any::<bool>())
            .prop_map(|(name, if_exists)| Operation::DropIndex { name, if_exists }),
        1 => (name(), name()).prop_map(|(name, to)| Operation::rename_index(name, to)),
    ]
    .boxed()
}
