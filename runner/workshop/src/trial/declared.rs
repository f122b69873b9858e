//! What is lost, compared with what the migration says that it loses.

use std::collections::BTreeSet;

use runner_engine::LossName;
use runner_engine::verdict::{FoundBy, LossKind, Lost, Verdict, WayBack};
use rusqlite::Connection;

use super::outcome::{Loss, Note};
use super::problem::Problem;
use super::table::Table;
use crate::lineage::Lineage;

/// What a migration must say of what it loses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rule {
    /// All of it, by name.
    Declare,
    /// Nothing: it is older than this rule. What its way back does not give back it must drop by name.
    DropByName,
}

/// What a migration loses, and what it says of that.
pub(super) struct Losses<'l> {
    pub(super) losses: &'l BTreeSet<Loss>,
    pub(super) way_back: WayBack,
    /// Its `LOSES`.
    pub(super) loses: &'l [LossName],
}

impl Losses<'_> {
    /// What is to be kept of this.
    fn verdict(&self, rule: Rule) -> Verdict {
        let lost = |loss: &Loss| Some(Lost::of(loss.name()?, loss.kind()?, self.loses));
        let losses = self.losses.iter().filter_map(lost).collect();
        let exempt = rule == Rule::DropByName;
        Verdict { exempt, ..Verdict::now(FoundBy::Test, self.way_back, losses) }
    }

    /// Judges this by `rule`. `lineage` is what became of what there was on the way to the database `forward`.
    ///
    /// # Errors
    /// More is lost than the rule allows.
    pub(super) fn judge(
        &self,
        rule: Rule,
        lineage: &Lineage,
        forward: &Connection,
    ) -> Result<Verdict, Problem> {
        let verdict = self.verdict(rule);
        if verdict.is_undeclared() {
            return Err(Problem::Undeclared { verdict, loses: self.loses.to_vec() });
        }
        if rule == Rule::DropByName && self.way_back == WayBack::Works && !self.losses.is_empty() {
            let between = Table::all(forward);
            let between = between.map_err(Problem::scratch("read the scratch database"))?;
            let is_quiet = |loss: &&Loss| !lineage.drops_by_name(loss, &between);
            let losses: Vec<Loss> = self.losses.iter().filter(is_quiet).cloned().collect();
            if !losses.is_empty() {
                return Err(Problem::NotByName { losses });
            }
        }
        Ok(verdict)
    }

    /// What it says that it loses, and did not lose: a note, since there may have been no rows of that kind.
    pub(super) fn not_lost(&self) -> Option<Note> {
        let is_lost = |name: &LossName| {
            self.losses.iter().any(|loss| loss.name().is_some_and(|lost| lost == *name))
        };
        let names: Vec<LossName> =
            self.loses.iter().filter(|name| !is_lost(name)).cloned().collect();
        (!names.is_empty()).then_some(Note::NotLost { names })
    }
}

impl Loss {
    /// The name by which a migration declares it; `None`: it need not.
    fn name(&self) -> Option<LossName> {
        match self {
            Self::Table { table } | Self::Rows { table } => Some(LossName::of_table(table)),
            Self::Column { table, column } | Self::Values { table, column } => {
                Some(LossName::of_column(table, column))
            }
            Self::Counter { .. } => None,
        }
    }

    fn kind(&self) -> Option<LossKind> {
        match self {
            Self::Table { .. } => Some(LossKind::Table),
            Self::Rows { .. } => Some(LossKind::Rows),
            Self::Column { .. } => Some(LossKind::Column),
            Self::Values { .. } => Some(LossKind::Values),
            Self::Counter { .. } => None,
        }
    }
}

/// The line that declares the loss of `names`.
pub(super) fn line(names: &[LossName]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("{:?}", name.to_string())).collect();
    format!("const LOSES: &[&str] = &[{}];", quoted.join(", "))
}
