//! From JSON to an operation.

use super::wire::{Kind, Wire};
use crate::{
    AddedColumn, Check, ForeignKey, Operation, Place, PrimaryKey, Table, TableOptions, Unique,
    WhichConstraint,
};

impl TryFrom<Wire> for Operation {
    type Error = &'static str;

    fn try_from(wire: Wire) -> Result<Self, Self::Error> {
        Ok(match wire {
            Wire::CreateTable {
                table,
                columns,
                primary_key,
                constraints,
                strict,
                without_rowid,
                if_not_exists,
            } => Self::CreateTable(Table {
                name: table,
                columns,
                primary_key,
                constraints,
                strict,
                without_rowid,
                if_not_exists,
            }),
            Wire::DropTable { table, if_exists } => Self::DropTable { table, if_exists },
            Wire::RenameTable { table, to, only } => Self::RenameTable { table, to, only },
            Wire::AddColumn { table, column, after, before, backfill } => Self::AddColumn {
                table,
                column: AddedColumn { column, place: place(after, before)?, backfill },
            },
            Wire::DropColumn { table, column, cascade } => {
                Self::DropColumn { table, column, cascade }
            }
            Wire::RenameColumn { table, column, to } => Self::RenameColumn { table, column, to },
            Wire::AlterColumnType { table, column, declared_type, using } => {
                Self::AlterColumnType { table, column, declared_type, using }
            }
            Wire::SetNotNull { table, column, fill } => Self::SetNotNull { table, column, fill },
            Wire::DropNotNull { table, column } => Self::DropNotNull { table, column },
            Wire::SetDefault { table, column, default } => {
                Self::SetDefault { table, column, default }
            }
            Wire::DropDefault { table, column } => Self::DropDefault { table, column },
            Wire::SetCollate { table, column, collate } => {
                Self::SetCollate { table, column, collate }
            }
            Wire::AddIndex(index) => Self::AddIndex(index),
            Wire::DropIndex { name, if_exists } => Self::DropIndex { name, if_exists },
            Wire::RenameIndex { name, to } => Self::RenameIndex { name, to },
            Wire::AddUnique { table, columns, name, on_conflict } => {
                Self::AddUnique { table, unique: Unique { columns, name, on_conflict } }
            }
            Wire::AddCheck { table, expr, name } => {
                Self::AddCheck { table, check: Check { name, expression: expr } }
            }
            Wire::AddForeignKey {
                table,
                columns,
                ref_table,
                ref_columns,
                name,
                on_delete,
                on_update,
                deferrable,
            } => Self::AddForeignKey {
                table,
                foreign_key: ForeignKey {
                    columns,
                    ref_table,
                    ref_columns,
                    name,
                    on_delete,
                    on_update,
                    deferrable,
                },
            },
            Wire::DropConstraint { table, name, kind, columns, expr } => {
                Self::DropConstraint { table, constraint: which(name, kind, columns, expr)? }
            }
            Wire::DropForeignKey { table, columns } => Self::DropForeignKey { table, columns },
            Wire::SetPrimaryKey { table, columns, name, autoincrement } => {
                Self::SetPrimaryKey { table, key: PrimaryKey { columns, name, autoincrement } }
            }
            Wire::ReorderColumns { table, columns } => Self::ReorderColumns { table, columns },
            Wire::SetTableOptions { table, strict, without_rowid } => {
                Self::SetTableOptions { table, options: TableOptions { strict, without_rowid } }
            }
            Wire::Execute { sql } => Self::Execute { sql },
        })
    }
}

fn place(after: Option<String>, before: Option<String>) -> Result<Option<Place>, &'static str> {
    match (after, before) {
        (Some(_), Some(_)) => Err("a column is added `after` or `before` another, not both"),
        (after, before) => Ok(after.map(Place::After).or(before.map(Place::Before))),
    }
}

fn which(
    name: Option<String>,
    kind: Option<Kind>,
    columns: Option<Vec<String>>,
    expr: Option<String>,
) -> Result<WhichConstraint, &'static str> {
    match (name, kind, columns, expr) {
        (Some(name), None, None, None) => Ok(WhichConstraint::Named(name)),
        (None, Some(Kind::Unique), Some(columns), None) => Ok(WhichConstraint::Unique(columns)),
        (None, Some(Kind::Check), None, Some(expr)) => Ok(WhichConstraint::Check(expr)),
        (None, Some(Kind::ForeignKey), Some(columns), None) => {
            Ok(WhichConstraint::ForeignKey(columns))
        }
        _ => {
            Err("a constraint to drop is given by `name`, or by `kind` and its `columns` or `expr`")
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn there_and_back(value: &Value) {
        let operation: Operation = serde_json::from_value(value.clone()).unwrap();
        assert_eq!(serde_json::to_value(operation).unwrap(), *value);
    }

    fn refusal(value: Value) -> String {
        serde_json::from_value::<Operation>(value).unwrap_err().to_string()
    }

    #[test]
    fn what_no_case_of_the_corpus_says_survives_too() {
        there_and_back(
            &json!({"op": "drop_constraint", "table": "t", "kind": "unique", "columns": ["a"]}),
        );
        there_and_back(
            &json!({"op": "drop_constraint", "table": "t", "kind": "check", "expr": "a > 0"}),
        );
        there_and_back(
            &json!({"op": "drop_constraint", "table": "t", "kind": "foreign_key", "columns": ["a"]}),
        );
        there_and_back(&json!({"op": "set_collate", "table": "t", "column": "a", "collate": null}));
        there_and_back(
            &json!({"op": "add_column", "table": "t", "column": {"name": "a"}, "before": "b"}),
        );
        there_and_back(&json!({"op": "set_not_null", "table": "t", "column": "a", "fill": "0"}));
        there_and_back(&json!({"op": "create_table", "table": "t", "columns": [{"name": "a"}],
            "strict": true, "without_rowid": true, "if_not_exists": true, "constraints": [
                {"kind": "unique", "columns": ["a"], "on_conflict": "REPLACE"},
                {"kind": "check", "name": "c", "expr": "a > 0"}]}));
    }

    #[test]
    fn what_the_vocabulary_does_not_have_is_refused() {
        let unknown = json!({"op": "drop_table", "table": "t", "cascade": true});
        assert!(refusal(unknown).contains("unknown field `cascade`"));
        let inner = json!({"op": "add_column", "table": "t", "column": {"name": "a", "size": 1}});
        assert!(refusal(inner).contains("unknown field `size`"));
        let constraint = json!({"op": "create_table", "table": "t", "columns": [], "constraints": [
            {"kind": "check", "expr": "1", "columns": []}]});
        assert!(refusal(constraint).contains("unknown field `columns`"));
        assert!(refusal(json!({"op": "drop_everything"})).contains("unknown variant"));
        assert!(
            refusal(json!({"op": "set_collate", "table": "t", "column": "a"})).contains("collate")
        );
    }

    #[test]
    fn contradictions_are_refused() {
        let both = json!({"op": "add_column", "table": "t", "column": {"name": "a"},
            "after": "b", "before": "c"});
        assert!(refusal(both).contains("not both"));
        assert!(refusal(json!({"op": "drop_constraint", "table": "t"})).contains("is given by"));
        let index = json!({"op": "add_index", "table": "t", "columns": [{"desc": true}]});
        assert!(refusal(index).contains("either `column` or `expr`"));
    }
}
