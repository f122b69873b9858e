//! Dispatches each operation to the function that carries it out.

use super::session::{Result, Session};
use crate::operation::{Operation, Refusal};

impl Session<'_> {
    /// Carries out `operation`, but for rows that are still to be moved.
    pub(super) fn perform(&mut self, operation: &Operation) -> Result {
        match operation {
            Operation::CreateTable(table) => self.create_table(table),
            Operation::DropTable { table, if_exists } => self.drop_table(table, *if_exists),
            Operation::RenameTable { table, to, only: false } => self.rename_table(table, to),
            Operation::RenameTable { table, to, only: true } => self.rename_table_only(table, to),
            Operation::AddColumn { table, column } => self.add_column(table, column),
            Operation::DropColumn { table, column, cascade } => {
                self.drop_column(table, column, *cascade)
            }
            Operation::RenameColumn { table, column, to } => self.rename_column(table, column, to),
            Operation::AlterColumnType { table, column, declared_type, using } => {
                self.alter_column_type(table, column, declared_type, using.as_deref())
            }
            Operation::SetNotNull { table, column, fill } => {
                self.set_not_null(table, column, fill.as_deref())
            }
            Operation::DropNotNull { table, column } => self.drop_not_null(table, column),
            Operation::SetDefault { table, column, default } => {
                self.set_default(table, column, Some(default))
            }
            Operation::DropDefault { table, column } => self.set_default(table, column, None),
            Operation::SetCollate { table, column, collate } => {
                self.set_collate(table, column, collate.as_deref())
            }
            Operation::AddIndex(index) => self.add_index(index),
            Operation::DropIndex { name, if_exists } => self.drop_index(name, *if_exists),
            Operation::RenameIndex { name, to } => self.rename_index(name, to),
            Operation::AddUnique { table, unique } => self.add_unique(table, unique),
            Operation::AddCheck { table, check } => self.add_check(table, check),
            Operation::AddForeignKey { table, foreign_key } => {
                self.add_foreign_key(table, foreign_key)
            }
            Operation::DropConstraint { table, constraint } => {
                self.drop_constraint(table, constraint)
            }
            Operation::DropForeignKey { table, columns } => self.drop_foreign_key(table, columns),
            Operation::SetPrimaryKey { table, key } => self.set_primary_key(table, key),
            Operation::ReorderColumns { table, columns } => self.reorder_columns(table, columns),
            Operation::SetTableOptions { table, options } => {
                self.set_table_options(table, *options)
            }
            Operation::Execute { sql } => self.execute(sql),
            // Whoever adds an operation is told by the conformance cases that it stands nowhere here.
            other => Err(Refusal::UnknownOperation { operation: format!("`{other}`") }),
        }
    }
}
