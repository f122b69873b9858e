//! `schema_file` in `runner.toml`: the schema as SQL, kept beside the migrations and written by the commands
//! that change it.

use std::fs;
use std::path::Path;

use runner::Config;
use runner::schema::Blueprint;

use super::args::Common;
use super::failure::Failure;
use super::output;

/// How the file begins. One that begins otherwise is somebody's own.
const HEADER: &str = "-- Written by runner, which changes it with each migration.\n\n";

/// Writes the file, if there is to be one and it says something else. What was applied is applied, so that a
/// file that cannot be written is told and no failure.
pub(super) fn update(config: &Config, common: &Common) {
    let Some(path) = config.schema_file.as_ref().filter(|_| config.bundle.is_none()) else {
        return;
    };
    match write(config, common, path) {
        Ok(true) if !common.json => output::line(&format!("wrote {}", output::short(path))),
        Ok(_) => {}
        Err(failure) => {
            let why = failure.causes.first().map_or(String::new(), |cause| format!(": {cause}"));
            output::error(&format!("note: {}{why}", failure.message));
        }
    }
}

fn write(config: &Config, common: &Common, path: &Path) -> Result<bool, Failure> {
    config.database.refuse_reserved(path)?;
    let Some(connection) = config.database.look(common.busy_timeout())? else { return Ok(false) };
    let of = format!("the database `{}`", output::short(&config.database.path));
    let (application, excluded) = (&config.application, &config.exclude_tables);
    let schema = Blueprint::look(&connection, of, application, excluded)?;
    let text = format!("{HEADER}{}", schema.schema()?.normal());
    match fs::read(path) {
        Ok(old) if old == text.as_bytes() => return Ok(false),
        Ok(old) if !old.is_empty() && !old.starts_with(HEADER.as_bytes()) => {
            return Err(Failure::of_system(
                &format!("`{}` was not written", output::short(path)),
                &std::io::Error::other(
                    "it is no `schema_file` that runner wrote; remove it, or name another",
                ),
            ));
        }
        _ => {}
    }
    output::write(path, &text)?;
    Ok(true)
}
