//! Proves that every view and trigger that worked before still does.

use std::collections::BTreeSet;

use rusqlite::Connection;
use sqlite3_parser::ast::{Stmt, TriggerEvent};

use super::concern::Concern;
use super::config::{COMPILING_KEYS, Configured, STRICTLY};
use super::refusal::{Kind, Refusal};
use super::session::Outcome;
use crate::schema::name::{quote, same};
use crate::schema::{Schema, Trigger, View, sql};

/// Which views and triggers SQLite compiles.
pub(super) struct Working {
    objects: Vec<Object>,
}

struct Object {
    schema: &'static str,
    kind: Kind,
    name: String,
    /// What a trigger watches.
    table: Option<String>,
    /// The text that made it.
    sql: String,
    /// What SQLite says to each statement that needs the object.
    answers: Vec<Answer>,
}

/// What SQLite says to a statement: taking unknown names in double quotes for errors, and as the
/// connection is set.
struct Answer {
    strictly: Option<rusqlite::Error>,
    leniently: Option<rusqlite::Error>,
}

impl Working {
    /// Compiles a query of each view, and for each trigger the kind of change that it fires on, as
    /// far as `concern` goes. Nothing is run.
    pub(super) fn now(
        connection: &Connection,
        schema: &Schema,
        concern: &Concern,
    ) -> Outcome<Self> {
        let _keys = Configured::new(connection, &COMPILING_KEYS)?;
        let mut objects = Vec::new();
        for view in schema.views.iter().filter(|view| concern.includes(Kind::View, &view.name)) {
            objects.push(Object::view(connection, "main", view)?);
        }
        for trigger in &schema.triggers {
            if concern.includes(Kind::Trigger, &trigger.name) {
                objects.push(Object::trigger(connection, "main", trigger)?);
            }
        }
        let (views, triggers) = temporary(connection)?;
        for view in views {
            objects.push(Object::view(connection, "temp", &view)?);
        }
        for trigger in triggers {
            objects.push(Object::trigger(connection, "temp", &trigger)?);
        }
        Ok(Self { objects })
    }

    /// Refuses if something of `self` that is still there works no more. What refers to a name that is
    /// `vacated`, itself or by a view, waits for a table of that name.
    pub(super) fn hold(self, now: Self, vacated: BTreeSet<String>) -> Outcome {
        let waiting = now.referring_to(vacated);
        for after in now.objects {
            if waiting.contains(&after.name.to_ascii_lowercase()) {
                continue;
            }
            let same_object = |before: &&Object| {
                (before.schema, before.kind) == (after.schema, after.kind)
                    && same(&before.name, &after.name)
            };
            let Some(before) = self.objects.iter().find(same_object) else { continue };
            let answers = before.answers.iter().zip(after.answers);
            if let Some(source) = answers.filter_map(|(before, after)| before.lost(after)).next() {
                let Object { kind, name, table, .. } = after;
                return Err(Refusal::Breaks { kind, name, table, source });
            }
        }
        Ok(())
    }

    /// `names`, and those of the objects whose texts hold one of them, in lower case.
    fn referring_to(&self, mut names: BTreeSet<String>) -> BTreeSet<String> {
        if names.is_empty() {
            return names;
        }
        loop {
            let known = names.len();
            for object in &self.objects {
                if sql::names_any(&object.sql, &names) {
                    names.insert(object.name.to_ascii_lowercase());
                }
            }
            if names.len() == known {
                return names;
            }
        }
    }
}

impl Object {
    fn view(
        connection: &Connection,
        schema: &'static str,
        View { name, sql }: &View,
    ) -> rusqlite::Result<Self> {
        let query = format!("SELECT * FROM {schema}.{}", quote(name));
        let answers = vec![Answer::to(connection, &query)?];
        let (name, sql) = (name.clone(), sql.clone());
        Ok(Self { schema, kind: Kind::View, name, table: None, sql, answers })
    }

    fn trigger(
        connection: &Connection,
        schema: &'static str,
        trigger: &Trigger,
    ) -> rusqlite::Result<Self> {
        let Trigger { name, table, sql } = trigger;
        let answers = changes(connection, table, Fires::of(sql))
            .iter()
            .map(|change| Answer::to(connection, change))
            .collect::<rusqlite::Result<_>>()?;
        let (name, table, sql) = (name.clone(), Some(table.clone()), sql.clone());
        Ok(Self { schema, kind: Kind::Trigger, name, table, sql, answers })
    }
}

/// The views and triggers of the temporary schema. There are few, so all of them are proved.
fn temporary(connection: &Connection) -> rusqlite::Result<(Vec<View>, Vec<Trigger>)> {
    let views = connection
        .prepare("SELECT name, sql FROM temp.sqlite_schema WHERE type = 'view'")?
        .query_map([], |row| Ok(View { name: row.get(0)?, sql: row.get(1)? }))?
        .collect::<rusqlite::Result<_>>()?;
    let triggers = connection
        .prepare("SELECT name, tbl_name, sql FROM temp.sqlite_schema WHERE type = 'trigger'")?
        .query_map([], |row| {
            Ok(Trigger { name: row.get(0)?, table: row.get(1)?, sql: row.get(2)? })
        })?
        .collect::<rusqlite::Result<_>>()?;
    Ok((views, triggers))
}

