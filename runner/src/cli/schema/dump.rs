//! `runner schema dump`.

use std::path::Path;

use runner::models::Models;
use runner::schema::rust_models;
use serde_json::json;

use super::super::args::{Common, DumpArgs};
use super::super::failure::Failure;
use super::super::output;
use super::Reader;

pub(super) fn run(common: &Common, args: &DumpArgs) -> Result<(), Failure> {
    let reader = Reader::open_for(common, args.replaying, &[&args.of])?;
    reader.refuse_output(args.output.as_deref(), &args.of)?;
    let Models { schema, renames } = reader.with_renames(&args.of)?;
    let normal = schema.schema()?.normal();
    let (sql, rust) = (normal.to_string(), args.rust.then(|| rust_models(&normal)));
    let text = rust.as_ref().unwrap_or(&sql);
    match &args.output {
        Some(path) => output::write(path, text)?,
        None if common.json => {}
        None => output::text(text),
    }
    if common.json {
        output::json(&json!({
            "of": schema.of(), "sql": sql, "rust": rust, "renames": renames, "left_out": schema.left_out(),
            "file": args.output.as_deref().map(Path::to_string_lossy),
        }));
    }
    Ok(())
}
