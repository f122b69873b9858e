//! In what the views and triggers of a database are others than their files say.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::definition::ProgramKind;
use super::definitions::Definitions;
use super::stored::Stored;
use crate::schema_objects::Objects;

/// A view or a trigger that is to be made anew, or to go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// What it is.
    pub kind: ProgramKind,
    /// Its name.
    pub name: String,
    /// The file that defines it, or did.
    pub file: Option<String>,
    /// What is the matter with it.
    pub change: ChangeKind,
}

/// What is the matter with a view or a trigger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// It was never applied from a file.
    New,
    /// Its text is another than the one in the database.
    Changed,
    /// It is gone from the database.
    Missing,
    /// It is in no file any more.
    Removed,
}

impl fmt::Display for ChangeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::New => "new",
            Self::Changed => "changed",
            Self::Missing => "missing",
            Self::Removed => "removed",
        })
    }
}

impl Change {
    /// Whether it is about the `kind` of this name.
    pub(crate) fn is(&self, kind: ProgramKind, name: &str) -> bool {
        self.kind == kind && self.name.eq_ignore_ascii_case(name)
    }

    /// The same, where what was made anew may be gone from the `objects` since.
    pub(crate) fn left_in(self, objects: &Objects) -> Self {
        match objects.have(self.kind.word(), &self.name) {
            true => self,
            false => Self { change: ChangeKind::Removed, ..self },
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the {} `{}` ({})", self.kind, self.name, self.change)
    }
}

/// What was applied, and how it is in the schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Recorded {
    pub(crate) stored: Stored,
    standing: Standing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    AsApplied,
    /// A migration changed its text, as ALTER TABLE RENAME does.
    Altered,
    Gone,
}

impl Recorded {
    pub(crate) fn all(stored: Vec<Stored>, objects: &Objects) -> Vec<Self> {
        let recorded = |stored: Stored| {
            let standing = match objects.definition(stored.kind.word(), &stored.name) {
                None => Standing::Gone,
                Some(sql) if sql == stored.stored => Standing::AsApplied,
                Some(_) => Standing::Altered,
            };
            Self { stored, standing }
        };
        stored.into_iter().map(recorded).collect()
    }
}

/// What has to change of what is `recorded`, to be as the `definitions` say: first what goes.
pub(crate) fn changes(definitions: &Definitions, recorded: &[Recorded]) -> Vec<Change> {
    let is_gone = |it: &&Recorded| definitions.get(it.stored.kind, &it.stored.name).is_none();
    let removed = recorded.iter().filter(is_gone).map(|it| Change {
        kind: it.stored.kind,
        name: it.stored.name.clone(),
        file: it.stored.file.clone(),
        change: ChangeKind::Removed,
    });
    let others = definitions.all().iter().filter_map(|definition| {
        let found = recorded.iter().find(|it| it.stored.is(definition.kind, &definition.name));
        let change = match found {
            None => ChangeKind::New,
            Some(it) if it.standing == Standing::Gone => ChangeKind::Missing,
            Some(it) if it.standing == Standing::AsApplied && it.stored.sql == definition.sql => {
                return None;
            }
            Some(_) => ChangeKind::Changed,
        };
        Some(Change {
            kind: definition.kind,
            name: definition.name.clone(),
            file: Some(definition.file.clone()),
            change,
        })
    });
    removed.chain(others).collect()
}
