//! What a line of the corpus says.

#![allow(dead_code, reason = "the tests that share this file each read a part of a case")]

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

/// A row as JSON: a blob is `{"blob": "hex"}`.
pub(crate) type Row = Vec<Value>;

/// A database, one migration, and what must be true afterwards.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Case {
    #[serde(default)]
    pub(crate) tags: Vec<String>,
    #[serde(default)]
    pub(crate) min_sqlite: Option<String>,
    #[serde(default)]
    pub(crate) pragmas: BTreeMap<String, Value>,
    #[serde(default)]
    pub(crate) setup_sql: String,
    pub(crate) operations: Vec<Value>,
    pub(crate) expect: Expect,
    #[serde(default)]
    pub(crate) invariants: Exceptions,
    #[serde(default)]
    pub(crate) reference_sql: String,
}

/// What must be true: a success with its checks, or an error. `harm` shows, for an error that SQLite
/// by itself would not make, what the naive script does.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Expect {
    pub(crate) checks: Option<Vec<Check>>,
    pub(crate) error_contains: Option<Vec<String>>,
    pub(crate) harm: Option<Vec<Check>>,
}

/// A query, a script, or a script and then a query.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Check {
    pub(crate) exec: Option<String>,
    pub(crate) query: Option<String>,
    pub(crate) rows: Option<Vec<Row>>,
    pub(crate) error_contains: Option<Vec<String>>,
}

/// Where a case departs from the invariants.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Exceptions {
    pub(crate) added: Vec<String>,
    pub(crate) removed: Vec<String>,
    pub(crate) touched: Vec<String>,
    pub(crate) data_touched: Vec<String>,
    pub(crate) foreign_key_check: Vec<Row>,
    pub(crate) pragmas: BTreeMap<String, i64>,
    pub(crate) sequence: Option<Vec<(String, i64)>>,
    pub(crate) rowids: bool,
    pub(crate) row_count: bool,
    pub(crate) broken_views: Vec<String>,
    pub(crate) broken_triggers: Vec<String>,
}

impl Default for Exceptions {
    fn default() -> Self {
        Self {
            added: Vec::new(),
            removed: Vec::new(),
            touched: Vec::new(),
            data_touched: Vec::new(),
            foreign_key_check: Vec::new(),
            pragmas: BTreeMap::new(),
            sequence: None,
            rowids: true,
            row_count: true,
            broken_views: Vec::new(),
            broken_triggers: Vec::new(),
        }
    }
}

impl Case {
    /// Whether the case is for an SQLite newer than the one that is linked.
    pub(crate) fn needs_a_newer_sqlite(&self) -> bool {
        let numbers = |version: &str| {
            version.split('.').map(|n| n.parse().unwrap_or(0)).collect::<Vec<u32>>()
        };
        let linked = numbers(rusqlite::version());
        self.min_sqlite.as_deref().is_some_and(|least| numbers(least) > linked)
    }

    /// The tables that the operations name, in lower case, with the new names of renamed ones.
    pub(crate) fn operated_tables(&self) -> BTreeSet<String> {
        let mut tables = BTreeSet::new();
        for operation in &self.operations {
            tables.extend(operation["table"].as_str().map(str::to_lowercase));
            if operation["op"] == "rename_table" {
                tables.extend(operation["to"].as_str().map(str::to_lowercase));
            }
        }
        tables
    }

    /// From a table's first name to its last, in lower case.
    pub(crate) fn renamed_tables(&self) -> BTreeMap<String, String> {
        let mut renamed = BTreeMap::<String, String>::new();
        for operation in &self.operations {
            let (Some(from), Some(to)) = (operation["table"].as_str(), operation["to"].as_str())
            else {
                continue;
            };
            if operation["op"] != "rename_table" {
                continue;
            }
            let (from, to) = (from.to_lowercase(), to.to_lowercase());
            match renamed.values_mut().find(|last| **last == from) {
                Some(last) => *last = to,
                None => drop(renamed.insert(from, to)),
            }
        }
        renamed
    }
}
