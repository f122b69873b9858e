//! A view or a trigger of a file that stands in the way of a change of the schema makes way, and comes back.

use std::cell::Cell;

use migration_api::operation::{Kind, Need, OperationError, Refusal};
use rusqlite::Connection;

use super::restore;
use crate::application::ApplicationNames;
use crate::repeatable::{self, ProgramKind, Stored};

/// What is in the way on one connection, inside a transaction of the runner.
pub(in crate::apply) struct InTheWay<'c> {
    connection: &'c Connection,
    application: &'c ApplicationNames,
    /// Whether something had to make way.
    cleared: Cell<bool>,
}

impl<'c> InTheWay<'c> {
    /// On `connection`; the `application` has functions besides what SQLite has.
    pub(in crate::apply) fn of(
        connection: &'c Connection,
        application: &'c ApplicationNames,
    ) -> Self {
        Self { connection, application, cleared: Cell::new(false) }
    }

    /// Takes away what `error` says would no longer work, if a file defines it. Gives whether it was there.
    pub(in crate::apply) fn clear(&self, error: &OperationError) -> bool {
        let cleared = || -> Option<()> {
            let stored = repeatable::stored(self.connection).ok()?;
            let named = named(&error.refusal, &stored)?;
            if !self.is_there(named)? || self.has_triggers_of_others(named, &stored)? {
                return None;
            }
            repeatable::drop_program(self.connection, named.kind, &named.name).ok()
        };
        // Where it does not go, the migration gets the error that it would have had.
        let is_cleared = cleared().is_some();
        self.cleared.set(self.cleared.get() || is_cleared);
        is_cleared
    }

    /// Brings back what is away and fits the schema as it is.
    pub(in crate::apply) fn come_back(&self) -> rusqlite::Result<()> {
        if !self.cleared.get() {
            return Ok(());
        }
        match repeatable::stored(self.connection) {
            Ok(stored) => restore::restore(self.connection, self.application, &stored),
            // The end of the step reads it again, and says why not.
            Err(_) => Ok(()),
        }
    }

    fn is_there(&self, named: &Stored) -> Option<bool> {
        let sql = "SELECT EXISTS (SELECT 1 FROM main.sqlite_schema \
                   WHERE type = ?1 AND name = ?2 COLLATE NOCASE)";
        let key = [named.kind.word(), &named.name];
        self.connection.query_row(sql, key, |row| row.get(0)).ok()
    }

    /// Whether triggers that no file defines would go with the view: nobody would bring them back.
    fn has_triggers_of_others(&self, view: &Stored, stored: &[Stored]) -> Option<bool> {
        if view.kind != ProgramKind::View {
            return Some(false);
        }
        let sql = "SELECT name FROM main.sqlite_schema \
                   WHERE type = 'trigger' AND tbl_name = ?1 COLLATE NOCASE";
        let mut statement = self.connection.prepare(sql).ok()?;
        let names = statement.query_map([&view.name], |row| row.get::<_, String>(0)).ok()?;
        let names: Vec<String> = names.collect::<rusqlite::Result<_>>().ok()?;
        let is_ours = |name: &String| stored.iter().any(|it| it.is(ProgramKind::Trigger, name));
        Some(!names.iter().all(is_ours))
    }
}

/// The one that is named by what it would no longer do.
fn named<'s>(refusal: &Refusal, stored: &'s [Stored]) -> Option<&'s Stored> {
    let find = |kind: &Kind, name: &str| {
        let kind = match kind {
            Kind::View => ProgramKind::View,
            Kind::Trigger => ProgramKind::Trigger,
            _ => return None,
        };
        stored.iter().find(|it| it.is(kind, name))
    };
    match refusal {
        Refusal::Breaks { kind, name, .. } => find(kind, name),
        Refusal::Needed { by, .. } => by.iter().find_map(|need| match need {
            Need::Object { kind, name } => find(kind, name),
            _ => None,
        }),
        Refusal::Sqlite(error) => stored.iter().find(|it| is_named_in(&error.to_string(), it)),
        _ => None,
    }
}

/// Whether these are SQLite's words for what ALTER TABLE would break (`renameColumnParseError` in its alter.c).
fn is_named_in(words: &str, stored: &Stored) -> bool {
    let start = format!("error in {} {}", stored.kind, stored.name);
    let rest = words.get(..start.len()).filter(|head| head.eq_ignore_ascii_case(&start));
    rest.is_some_and(|_| words[start.len()..].starts_with([':', ' ']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_sqlite_name_one_and_not_those_whose_names_begin_so() {
        let view = |name: &str| Stored {
            kind: ProgramKind::View,
            name: name.to_owned(),
            file: None,
            sql: String::new(),
            stored: String::new(),
        };
        for words in [
            "error in view Rank: no such column: a",
            "error in view rank after drop column: no such column: a",
        ] {
            assert!(is_named_in(words, &view("rank")), "{words}");
            assert!(!is_named_in(words, &view("ran")), "{words}");
            assert!(!is_named_in(words, &view("ranks")), "{words}");
        }
        assert!(!is_named_in("error in trigger rank: no such column: a", &view("rank")));
    }
}
