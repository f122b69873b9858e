//! Statements that make a schema with many kinds of keys between its tables.

use proptest::collection::vec;
use proptest::prelude::*;

/// A foreign key: to which table, over how many columns, unique, nullable.
type Key = (usize, usize, bool, bool);

/// Tables with how many further columns, and with which keys.
pub(crate) fn any_schema() -> impl Strategy<Value = String> {
    let key = (0..14_usize, 1..3_usize, any::<bool>(), any::<bool>());
    let name = "[a-z<&'\" #%\\\\ä]{0,9}|[a-z_]{30,60}";
    vec((name, 0..5_usize, vec(key, 0..4)), 0..14).prop_map(|tables| {
        let count = tables.len();
        let statements = tables
            .iter()
            .enumerate()
            .map(|(number, (name, columns, keys))| table(number, name, *columns, keys, count));
        // Names that differ, which those that are drawn need not.
        let mut text: String = statements.collect();
        for (number, (name, ..)) in tables.iter().enumerate() {
            text = text.replace(&format!("@{number}@"), &quoted(&format!("{name}{number}")));
        }
        // A key of which nobody is the parent.
        if count > 0 { text + "CREATE TABLE orphan (a REFERENCES nowhere(b));" } else { text }
    })
}

fn table(number: usize, name: &str, columns: usize, keys: &[Key], count: usize) -> String {
    let mut items = vec!["id INTEGER NOT NULL".to_owned(), "part".to_owned()];
    let further = (0..columns).map(|at| format!("{} TEXT", quoted(&format!("{name}{at}"))));
    items.extend(further);
    let mut constraints = vec!["PRIMARY KEY (id, part)".to_owned()];
    for (at, (parent, wide, unique, nullable)) in keys.iter().enumerate() {
        let names: Vec<String> = (0..*wide).map(|part| format!("key{at}_{part}")).collect();
        let not_null = if *nullable { "" } else { " NOT NULL" };
        items.extend(names.iter().map(|name| format!("{name} INTEGER{not_null}")));
        let to = ["id", "part"][..*wide].join(", ");
        let from = names.join(", ");
        let parent = parent % count;
        constraints.push(format!("FOREIGN KEY ({from}) REFERENCES @{parent}@ ({to})"));
        if *unique {
            constraints.push(format!("UNIQUE ({from})"));
        }
    }
    items.extend(constraints);
    format!("CREATE TABLE @{number}@ ({});\n", items.join(", "))
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
