//! The table in its new shape, under another name, and the tables that hold one row.

use rusqlite::Connection;
use sqlite3_parser::dialect::TokenType;

use super::Result;
use super::plan::{Plan, Planned};
use crate::perform::alter::constraints::without_foreign_keys;
use crate::perform::alter::indexes::renamed;
use crate::perform::alter::rewrite::under_name;
use crate::perform::connection_settings::{AS_WRITTEN, Configured};
use crate::perform::verify::attached::in_schema;
use crate::schema::name::{quote, same};
use crate::schema::{Table, sql};

/// Makes the shadow with its indexes, which grow with it, and without its foreign keys: an application that enforces
/// them could not delete a row that another one in the shadow points to.
pub(super) fn make(connection: &Connection, planned: &Planned) -> Result {
    let Planned { plan, old, new, .. } = planned;
    let names = &plan.names;
    let _as_written = Configured::new(connection, &AS_WRITTEN)?;
    let text = under_name(&without_foreign_keys(new)?.sql, &names.shadow)?;
    connection.execute_batch(&in_schema(&text, "main"))?;
    for (number, index) in plan.indexes.iter().enumerate() {
        let text = index_text(&index.sql, plan, number);
        connection.execute_batch(&in_schema(&text, "main"))?;
    }
    make_row(connection, &names.old_row, old)?;
    make_row(connection, &names.new_row, new)
}

/// The text of an index of the new table as one of the shadow.
fn index_text(text: &str, plan: &Plan, number: usize) -> String {
    let text = renamed(&sql::unqualified(text, &plan.new_table), &plan.names.index(number));
    let tokens = sql::tokens(&text).unwrap_or_default();
    let on = tokens.iter().position(|token| token.kind == TokenType::TK_ON);
    match on.and_then(|on| tokens.get(on + 1)) {
        Some(table) => {
            let (before, after) = (&text[..table.span.start], &text[table.span.end..]);
            let blank = if before.ends_with(char::is_whitespace) { "" } else { " " };
            format!("{before}{blank}{} {after}", plan.names.shadow)
        }
        None => text,
    }
}

/// Makes a table with the columns of `table`, their types, collations and generated values, and nothing that a row
/// could break.
pub(super) fn make_row(connection: &Connection, name: &str, table: &Table) -> Result {
    let columns = table.columns.iter().map(|column| {
        let collate = column.collate().map(|name| format!(" COLLATE {}", quote(name)));
        let generated = column
            .generated()
            .map(|(text, _)| format!(" AS (\n{}\n)", text.unqualified(&table.name)));
        // A column of this type keeps what it gets in a STRICT table alone.
        let is_any = table.strict && same(&column.declared_type, "ANY");
        format!(
            "{} {}{}{}",
            quote(&column.name),
            if is_any { "" } else { &column.declared_type },
            collate.unwrap_or_default(),
            generated.unwrap_or_default()
        )
    });
    let columns = columns.collect::<Vec<_>>().join(", ");
    Ok(connection.execute_batch(&format!("CREATE TABLE main.{name} ({columns})"))?)
}
