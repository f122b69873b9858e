//! A schema as models in Rust: a struct for each table, and SQL for what no struct can describe.

mod columns;
mod fits;
mod names;
mod tables;

use migration_api::schema::normal::{Normal, Table};

pub(crate) use columns::{field_type, is_option};
use names::Names;
pub(crate) use names::{field_names, free};
use tables::structure;

/// The models whose schema is `schema`: a struct with `#[derive(Table)]` for each table. What no struct can
/// describe, such as views and triggers, is SQL in `export_models!`.
#[must_use]
pub fn rust_models(schema: &Normal) -> String {
    let (structs, others): (Vec<_>, Vec<_>) =
        schema.tables.iter().cloned().partition(fits::in_a_struct);
    let names = Names::of(&structs);
    let mut rest = schema.clone();
    rest.tables = others;
    let uses = if structs.is_empty() { "export_models" } else { "{Table, export_models}" };
    let mut text = format!("use migration_model::{uses};\n");
    for table in &structs {
        text += &format!("\n{}", structure(table, &names));
    }
    text + "\n" + &exported(&structs, &names, &rest.to_string())
}

fn exported(structs: &[Table], names: &Names, sql: &str) -> String {
    let structs: Vec<_> = structs.iter().filter_map(|table| names.of_table(&table.name)).collect();
    let structs = structs.join(",\n    ");
    let sql = match sql.trim_end() {
        "" => String::new(),
        sql => format!(";\n    sql = {}", raw(sql)),
    };
    match (structs.is_empty(), sql.is_empty()) {
        (true, true) => "export_models!();\n".to_owned(),
        (true, false) => format!("export_models!({}\n);\n", sql.trim_start_matches('\n')),
        (false, _) => format!("export_models!(\n    {structs}{sql}\n);\n"),
    }
}

/// `text` as a literal on as many lines.
fn raw(text: &str) -> String {
    let mut hashes = "#".to_owned();
    while text.contains(&format!("\"{hashes}")) {
        hashes.push('#');
    }
    format!("r{hashes}\"\n{text}\n\"{hashes}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Blueprint;

    fn models(sql: &str) -> String {
        let schema = Blueprint::empty("it").unwrap();
        schema.connection().execute_batch(sql).unwrap();
        rust_models(&schema.schema().unwrap().normal())
    }

    #[test]
    fn each_table_is_a_struct_and_what_none_can_say_is_sql() {
        insta::assert_snapshot!(models(
            "CREATE TABLE hotel (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE COLLATE NOCASE,
               stars INT CHECK (stars BETWEEN 0 AND 5), is_open BOOLEAN NOT NULL DEFAULT TRUE,
               note TEXT DEFAULT 'a \"b\"', since DATETIME DEFAULT CURRENT_TIMESTAMP, rate REAL DEFAULT -1.5,
               picture BLOB, size INTEGER GENERATED ALWAYS AS (length(picture)) STORED);
             CREATE TABLE room (hotel INTEGER NOT NULL REFERENCES hotel (id) ON DELETE CASCADE,
               \"type\" TEXT NOT NULL, number INTEGER NOT NULL, next INTEGER,
               PRIMARY KEY (hotel, number), CONSTRAINT positive CHECK (number > 0), UNIQUE (hotel, type),
               FOREIGN KEY (hotel, next) REFERENCES room (hotel, number) ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED
             ) STRICT, WITHOUT ROWID;
             CREATE INDEX room_type ON room (type);
             CREATE UNIQUE INDEX by_name ON hotel (lower(name), stars DESC) WHERE is_open;
             CREATE TABLE option (a TEXT, \"b c\" TEXT, self TEXT);
             CREATE TABLE untyped (a, b);
             CREATE TABLE named (a TEXT CONSTRAINT one UNIQUE);
             CREATE INDEX by_a ON named (a);
             CREATE VIEW open AS SELECT name FROM hotel WHERE is_open;"
        ));
    }

    #[test]
    fn nothing_is_models_too() {
        assert_eq!(models(""), "use migration_model::export_models;\n\nexport_models!();\n");
        let view = models("CREATE VIEW v AS SELECT 'it''s \"#'");
        assert!(view.contains("export_models!(;\n    sql = r##\"\nCREATE VIEW"), "{view}");
    }
}
