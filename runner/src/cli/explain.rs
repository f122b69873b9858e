//! `runner explain`.

use anstyle::{AnsiColor, Style};
use runner::explain::Code;
use serde_json::json;

use super::args::{Common, ExplainArgs};
use super::failure::Failure;
use super::output;

pub(super) fn run(common: &Common, args: &ExplainArgs) -> Result<(), Failure> {
    match &args.code {
        Some(text) => one(common, text.parse()?),
        None => all(common),
    }
    Ok(())
}

fn one(common: &Common, code: Code) {
    if common.json {
        return output::json(&json!({
            "code": code, "summary": code.summary(), "explanation": code.explanation(),
        }));
    }
    output::page(&format!("{}: {}\n\n{}\n", name(code), code.summary(), code.explanation()));
}

fn all(common: &Common) {
    if common.json {
        let code = |code: &Code| json!({ "code": code, "summary": code.summary() });
        return output::json(&json!({ "codes": Code::ALL.iter().map(code).collect::<Vec<_>>() }));
    }
    let width = Code::ALL.iter().map(|code| code.name().len()).max().unwrap_or(0);
    for code in Code::ALL {
        let gap = width - code.name().len();
        output::page(&format!("{}{:gap$}  {}\n", name(*code), "", code.summary()));
    }
}

/// Its name, as it stands out.
fn name(code: Code) -> String {
    const NAME: Style = AnsiColor::Cyan.on_default().bold();
    format!("{NAME}{code}{NAME:#}")
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;
    use clap::error::ErrorKind;

    use super::super::args::Arguments;
    use super::*;

    /// What stands between backticks.
    fn quoted(text: &str) -> impl Iterator<Item = String> {
        let parts = text.split('`').skip(1).step_by(2);
        parts.map(|part| part.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn every_command_that_an_explanation_names_is_one() {
        for code in Code::ALL {
            let commands = quoted(code.explanation()).filter(|text| text.starts_with("runner "));
            for command in commands.filter(|command| !command.contains("COMMAND")) {
                if let Err(error) = Arguments::try_parse_from(command.split(' ')) {
                    assert_eq!(error.kind(), ErrorKind::DisplayHelp, "{code}: {command}: {error}");
                }
            }
        }
    }
}
