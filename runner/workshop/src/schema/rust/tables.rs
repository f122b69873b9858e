//! A table as a struct with its attributes.

use heck::ToSnakeCase as _;
use migration_api::schema::KeyAction;
use migration_api::schema::normal::{
    Column, ForeignKey, Index, IndexTerm, KeyColumn, Name, Table, Unique,
};

use super::columns::{default, field_type, is_option};
use super::names::Names;

/// The struct of `table`, which fits into one.
pub(super) fn structure(table: &Table, names: &Names) -> String {
    let name = names.of_table(&table.name).unwrap_or_default();
    let mut text = format!("#[derive(Table)]\n{}", attribute("", "table", &of_table(table, names)));
    text += &format!("pub struct {name} {{\n");
    for column in &table.columns {
        let (field, _) = field_type(&column.declared_type);
        let field =
            if is_option(table, column) { format!("Option<{field}>") } else { field.into() };
        text += &attribute("    ", "column", &of_column(table, column, names));
        text += &format!("    pub {}: {field},\n", field_name(table, &column.name, names));
    }
    text + "}\n"
}

/// `#[word(items)]`, on several lines where one would be long.
fn attribute(indent: &str, word: &str, items: &[String]) -> String {
    const WIDTH: usize = 100;
    if items.is_empty() {
        return String::new();
    }
    let line = format!("{indent}#[{word}({})]\n", items.join(", "));
    if line.len() <= WIDTH {
        return line;
    }
    let items = items.join(&format!(",\n{indent}    "));
    format!("{indent}#[{word}(\n{indent}    {items}\n{indent})]\n")
}

fn of_table(table: &Table, names: &Names) -> Vec<String> {
    let mut items = Vec::new();
    let own = names.of_table(&table.name).unwrap_or_default();
    if own.trim_start_matches("r#").to_snake_case() != table.name.as_str() {
        items.push(format!("name = {:?}", table.name.as_str()));
    }
    items.extend(table.strict.then(|| "strict".to_owned()));
    items.extend(table.without_rowid.then(|| "without_rowid".to_owned()));
    let list = |columns: &[KeyColumn]| {
        let fields = columns.iter().map(|key| field_name(table, &key.name, names));
        fields.collect::<Vec<_>>().join(", ")
    };
    let key = table.primary_key.iter().filter(|key| key.columns.len() > 1);
    items.extend(key.map(|key| format!("primary_key({})", list(&key.columns))));
    let uniques = table.uniques.iter().filter(|unique| unique.columns.len() > 1);
    items.extend(uniques.map(|unique| format!("unique({})", list(&unique.columns))));
    items.extend(table.indexes.iter().map(|index| self::index(table, index, names)));
    items.extend(table.checks.iter().map(|check| match &check.name {
        None => format!("check = {:?}", check.expression.as_str()),
        Some(name) => format!("check({:?}, name = {:?})", check.expression.as_str(), name.as_str()),
    }));
    let at_table = table.foreign_keys.iter().filter(|key| !is_at_a_field(table, key));
    items.extend(at_table.map(|key| {
        let columns: Vec<_> = key.columns.iter().map(|it| field_name(table, it, names)).collect();
        let reference = reference(key, names).join(", ");
        format!("foreign_key(columns({}), {reference})", columns.join(", "))
    }));
    items
}

fn of_column(table: &Table, column: &Column, names: &Names) -> Vec<String> {
    let field = field_name(table, &column.name, names);
    let is_it = |columns: &[KeyColumn]| matches!(columns, [only] if only.name == column.name);
    let mut items = Vec::new();
    if let Some(key) = table.primary_key.as_ref().filter(|key| is_it(&key.columns)) {
        items.push("primary_key".to_owned());
        items.extend(key.autoincrement.then(|| "autoincrement".to_owned()));
    }
    if field.trim_start_matches("r#") != column.name.as_str() {
        items.push(format!("name = {:?}", column.name.as_str()));
    }
    let (rust, is_plain) = field_type(&column.declared_type);
    if !is_plain {
        items.push(format!("type = {:?}", column.declared_type));
    }
    let is_unique = table.uniques.iter().any(|unique: &Unique| is_it(&unique.columns));
    items.extend(is_unique.then(|| "unique".to_owned()));
    items.extend(column.default.iter().map(|words| format!("default = {}", default(words, rust))));
    items.extend(column.collate.iter().map(|name| format!("collate = {:?}", name.as_str())));
    let key = table.foreign_keys.iter().find(|key| key.columns == [column.name.clone()]);
    items.extend(key.into_iter().flat_map(|key| reference(key, names)));
    if let Some(generated) = &column.generated {
        items.push(format!("generated = {:?}", generated.expression.as_str()));
        items.extend(generated.stored.then(|| "stored".to_owned()));
    }
    items
}

/// Whether the key is written at its field, which has one.
fn is_at_a_field(table: &Table, key: &ForeignKey) -> bool {
    let first = table.foreign_keys.iter().find(|other| other.columns == key.columns);
    key.columns.len() == 1 && first == Some(key)
}

fn reference(key: &ForeignKey, names: &Names) -> Vec<String> {
    let fields: Option<Vec<_>> = key
        .parent_columns
        .iter()
        .map(|column| {
            let field = names.of_column(&key.parent, column)?;
            Some(format!("{}::{field}", names.of_table(&key.parent)?))
        })
        .collect();
    let columns: Vec<_> = key.parent_columns.iter().map(Name::as_str).collect();
    let mut items = vec![match fields {
        Some(fields) => format!("references({})", fields.join(", ")),
        None => format!("references = \"{}({})\"", key.parent.as_str(), columns.join(", ")),
    }];
    for (event, action) in [("on_delete", key.on_delete), ("on_update", key.on_update)] {
        if action != KeyAction::NoAction {
            let action = action.to_string().to_lowercase().replace(' ', "_");
            items.push(format!("{event} = {action}"));
        }
    }
    items.extend(key.deferred.then(|| "deferrable".to_owned()));
    items
}

fn index(table: &Table, index: &Index, names: &Names) -> String {
    /// What the derive macro reads as something else than a column.
    const OPTIONS: [&str; 3] = ["name", "unique", "where"];
    let mut own_name = vec![table.name.as_str()];
    let mut has_own_name = true;
    let mut items = Vec::new();
    for column in &index.columns {
        let mut item = match &column.term {
            IndexTerm::Column(name) => {
                own_name.push(name.as_str());
                let field = field_name(table, name, names);
                if OPTIONS.contains(&field.as_str()) { format!("r#{field}") } else { field }
            }
            IndexTerm::Expression(words) => {
                has_own_name = false;
                format!("{:?}", words.as_str())
            }
        };
        item += &column
            .collate
            .as_ref()
            .map_or(String::new(), |name| format!(" collate {:?}", name.as_str()));
        item += if column.descending { " desc" } else { "" };
        items.push(item);
    }
    if !has_own_name || own_name.join("_") != index.name.as_str() {
        items.push(format!("name = {:?}", index.name.as_str()));
    }
    items.extend(index.unique.then(|| "unique".to_owned()));
    items.extend(index.condition.iter().map(|words| format!("where = {:?}", words.as_str())));
    format!("index({})", items.join(", "))
}

fn field_name(table: &Table, column: &Name, names: &Names) -> String {
    names.of_column(&table.name, column).unwrap_or_default().to_owned()
}
