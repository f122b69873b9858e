//! A migration with data fixups over rows as structs.

use std::path::PathBuf;

use minijinja::{Value, context};

use super::code;
use super::fixup;
use super::structs::{Back, Module, Pass, Structs};
use super::table::TypedTable;
use crate::scaffold::code::{Position, expression};
use crate::scaffold::content::{Backward, Directions};
use crate::scaffold::loses::{constant, loses};
use crate::scaffold::operations::{Written, body};
use crate::scaffold::template::File;

/// A migration with data fixups over rows as structs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypedMigration {
    /// Whose rows these are.
    pub tables: Vec<TypedTable>,
    /// The transactions in which rows change.
    pub transactions: Transactions,
    /// The operations of the way forward.
    pub forward: Around,
    /// The way back.
    pub backward: TypedBackward,
}

/// The transactions of a migration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transactions {
    /// One.
    One,
    /// One for each batch of rows.
    Batches,
}

/// Operations around the fixups.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Around {
    /// Those that the fixups need.
    pub before: Vec<Written>,
    /// Those that need the fixups.
    pub after: Vec<Written>,
}

/// The way back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TypedBackward {
    /// With fixups, and these operations.
    Around(Around),
    /// Without fixups.
    Operations(Backward),
    /// None: nobody knows what the rows held.
    Unknown,
}

impl TypedMigration {
    fn structs(&self) -> Structs {
        let back = match &self.backward {
            TypedBackward::Around(_) => Back::Operations,
            TypedBackward::Operations(_) | TypedBackward::Unknown => Back::None,
        };
        Structs::of(&self.tables, back)
    }

    /// The files that hold its structs.
    pub(in crate::scaffold) fn files(&self) -> Vec<File> {
        let structs = self.structs();
        let modules = [Module::New, Module::Old].into_iter();
        let files = modules.filter_map(|module| {
            let text = code::module(&structs, module)?;
            let path = PathBuf::from(format!("src/{}.rs", module.name()));
            Some(File { path, bytes: text.into_bytes() })
        });
        files.collect()
    }

    /// What the template is filled in with.
    pub(in crate::scaffold) fn values(&self) -> Value {
        let structs = self.structs();
        let modules: Vec<_> = [Module::New, Module::Old]
            .into_iter()
            .filter(|module| structs.rows(*module).next().is_some())
            .map(Module::name)
            .collect();
        let forward = self.around(&self.forward, &structs.forward);
        let batched = self.transactions == Transactions::Batches;
        let changes = self.forward.before.iter().chain(&self.forward.after);
        let loses = constant(&loses(changes));
        let own = context! { modules, batched, loses };
        match &self.backward {
            TypedBackward::Around(around) => {
                let backward = self.around(around, &structs.backward);
                context! { forward, backward, ..own }
            }
            TypedBackward::Operations(backward) => {
                let plain = Directions { forward: Vec::new(), backward: backward.clone() };
                context! { forward, ..context! { ..own, ..plain.values() } }
            }
            TypedBackward::Unknown => context! { forward, values_unknown => true, ..own },
        }
    }

    /// The body of a method: operations, passes over rows, operations.
    fn around(&self, Around { before, after }: &Around, passes: &[Pass]) -> String {
        let indent = Position::Body.indent();
        let mut parts = Vec::new();
        if !before.is_empty() {
            parts.push(format!("{}?;", body(before)));
        }
        for pass in passes {
            let statement = fixup::statement(pass, self.transactions);
            parts.push(format!("{};", expression(&statement, Position::Body)));
        }
        let between = format!("\n\n{indent}");
        match after.as_slice() {
            [] => format!("{}\n{indent}Ok(())", parts.join(&between)),
            after => {
                parts.push(body(after));
                parts.join(&between)
            }
        }
    }
}
