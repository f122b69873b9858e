//! `runner schema diagram`.

use std::path::Path;

use runner::Exit;
use runner::explain::Code;
use runner::schema::diagram::Diagram;
use serde_json::json;

use super::super::args::{Common, DiagramArgs};
use super::super::failure::Failure;
use super::super::output;
use super::Reader;

pub(super) fn run(common: &Common, args: &DiagramArgs) -> Result<(), Failure> {
    let (of, tables) = args.drawn();
    let reader = Reader::open_for(common, args.replaying, &[&of])?;
    reader.refuse_output(args.output.as_deref(), &of)?;
    let schema = reader.read(&of)?;
    let whole = Diagram::of(&*schema.schema()?);
    let diagram = match tables.as_slice() {
        [] => whole,
        tables => {
            whole.around(tables, args.around).map_err(|table| no_table(table, schema.of()))?
        }
    };
    let picture = if args.mermaid { diagram.mermaid() } else { diagram.svg() };
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

fn no_table(table: &str, of: &str) -> Failure {
    Failure {
        exit: Exit::Usage,
        code: Code::BadArguments,
        message: format!("there is no table `{table}` in {of}"),
        causes: Vec::new(),
        hint: Some(
            "a word that is no table is `migrations`, `models`, `database` or a file; \
             `runner schema dump` shows the tables"
                .to_owned(),
        ),
        statement: None,
    }
}
