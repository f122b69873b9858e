//! A database made of a draft: tables whose names need quotes, every kind of constraint, rows that
//! keep them, and indexes, triggers and views over them.

mod column;
mod object;
mod table;

use std::fmt;

use proptest::prelude::*;

pub(crate) use self::column::Column;
pub(crate) use self::object::Object;
pub(crate) use self::table::{Constraint, Key, Table};
use crate::database::literal;
use crate::draft::{Draft, TableDraft, drafts};

const TABLE_NAMES: [&str; 10] =
    ["player", "select", "we\"ird", "a b", "Tab", "ünï", "order", "it's", "semi;colon", "[x]"];
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) foreign_keys: bool,
    pub(crate) legacy_alter_table: bool,
    pub(crate) tables: Vec<Table>,
}

/// What is shown of a failure: the script.
impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.script())
    }
}

pub(crate) fn worlds() -> impl Strategy<Value = World> {
    drafts().prop_map(|draft| World::of(&draft))
}

impl World {
    pub(crate) fn of(draft: &Draft) -> Self {
        let names = distinct(draft.tables.iter().map(|table| table.name), &TABLE_NAMES);
        let count = draft.tables.len();
        let mut tables: Vec<Table> = Vec::new();
        for (draft, name) in draft.tables.iter().zip(names) {
            tables.push(Table::of(draft, name, count));
        }
        let mut world = Self {
            foreign_keys: draft.foreign_keys,
            legacy_alter_table: draft.legacy_alter_table,
            tables,
        };
        world.drop_impossible_references();
        for (position, table) in draft.tables.iter().enumerate() {
            world.add_objects(position, table);
        }
        world
    }

    /// A reference needs a parent whose `id` is unique by itself, and rows for what may not be NULL.
    fn drop_impossible_references(&mut self) {
        let parents: Vec<(bool, usize)> = self
            .tables
            .iter()
            .map(|table| (!matches!(table.key, Key::None | Key::Pair), table.rows))
            .collect();
        for table in &mut self.tables {
            for column in &mut table.columns {
                column.reference = column.reference.filter(|parent| parents[*parent].0);
                if column.reference.is_some_and(|parent| parents[parent].1 == 0) {
                    column.is_not_null = false;
                }
            }
            let columns = &mut table.columns;
            table.constraints.retain(|constraint| match constraint {
                Constraint::ForeignKey { column, parent } => {
                    let is_possible = parents[*parent].0 && columns[*column].reference.is_none();
                    if is_possible && parents[*parent].1 == 0 {
                        columns[*column].is_not_null = false;
                    }
                    is_possible
                }
                _ => true,
            });
        }
    }

    fn add_objects(&mut self, position: usize, draft: &TableDraft) {
        for (number, (kind, column)) in draft.indexes.iter().enumerate() {
            let index = self.tables[position].index(position, number, *kind, *column);
            self.tables[position].indexes.push(index);
        }
        for (number, (kind, column)) in draft.views.iter().enumerate() {
            let view = self.view(position, number, *kind, *column);
            self.tables[position].views.push(view);
        }
        for (number, (kind, column)) in draft.triggers.iter().enumerate() {
            let trigger = self.trigger(position, number, *kind, *column);
            self.tables[position].triggers.push(trigger);
        }
    }

    /// The script that makes this database.
    pub(crate) fn script(&self) -> String {
        let mut script = String::from("PRAGMA foreign_keys = OFF;\nCREATE TABLE audit (what);\n");
        for table in &self.tables {
            script += &format!("{};\n", table.sql(&self.tables));
        }
        for table in &self.tables {
            for row in 0..table.rows {
                script += &format!("{};\n", table.insert(row, &self.tables));
            }
            // The mark of AUTOINCREMENT stands above the rows.
            if table.key == Key::Autoincrement && table.rows > 0 {
                script += &format!(
                    "UPDATE sqlite_sequence SET seq = 99 WHERE name = {};\n",
                    literal(&table.name)
                );
            }
        }
        for table in &self.tables {
            for object in table.indexes.iter().chain(&table.views).chain(&table.triggers) {
                script += &format!("{};\n", object.sql);
            }
        }
        script + if self.foreign_keys { "PRAGMA foreign_keys = ON;\n" } else { "" }
    }

    pub(crate) fn objects(&self) -> impl Iterator<Item = &Object> {
        self.tables
            .iter()
            .flat_map(|table| table.indexes.iter().chain(&table.views).chain(&table.triggers))
    }

    /// The tables and columns that hold keys of `parent`'s rows.
    pub(crate) fn children(&self, parent: usize) -> Vec<(usize, usize)> {
        let mut children = Vec::new();
        for (position, table) in self.tables.iter().enumerate() {
            children.extend(table.references(parent).map(|column| (position, column)));
        }
        children
    }
}

/// A name for each draw, no two the same.
fn distinct(draws: impl Iterator<Item = u8>, pool: &[&str]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for draw in draws {
        let start = usize::from(draw);
        let free = (0..pool.len())
            .map(|step| pool[(start + step) % pool.len()])
            .find(|name| !names.iter().any(|taken| taken.eq_ignore_ascii_case(name)));
        names.push(free.map_or_else(|| format!("more {}", names.len()), str::to_owned));
    }
    names
}
