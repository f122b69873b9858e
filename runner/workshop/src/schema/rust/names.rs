//! The names of structs and fields.

use std::collections::BTreeMap;

use heck::{ToSnakeCase as _, ToUpperCamelCase as _};
use migration_api::schema::normal::{Name, Table};

/// The names of all structs, and of their fields.
pub(super) struct Names {
    structs: BTreeMap<String, Struct>,
}

struct Struct {
    name: String,
    fields: BTreeMap<String, String>,
}

/// Names that a struct would hide from the others.
const TAKEN: [&str; 4] = ["Option", "String", "Table", "Vec"];

impl Names {
    pub(super) fn of(tables: &[Table]) -> Self {
        let mut taken: Vec<String> = TAKEN.map(str::to_owned).to_vec();
        let mut structs = BTreeMap::new();
        for table in tables {
            let name = free(&table.name.as_str().to_upper_camel_case(), "Row", &mut taken);
            structs.insert(key(&table.name), Struct { name, fields: field_names(table) });
        }
        Self { structs }
    }

    /// The struct of a table that has one.
    pub(super) fn of_table(&self, table: &Name) -> Option<&str> {
        self.structs.get(&key(table)).map(|it| it.name.as_str())
    }

    /// The field of a column of a table that has a struct.
    pub(super) fn of_column(&self, table: &Name, column: &Name) -> Option<&str> {
        self.structs.get(&key(table))?.fields.get(&key(column)).map(String::as_str)
    }
}

/// The field of each column of `table`, by the column's name in lower case.
pub(crate) fn field_names(table: &Table) -> BTreeMap<String, String> {
    let mut taken = Vec::new();
    let names = table.columns.iter().map(|column| {
        let name = column.name.as_str();
        let wanted = if is_snake_case(name) { name.to_owned() } else { name.to_snake_case() };
        (key(&column.name), free(&wanted, "column", &mut taken))
    });
    names.collect()
}

fn key(name: &Name) -> String {
    name.as_str().to_ascii_lowercase()
}

/// An identifier like `wanted` that is not `taken`, with `otherwise` where `wanted` gives none.
pub(crate) fn free(wanted: &str, otherwise: &str, taken: &mut Vec<String>) -> String {
    let candidates = [wanted.to_owned(), format!("{wanted}_"), format!("{otherwise}{wanted}")];
    let whole = candidates.into_iter().find(|name| is_identifier(name));
    let whole = whole.unwrap_or_else(|| otherwise.to_owned());
    let mut name = whole.clone();
    let mut number = 2;
    while taken.contains(&name) {
        name = format!("{whole}{number}");
        number += 1;
    }
    taken.push(name.clone());
    spelled(&name).unwrap_or(name)
}

/// Whether it can be a field of which rustc does not warn.
fn is_snake_case(name: &str) -> bool {
    is_identifier(name) && !name.contains("__") && !name.contains(char::is_uppercase)
}

fn is_identifier(name: &str) -> bool {
    spelled(name).is_some()
}

/// `name` as an identifier, raw where it is a word of Rust.
fn spelled(name: &str) -> Option<String> {
    let raw = format!("r#{name}");
    [name, &raw]
        .into_iter()
        .find(|text| syn::parse_str::<syn::Ident>(text).is_ok())
        .map(str::to_owned)
}
