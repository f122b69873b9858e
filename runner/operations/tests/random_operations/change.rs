//! Random operations on a database that is there: mostly ones that could be done.

use migration_api::operation::{
    Check, Column, ForeignKey, Index, IndexColumn, Operation, PrimaryKey, Table, TableOptions,
    Unique, WhichConstraint,
};
use migration_api::schema::{Schema, Table as Known};

use crate::chance::Chance;

const NEW_NAMES: [&str; 18] = [
    "a", "b", "c", "d", "id", "true", "false", "rowid", "oid", "what", "new name", "kind", "log2",
    "n1", "n2", "n3", "n4", "",
];
const TYPES: [&str; 8] = ["", "INTEGER", "INT", "TEXT", "REAL", "BLOB", "NUMERIC", "ANY"];
const DEFAULTS: [&str; 7] = ["1", "'x'", "NULL", "CURRENT_DATE", "(2 + 3)", "lower('A')", "-7.25"];

/// The operations of one run.
pub(crate) fn operations(chance: &mut Chance, schema: &Schema) -> Vec<Operation> {
    let count = if chance.one_in(3) { 2 + chance.below(3) } else { 1 };
    (0..count).map(|_| operation(chance, schema)).collect()
}

fn operation(chance: &mut Chance, schema: &Schema) -> Operation {
    let known = &schema.tables[chance.below(schema.tables.len())];
    let other = &schema.tables[chance.below(schema.tables.len())];
    let table = known.name.clone();
    let column = column_of(chance, known);
    let new = chance.pick(&NEW_NAMES).to_owned();
    match chance.below(30) {
        0 => {
            let mut made = Table::new(new).column(column_named("a", chance));
            if chance.one_in(2) {
                made = made.column(column_named("rowid", chance));
            }
            Operation::create_table(made)
        }
        1 => Operation::drop_table(table),
        2 if chance.one_in(2) => Operation::rename_table_only(table, new),
        2 | 3 => Operation::rename_table(table, new),
        4..=7 => {
            let made = column_named(&new, chance);
            match chance.below(4) {
                0 => Operation::add_column(table, made.after(column)),
                1 => Operation::add_column(table, made.backfill(expression(chance, known))),
                _ => Operation::add_column(table, made),
            }
        }
        8..=10 => Operation::drop_column(table, column),
        11 => Operation::drop_column_cascade(table, column),
        12..=14 => Operation::rename_column(table, column, new),
        15 => Operation::alter_column_type(table, column, chance.pick(&TYPES)),
        16 => {
            let using = expression(chance, known);
            Operation::alter_column_type_using(table, column, chance.pick(&TYPES), using)
        }
        17 if chance.one_in(2) => Operation::set_not_null(table, column),
        17 => Operation::set_not_null_filling(table, column, chance.pick(&["0", "'f'", "NULL"])),
        18 => Operation::drop_not_null(table, column),
        19 if chance.one_in(2) => Operation::drop_default(table, column),
        19 => Operation::set_default_sql(table, column, chance.pick(&DEFAULTS)),
        20 if chance.one_in(2) => Operation::drop_collate(table, column),
        20 => Operation::set_collate(table, column, chance.pick(&["NOCASE", "RTRIM", "own"])),
        21 => {
            let term = match chance.below(3) {
                0 => IndexColumn::expression(format!("own(\"{column}\")")),
                _ => IndexColumn::new(column),
            };
            let index = Index::on(table, [term]);
            Operation::add_index(if chance.one_in(3) { index.unique() } else { index })
        }
        22 => {
            let mut names = schema.tables.iter().flat_map(|table| &table.indexes);
            let at = chance.below(6);
            let name = names.nth(at).map_or("i0".to_owned(), |index| index.name.clone());
            if chance.one_in(2) {
                Operation::drop_index(name)
            } else {
                Operation::rename_index(name, new)
            }
        }
        23 => Operation::add_unique(table, Unique::new([column])),
        24 => {
            let check = Check::new(format!("\"{column}\" IS NOT 'zz'"));
            Operation::add_check(table, if chance.one_in(2) { check.named("fine") } else { check })
        }
        25 => {
            let to = column_of(chance, other);
            let key = ForeignKey::new([column]).references(&other.name, [to]);
            Operation::add_foreign_key(table, key)
        }
        26 => {
            let which = match chance.below(3) {
                0 => WhichConstraint::Named("fair".to_owned()),
                1 => WhichConstraint::unique([column]),
                _ => WhichConstraint::foreign_key([column]),
            };
            Operation::drop_constraint(table, which)
        }
        27 => {
            let key = match chance.below(4) {
                0 => PrimaryKey::none(),
                1 => PrimaryKey::new([column]).autoincrement(true),
                _ => PrimaryKey::new([column]),
            };
            Operation::set_primary_key(table, key)
        }
        28 => Operation::reorder_columns(table, [column]),
        _ => {
            let mut options = TableOptions::new();
            if chance.one_in(2) {
                options = options.strict(chance.one_in(2));
            } else {
                options = options.without_rowid(chance.one_in(2));
            }
            Operation::set_table_options(table, options)
        }
    }
}

fn column_of(chance: &mut Chance, table: &Known) -> String {
    let names: Vec<_> = table.column_names().collect();
    names[chance.below(names.len())].to_owned()
}

fn column_named(name: &str, chance: &mut Chance) -> Column {
    let mut column = match chance.pick(&TYPES) {
        "" => Column::untyped(name),
        declared => Column::new(name, declared),
    };
    if chance.one_in(3) {
        column = column.default_sql(chance.pick(&DEFAULTS));
    }
    if chance.one_in(6) {
        column = column.not_null();
    }
    if chance.one_in(8) {
        column = column.unique();
    }
    if chance.one_in(12) {
        column = Column::integer(name).primary_key();
    }
    column
}

fn expression(chance: &mut Chance, table: &Known) -> String {
    let column = column_of(chance, table);
    match chance.below(5) {
        0 => "NULL".to_owned(),
        1 => format!("\"{column}\" || '!'"),
        2 => format!("own(\"{column}\")"),
        3 => format!("(SELECT count(*) FROM \"{}\")", table.name),
        _ => format!("\"{column}\""),
    }
}
