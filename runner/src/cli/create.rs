//! `runner create`.

use runner::Config;
use runner::scaffold;
use serde_json::json;

use super::args::{Common, CreateArgs, current_folder};
use super::failure::Failure;
use super::output;

pub(super) fn run(common: &Common, args: &CreateArgs) -> Result<(), Failure> {
    let config = Config::find(&current_folder()?, &common.overrides(false))?;
    let created = scaffold::create(&config, &args.name, &args.template)?;
    if common.json {
        output::json(&json!({
            "id": created.id, "folder": created.folder.to_string_lossy(), "files": created.files,
        }));
        return Ok(());
    }
    for file in &created.files {
        output::line(&format!("made {}", output::short(&created.folder.join(file))));
    }
    Ok(())
}
