//! The diagram as text for Mermaid (<https://mermaid.js.org/syntax/entityRelationshipDiagram.html>).

use std::fmt::Write as _;

use super::entity::{Children, Entity, Model, Relation, Row};

/// The diagram as an `erDiagram`: each table with its columns and keys, each foreign key with how many
/// rows are on its two sides. The same schema gives the same text.
pub(super) fn mermaid(model: &Model) -> String {
    let mut text = "erDiagram\n".to_owned();
    for entity in &model.entities {
        text += &table(entity);
    }
    for relation in &model.relations {
        text += &line(model, relation);
    }
    text
}

fn table(entity: &Entity) -> String {
    let name = quoted(&entity.name);
    if entity.rows.is_empty() {
        return format!("    {name}\n");
    }
    let rows: String = entity.rows.iter().map(row).collect();
    format!("    {name} {{\n{rows}    }}\n")
}

/// A column whose name is no word for Mermaid has its name behind it, as a comment.
fn row(row: &Row) -> String {
    let name = word(&row.name);
    let declared = if row.declared_type.is_empty() { "untyped" } else { &row.declared_type };
    let mut line = format!("        {} {name}", word(&declared.replace(", ", ",")));
    if !row.keys.is_empty() {
        let _ = write!(line, " {}", row.keys.join(", "));
    }
    if name != row.name {
        let _ = write!(line, " {}", quoted(&row.name));
    }
    line + "\n"
}

fn line(model: &Model, relation: &Relation) -> String {
    let (child, parent) = (&model.entities[relation.child], &model.entities[relation.parent]);
    let many = match relation.children {
        Children::One => "|o",
        Children::Many => "}o",
    };
    let one = if relation.optional { "o|" } else { "||" };
    let columns: Vec<&str> = relation.from.iter().map(|at| child.rows[*at].name.as_str()).collect();
    let label = quoted(&columns.join(", "));
    format!("    {} {many}--{one} {} : {label}\n", quoted(&child.name), quoted(&parent.name))
}

/// A text in double quotes. What may not be there is written as an entity, as Mermaid has them.
fn quoted(text: &str) -> String {
    let escaped = |c: char| match c {
        '"' => "#quot;".to_owned(),
        '#' | '%' | '\\' | '<' | '>' | '&' | ';' => format!("#{};", u32::from(c)),
        c if c.is_control() => " ".to_owned(),
        c => c.to_string(),
    };
    let inside: String = text.chars().map(escaped).collect();
    // It takes no empty ones.
    if inside.is_empty() { "\" \"".to_owned() } else { format!("\"{inside}\"") }
}

/// A bare word, which is all that a column or a type may be.
fn word(text: &str) -> String {
    let inside = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '(' | ')');
    let kept: String = text.chars().map(|c| if inside(c) { c } else { '_' }).collect();
    let is_key = ["PK", "FK", "UK"].contains(&kept.as_str());
    let begins = kept.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    if is_key || !begins { format!("_{kept}") } else { kept }
}
