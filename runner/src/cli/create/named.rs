//! A migration from its name, or from a template.

use runner::scaffold::{self, Content, Origin, PATTERNS, ScaffoldError};
use serde_json::json;

use super::super::args::{Common, CreateArgs};
use super::super::failure::Failure;
use super::super::{open, output};
use super::made;

pub(super) fn run(common: &Common, args: &CreateArgs) -> Result<(), Failure> {
    let config = open::config(common, false)?;
    let content = match (&args.template, args.fields.first()) {
        (Some(template), Some(field)) => {
            let (template, field) = (template.clone(), field.clone());
            return Err(ScaffoldError::FieldWithTemplate { template, field }.into());
        }
        (Some(template), None) => Content::Template(template),
        (None, _) => Content::Named(&args.fields),
    };
    let created = scaffold::create(&config, &args.name, content)?;
    let (patterns, unused): (&[&str], &[String]) = match &created.origin {
        Origin::Template | Origin::Pattern | Origin::Operations | Origin::Typed => (&[], &[]),
        Origin::NoFields { pattern } => (&[pattern], &[]),
        Origin::NoPattern { unused } => (&PATTERNS, unused),
    };
    if common.json {
        output::json(&json!({
            "id": created.id, "folder": created.folder.to_string_lossy(), "files": created.files,
            "patterns": patterns, "unused_fields": unused, "namesakes": created.namesakes,
        }));
        return Ok(());
    }
    made(&created);
    if let Some(note) = blank(patterns, unused) {
        output::line(&note);
    }
    Ok(())
}

/// Why a migration begins blank, and what would have had its code written.
fn blank(patterns: &[&str], unused: &[String]) -> Option<String> {
    let without = match unused.len() {
        0 => "",
        1 => ", without the field",
        _ => ", without the fields",
    };
    let known =
        patterns.iter().map(|pattern| format!("`{pattern}`")).collect::<Vec<_>>().join(", ");
    match patterns.len() {
        0 => None,
        1 => Some(format!("it begins blank: {known} writes the code")),
        _ => Some(format!("it begins blank{without}: names that write the code are {known}")),
    }
}
