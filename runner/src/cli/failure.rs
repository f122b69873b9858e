//! An error in the form in which it is shown, and in which it comes from the child process.

use std::error::Error as StdError;

use anstyle::{AnsiColor, Style};
use runner::Exit;
use runner::apply::FailedStatement;
use runner::explain::Code;
use runner::fleet::ErrorText;
use runner::workshop::Error;
use serde::{Deserialize, Serialize};

use super::{escape, hints, output};

/// What went wrong, in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Failure {
    pub(super) exit: Exit,
    pub(super) code: Code,
    pub(super) message: String,
    /// The errors behind it, the nearest first.
    pub(super) causes: Vec<String>,
    pub(super) hint: Option<String>,
    /// The statement of SQL that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) statement: Option<Box<FailedStatement>>,
}

impl From<Failure> for ErrorText {
    fn from(failure: Failure) -> Self {
        let Failure { exit, code, message, causes, hint, statement } = failure;
        Self { exit, code, message, causes, hint, statement }
    }
}

impl<E: Into<Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        let error: Error = error.into();
        Self {
            exit: error.exit(),
            code: error.code(),
            message: error.to_string(),
            causes: error.causes(),
            hint: hints::of(&error).or_else(|| hints::of_limits(&error)),
            statement: error.statement().cloned().map(Box::new),
        }
    }
}

impl Failure {
    /// An error of the machine that has nothing to do with migrations.
    pub(super) fn of_system(message: &str, cause: &(dyn StdError + 'static)) -> Self {
        Self {
            exit: Exit::Failed,
            code: Code::SystemRefused,
            message: message.to_owned(),
            causes: vec![cause.to_string()],
            hint: hints::of_limits(cause),
            statement: None,
        }
    }

    /// Words that are no command, as a machine reads it.
    pub(super) fn of_usage(error: &clap::Error) -> Self {
        let text = error.to_string();
        let mut parts = text.split("\n\n").map(str::trim);
        let message = parts.next().unwrap_or_default();
        let tip = parts.find_map(|part| part.strip_prefix("tip: "));
        Self {
            exit: Exit::Usage,
            code: Code::BadArguments,
            message: message.trim_start_matches("error: ").to_owned(),
            causes: Vec::new(),
            hint: Some(tip.unwrap_or("`runner help` shows what there is").to_owned()),
            statement: None,
        }
    }

    /// Shows it on standard error.
    pub(super) fn show(mut self, json: bool) {
        self.hint = self.hint.map(|hint| hints::complete(&hint));
        if json {
            let document = serde_json::json!({ "error": self });
            output::error(&escape::json(&document.to_string()));
        } else {
            output::error(&self.text());
        }
    }

    fn text(&self) -> String {
        const ERROR: Style = AnsiColor::Red.on_default().bold();
        const HINT: Style = AnsiColor::Cyan.on_default().bold();
        let mut text = format!("{ERROR}error:{ERROR:#} {}", escape::indented(&self.message));
        for cause in &self.causes {
            text += &format!("\n  caused by: {}", escape::continued(cause.trim_end(), "    "));
        }
        if let Some(hint) = &self.hint {
            text += &format!("\n{HINT}hint:{HINT:#} {}", escape::indented(hint));
        }
        if self.exit == Exit::Refused {
            text += &format!("\n{HINT}explain:{HINT:#} runner explain {}", self.code);
        }
        text
    }
}
