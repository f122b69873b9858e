//! What happened to a database, with what it did to the schema.

use runner_engine::MigrationId;
use runner_engine::drift::SchemaChange;
use runner_engine::record::{self, Around, Entry, Happened, SchemaText, Schemas};
use runner_engine::schema_objects::Objects;
use runner_engine::source_text::SourceText;
use runner_engine::status;
use rusqlite::Connection;
use serde::Serialize;

use super::schema_history::{SchemaHistory, StateOf, States};
use super::sentences::sentences;
use super::sources::Sources;
use crate::error::Error;
use crate::project::Project;

/// Something that happened.
#[derive(Debug, Clone, Serialize)]
pub struct Happening {
    /// What, when, and by whom.
    #[serde(flatten)]
    pub entry: Entry,
    /// What it did to the schema; `None`: the log does not say it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sentences: Option<Vec<String>>,
    /// The statements that are gone and new, a line each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<String>,
    /// The same of what something that keeps no log had changed before it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub found: Vec<String>,
    /// The number of its source.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<usize>,
    /// The number of the state of the schema that it left.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<usize>,
}

/// A migration that is to be applied.
#[derive(Debug, Clone, Serialize)]
pub struct Pending {
    /// The migration.
    pub id: MigrationId,
    /// Its state.
    pub state: status::State,
    /// The number of its source.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<usize>,
}

impl Pending {
    pub(super) fn read(
        project: &Project,
        entry: &status::Entry,
        sources: &mut Sources,
    ) -> Result<Self, Error> {
        let source = project.source().source_text(&entry.id)?;
        let source = source.map(|source| sources.number(source));
        Ok(Self { id: entry.id.clone(), state: entry.state, source })
    }
}

/// What happened, and what became of the schema.
pub(super) struct Timeline {
    pub(super) happenings: Vec<Happening>,
    pub(super) schema: SchemaHistory,
}

impl Timeline {
    /// Of these entries; without a connection there are none.
    pub(super) fn read(
        project: &Project,
        connection: Option<&Connection>,
        entries: Vec<Entry>,
        sources: &mut Sources,
    ) -> Result<Self, Error> {
        let states = States::none(project.config());
        let Some(connection) = connection else {
            return Ok(Self { happenings: Vec::new(), schema: states.drawn() });
        };
        let mut reading = Reading { project, connection, states, happenings: Vec::new(), sources };
        let mut schemas = Schemas::read(connection)?;
        for entry in entries {
            let around = entry.number.map(|number| schemas.around(number)).unwrap_or_default();
            reading.add(entry, around)?;
        }
        let database = &project.config().database;
        let objects = Objects::read(connection).map_err(|error| database.sqlite_error(error))?;
        let now = SchemaText::of(objects.texts());
        if *reading.states.schema() != now {
            reading.states.add(now, StateOf::Now);
        }
        Ok(Self { happenings: reading.happenings, schema: reading.states.drawn() })
    }
}

/// A timeline as far as it was read.
struct Reading<'r> {
    project: &'r Project,
    connection: &'r Connection,
    states: States<'r>,
    happenings: Vec<Happening>,
    sources: &'r mut Sources,
}

impl Reading<'_> {
    fn add(&mut self, entry: Entry, around: Around) -> Result<(), Error> {
        let number = self.happenings.len();
        let source = self.source(&entry)?;
        let found = self.find(&entry, &around, number);
        let mut happening = Happening {
            sentences: None,
            changes: Vec::new(),
            found,
            source: None,
            state: None,
            entry,
        };
        if let (Some(before), Some(after)) = (around.before, around.after) {
            let changes = SchemaChange::between_logged(&before, &after);
            let is_step = matches!(happening.entry.what, Happened::Applied | Happened::Reverted);
            if is_step || !changes.is_empty() {
                let (rewritten, state) =
                    self.states.add(after, StateOf::After { happening: number });
                happening.state = Some(state);
                let config = self.project.config();
                let sentences = sentences(&rewritten, &changes, source.as_ref(), config);
                happening.sentences = Some(sentences);
                happening.changes = lines(&changes);
            }
        }
        happening.source = source.map(|source| self.sources.number(source));
        self.happenings.push(happening);
        Ok(())
    }

    /// Goes to the schema that was there before `entry`, if that is another than the one before it left. Gives in what,
    /// if it is known.
    fn find(&mut self, entry: &Entry, around: &Around, number: usize) -> Vec<String> {
        let Some(before) = around.before.as_ref().filter(|before| *before != self.states.schema())
        else {
            return Vec::new();
        };
        // What there was when the log began is nobody's change.
        let is_beginning = entry.number == Some(1);
        let of = if is_beginning { StateOf::Beginning } else { StateOf::Found { before: number } };
        self.states.add(before.clone(), of);
        match &around.left {
            Some(left) if !is_beginning => lines(&SchemaChange::between_logged(left, before)),
            _ => Vec::new(),
        }
    }

    /// The source that was applied: the log has it, or the folder has it still.
    fn source(&self, entry: &Entry) -> Result<Option<SourceText>, Error> {
        let (Some(id), Some(digest)) = (&entry.id, &entry.source_digest) else { return Ok(None) };
        let logged = record::source(self.connection, id, digest)?;
        let migrations = self.project.source();
        match logged {
            Some(source) => Ok(Some(source)),
            None if migrations.source_digest(id)?.as_ref() == Some(digest) => {
                migrations.source_text(id)
            }
            None => Ok(None),
        }
    }
}

fn lines(changes: &[SchemaChange]) -> Vec<String> {
    changes.iter().flat_map(SchemaChange::lines).collect()
}
