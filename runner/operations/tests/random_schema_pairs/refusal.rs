//! What no refusal may say.

use std::error::Error as StdError;

use migration_api::Error;

/// The words of a refusal, if they betray a mistake of ours: rows were left out and only their number told,
/// the transaction had ended, or our own SQL names what is not there.
pub(crate) fn blunder(error: &Error) -> Option<String> {
    let said = said(error);
    let says = |words: &[&str]| words.iter().any(|words| said.contains(words));
    let rows_left_out = says(&["every row of", "rows and would have"]);
    let ended = says(&["no transaction is active", "no such savepoint"]);
    let unknown_name = says(&["no such column", "no such table"]) && !says(&["no longer work"]);
    (rows_left_out || ended || unknown_name).then(|| format!("refused by {said}"))
}

/// The error and its sources.
fn said(error: &Error) -> String {
    let mut said = Vec::new();
    let mut next: Option<&(dyn StdError + 'static)> = Some(error.source());
    while let Some(error) = next {
        said.push(error.to_string());
        next = error.source();
    }
    said.join(": ")
}
