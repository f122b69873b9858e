//! `runner schema diff`.

use anstyle::{AnsiColor, Style};
use migration_api::operation::Operation;
use runner::Exit;
use runner::autogenerate::compare;
use runner::explain::Code;
use runner::models::Models;
use runner::schema::{Blueprint, Diff, LeftOut, Line, Side};
use serde_json::json;

use super::super::args::{Common, DiffArgs};
use super::super::failure::Failure;
use super::super::{escape, output};
use super::Reader;

pub(super) fn run(common: &Common, args: &DiffArgs) -> Result<(), Failure> {
    let reader = Reader::open_for(common, args.replaying, &[&args.from, &args.to])?;
    let from = reader.read(&args.from)?;
    let Models { schema: to, renames } = reader.with_renames(&args.to)?;
    let left_out = [from.left_out(), to.left_out()].concat();
    let comparing = &args.comparing;
    let diff = Diff::between(&from, &to, comparing.column_order())?;
    let options = comparing.options(&renames, &[]);
    // Names that go round among things that look the same leave no difference of the schemas.
    let may_differ = diff.is_some() || options.renames_something();
    let operations = match may_differ.then(|| compare(&from, &to, &options)) {
        None => Some(Vec::new()),
        Some(Ok(difference)) => Some(difference.operations().collect::<Vec<_>>()),
        // The lines are true all the same, and views may need what was left out.
        Some(Err(error)) if !left_out.is_empty() => {
            output::error(&format!("note: the operations cannot be tried: {error}"));
            None
        }
        Some(Err(error)) => return Err(error.into()),
    };
    let differ = diff.is_some() || operations.as_ref().is_some_and(|all| !all.is_empty());
    show(common, [&from, &to], diff, &left_out, operations.as_deref());
    if differ && args.exit_code {
        return Err(differ_failure(from.of(), to.of()));
    }
    Ok(())
}

fn show(
    common: &Common,
    [from, to]: [&Blueprint; 2],
    diff: Option<Diff>,
    left_out: &[LeftOut],
    operations: Option<&[Operation]>,
) {
    let has_operations = operations.is_some_and(|all| !all.is_empty());
    if common.json {
        return output::json(&json!({
            "from": from.of(),
            "to": to.of(),
            "same": diff.is_none() && !has_operations,
            "left_out": left_out,
            "lines": diff.map(|diff| diff.lines).unwrap_or_default(),
            "operations": operations.map(|all| all.iter().map(Operation::to_string).collect::<Vec<_>>()),
        }));
    }
    match diff {
        Some(diff) => output::composed(&coloured(&diff)),
        None if has_operations => output::line(&format!(
            "{} and {} are the same, but names are exchanged",
            from.of(),
            to.of()
        )),
        None => {
            let but = if left_out.is_empty() { "" } else { ", but for what was left out" };
            output::line(&format!("{} and {} are the same{but}", from.of(), to.of()));
        }
    }
    for operation in operations.unwrap_or_default() {
        output::line(&operation.to_string());
    }
}

fn differ_failure(from: &str, to: &str) -> Failure {
    Failure {
        exit: Exit::Failed,
        code: Code::CheckFailed,
        message: format!("{from} and {to} differ"),
        causes: Vec::new(),
        hint: None,
        statement: None,
    }
}

/// The lines, each in the colour of its side.
pub(in crate::cli) fn coloured(diff: &Diff) -> String {
    const REMOVED: Style = AnsiColor::Red.on_default();
    const ADDED: Style = AnsiColor::Green.on_default();
    let (from, to) = (escape::escape(&diff.from), escape::escape(&diff.to));
    let mut text = format!("{REMOVED}--- {from}{REMOVED:#}\n{ADDED}+++ {to}{ADDED:#}");
    for Line { side, text: line } in &diff.lines {
        let (mark, line) = (side.mark(), escape::escape(line));
        text += &match side {
            Side::From => format!("\n{REMOVED}{mark}{line}{REMOVED:#}"),
            Side::To => format!("\n{ADDED}{mark}{line}{ADDED:#}"),
            Side::Both => format!("\n{}", format!("{mark}{line}").trim_end()),
            Side::Gap => "\n@@".to_owned(),
        };
    }
    text
}
