//! The JSON of an operation: flat, where [`Operation`](crate::Operation) has parts.

use serde::{Deserialize, Serialize};

use crate::{Action, Column, Conflict, Constraint, Deferrable, Index};

#[derive(Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case", deny_unknown_fields)]
#[expect(clippy::large_enum_variant, reason = "it lives for one conversion")]
pub(crate) enum Wire {
    CreateTable {
        table: String,
        columns: Vec<Column>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        primary_key: Vec<String>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        constraints: Vec<Constraint>,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        strict: bool,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        without_rowid: bool,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        if_not_exists: bool,
    },
    DropTable {
        table: String,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        if_exists: bool,
    },
    RenameTable {
        table: String,
        to: String,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        only: bool,
    },
    AddColumn {
        table: String,
        column: Column,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        backfill: Option<String>,
    },
    DropColumn {
        table: String,
        column: String,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        cascade: bool,
    },
    RenameColumn {
        table: String,
        column: String,
        to: String,
    },
    AlterColumnType {
        table: String,
        column: String,
        #[serde(rename = "type")]
        declared_type: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        using: Option<String>,
    },
    SetNotNull {
        table: String,
        column: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fill: Option<String>,
    },
    DropNotNull {
        table: String,
        column: String,
    },
    SetDefault {
        table: String,
        column: String,
        default: String,
    },
    DropDefault {
        table: String,
        column: String,
    },
    SetCollate {
        table: String,
        column: String,
        // null says "none", and has to be said.
        #[serde(deserialize_with = "Option::deserialize")]
        collate: Option<String>,
    },
    AddIndex(Index),
    DropIndex {
        name: String,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        if_exists: bool,
    },
    RenameIndex {
        name: String,
        to: String,
    },
    AddUnique {
        table: String,
        columns: Vec<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on_conflict: Option<Conflict>,
    },
    AddCheck {
        table: String,
        expr: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
    },
    AddForeignKey {
        table: String,
        columns: Vec<String>,
        ref_table: String,
        ref_columns: Vec<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on_delete: Option<Action>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on_update: Option<Action>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        deferrable: Option<Deferrable>,
    },
    DropConstraint {
        table: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        kind: Option<Kind>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        columns: Option<Vec<String>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expr: Option<String>,
    },
    DropForeignKey {
        table: String,
        columns: Vec<String>,
    },
    SetPrimaryKey {
        table: String,
        columns: Vec<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        autoincrement: Option<bool>,
    },
    ReorderColumns {
        table: String,
        columns: Vec<String>,
    },
    SetTableOptions {
        table: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        strict: Option<bool>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        without_rowid: Option<bool>,
    },
    Execute {
        sql: String,
    },
}

/// What a constraint without a name is found by.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    Unique,
    Check,
    ForeignKey,
}
