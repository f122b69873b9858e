//! A table: its key, its columns, its constraints, and rows that keep them.

use std::collections::BTreeSet;

use super::{Column, Object, distinct};
use crate::database::quoted;
use crate::draft::{ConstraintDraft, TableDraft};

const COLUMN_NAMES: [&str; 12] =
    ["a", "group", "b c", "q\"uote", "Größe", "values", "c'd", "x;y", "[z]", "Key", "check", "--n"];

#[derive(Debug, Clone)]
pub(crate) struct Table {
    pub(crate) name: String,
    pub(crate) key: Key,
    pub(crate) is_strict: bool,
    /// The first is `id`: numbers, each once.
    pub(crate) columns: Vec<Column>,
    pub(crate) constraints: Vec<Constraint>,
    pub(crate) rows: usize,
    pub(crate) indexes: Vec<Object>,
    pub(crate) triggers: Vec<Object>,
    pub(crate) views: Vec<Object>,
}

/// How `id` identifies a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Key {
    None,
    Rowid,
    Autoincrement,
    /// A UNIQUE and no primary key.
    Unique,
    /// A primary key of a table without rowids.
    WithoutRowid,
    /// A primary key of `id` and the next column.
    Pair,
}

#[derive(Debug, Clone)]
pub(crate) enum Constraint {
    Unique { name: Option<String>, columns: Vec<usize> },
    Check { name: Option<String>, expression: String, columns: Vec<usize> },
    ForeignKey { column: usize, parent: usize },
}

impl Constraint {
    pub(crate) fn columns(&self) -> &[usize] {
        match self {
            Self::Unique { columns, .. } | Self::Check { columns, .. } => columns,
            Self::ForeignKey { column, .. } => std::slice::from_ref(column),
        }
    }
}

impl Table {
    pub(super) fn of(draft: &TableDraft, name: String, count: usize) -> Self {
        let key =
            [Key::Rowid, Key::Autoincrement, Key::None, Key::Unique, Key::WithoutRowid, Key::Pair]
                [usize::from(draft.key) % 6];
        let names = distinct(draft.columns.iter().map(|column| column.name), &COLUMN_NAMES);
        let mut columns = vec![Column::id()];
        for (draft_column, name) in draft.columns.iter().zip(names) {
            columns.push(Column::of(draft_column, name, draft.is_strict, &columns, count));
        }
        if key == Key::Pair {
            columns[1].generated = None;
            columns[1].reference = None;
            columns[1].is_not_null = true;
        }
        let mut table = Self {
            name,
            key,
            is_strict: draft.is_strict,
            columns,
            constraints: Vec::new(),
            rows: usize::from(draft.rows),
            indexes: Vec::new(),
            triggers: Vec::new(),
            views: Vec::new(),
        };
        for (number, drawn) in draft.constraints.iter().enumerate() {
            let constraint = table.constraint(number, *drawn, count);
            table.constraints.extend(constraint);
        }
        table
    }

    pub(super) fn constraint(
        &mut self,
        number: usize,
        (kind, one, other): ConstraintDraft,
        count: usize,
    ) -> Option<Constraint> {
        let (one, other) =
            (usize::from(one) % self.columns.len(), usize::from(other) % self.columns.len());
        let name = (number == 0).then(|| format!("named \"{number}"));
        let (a, b) = (quoted(&self.columns[one].name), quoted(&self.columns[other].name));
        match kind {
            0 if one != other && self.columns[one].is_distinct() && !self.refers(one) => {
                Some(Constraint::Unique { name, columns: vec![other, one] })
            }
            1 | 2 => Some(Constraint::Check {
                name,
                expression: format!("{a} IS NOT 'a,b)(' OR {b} IS NULL /* , ) */"),
                columns: vec![one, other],
            }),
            3 => self.foreign_key(one, other % count),
            _ => None,
        }
    }

    /// A key at the table, on the first column from `start` on that may hold one.
    pub(super) fn foreign_key(&mut self, start: usize, parent: usize) -> Option<Constraint> {
        let count = self.columns.len();
        let is_used: BTreeSet<usize> =
            self.constraints.iter().flat_map(|it| it.columns().to_vec()).collect();
        let column = (0..count).map(|step| (start + step) % count).find(|column| {
            self.columns[*column].may_refer()
                && !is_used.contains(column)
                && (self.key != Key::Pair || *column > 1)
        })?;
        "INTEGER".clone_into(&mut self.columns[column].declared_type);
        Some(Constraint::ForeignKey { column, parent })
    }

    /// The columns that hold keys of `parent`'s rows.
    pub(crate) fn references(&self, parent: usize) -> impl Iterator<Item = usize> {
        (0..self.columns.len()).filter(move |column| self.parent(*column) == Some(parent))
    }

    pub(crate) fn refers(&self, column: usize) -> bool {
        self.parent(column).is_some()
    }

