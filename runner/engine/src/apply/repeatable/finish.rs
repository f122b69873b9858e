//! The end of a step: what made way comes back, what the step brought is taken back with it, and after the last one
//! all is as the files say.

use super::compile::refused;
use super::restore::{self, there};
use crate::apply::activity::Activity;
use crate::apply::broken_statements::Statements;
use crate::apply::failure::ApplyError;
use crate::apply::registered_names::RegisteredNames;
use crate::apply::step::PlannedStep;
use crate::apply::transaction::Stepper;
use crate::apply::verify::{Before, LOOK};
use crate::direction::Direction;
use crate::id::MigrationId;
use crate::record::{self, Made};
use crate::repeatable::{
    self, Change, Definitions, Problem, ProgramKind, PutBack, Recorded, RepeatableError, Stored,
};
use crate::schema_objects::Objects;

/// A step whose views and triggers are as they are to be.
pub(in crate::apply) struct Finished {
    /// What is in the database.
    pub(in crate::apply) now: Before,
    /// What was changed.
    pub(in crate::apply) changes: Vec<Change>,
}

impl Stepper<'_> {
    /// Before the code of `id` is reverted, which knows of no files: puts the texts of migrations back that files took
    /// over since `id` was applied, as far as they fit. Gives how the database is then.
    ///
    /// # Errors
    /// SQLite's; a row that is none of ours.
    pub(in crate::apply) fn give_back(
        &self,
        id: &MigrationId,
        before: Before,
    ) -> Result<(Before, Vec<Change>), ApplyError> {
        let fits = |kind: ProgramKind, name: &str| {
            refused(&self.connection, self.application, &[(kind, name)]).map(|it| it.is_empty())
        };
        let changes = repeatable::give_back(&self.connection, id, fits)?;
        if changes.is_empty() {
            return Ok((before, changes));
        }
        let inventory = self.inventory(Some(&before.inventory))?;
        Ok((Before { inventory, ..before }, changes))
    }

    /// After the code of a migration, which did what was `seen`: brings back what made way or went with its table.
    /// Gives those that the runner looks after, which are not missed where they do not fit the schema yet.
    ///
    /// # Errors
    /// SQLite's; a row that is none of ours.
    pub(in crate::apply) fn bring_back(&self, seen: &Activity) -> Result<Made, ApplyError> {
        let mut looked_after = Made::default();
        let stored = repeatable::stored(&self.connection)?;
        stored.iter().for_each(|it| looked_after.add(it.kind.word(), &it.name));
        if !stored.is_empty() && seen.changes_the_schema() {
            restore::restore(&self.connection, self.application, &stored)
                .map_err(self.failing_to(LOOK))?;
        }
        Ok(looked_after)
    }

    /// After the checks of `step`, which found the objects `before` and left the database as it is `now`.
    ///
    /// # Errors
    /// A text that does not fit the schema; what is missing after the last step; SQLite's.
    pub(in crate::apply) fn finish_repeatable(
        &self,
        step: &PlannedStep<'_>,
        before: &Objects,
        own: &RegisteredNames,
        now: Before,
    ) -> Result<Finished, ApplyError> {
        let id = &step.migration.artifact.id;
        if step.direction == Direction::Forward {
            // They are of a run before, whose row was dropped from the history without a way back.
            repeatable::forget_formers(&self.connection, id)
                .map_err(self.failing_to("look at what was applied to"))?;
        }
        let changes = match (step.direction, step.definitions()) {
            (Direction::Backward, _) => self.take_back(id)?,
            (Direction::Forward, Some(definitions)) => {
                self.apply_definitions(definitions, before, id)?
            }
            (Direction::Forward, None) => Vec::new(),
        };
        if step.is_last() && step.definitions().is_none() {
            self.require_nothing_away()?;
        }
        if changes.is_empty() {
            return Ok(Finished { now, changes });
        }
        let now = self.looked_at_again((id, &changes), before, own, now)?;
        Ok(Finished { now, changes })
    }

    /// Puts back what stood before the migration `id`, which is reverted, as far as it fits the schema that is left.
    fn take_back(&self, id: &MigrationId) -> Result<Vec<Change>, ApplyError> {
        let connection = &self.connection;
        let all = repeatable::take_back(connection, id)?;
        if all.is_empty() {
            return Ok(Vec::new());
        }
        let (mine, not_made): (Vec<_>, Vec<_>) = {
            let there = there(connection).map_err(self.failing_to(LOOK))?;
            let is_made =
                |it: &(ProgramKind, &str)| there.contains(&(it.0, it.1.to_ascii_lowercase()));
            all.iter().filter_map(PutBack::program).partition(is_made)
        };
        let unfit = refused(connection, self.application, &mine).map_err(self.failing_to(LOOK))?;
        let unfit = unfit.into_iter().map(|(at, _)| mine[at]).chain(not_made);
        let refused: Vec<_> = unfit.map(|(kind, name)| (kind, name.to_owned())).collect();
        let mut others = record::ids(connection)?;
        others.retain(|other| other != id);
        let mut changes = Vec::new();
        for put_back in all {
            let is_refused = put_back.program().is_some_and(|(kind, name)| {
                refused.iter().any(|it| (it.0, &*it.1) == (kind, name))
            });
            match others.last().filter(|_| is_refused) {
                Some(before) => put_back
                    .wait_for(connection, before)
                    .map_err(self.failing_to("put back views and triggers of"))?,
                None => changes.push(put_back.change()),
            }
        }
        let stored = repeatable::stored(connection)?;
        restore::restore(connection, self.application, &stored).map_err(self.failing_to(LOOK))?;
        Ok(changes)
    }

    /// Makes what differs from the `definitions` anew, as part of the migration `by`, which found the objects `before`.
    ///
    /// # Errors
    /// A text that does not fit the schema; SQLite's.
    pub(super) fn apply_definitions(
        &self,
        definitions: &Definitions,
        before: &Objects,
        by: &MigrationId,
    ) -> Result<Vec<Change>, ApplyError> {
        let connection = &self.connection;
        let objects = Objects::read(connection).map_err(self.failing_to(LOOK))?;
        let recorded = Recorded::all(repeatable::stored(connection)?, &objects);
        let changes = repeatable::changes(definitions, &recorded);
        if !changes.is_empty() {
            let mut problems = repeatable::replace(connection, definitions, &changes, before, by)?;
            problems.extend(self.broken(definitions)?);
            if !problems.is_empty() {
                return Err(RepeatableError::Broken { problems }.into());
            }
        }
        Ok(changes)
    }

    /// Those of the `definitions` that do not compile.
    fn broken(&self, definitions: &Definitions) -> Result<Vec<Problem>, ApplyError> {
        let all = definitions.all();
        let programs: Vec<_> = all.iter().map(|it| (it.kind, it.name.as_str())).collect();
        let there = there(&self.connection).map_err(self.failing_to(LOOK))?;
        let refused = refused(&self.connection, self.application, &programs)
            .map_err(self.failing_to(LOOK))?;
        let problems = refused.into_iter().filter(|(at, _)| {
            // What could not be made is told already.
            there.contains(&(all[*at].kind, all[*at].name.to_ascii_lowercase()))
        });
        let problem = |(at, reason): (usize, String)| Problem {
            file: all[at].file.clone(),
            line: Some(all[at].line),
            reason: format!("the {} `{}`: {reason}", all[at].kind, all[at].name),
        };
        Ok(problems.map(problem).collect())
    }

    /// Checks that what is recorded is there.
    fn require_nothing_away(&self) -> Result<(), ApplyError> {
        let stored = repeatable::stored(&self.connection)?;
        if stored.is_empty() {
            return Ok(());
        }
        let there = there(&self.connection).map_err(self.failing_to(LOOK))?;
        let is_away = |it: &&Stored| !there.contains(&(it.kind, it.name.to_ascii_lowercase()));
        let away: Vec<&Stored> = stored.iter().filter(is_away).collect();
        if away.is_empty() {
            return Ok(());
        }
        let problems = away.into_iter().map(|it| self.why_away(it)).collect::<Result<_, _>>()?;
        Err(RepeatableError::Away { problems }.into())
    }

    /// Why it cannot come back. The step is rolled back for it, so that it may be made to see.
    fn why_away(&self, away: &Stored) -> Result<Problem, ApplyError> {
        let made = repeatable::create(&self.connection, away.kind, &away.name, &away.sql);
        let program: [(ProgramKind, &str); 1] = [(away.kind, &away.name)];
        let reason = match made {
            Err(error) => error.to_string(),
            Ok(_) => refused(&self.connection, self.application, &program)
                .map_err(self.failing_to(LOOK))?
                .into_iter()
                .map(|(_, reason)| reason)
                .collect(),
        };
        Ok(Problem {
            file: away.file.clone().unwrap_or_default(),
            line: None,
            reason: format!("the {} `{}`: {reason}", away.kind, away.name),
        })
    }

    /// Checks that no object is gone but those that the runner looks after: a trigger of a migration that was on a view.
    fn require_nothing_lost(
        &self,
        id: &MigrationId,
        changes: &[Change],
        before: &Before,
        now: &Objects,
    ) -> Result<(), ApplyError> {
        let stored = repeatable::stored(&self.connection)?;
        let is_ours = |kind: &str, name: &str| {
            ProgramKind::named(kind).is_some_and(|kind| {
                changes.iter().any(|it| it.is(kind, name))
                    || stored.iter().any(|it| it.is(kind, name))
            })
        };
        let gone = before.inventory.objects.not_in(now);
        let lost: Vec<_> = gone
            .filter(|object| !is_ours(object.kind(), object.name()))
            .map(|object| object.as_lost())
            .collect();
        match lost.is_empty() {
            true => Ok(()),
            false => Err(ApplyError::ObjectsLost { id: id.clone(), lost }),
        }
    }

    /// What is in the database since views and triggers were made anew. All else that compiled has to compile.
    pub(super) fn looked_at_again(
        &self,
        (id, changes): (&MigrationId, &[Change]),
        before: &Objects,
        own: &RegisteredNames,
        now: Before,
    ) -> Result<Before, ApplyError> {
        let inventory = self.inventory(Some(&now.inventory))?;
        let (seen, application) = (&Activity::default(), self.application);
        let (connection, now_objects) = (&self.connection, &*inventory.objects);
        let statements =
            Statements { connection, before, now: now_objects, seen, own, application };
        self.require_nothing_lost(id, changes, &now, now_objects)?;
        let broken = statements.find().map_err(self.failing_to(LOOK))?.broken;
        if !broken.is_empty() {
            return Err(ApplyError::StatementsBroken { id: id.clone(), broken });
        }
        Ok(Before { inventory, ..now })
    }
}
