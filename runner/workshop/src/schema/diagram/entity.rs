//! The tables and foreign keys of a schema, as a diagram has them.

use std::collections::BTreeMap;
use std::sync::Arc;

use migration_api::schema::{Column, ForeignKey, Index, IndexTerm, Schema, Table};

use super::text::labels;

/// What is drawn.
#[derive(Debug, Clone, Default)]
pub(super) struct Model {
    /// The tables of the schema in their order, then those that only foreign keys name.
    pub(super) entities: Vec<Entity>,
    /// In the order of their children.
    pub(super) relations: Vec<Relation>,
}

/// A table.
#[derive(Debug, Clone)]
pub(super) struct Entity {
    pub(super) name: String,
    /// The name as it is shown.
    pub(super) label: String,
    pub(super) rows: Vec<Row>,
    /// Whether the schema has it: a foreign key may point to a table that is not there.
    pub(super) exists: bool,
}

/// A column.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) name: String,
    /// The name as it is shown.
    pub(super) label: String,
    /// Empty for none.
    pub(super) declared_type: String,
    /// `PK`, `FK`, `UK`, in this order.
    pub(super) keys: Vec<&'static str>,
}

/// A foreign key.
#[derive(Debug, Clone)]
pub(super) struct Relation {
    pub(super) child: usize,
    /// Rows of the child, in the key's order.
    pub(super) from: Vec<usize>,
    pub(super) parent: usize,
    /// Rows of the parent, in the key's order.
    pub(super) to: Vec<usize>,
    /// The row at which its line leaves the child, and how many leave there before it.
    pub(super) leaves: (Option<usize>, usize),
    /// How many children a parent has.
    pub(super) children: Children,
    /// Whether a child may have no parent.
    pub(super) optional: bool,
}

/// How many rows of the child point to one of the parent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Children {
    /// None or one: the foreign key is unique.
    One,
    /// Any number.
    Many,
}

impl Model {
    pub(super) fn of(schema: &Schema) -> Self {
        let tables = schema.tables.iter().map(Arc::as_ref);
        let tables: Vec<&Table> = tables.filter(|table| !table.shadow).collect();
        let mut model = Self {
            entities: tables.iter().map(|table| Entity::of(table)).collect(),
            relations: Vec::new(),
        };
        for (child, table) in tables.iter().enumerate() {
            for key in table.foreign_keys() {
                let parent = model.parent(&key.parent);
                let to = model.parent_rows(key, tables.get(parent).copied(), parent);
                let from = rows(&model.entities[child], &key.columns);
                let children =
                    if is_unique(table, &key.columns) { Children::One } else { Children::Many };
                let optional = from.iter().any(|row| may_be_null(table, &table.columns[*row]));
                let leaves = (None, 0);
                let relation = Relation { child, from, parent, to, leaves, children, optional };
                model.relations.push(relation);
            }
        }
        model.let_lines_leave();
        let names: Vec<_> = model.entities.iter().map(|entity| entity.name.as_str()).collect();
        let labels = labels(&names);
        for (entity, label) in model.entities.iter_mut().zip(labels) {
            entity.label = label;
        }
        model
    }

    /// A key of several columns leaves at one at which no other key begins, if it has one: its line
    /// has that row to itself.
    pub(super) fn let_lines_leave(&mut self) {
        let first = |relation: &Relation| (relation.child, relation.from.first().copied());
        let firsts: Vec<_> = self.relations.iter().map(first).collect();
        let mut taken = BTreeMap::new();
        for relation in &mut self.relations {
            let rest = relation.from.iter().skip(1);
            let free = |row: &&usize| !firsts.contains(&(relation.child, Some(**row)));
            let row = rest.clone().find(free).or(relation.from.first()).copied();
            let before: &mut usize = taken.entry((relation.child, row)).or_default();
            relation.leaves = (row, *before);
            *before += 1;
        }
    }

    fn parent(&mut self, name: &str) -> usize {
        let known = self.entities.iter().position(|entity| entity.name.eq_ignore_ascii_case(name));
        known.unwrap_or_else(|| {
            let (name, label) = (name.to_owned(), String::new());
            self.entities.push(Entity { name, label, rows: Vec::new(), exists: false });
            self.entities.len() - 1
        })
    }

    fn parent_rows(&self, key: &ForeignKey, table: Option<&Table>, parent: usize) -> Vec<usize> {
        let entity = &self.entities[parent];
        if !key.parent_columns.is_empty() {
            return rows(entity, &key.parent_columns);
        }
        let key = table.map(Table::primary_key).unwrap_or_default();
        rows(entity, &key.iter().map(|column| column.name.clone()).collect::<Vec<_>>())
    }
}

impl Entity {
    fn of(table: &Table) -> Self {
        let primary = table.primary_key();
        let labels = labels(&table.column_names().collect::<Vec<_>>());
        let row = |(column, label): (&Column, String)| {
            let name = &column.name;
            let is_primary = primary.iter().any(|key| key.name.eq_ignore_ascii_case(name));
            let points =
                |key: &ForeignKey| key.columns.iter().any(|own| own.eq_ignore_ascii_case(name));
            let is_foreign = table.foreign_keys().any(points);
            let alone = std::slice::from_ref(name);
            let is_unique = !(is_primary && primary.len() == 1) && is_unique(table, alone);
            let keys = [(is_primary, "PK"), (is_foreign, "FK"), (is_unique, "UK")];
            Row {
                name: name.clone(),
                label,
                declared_type: column.declared_type.clone(),
                keys: keys.into_iter().filter(|(is, _)| *is).map(|(_, key)| key).collect(),
            }
        };
        let rows = table.columns.iter().zip(labels).map(row).collect();
        Self { name: table.name.clone(), label: String::new(), rows, exists: true }
    }
}

/// Keys of most tables may hold NULL, for what SQLite calls historical reasons
/// (<https://sqlite.org/lang_createtable.html#the_primary_key>).
fn may_be_null(table: &Table, column: &Column) -> bool {
    let is_key = || {
        let key = table.primary_key();
        key.iter().any(|key| key.name.eq_ignore_ascii_case(&column.name))
    };
    let is_rowid = || table.rowid_alias().is_some_and(|rowid| rowid.name == column.name);
    !(column.is_not_null() || is_rowid() || (table.without_rowid && is_key()))
}

/// Those of the columns that the entity has.
fn rows(entity: &Entity, columns: &[String]) -> Vec<usize> {
    let row =
        |name: &String| entity.rows.iter().position(|row| row.name.eq_ignore_ascii_case(name));
    columns.iter().filter_map(row).collect()
}

/// Whether no two rows agree in these columns, whatever their order.
fn is_unique(table: &Table, columns: &[String]) -> bool {
    let same = |other: &[String]| {
        other.len() == columns.len()
            && other.iter().all(|a| columns.iter().any(|b| a.eq_ignore_ascii_case(b)))
    };
    let primary = table.primary_key();
    let primary: Vec<String> = primary.into_iter().map(|key| key.name).collect();
    let of_index = |index: &Index| {
        let names = index.columns.iter().map(|column| match &column.term {
            IndexTerm::Column(name) => Some(name.clone()),
            IndexTerm::Expression(_) => None,
        });
        names.collect::<Option<Vec<String>>>()
    };
    let indexes = table.indexes.iter().filter(|index| index.unique && index.condition.is_none());
    same(&primary) || indexes.filter_map(of_index).any(|names| same(&names))
}
