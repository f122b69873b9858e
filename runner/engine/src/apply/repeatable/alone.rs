//! Views and triggers in a transaction of their own: where no step is taken, or where the last one was batched or had
//! no transaction. A crash before it leaves what was there, and the next run does it.

use std::sync::Arc;
use std::time::Duration;

use crate::apply::failure::ApplyError;
use crate::apply::registered_names::RegisteredNames;
use crate::apply::step::{Taken, Uncommitted, check_file};
use crate::apply::transaction::{Stepper, Transaction};
use crate::event::Observer;
use crate::kept_schema;
use crate::load::BuiltStep;
use crate::premise::{Change as Off, Premise, Progress, StalePlan};
use crate::record::{self, Written};
use crate::repeatable::{self, Definitions, Recorded};
use crate::schema_objects::Objects;

impl Stepper<'_> {
    /// Makes all as the `definitions` say, after the `steps`, in a transaction of its own. Where the last step did so,
    /// or nobody else has changed anything, nothing is locked.
    ///
    /// # Errors
    /// The plan is out of date; a text that does not fit the schema; SQLite's.
    pub(crate) fn apply_alone(
        &mut self,
        definitions: &Definitions,
        premise: Option<&Premise>,
        steps: &[BuiltStep],
        observe: &mut Observer<'_>,
    ) -> Result<(), ApplyError> {
        let Some(newest) = record::ids(&self.connection)?.pop() else { return Ok(()) };
        if !self.differs(definitions)? {
            return Ok(());
        }
        let transaction = self.begin(&newest)?;
        let taken = self
            .apply_inside(definitions, premise, steps, &transaction, observe)
            .inspect_err(|_| {
                // The first error is the one to report.
                let _ = self.roll_back();
            })?;
        match taken {
            Some(mut taken) => {
                self.commit(&taken)?;
                self.redefined.append(&mut taken.redefined);
                Ok(())
            }
            None => self.roll_back(),
        }
    }

    fn apply_inside(
        &mut self,
        definitions: &Definitions,
        premise: Option<&Premise>,
        steps: &[BuiltStep],
        transaction: &Transaction,
        observe: &mut Observer<'_>,
    ) -> Result<Option<Uncommitted>, ApplyError> {
        check_file(premise, &self.connection, self.database)?;
        if let Some(premise) = premise
            && let Progress::OffPlan(change) =
                premise.progress(steps, steps.len(), &record::sources(&self.connection)?)
        {
            return Err(StalePlan { change }.into());
        }
        let Some(newest) = record::ids(&self.connection)?.pop() else { return Ok(None) };
        let before = self.look_before(transaction.version)?;
        let objects = Arc::clone(&before.inventory.objects);
        let left = record::schema_digest(&self.connection).map_err(self.failing_to("look at"))?;
        if left.is_some_and(|left| left != objects.digest()) {
            return Err(StalePlan { change: Off::Schema }.into());
        }
        // Another runner may have done it meanwhile.
        if !self.differs(definitions)? {
            return Ok(None);
        }
        self.back_up(observe)?;
        let redefined = self.apply_definitions(definitions, &objects, &newest)?;
        let own = RegisteredNames::default();
        let now = self.looked_at_again((&newest, &redefined), &objects, &own, before)?;
        let digest = now.inventory.objects.digest();
        let words: Vec<_> = redefined.iter().map(ToString::to_string).collect();
        record::redefine(&self.connection, &newest, &words.join(", "), &digest)
            .and_then(|()| {
                kept_schema::keep_after(&self.connection, &objects, &now.inventory.objects)
            })
            .map_err(self.failing_to("record what was done to"))?;
        if self.another_wrote_since(transaction.outside) {
            return Err(ApplyError::LockLost { id: newest });
        }
        let written = Written::Schema(newest, digest);
        Ok(Some(Uncommitted { taken: Taken::ran(Duration::ZERO), written, redefined }))
    }

    /// Whether something is another than the `definitions` say.
    fn differs(&self, definitions: &Definitions) -> Result<bool, ApplyError> {
        let stored = repeatable::stored(&self.connection)?;
        let objects = Objects::read(&self.connection).map_err(self.failing_to("look at"))?;
        Ok(!repeatable::changes(definitions, &Recorded::all(stored, &objects)).is_empty())
    }
}
