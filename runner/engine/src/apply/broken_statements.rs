//! Statements that compiled before a migration and no longer do: a trigger names what is gone, an index
//! uses a function that only the migration had.

use std::collections::BTreeSet;
use std::fmt;

use migration_api::schema::quote;
use rusqlite::{Connection, ErrorCode};

use super::activity::Activity;
use super::registered_names::RegisteredNames;
use super::schema_copy::{SchemaCopy, words};
use crate::application::{self, ApplicationNames, Missing};
use crate::schema_objects::{Object, Objects};

/// Statements on a table or view that would fail in every program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokenStatement {
    /// The table or view.
    pub table: String,
    /// What is done to it: `INSERT`, `UPDATE`, `DELETE` or `SELECT`.
    pub verbs: Vec<String>,
    /// SQLite's words.
    pub reason: String,
    /// What SQLite does not find, if that is it.
    pub missing: Option<Missing>,
}

impl fmt::Display for BrokenStatement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} on `{}`: {}", self.verbs.join(", "), self.table, self.reason)
    }
}

/// What to check after a migration: statements on what it changed.
pub(super) struct Statements<'s> {
    pub(super) connection: &'s Connection,
    pub(super) before: &'s Objects,
    pub(super) now: &'s Objects,
    pub(super) seen: &'s Activity,
    pub(super) own: &'s RegisteredNames,
    pub(super) application: &'s ApplicationNames,
}

/// The result of the check.
pub(super) struct Found {
    /// Those that no longer compile.
    pub(super) broken: Vec<BrokenStatement>,
    /// What SQLite has and the migration's connection has no longer, since the migration replaced it
    /// there.
    pub(super) removed: BTreeSet<Missing>,
}

/// A statement that does not compile.
struct Refused {
    subject: Subject,
    verb: &'static str,
    reason: String,
}

/// A table or view, and the verb of the statement on it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Subject {
    kind: &'static str,
    name: String,
}

impl Subject {
    fn of(object: Object<'_>) -> Option<Self> {
        let kind = ["table", "view"].into_iter().find(|kind| *kind == object.kind())?;
        Some(Self { kind, name: object.name().to_owned() })
    }
}

impl Statements<'_> {
    /// Compiles statements on the tables and views that may be affected, on the connection of the
    /// migration. Copies of the schema, as it is now and as it was, are made only if a statement does
    /// not compile there, or if the migration registered names and used them in the schema.
    ///
    /// # Errors
    /// SQLite's error.
    pub(super) fn find(&self) -> rusqlite::Result<Found> {
        let uses_own_names = self.uses_own_names();
        let subjects = self.subjects(uses_own_names);
        let mut here = Vec::new();
        for subject in &subjects {
            here.extend(refused(self.connection, subject)?);
        }
        let missing = here.iter().filter_map(|refused| Missing::in_words(&refused.reason));
        let removed = missing.filter(RegisteredNames::is_builtin).collect();
        if here.is_empty() && !uses_own_names {
            return Ok(Found { broken: Vec::new(), removed });
        }
        let now = SchemaCopy::of(self.now, self.application)?;
        let mut broken = Vec::new();
        for subject in &subjects {
            broken.extend(refused_in(&now, subject)?);
        }
        broken.retain(|refused| {
            Missing::in_words(&refused.reason).is_none_or(|it| !self.application.have(&it))
        });
        if !broken.is_empty() {
            let before = SchemaCopy::of(self.before, self.application)?;
            let mut new = Vec::new();
            for refused in broken {
                if self.compiled_in(&before, &refused)? {
                    new.push(refused);
                }
            }
            broken = new;
        }
        Ok(Found { broken: by_table(broken), removed })
    }

    /// Whether definitions that use what the migration registered changed the schema.
    fn uses_own_names(&self) -> bool {
        let names = self.own.names();
        !names.is_empty()
            && self.now.changed_since(self.before).any(|object| {
                application::words(object.sql())
                    .any(|word| names.contains(&word.to_ascii_lowercase()))
            })
    }

    /// The tables and views whose statements may compile differently than before: those that were
    /// touched or changed, and those whose triggers or texts name something that was changed.
    fn subjects(&self, uses_own_names: bool) -> BTreeSet<Subject> {
        let mut changed: BTreeSet<String> = BTreeSet::new();
        let new = self.now.changed_since(self.before);
        for object in new.chain(self.before.changed_since(self.now)) {
            changed.insert(object.name().to_ascii_lowercase());
            changed.insert(object.table().to_ascii_lowercase());
        }
        // SQLite has looked at all of a new table but its triggers.
        let may_be_broken = |name: &&String| {
            self.now.have("table", name) && (uses_own_names || self.before.have("table", name))
        };
        let mut names: BTreeSet<String> =
            self.seen.touched.union(&changed).filter(may_be_broken).cloned().collect();
        if !changed.is_empty() {
            // A name that is not one word is looked for as it is.
            let is_odd = |name: &&String| application::words(name).next() != Some(name);
            let odd: Vec<&String> = changed.iter().filter(is_odd).collect();
            let names_a_change = |sql: &str| {
                application::words(sql).any(|word| changed.contains(word))
                    || odd.iter().any(|name| sql.contains(*name))
            };
            for (program, sql) in self.now.programs() {
                // The table of a view is the view.
                let table = program.table().to_ascii_lowercase();
                if changed.contains(&table) || names_a_change(sql) {
                    names.insert(table);
                }
            }
        }
        names.iter().flat_map(|name| self.now.called(name)).filter_map(Subject::of).collect()
    }

    /// Whether the statement compiled `before`. For an object that is new, a name counts as missing
    /// only if no program has it: the object may name a table that is still to be made.
    fn compiled_in(&self, before: &SchemaCopy, refused: &Refused) -> rusqlite::Result<bool> {
        let Refused { subject, verb, reason } = refused;
        if self.before.have(subject.kind, &subject.name) {
            return Ok(!refused_in(before, subject)?.iter().any(|one| one.verb == *verb));
        }
        Ok(Missing::in_words(reason).is_some_and(|missing| {
            !self.before.iter().any(|object| application::mentions(object.sql(), missing.name()))
        }))
    }
}