    pub(super) fn parent(&self, column: usize) -> Option<usize> {
        self.columns[column].reference.or_else(|| {
            self.constraints.iter().find_map(|constraint| match constraint {
                Constraint::ForeignKey { column: child, parent } if *child == column => {
                    Some(*parent)
                }
                _ => None,
            })
        })
    }

    pub(super) fn sql(&self, tables: &[Table]) -> String {
        let mut parts: Vec<String> = Vec::new();
        for (position, column) in self.columns.iter().enumerate() {
            let key = match self.key {
                _ if position > 0 => "",
                Key::Rowid => " PRIMARY KEY",
                Key::Autoincrement => " PRIMARY KEY AUTOINCREMENT",
                Key::Unique => " UNIQUE",
                Key::WithoutRowid => " NOT NULL PRIMARY KEY",
                Key::None | Key::Pair => "",
            };
            parts.push(column.sql(key, tables));
        }
        if self.key == Key::Pair {
            parts.push(format!("PRIMARY KEY (\"id\", {})", quoted(&self.columns[1].name)));
        }
        parts.extend(
            self.constraints.iter().map(|constraint| self.constraint_sql(constraint, tables)),
        );
        let options = match (self.is_strict, self.key == Key::WithoutRowid) {
            (false, false) => "",
            (true, false) => " STRICT",
            (false, true) => " WITHOUT ROWID",
            (true, true) => " WITHOUT ROWID, STRICT",
        };
        format!("CREATE TABLE {} (\n  {}\n){options}", quoted(&self.name), parts.join(",\n  "))
    }

    pub(super) fn constraint_sql(&self, constraint: &Constraint, tables: &[Table]) -> String {
        let named = |name: &Option<String>| {
            name.as_ref().map_or(String::new(), |name| format!("CONSTRAINT {} ", quoted(name)))
        };
        match constraint {
            Constraint::Unique { name, columns } => {
                let columns: Vec<_> =
                    columns.iter().map(|column| quoted(&self.columns[*column].name)).collect();
                format!("{}UNIQUE ({})", named(name), columns.join(", "))
            }
            Constraint::Check { name, expression, .. } => {
                format!("{}CHECK ({expression})", named(name))
            }
            Constraint::ForeignKey { column, parent } => format!(
                "FOREIGN KEY ({}) REFERENCES {} (\"id\") ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED",
                quoted(&self.columns[*column].name),
                quoted(&tables[*parent].name)
            ),
        }
    }

    pub(super) fn insert(&self, row: usize, tables: &[Table]) -> String {
        let mut names = Vec::new();
        let mut values = Vec::new();
        // Rowids with gaps, which nothing but the row itself tells.
        if matches!(self.key, Key::None | Key::Unique | Key::Pair) {
            names.push("rowid".to_owned());
            values.push((row * 5 + 2).to_string());
        }
        for (position, column) in self.columns.iter().enumerate() {
            if column.generated.is_none() {
                names.push(quoted(&column.name));
                values.push(self.value(position, row, tables));
            }
        }
        let (names, values) = (names.join(", "), values.join(", "));
        format!("INSERT INTO {} ({names}) VALUES ({values})", quoted(&self.name))
    }

    /// What stands in a row. Values of a column differ from row to row.
    pub(crate) fn value(&self, position: usize, row: usize, tables: &[Table]) -> String {
        let column = &self.columns[position];
        if position == 0 {
            return id_of_row(row).to_string();
        }
        if let Some(parent) = self.parent(position) {
            let rows = tables[parent].rows;
            let is_null = rows == 0 || (!column.is_not_null && row % 3 == 1);
            return if is_null { "NULL".to_owned() } else { id_of_row(row % rows).to_string() };
        }
        if !column.is_not_null && (row + position) % 4 == 1 {
            return "NULL".to_owned();
        }
        match column.declared_type.as_str() {
            "INTEGER" | "INT" => (row * 7 + position).to_string(),
            "REAL" => format!("{row}.5"),
            "BLOB" => format!("x'00ff{row:02x}'"),
            "TEXT" | "VARCHAR(10)" => match (row + position) % 3 {
                0 => format!("'it''s {row}'"),
                1 => format!("'00{row}'"),
                _ => format!("'Žluť {row}'"),
            },
            _ => match (row + position) % 4 {
                0 => row.to_string(),
                1 => format!("'{row}'"),
                2 => format!("{row}.0"),
                _ => format!("x'{row:02x}'"),
            },
        }
    }

    /// Whether a row holds NULL in a column.
    pub(crate) fn has_null(&self, column: usize, tables: &[Table]) -> bool {
        (0..self.rows).any(|row| self.value(column, row, tables) == "NULL")
    }
}

fn id_of_row(row: usize) -> usize {
    row * 3 + 1
}
