//! What chance decides about a database, as numbers. `world.rs` makes tables of them in which every
//! row keeps every constraint; so a draft shrinks in every way and stays a database.

use proptest::collection::vec;
use proptest::prelude::*;

#[derive(Debug, Clone)]
pub(crate) struct Draft {
    pub(crate) tables: Vec<TableDraft>,
    pub(crate) foreign_keys: bool,
    pub(crate) legacy_alter_table: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct TableDraft {
    pub(crate) name: u8,
    pub(crate) key: u8,
    pub(crate) is_strict: bool,
    pub(crate) columns: Vec<ColumnDraft>,
    pub(crate) constraints: Vec<ConstraintDraft>,
    pub(crate) rows: u8,
    pub(crate) indexes: Vec<(u8, u8)>,
    pub(crate) triggers: Vec<(u8, u8)>,
    pub(crate) views: Vec<(u8, u8)>,
}

#[derive(Debug, Clone)]
pub(crate) struct ColumnDraft {
    pub(crate) name: u8,
    pub(crate) declared_type: u8,
    pub(crate) is_not_null: bool,
    pub(crate) default: u8,
    pub(crate) is_unique: bool,
    pub(crate) collate: u8,
    pub(crate) check: u8,
    pub(crate) reference: u8,
    pub(crate) generated: u8,
    pub(crate) comment: u8,
}

/// A kind, and two columns it may be about.
pub(crate) type ConstraintDraft = (u8, u8, u8);

/// An operation: its kind, and numbers that choose what it is about.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ChangeDraft {
    pub(crate) kind: u8,
    pub(crate) table: u8,
    pub(crate) column: u8,
    pub(crate) other: u8,
    pub(crate) variant: u8,
}

pub(crate) fn drafts() -> impl Strategy<Value = Draft> {
    (vec(tables(), 1..4), prop::bool::weighted(0.8), prop::bool::weighted(0.2)).prop_map(
        |(tables, foreign_keys, legacy_alter_table)| Draft {
            tables,
            foreign_keys,
            legacy_alter_table,
        },
    )
}

fn tables() -> impl Strategy<Value = TableDraft> {
    let head = (any::<u8>(), 0..6u8, prop::bool::weighted(0.3), 0..6u8);
    let choices = || (0..8u8, any::<u8>());
    (
        head,
        vec(columns(), 1..5),
        vec((0..4u8, any::<u8>(), any::<u8>()), 0..3),
        vec(choices(), 0..3),
        vec(choices(), 0..3),
        vec(choices(), 0..2),
    )
        .prop_map(
            |((name, key, is_strict, rows), columns, constraints, indexes, triggers, views)| {
                TableDraft {
                    name,
                    key,
                    is_strict,
                    columns,
                    constraints,
                    rows,
                    indexes,
                    triggers,
                    views,
                }
            },
        )
}

fn columns() -> impl Strategy<Value = ColumnDraft> {
    let clause =
        |likely: f64| prop::option::weighted(likely, 1..8u8).prop_map(Option::unwrap_or_default);
    (
        (any::<u8>(), any::<u8>()),
        prop::bool::weighted(0.3),
        clause(0.4),
        prop::bool::weighted(0.2),
        clause(0.2),
        clause(0.3),
        clause(0.2),
        clause(0.15),
        clause(0.2),
    )
        .prop_map(
            |(
                (name, declared_type),
                is_not_null,
                default,
                is_unique,
                collate,
                check,
                reference,
                generated,
                comment,
            )| ColumnDraft {
                name,
                declared_type,
                is_not_null,
                default,
                is_unique,
                collate,
                check,
                reference,
                generated,
                comment,
            },
        )
}

pub(crate) fn changes() -> impl Strategy<Value = ChangeDraft> {
    (any::<u8>(), any::<u8>(), any::<u8>(), any::<u8>(), any::<u8>()).prop_map(
        |(kind, table, column, other, variant)| ChangeDraft { kind, table, column, other, variant },
    )
}