/// The statements on views, and on tables with triggers, that do not compile on `connection`.
///
/// # Errors
/// SQLite's error.
pub fn broken_statements(connection: &Connection) -> rusqlite::Result<Vec<BrokenStatement>> {
    let objects = Objects::read(connection)?;
    let names: BTreeSet<String> =
        objects.programs().map(|(program, _)| program.table().to_ascii_lowercase()).collect();
    let mut all = Vec::new();
    for subject in names.iter().flat_map(|name| objects.called(name)).filter_map(Subject::of) {
        all.extend(refused(connection, &subject)?);
    }
    Ok(by_table(all))
}

/// The statements on `subject` that do not compile in the copy.
fn refused_in(copy: &SchemaCopy, subject: &Subject) -> rusqlite::Result<Vec<Refused>> {
    match copy.why_unmade(&subject.name) {
        Some(reason) => Ok(verbs(subject.kind)
            .iter()
            .map(|verb| Refused { subject: subject.clone(), verb, reason: reason.to_owned() })
            .collect()),
        None => refused(&copy.connection, subject),
    }
}

/// The statements on `subject` that do not compile on `connection`.
///
/// # Errors
/// SQLite's error, where it is not about the statement.
fn refused(connection: &Connection, subject: &Subject) -> rusqlite::Result<Vec<Refused>> {
    let mut all = Vec::new();
    for verb in verbs(subject.kind) {
        let compiled = statement(connection, &subject.name, verb)
            .and_then(|sql| connection.prepare(&sql).map(drop));
        if let Err(error) = compiled {
            // To compile what is about a virtual table reads the tables that it is kept in.
            if takes_the_transaction_along(&error) {
                return Err(error);
            }
            let reason = words(&error);
            // Views without a trigger for it, and virtual tables that are only read.
            let is_never =
                reason.contains("cannot modify") || reason.contains("may not be modified");
            if !is_never {
                all.push(Refused { subject: subject.clone(), verb, reason });
            }
            // What cannot be read cannot be anything else.
            if *verb == "SELECT" {
                break;
            }
        }
    }
    Ok(all)
}

/// Whether it is an error after which SQLite may have rolled back the whole transaction, even if the
/// statement only reads (<https://sqlite.org/lang_transaction.html>, section 3).
fn takes_the_transaction_along(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(
            ErrorCode::DiskFull
                | ErrorCode::SystemIoFailure
                | ErrorCode::OutOfMemory
                | ErrorCode::OperationInterrupted
        )
    )
}

fn verbs(kind: &str) -> &'static [&'static str] {
    match kind {
        "view" => &["SELECT", "INSERT", "UPDATE", "DELETE"],
        _ => &["INSERT", "UPDATE", "DELETE"],
    }
}

/// A statement on the table or view of this name.
pub(super) fn statement(
    connection: &Connection,
    name: &str,
    verb: &str,
) -> rusqlite::Result<String> {
    let table = format!("main.{}", quote(name));
    Ok(match verb {
        "SELECT" => format!("SELECT * FROM {table}"),
        "INSERT" => format!("INSERT INTO {table} DEFAULT VALUES"),
        "DELETE" => format!("DELETE FROM {table}"),
        _ => {
            let columns: Vec<String> = connection
                .prepare("SELECT name FROM pragma_table_xinfo(?1, 'main') WHERE hidden = 0")?
                .query_map([name], |row| row.get::<_, String>(0))?
                .map(|name| name.map(|name| format!("{0} = {0}", quote(&name))))
                .collect::<rusqlite::Result<_>>()?;
            format!("UPDATE {table} SET {}", columns.join(", "))
        }
    })
}

/// Joins those of one table that have the same reason.
fn by_table(broken: Vec<Refused>) -> Vec<BrokenStatement> {
    let mut grouped: Vec<BrokenStatement> = Vec::new();
    for Refused { subject, verb, reason } in broken {
        let same = grouped.iter_mut().find(|it| it.table == subject.name && it.reason == reason);
        match same {
            Some(same) => same.verbs.push(verb.to_owned()),
            None => grouped.push(BrokenStatement {
                table: subject.name,
                verbs: vec![verb.to_owned()],
                missing: Missing::in_words(&reason),
                reason,
            }),
        }
    }
    grouped
}
