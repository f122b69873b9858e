//! `runner schema dump`.

use std::path::Path;

use runner::models::Models;
use serde_json::json;

use super::super::args::{Common, DumpArgs};
use super::super::failure::Failure;
use super::super::output;
use super::Reader;

pub(super) fn run(common: &Common, args: &DumpArgs) -> Result<(), Failure> {
    let reader = Reader::open(common, args.replaying)?;
    reader.refuse_output(args.output.as_deref(), &args.of)?;
    let Models { schema, renames } = reader.with_renames(&args.of)?;
    let sql = schema.schema()?.normal().to_string();
    match &args.output {
        Some(path) => output::write(path, &sql)?,
        None if common.json => {}
        None => output::text(&sql),
    }
    if common.json {
        output::json(&json!({
            "of": schema.of(), "sql": sql, "renames": renames, "left_out": schema.left_out(),
            "file": args.output.as_deref().map(Path::to_string_lossy),
        }));
    }
    Ok(())
}
