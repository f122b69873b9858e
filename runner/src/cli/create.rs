//! `runner create`.

use runner::Config;
use runner::scaffold::{self, Content, PATTERNS, ScaffoldError};
use serde_json::json;

use super::args::{Common, CreateArgs, current_folder};
use super::failure::Failure;
use super::output;

pub(super) fn run(common: &Common, args: &CreateArgs) -> Result<(), Failure> {
    let config = Config::find(&current_folder()?, &common.overrides(false))?;
    let content = match (&args.template, args.fields.first()) {
        (Some(template), Some(field)) => {
            let (template, field) = (template.clone(), field.clone());
            return Err(ScaffoldError::FieldWithTemplate { template, field }.into());
        }
        (Some(template), None) => Content::Template(template),
        (None, _) => Content::Named(&args.fields),
    };
    let created = scaffold::create(&config, &args.name, content)?;
    if common.json {
        output::json(&json!({
            "id": created.id, "folder": created.folder.to_string_lossy(), "files": created.files,
            "unused_fields": created.unused,
        }));
        return Ok(());
    }
    for file in &created.files {
        output::line(&format!("made {}", output::short(&created.folder.join(file))));
    }
    if !created.unused.is_empty() {
        output::line(&format!(
            "the name fits no pattern, so it begins blank, without the {}: there are {}",
            if created.unused.len() == 1 { "field" } else { "fields" },
            PATTERNS.map(|pattern| format!("`{pattern}`")).join(", "),
        ));
    }
    Ok(())
}
