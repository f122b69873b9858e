//! `runner schema diagram`.

use std::path::Path;

use runner::schema::diagram;
use serde_json::json;

use super::super::args::{Common, DiagramArgs};
use super::super::failure::Failure;
use super::super::output;
use super::Reader;

pub(super) fn run(common: &Common, args: &DiagramArgs) -> Result<(), Failure> {
    let reader = Reader::open(common, args.replaying)?;
    reader.refuse_output(args.output.as_deref(), &args.of)?;
    let schema = reader.read(&args.of)?;
    let draw = if args.mermaid { diagram::mermaid } else { diagram::svg };
    let picture = {
        let parts = schema.schema()?;
        draw(&parts)
    };
    match &args.output {
        Some(path) => output::write(path, &picture)?,
        None if common.json => {}
        None => output::text(&picture),
    }
    if common.json {
        let kind = if args.mermaid { "mermaid" } else { "svg" };
        output::json(
            &json!({ "of": schema.of(), kind: picture, "left_out": schema.left_out(), "file": args.output.as_deref().map(Path::to_string_lossy) }),
        );
    }
    Ok(())
}
