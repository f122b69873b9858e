//! What a trial or a rehearsal found of a migration.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::loss_name::LossName;

/// What a trial or a rehearsal found of a migration. Displays in a few words: `reversible`, `loses player.note`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// What found it.
    pub found_by: FoundBy,
    /// When; `None`: it is in a bundle, whose bytes do not hang on that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found_at: Option<Timestamp>,
    /// The version of the runner that found it.
    pub runner: String,
    /// Whether it failed, by something else than what it loses. The rest is what was seen before that.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub failed: bool,
    /// How it can be taken back.
    pub way_back: WayBack,
    /// What it takes away that its way back does not give back, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub losses: Vec<Lost>,
    /// Whether it is so old that nothing need be declared.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub exempt: bool,
}

/// What finds a verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FoundBy {
    /// A trial, with made-up rows.
    Test,
    /// A rehearsal, on a copy of a database.
    Rehearsal,
}

/// How a migration can be taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WayBack {
    /// Its way back gives back all but what is lost.
    Works,
    /// Its way back was not gone.
    NotTried,
    /// It has none, and says so.
    DeclaredMissing,
    /// It has none, and does not say so.
    Missing,
}

/// Something that a migration takes away for good.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Lost {
    /// Its name, by the names before the migration.
    pub name: LossName,
    /// How it is lost.
    pub kind: LossKind,
    /// Whether the migration says so.
    pub declared: bool,
}

/// How something is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LossKind {
    /// A table is dropped.
    Table,
    /// Rows of a table are deleted, or left out where it is made anew.
    Rows,
    /// A column is dropped.
    Column,
    /// Values of a column are changed.
    Values,
}

impl Lost {
    /// The loss of `name`, by a migration that declares to lose what is in `loses`.
    #[must_use]
    pub fn of(name: LossName, kind: LossKind, loses: &[LossName]) -> Self {
        let declared = loses.contains(&name);
        Self { name, kind, declared }
    }
}

impl Verdict {
    /// Of what is lost, so many names are displayed.
    const SHOWN: usize = 3;

    /// What is found now, by this version. `losses` may hold some twice.
    #[must_use]
    pub fn now(found_by: FoundBy, way_back: WayBack, mut losses: Vec<Lost>) -> Self {
        losses.sort_unstable();
        losses.dedup();
        Self {
            found_by,
            found_at: Some(Timestamp::now()),
            runner: env!("CARGO_PKG_VERSION").to_owned(),
            failed: false,
            way_back,
            losses,
            exempt: false,
        }
    }

    /// This, where the same finder found `before` of the same source: the newer holds, and of what it did not come to
    /// see the older.
    pub(super) fn after(mut self, before: &Self) -> Self {
        let is_not_tried = self.way_back == WayBack::NotTried;
        if is_not_tried || self.failed {
            self.failed |= is_not_tried && before.failed;
            self.add(before);
        }
        self
    }

    /// Adds what another one has seen to be lost, and of the way back.
    pub(super) fn add(&mut self, other: &Self) {
        if self.way_back == WayBack::NotTried {
            self.way_back = other.way_back;
        }
        self.losses.extend(other.losses.iter().cloned());
        self.losses.sort_unstable();
        self.losses.dedup();
    }

    /// What is lost and is not declared, each name once, unless nothing need be.
    pub fn undeclared(&self) -> impl Iterator<Item = &LossName> {
        let undeclared = self.losses.iter().filter(|lost| !lost.declared && !self.exempt);
        let mut before = None;
        let names = undeclared.map(|lost| &lost.name);
        names.filter(move |name| before.replace(*name) != Some(*name))
    }

    /// Whether its way back was seen to give back all that there was.
    #[must_use]
    pub fn gives_back_everything(&self) -> bool {
        !self.failed && self.way_back == WayBack::Works && self.losses.is_empty()
    }

    /// Whether it has no way back, and does not say so though it must.
    #[must_use]
    pub fn hides_missing_way_back(&self) -> bool {
        self.way_back == WayBack::Missing && !self.exempt
    }

    /// Whether it has lost, or has no way back to lose by, something that it does not declare.
    #[must_use]
    pub fn is_undeclared(&self) -> bool {
        self.hides_missing_way_back() || self.undeclared().next().is_some()
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.failed {
            return f.write_str("failed");
        }
        let mut names: Vec<&LossName> = self.losses.iter().map(|lost| &lost.name).collect();
        names.dedup();
        match self.way_back {
            WayBack::DeclaredMissing | WayBack::Missing => f.write_str("irreversible")?,
            WayBack::Works if names.is_empty() => f.write_str("reversible")?,
            WayBack::NotTried if names.is_empty() => f.write_str("way back not tried")?,
            WayBack::Works | WayBack::NotTried => {}
        }
        for (place, name) in names.iter().enumerate().take(Self::SHOWN) {
            let before = match (place, self.way_back) {
                (0, WayBack::DeclaredMissing | WayBack::Missing) => ", loses ",
                (0, _) => "loses ",
                _ => ", ",
            };
            write!(f, "{before}{name}")?;
        }
        match names.len().saturating_sub(Self::SHOWN) {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}
