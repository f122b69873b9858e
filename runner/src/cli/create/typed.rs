//! A migration that changes rows, which it has as structs.

use runner::scaffold::{
    self, Around, Content, ScaffoldError, Transactions, TypedBackward, TypedError, TypedMigration,
    TypedTable,
};
use runner::schema::Blueprint;
use serde_json::json;

use super::super::args::{Common, CreateArgs};
use super::super::failure::Failure;
use super::super::output;
use super::super::schema::Reader;
use super::made;

pub(super) fn run(common: &Common, args: &CreateArgs) -> Result<(), Failure> {
    let transactions = transactions(args.template.as_deref())?;
    let reader = Reader::open(common, args.replaying)?;
    let tables = tables(&reader.migrations()?, None, &args.typed)?;
    let names = names(&tables);
    let (forward, backward) = (Around::default(), TypedBackward::Unknown);
    let typed = TypedMigration { tables, transactions, forward, backward };
    let created = scaffold::create(reader.config(), &args.name, Content::Typed(&typed))?;
    if common.json {
        output::json(&json!({
            "id": created.id, "folder": created.folder.to_string_lossy(), "files": created.files,
            "typed": names, "namesakes": created.namesakes,
        }));
    } else {
        made(&created);
    }
    Ok(())
}

/// Those that a template asks for, of which two have rows to change.
fn transactions(template: Option<&str>) -> Result<Transactions, ScaffoldError> {
    match template {
        None | Some("data-fixup") => Ok(Transactions::One),
        Some("batched") => Ok(Transactions::Batches),
        Some(other) => Err(TypedError::WithTemplate { template: other.to_owned() }.into()),
    }
}

pub(super) fn names(tables: &[TypedTable]) -> Vec<String> {
    tables.iter().map(|table| table.name().to_owned()).collect()
}

/// The tables with these names, each once. One that only the schema `to` which the migration leads has is refused as new.
pub(super) fn tables(
    schema: &Blueprint,
    to: Option<&Blueprint>,
    names: &[String],
) -> Result<Vec<TypedTable>, Failure> {
    let normal = schema.schema()?.normal();
    let made = match to {
        Some(to) => to.schema()?.normal().tables,
        None => Vec::new(),
    };
    let mut tables: Vec<TypedTable> = Vec::new();
    for name in names {
        let found = TypedTable::find(&normal, schema.of(), name).map_err(|error| match error {
            TypedError::NoTable { .. } if made.iter().any(|table| table.name.is(name)) => {
                TypedError::New { table: name.clone() }
            }
            error => error,
        });
        let table = found.map_err(ScaffoldError::from)?;
        if !tables.contains(&table) {
            tables.push(table);
        }
    }
    Ok(tables)
}
