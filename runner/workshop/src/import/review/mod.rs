//! Looks at each statement of a history before anything is written: what the runner does itself is taken out, and the
//! rest is run on an empty database in memory, so that SQLite itself says what it does not understand.

mod consistency;
mod dropped;
mod edit;
mod repeatable;
mod replay;
mod statement;

use super::Tool;
use super::finding::{Finding, Outcome, What};
use super::formats::FoundMigration;
use super::history::{Script, Wrapping};
use edit::{Edit, edited};
pub(super) use repeatable::repeatable;
use replay::{Replay, Run};
use runner_engine::{ApplicationNames, LossName};
use statement::Class;

/// What a look at a migration has shown.
pub(super) struct Reviewed {
    pub(super) forward: Script,
    /// `None`: there is no way back.
    pub(super) backward: Option<Script>,
    pub(super) wrapping: Wrapping,
    /// The tables and columns that its way forward drops.
    pub(super) loses: Vec<LossName>,
}

/// Looks at `migrations`, in their order, and adds to `findings`.
///
/// # Errors
/// SQLite makes no database in memory.
pub(super) fn review(
    migrations: &[FoundMigration],
    tool: Tool,
    application: &ApplicationNames,
    findings: &mut Vec<Finding>,
) -> rusqlite::Result<Vec<Reviewed>> {
    let mut replay = Replay::new(tool, application)?;
    let each = migrations.iter();
    Ok(each.map(|migration| reviewed(migration, tool, &mut replay, findings)).collect())
}

fn reviewed(
    migration: &FoundMigration,
    tool: Tool,
    replay: &mut Replay,
    findings: &mut Vec<Finding>,
) -> Reviewed {
    note_the_form(&migration.forward, findings);
    let mut forward =
        Direction::of(&migration.forward, tool, replay.forward(&migration.forward.sql));
    let back = migration.backward.as_ref();
    let mut backward = back.map(|back| Direction::of(back, tool, replay.backward(&back.sql)));
    if let Some(back) = back.filter(|back| back.file != migration.forward.file) {
        note_the_form(back, findings);
    }
    let loses = std::mem::take(&mut forward.run.dropped);
    let needs_none = forward.needs_no_transaction()
        || backward.as_ref().is_some_and(Direction::needs_no_transaction);
    forward.judge_the_rest(findings);
    forward.judge_what_it_leaves(findings);
    let has_way_back = match &mut backward {
        None => false,
        Some(backward) => backward.judge_the_way_back(forward.has_statements(), findings),
    };
    note_the_mark(migration, needs_none, findings);
    Reviewed {
        forward: forward.script(),
        backward: backward.filter(|_| has_way_back).map(|backward| backward.script()),
        wrapping: if needs_none { Wrapping::NoTransaction } else { Wrapping::Transaction },
        loses,
    }
}

/// Notes what is unusual about the bytes of a file.
fn note_the_form(script: &Script, findings: &mut Vec<Finding>) {
    if script.bytes.starts_with("\u{feff}".as_bytes()) {
        findings.push(Finding::of_file(&script.file, What::ByteOrderMark));
    }
    if script.sql.contains("\r\n") {
        findings.push(Finding::of_file(&script.file, What::CarriageReturns));
    }
}

/// Notes what becomes of a mark that asks for no transaction.
fn note_the_mark(migration: &FoundMigration, needs_none: bool, findings: &mut Vec<Finding>) {
    if let Some((file, line)) = &migration.no_transaction
        && !needs_none
    {
        let finding = Finding::of_file(file, What::NeedlessMark);
        findings.push(Finding { line: Some(*line), ..finding });
    }
}

/// One direction of a migration, and what its statements are.
struct Direction<'s> {
    script: &'s Script,
    tool: Tool,
    run: Run,
}

impl<'s> Direction<'s> {
    fn of(script: &'s Script, tool: Tool, run: Run) -> Self {
        Self { script, tool, run }
    }

    fn needs_no_transaction(&self) -> bool {
        self.run.classes.iter().any(|(_, class)| *class == Class::OutsideOfTransaction)
    }

    fn has_statements(&self) -> bool {
        self.run.classes.iter().any(|(_, class)| class.stays())
    }

    /// Adds what each statement is found to be.
    fn judge_the_rest(&self, findings: &mut Vec<Finding>) {
        let alone = self
            .run
            .classes
            .iter()
            .filter(|(_, class)| class.stays())
            .all(|(_, class)| *class == Class::OutsideOfTransaction);
        let found = self.run.classes.iter().filter_map(|(span, class)| {
            Some(self.finding(span.start, class.what(alone, self.tool)?))
        });
        findings.extend(found);
        let added =
            self.run.taken_along.iter().map(|one| {
                self.finding(one.at, What::DropAdded { statement: one.drop_statement() })
            });
        findings.extend(added);
    }

    /// Adds what the runner would roll it back for.
    fn judge_what_it_leaves(&self, findings: &mut Vec<Finding>) {
        let found = self.run.broken.iter().map(|words| {
            Finding::of_file(&self.script.file, What::LeavesBroken { words: words.clone() })
        });
        findings.extend(found);
    }

    /// Adds what is found on the way back; and gives whether there is one.
    fn judge_the_way_back(
        &self,
        forward_has_statements: bool,
        findings: &mut Vec<Finding>,
    ) -> bool {
        if !self.has_statements() && forward_has_statements {
            findings.push(Finding::of_file(&self.script.file, What::EmptyWayBack));
            return false;
        }
        let broken = self.run.classes.iter().find_map(|(span, class)| match class {
            Class::Refused { words, .. } => Some((span.start, words)),
            _ => None,
        });
        if let Some((at, words)) = broken {
            let what = What::BrokenWayBack { words: words.clone() };
            findings.push(self.finding(at, what));
            return false;
        }
        let before = findings.len();
        self.judge_the_rest(findings);
        // What is not written back needs nothing of the person who imports it.
        findings[before..].iter().all(|finding| finding.what.outcome() != Outcome::Refused)
    }

    fn finding(&self, at: usize, what: What) -> Finding {
        let sql = migration_api::operation::script::first(&self.script.sql[at..]).to_owned();
        Finding { file: self.script.file.clone(), line: Some(self.script.line(at)), sql, what }
    }

    fn script(&self) -> Script {
        let gone = self.run.classes.iter().filter(|(_, class)| class.is_taken_out());
        let gone = gone.map(|(span, _)| Edit::TakeOut(span.clone()));
        let added = self.run.taken_along.iter();
        let added = added.map(|one| Edit::Insert { at: one.at, sql: one.drop_statement() });
        let edits = gone.chain(added).collect();
        Script { sql: edited(&self.script.sql, edits), ..self.script.clone() }
    }
}
