//! The structs of all tables of a migration, with their names.

use std::collections::BTreeMap;

use heck::ToUpperCamelCase as _;
use migration_api::schema::normal::{Column, Table};

use super::field::FieldType;
use super::table::{Becomes, TypedTable};
use crate::schema::{field_names, free};

/// The module that a struct is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Module {
    /// What there was before the migration.
    Old,
    /// What there is after it.
    New,
}

impl Module {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Old => "old",
            Self::New => "new",
        }
    }
}

/// A row as it is read.
#[derive(Debug, Clone)]
pub(super) struct RowStruct {
    pub(super) module: Module,
    pub(super) name: String,
    /// The table in the schema that the module is about.
    pub(super) table: String,
    /// The table when the rows are read.
    pub(super) called: String,
    pub(super) fields: Vec<Field>,
}

/// What is written into a row.
#[derive(Debug, Clone)]
pub(super) struct ChangeStruct {
    pub(super) module: Module,
    pub(super) name: String,
    pub(super) table: String,
    /// The struct of the row: its module and name.
    pub(super) row: (Module, String),
    pub(super) fields: Vec<Field>,
}

/// A column as a field.
#[derive(Debug, Clone)]
pub(super) struct Field {
    pub(super) name: String,
    /// The column when the rows are read or written.
    pub(super) called: String,
    pub(super) of: FieldType,
}

/// A pass over the rows of a table: what it reads, and what it gives, if it gives something.
#[derive(Debug, Clone)]
pub(super) struct Pass {
    pub(super) row: RowStruct,
    pub(super) change: Option<ChangeStruct>,
}

/// The structs of a migration.
#[derive(Debug, Clone, Default)]
pub(super) struct Structs {
    pub(super) forward: Vec<Pass>,
    pub(super) backward: Vec<Pass>,
    /// Rows after the migration that no pass goes over.
    unread: Vec<RowStruct>,
}

/// What else the modules name.
const TAKEN: [&str; 11] = [
    "NewValue",
    "None",
    "Ok",
    "Option",
    "Result",
    "Row",
    "RowChange",
    "Some",
    "String",
    "TableRow",
    "Value",
];

impl Structs {
    /// Those of `tables`. What is written on the way back is left out where there is `Back::None`.
    pub(super) fn of(tables: &[TypedTable], back: Back) -> Self {
        let mut structs = Self::default();
        let (mut old, mut new) = (Names::new(), Names::new());
        for table in tables {
            let row = row(table, Side::Before, &mut old);
            match table.becomes() {
                Becomes::Gone => structs.forward.push(Pass { row, change: None }),
                Becomes::Same => {
                    let of = (table.before(), table.written());
                    let change = change(table, of, &row, Module::Old, &mut old);
                    structs.forward.push(Pass { row, change });
                }
                Becomes::Other { table: after, .. } => {
                    let row_after = self::row(table, Side::After(after), &mut new);
                    let of = (&**after, table.written());
                    let forward = change(table, of, &row, Module::New, &mut new);
                    structs.forward.push(Pass { row, change: forward });
                    let of = match back {
                        Back::None => Vec::new(),
                        Back::Operations => table.written_back(),
                    };
                    let back =
                        change(table, (table.before(), of), &row_after, Module::Old, &mut old);
                    match back {
                        Some(_) => structs.backward.push(Pass { row: row_after, change: back }),
                        None => structs.unread.push(row_after),
                    }
                }
            }
        }
        structs
    }

    pub(super) fn rows(&self, module: Module) -> impl Iterator<Item = &RowStruct> {
        let passes = self.forward.iter().chain(&self.backward).map(|pass| &pass.row);
        passes.chain(&self.unread).filter(move |row| row.module == module)
    }

    pub(super) fn changes(&self, module: Module) -> impl Iterator<Item = &ChangeStruct> {
        let passes = self.forward.iter().chain(&self.backward);
        passes.filter_map(|pass| pass.change.as_ref()).filter(move |it| it.module == module)
    }
}

/// Whether there is a way back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Back {
    None,
    Operations,
}

/// The names that are used in a module.
struct Names(Vec<String>);

impl Names {
    fn new() -> Self {
        Self(TAKEN.map(str::to_owned).to_vec())
    }

    fn take(&mut self, wanted: &str) -> String {
        free(wanted, "Row", &mut self.0)
    }
}

/// The table before the migration, or after it.
#[derive(Clone, Copy)]
enum Side<'t> {
    Before,
    After(&'t Table),
}

fn row(table: &TypedTable, side: Side<'_>, names: &mut Names) -> RowStruct {
    let (module, of) = match side {
        Side::Before => (Module::Old, table.before()),
        Side::After(after) => (Module::New, after),
    };
    let name = names.take(&of.name.as_str().to_upper_camel_case());
    let columns: Vec<_> = of.columns.iter().collect();
    RowStruct {
        module,
        name,
        table: String::from(&of.name),
        called: table.called().to_owned(),
        fields: fields(table, of, module, &columns),
    }
}

/// What `row` gets in the columns of a table, if there are some.
fn change(
    table: &TypedTable,
    (of, columns): (&Table, Vec<&Column>),
    row: &RowStruct,
    module: Module,
    names: &mut Names,
) -> Option<ChangeStruct> {
    if columns.is_empty() {
        return None;
    }
    let own = of.name.as_str().to_upper_camel_case();
    Some(ChangeStruct {
        module,
        name: names.take(&format!("{own}Change")),
        table: String::from(&of.name),
        row: (row.module, row.name.clone()),
        fields: fields(table, of, module, &columns),
    })
}

fn fields(table: &TypedTable, of: &Table, module: Module, columns: &[&Column]) -> Vec<Field> {
    let names: BTreeMap<_, _> = field_names(of);
    let field = |column: &&Column| {
        let own = column.name.as_str();
        let called = match module {
            Module::Old => table.column_called(own),
            Module::New => own,
        };
        let name = names.get(&own.to_ascii_lowercase()).cloned().unwrap_or_default();
        Field { name, called: called.to_owned(), of: FieldType::of(of, column) }
    };
    columns.iter().map(field).collect()
}
