//! From an operation to JSON.

use super::wire::{Kind, Wire};
use crate::{
    AddedColumn, Check, ForeignKey, Operation, Place, PrimaryKey, Table, TableOptions, Unique,
    WhichConstraint,
};

impl From<Operation> for Wire {
    fn from(operation: Operation) -> Self {
        match operation {
            Operation::CreateTable(Table {
                name,
                columns,
                primary_key,
                constraints,
                strict,
                without_rowid,
                if_not_exists,
            }) => Self::CreateTable {
                table: name,
                columns,
                primary_key,
                constraints,
                strict,
                without_rowid,
                if_not_exists,
            },
            Operation::DropTable { table, if_exists } => Self::DropTable { table, if_exists },
            Operation::RenameTable { table, to, only } => Self::RenameTable { table, to, only },
            Operation::AddColumn { table, column: AddedColumn { column, place, backfill } } => {
                let (after, before) = match place {
                    Some(Place::After(other)) => (Some(other), None),
                    Some(Place::Before(other)) => (None, Some(other)),
                    None => (None, None),
                };
                Self::AddColumn { table, column, after, before, backfill }
            }
            Operation::DropColumn { table, column, cascade } => {
                Self::DropColumn { table, column, cascade }
            }
            Operation::RenameColumn { table, column, to } => {
                Self::RenameColumn { table, column, to }
            }
            Operation::AlterColumnType { table, column, declared_type, using } => {
                Self::AlterColumnType { table, column, declared_type, using }
            }
            Operation::SetNotNull { table, column, fill } => {
                Self::SetNotNull { table, column, fill }
            }
            Operation::DropNotNull { table, column } => Self::DropNotNull { table, column },
            Operation::SetDefault { table, column, default } => {
                Self::SetDefault { table, column, default }
            }
            Operation::DropDefault { table, column } => Self::DropDefault { table, column },
            Operation::SetCollate { table, column, collate } => {
                Self::SetCollate { table, column, collate }
            }
            Operation::AddIndex(index) => Self::AddIndex(index),
            Operation::DropIndex { name, if_exists } => Self::DropIndex { name, if_exists },
            Operation::RenameIndex { name, to } => Self::RenameIndex { name, to },
            Operation::AddUnique { table, unique: Unique { columns, name, on_conflict } } => {
                Self::AddUnique { table, columns, name, on_conflict }
            }
            Operation::AddCheck { table, check: Check { name, expression: expr } } => {
                Self::AddCheck { table, expr, name }
            }
            Operation::AddForeignKey {
                table,
                foreign_key:
                    ForeignKey {
                        columns,
                        ref_table,
                        ref_columns,
                        name,
                        on_delete,
                        on_update,
                        deferrable,
                    },
            } => Self::AddForeignKey {
                table,
                columns,
                ref_table,
                ref_columns,
                name,
                on_delete,
                on_update,
                deferrable,
            },
            Operation::DropConstraint { table, constraint } => dropped(table, constraint),
            Operation::DropForeignKey { table, columns } => Self::DropForeignKey { table, columns },
            Operation::SetPrimaryKey {
                table,
                key: PrimaryKey { columns, name, autoincrement },
            } => Self::SetPrimaryKey { table, columns, name, autoincrement },
            Operation::ReorderColumns { table, columns } => Self::ReorderColumns { table, columns },
            Operation::SetTableOptions {
                table,
                options: TableOptions { strict, without_rowid },
            } => Self::SetTableOptions { table, strict, without_rowid },
            Operation::Execute { sql } => Self::Execute { sql },
        }
    }
}

fn dropped(table: String, constraint: WhichConstraint) -> Wire {
    let (name, kind, columns, expr) = match constraint {
        WhichConstraint::Named(name) => (Some(name), None, None, None),
        WhichConstraint::Unique(columns) => (None, Some(Kind::Unique), Some(columns), None),
        WhichConstraint::Check(expr) => (None, Some(Kind::Check), None, Some(expr)),
        WhichConstraint::ForeignKey(columns) => (None, Some(Kind::ForeignKey), Some(columns), None),
    };
    Wire::DropConstraint { table, name, kind, columns, expr }
}
