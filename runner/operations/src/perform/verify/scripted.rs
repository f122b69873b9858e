//! What a script made beside what was there. It may need a function, a collation or a module that only the
//! application has, or a table that is still to come; SQLite says so of every statement that meets it.

use std::collections::BTreeSet;

use crate::operation::Kind;
use crate::perform::connection_settings::{ALL_TAKES_PART, Configured};
use crate::perform::session::{Result, Session};
use crate::perform::sqlite_error::Unknown;
use crate::perform::verify::answers::{Answers, Asked};
use crate::perform::verify::dependents::Object;
use crate::schema::name::quote;
use crate::schema::{Trigger, sql};

/// Views and triggers that a script made, or gave another text.
pub(in crate::perform) struct Scripted(pub(in crate::perform) Vec<Object>);

impl Scripted {
    /// Why `before` works no more, if not by what the script made alone: `source` is what SQLite says
    /// while all of that is there.
    pub(in crate::perform) fn not_to_blame(
        &self,
        session: &Session<'_>,
        before: &Object,
        source: rusqlite::Error,
    ) -> Result<Option<rusqlite::Error>> {
        if self.0.is_empty() {
            return Ok(Some(source));
        }
        match before.kind {
            Kind::Trigger => self.without_triggers(session, before, source),
            _ if self.brings(&source, before) => Ok(None),
            _ => Ok(Some(source)),
        }
    }

    /// Whether what SQLite does not know is in the text of one of these, and not in that of `object`.
    fn brings(&self, error: &rusqlite::Error, object: &Object) -> bool {
        !is_unknown(error, &object.sql) && self.0.iter().any(|made| is_unknown(error, &made.sql))
    }

    /// Asks again while the triggers among these are not there: a statement compiles all triggers that it
    /// fires, and SQLite does not say which of them it does not understand.
    fn without_triggers(
        &self,
        session: &Session<'_>,
        before: &Object,
        source: rusqlite::Error,
    ) -> Result<Option<rusqlite::Error>> {
        let triggers: Vec<_> = self.0.iter().filter(|made| made.kind == Kind::Trigger).collect();
        let source = match triggers.is_empty() {
            true => Some(source),
            false => {
                let savepoint = session.free_name()?;
                session.run(&format!("SAVEPOINT {savepoint}"))?;
                let answers = triggers
                    .iter()
                    .try_for_each(|made| {
                        session.run(&format!("DROP TRIGGER {}.{}", made.schema, quote(&made.name)))
                    })
                    .and_then(|()| asked_again(session, before));
                session.run(&format!("ROLLBACK TO {savepoint}; RELEASE {savepoint}"))?;
                session.distrust_schema();
                before.answers.lost(&answers?)
            }
        };
        // It may fire by way of a view that the script made.
        Ok(source.filter(|source| !self.brings(source, before)))
    }
}

/// Whether SQLite does not know a function, a collation or a module that the text `sql` names.
pub(in crate::perform) fn is_unknown(error: &rusqlite::Error, sql: &str) -> bool {
    Unknown::in_words(&error.to_string()).is_some_and(|unknown| {
        sql::names_any(sql, &BTreeSet::from([unknown.name().to_ascii_lowercase()]))
    })
}

fn asked_again(session: &Session<'_>, trigger: &Object) -> Result<Answers> {
    let _all = Configured::new(session.connection, &ALL_TAKES_PART)?;
    let Object { name, table, sql, .. } = trigger;
    let trigger =
        Trigger { name: name.clone(), table: table.clone().unwrap_or_default(), sql: sql.clone() };
    Ok(Answers::of_trigger(session.connection, &trigger, &mut Asked::default())?)
}
