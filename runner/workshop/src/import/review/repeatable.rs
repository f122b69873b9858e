//! Looks at files of views and triggers that are applied anew whenever they change.

use migration_api::operation::script;
use runner_engine::repeatable::{Definitions, RepeatableError, RepeatableFile};

use super::edit::{Edit, edited};
use crate::import::finding::{Finding, What};
use crate::import::history::{RepeatableScript, Script};
use crate::scaffold::Name;

/// What the files become, each with its name; what is in the way is added to `findings`.
pub(in crate::import) fn repeatable(
    files: &[(String, Script)],
    findings: &mut Vec<Finding>,
) -> Vec<RepeatableScript> {
    files.iter().map(|(name, script)| one(name, script, findings)).collect()
}

fn one(name: &str, script: &Script, findings: &mut Vec<Finding>) -> RepeatableScript {
    super::note_the_form(script, findings);
    let drops = script::spans(&script.sql).filter(|span| is_drop(&script.sql[span.clone()]));
    let drops: Vec<_> = drops.collect();
    let found = |line, sql: &str, what| Finding {
        line,
        sql: sql.to_owned(),
        ..Finding::of_file(&script.file, what)
    };
    findings.extend(drops.iter().map(|span| {
        let sql = &script.sql[span.clone()];
        found(Some(script.line(span.start)), sql, What::ReplacedAnyway)
    }));
    let sql = edited(&script.sql, drops.into_iter().map(Edit::TakeOut).collect());
    let file = RepeatableFile { file: script.file.display().to_string(), text: sql.clone() };
    if let Err(RepeatableError::Files { problems }) = Definitions::read(vec![file]) {
        findings.extend(problems.into_iter().map(|problem| {
            let line = problem.line.and_then(|line| usize::try_from(line).ok());
            found(line, "", What::NotRepeatable { words: problem.reason })
        }));
    }
    let name = Name::adapted(name);
    let name = name.as_ref().map_or("imported", Name::as_str);
    RepeatableScript { file: script.file.clone(), name: format!("{name}.sql"), sql }
}

/// Whether a statement drops a view or a trigger, as it does before it is made again.
fn is_drop(sql: &str) -> bool {
    let mut words = sql.split_whitespace();
    let is =
        |word: Option<&str>, known: &str| word.is_some_and(|it| it.eq_ignore_ascii_case(known));
    let is_drop = is(words.next(), "DROP");
    let what = words.next();
    is_drop && (is(what, "VIEW") || is(what, "TRIGGER"))
}
