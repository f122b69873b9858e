//! The fields of refusals on the wire.

use rusqlite::ffi;

use super::{Refusal, Relayed};
use crate::codec::{Field, maps, optional, records, required, variants, words};
use crate::kind::{KeyedTable, Kind};
use crate::need::Need;
use crate::schema_error::{SchemaError, SyntaxError, SyntaxReason};
use crate::value::{Map, Unreadable, Value};

variants! { Refusal by "refusal":
    "unknown_table" = UnknownTable { table: required, near: optional },
    "unknown_column" = UnknownColumn { table: required, column: required, near: optional },
    "unknown_index" = UnknownIndex { index: required, near: optional },
    "unknown_constraint" = UnknownConstraint {
        table: required,
        constraint: required,
        near: optional,
    },
    "name_taken" = NameTaken { kind: required, name: required },
    "duplicate_column" = DuplicateColumn { table: required, column: required },
    "not_a_table" = NotATable { kind: required, name: required },
    "reserved_name" = ReservedName(name: required),
    "empty_name" = EmptyName { what: required },
    "hides_rowid" = HidesRowid { table: required, column: required },
    "not_sql" = NotSql { what: required, text: required, source: required },
    "bad_expression" = BadExpression { what: required, text: required, source: required },
    "no_value" = NoValue { table: required, column: required },
    "nulls_left" = NullsLeft { table: required, column: required, rows: optional, count: optional },
    "key_is_not_null" = KeyIsNotNull { table: required, column: required, keyed: required },
    "rowid_has_no_default" = RowidHasNoDefault { table: required, column: required },
    "check_fails" = CheckFails { table: required, check: required, rows: required, examples: optional },
    "not_unique" = NotUnique {
        table: required,
        terms: required,
        count: required,
        values: required,
        source: required,
    },
    "needed" = Needed { what: required, by: required },
    "breaks" = Breaks { kind: required, name: required, table: optional, source: required },
    "by_place" = ByPlace { kind: required, name: required, table: optional },
    "joins_other" = JoinsOther {
        kind: required,
        name: required,
        table: optional,
        join: required,
        column: required,
    },
    "reads_other" = ReadsOther {
        kind: required,
        name: required,
        table: optional,
        column: required,
        source_table: required,
    },
    "is_generated" = IsGenerated { table: required, column: required, what: required },
    "parent_not_unique" = ParentNotUnique { child: required, parent: required, columns: required },
    "foreign_keys" = ForeignKeys(rows: required),
    "only_column" = OnlyColumn { table: required, column: required },
    "only_own_column" = OnlyOwnColumn { table: required, column: required },
    "automatic_index" = AutomaticIndex(index: required),
    "enforced" = Enforced,
    "transaction_control" = TransactionControl(words: required),
    "does_not_fit" = DoesNotFit { table: required, source: required, rows: optional, count: optional },
    "not_copied" = NotCopied { table: required, source: required },
    "rows_lost" = RowsLost { table: required, before: required, after: required },
    "not_online" = NotOnline { table: optional, reason: required },
    "changed_meanwhile" = ChangedMeanwhile { table: required, what: required },
    "unknown_operation" = UnknownOperation { operation: required },
    "unreadable" = Unreadable { reason: required },
    "statement_running" = StatementRunning { sql: required },
    "blob_open" = BlobOpen,
    "nested" = Nested,
    "other" = Other(words: required),
    "schema" = Schema(error: required),
    "sqlite" = Sqlite(error: required),
}

variants! { Need by "need":
    "object" = Object { kind: required, name: required },
    "foreign_key" = ForeignKey { child: required },
    "rows" = Rows { child: required },
    "generated_column" = GeneratedColumn { column: required },
    "check" = Check { column: required },
    "primary_key" = PrimaryKey,
    "constraint" = Constraint { title: required },
}

variants! { SchemaError by "error":
    "sqlite" = Sqlite(source: required),
    "text" = Text { name: required, source: required },
    "disagrees" = Disagrees { table: required, difference: required },
}

variants! { SyntaxReason by "reason":
    "grammar" = Grammar(words: required),
    "too_deep" = TooDeep,
    "other" = Other(expected: required),
}

records! { SyntaxError { sql: required, reason: required } }

words! {
    Kind {
        "table" = Table,
        "virtual_table" = VirtualTable,
        "shadow_table" = ShadowTable,
        "view" = View,
        "trigger" = Trigger,
        "index" = Index,
    }
    KeyedTable { "without_rowid" = WithoutRowid, "strict" = Strict }
}

maps! { Refusal Need SchemaError SyntaxReason SyntaxError }

impl Field for Relayed {
    #[inline]
    fn to_value(&self) -> Value {
        Self::of(self).to_value()
    }

    #[inline]
    fn from_value(value: Value) -> Result<Self, Unreadable> {
        Field::from_value(value).map(Self::new)
    }
}

/// SQLite's extended result code, its words, and the statement with the place where it stumbled. An error of
/// rusqlite itself has words alone.
impl Field for rusqlite::Error {
    #[inline]
    fn to_value(&self) -> Value {
        let mut map = Map::default();
        match self {
            Self::SqliteFailure(code, message) => {
                required::write(&mut map, "code", &i64::from(code.extended_code));
                optional::write(&mut map, "message", message);
            }
            Self::SqlInputError { error, msg, sql, offset } => {
                required::write(&mut map, "code", &i64::from(error.extended_code));
                required::write(&mut map, "message", msg);
                required::write(&mut map, "sql", sql);
                required::write(&mut map, "offset", &i64::from(*offset));
            }
            other => {
                required::write(&mut map, "code", &0_i64);
                required::write(&mut map, "message", &other.to_string());
            }
        }
        Value::Map(map)
    }

    #[inline]
    fn from_value(value: Value) -> Result<Self, Unreadable> {
        let Value::Map(mut map) = value else { return Err(Unreadable::Invalid("expected a map")) };
        let code = required::read::<i64>(&mut map, "code")? as i32;
        let message: Option<String> = optional::read(&mut map, "message")?;
        let sql: Option<String> = optional::read(&mut map, "sql")?;
        let offset: Option<i64> = optional::read(&mut map, "offset")?;
        let error = ffi::Error::new(code);
        Ok(match (sql, message) {
            (Some(sql), Some(msg)) => {
                Self::SqlInputError { error, msg, sql, offset: offset.unwrap_or(-1) as i32 }
            }
            (_, message) => Self::SqliteFailure(error, message),
        })
    }
}