impl Answer {
    fn to(connection: &Connection, sql: &str) -> rusqlite::Result<Self> {
        let leniently = connection.prepare(sql).err();
        let _strict = Configured::new(connection, &STRICTLY)?;
        Ok(Self { strictly: connection.prepare(sql).err(), leniently })
    }

    /// What is said now against what was fine before.
    fn lost(&self, after: Self) -> Option<rusqlite::Error> {
        if self.strictly.is_none() {
            after.strictly
        } else if self.leniently.is_none() {
            after.leniently
        } else {
            None
        }
    }
}

/// What a trigger fires on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fires {
    Insert,
    Update,
    Delete,
    /// It was not understood.
    Perhaps,
}

impl Fires {
    fn of(trigger: &str) -> Self {
        sql::statement(trigger, |statement| match statement {
            Stmt::CreateTrigger { event, .. } => match event {
                TriggerEvent::Insert => Self::Insert,
                TriggerEvent::Update | TriggerEvent::UpdateOf(_) => Self::Update,
                TriggerEvent::Delete => Self::Delete,
            },
            _ => Self::Perhaps,
        })
        .unwrap_or(Self::Perhaps)
    }
}

/// A statement for each kind of change of `table` that could fire a trigger. A view takes no change that
/// no trigger of its own stands for.
fn changes(connection: &Connection, table: &str, fires: Fires) -> Vec<String> {
    let columns: Vec<String> = connection
        .prepare("SELECT name FROM pragma_table_info(?1, 'main')")
        .and_then(|mut statement| {
            let names = statement.query_map([table], |row| row.get(0))?;
            names.collect()
        })
        // A view that does not work has no columns to tell.
        .unwrap_or_default();
    let table = format!("main.{}", quote(table));
    let sets: Vec<_> = columns.iter().map(|column| format!("{0} = {0}", quote(column))).collect();
    let all = [
        (Fires::Insert, format!("INSERT INTO {table} DEFAULT VALUES")),
        (Fires::Update, format!("UPDATE {table} SET {}", sets.join(", "))),
        (Fires::Delete, format!("DELETE FROM {table}")),
    ];
    let own = all.into_iter().filter(|(kind, _)| fires == Fires::Perhaps || fires == *kind);
    own.map(|(_, change)| change).collect()
}

#[cfg(test)]
mod tests {
    use crate::Migrator;
    use crate::operation::Operation;

    #[test]
    fn a_trigger_may_come_back_under_its_name_for_something_else() {
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        connection
            .execute_batch(
                "CREATE TABLE t (a); CREATE VIEW v AS SELECT a FROM t;
                 CREATE TRIGGER o AFTER INSERT ON t BEGIN SELECT 1; END;",
            )
            .unwrap();
        let instead = "CREATE TRIGGER o INSTEAD OF DELETE ON v BEGIN SELECT 1; END";
        let operations = [Operation::execute("DROP TRIGGER o"), Operation::execute(instead)];
        Migrator::new(&connection).run(operations).unwrap();
    }

    #[test]
    fn what_is_temporary_must_still_work_too() {
        for temporary in [
            "CREATE TEMP VIEW o AS SELECT a FROM t",
            "CREATE TEMP TRIGGER o AFTER INSERT ON t BEGIN SELECT new.a; END",
        ] {
            let connection = rusqlite::Connection::open_in_memory().unwrap();
            connection.execute_batch(&format!("CREATE TABLE t (a, b); {temporary}")).unwrap();
            let error = Migrator::new(&connection).drop_column("t", "a").unwrap_err();
            let refusal = error.source().source().unwrap().to_string();
            assert!(refusal.contains(" `o`"), "{refusal}");
            Migrator::new(&connection).drop_column("t", "b").unwrap();
        }
    }

    #[test]
    fn a_trigger_that_would_miss_a_value_is_named_and_nothing_has_changed() {
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        connection
            .execute_batch(
                "CREATE TABLE t (a); CREATE TABLE u (x);
                 CREATE TRIGGER copy AFTER INSERT ON u BEGIN INSERT INTO t VALUES (new.x); END;",
            )
            .unwrap();
        let column = crate::operation::Column::text("b");
        let error = Migrator::new(&connection).add_column("t", column).unwrap_err();
        let refusal = error.source().source().unwrap().to_string();
        assert_eq!(refusal, "trigger `copy` on `u` would no longer work: change it first");
        connection.execute_batch("INSERT INTO u VALUES (1)").unwrap();
    }
}
