//! Proves that every view and trigger that worked before still does.

use std::collections::{BTreeSet, HashSet};

use rusqlite::Connection;

use crate::operation::Operation;
use crate::operation::{Kind, Refusal};
use crate::perform::connection_settings::{ALL_TAKES_PART, Configured};
use crate::perform::session::{Result, Session};
use crate::perform::verify::affected::Concern;
use crate::perform::verify::answers::{Answers, Asked};
use crate::perform::verify::scripted::{Scripted, is_unknown};
use crate::schema::name::same;
use crate::schema::normal::Words;
use crate::schema::{Schema, Trigger, View, sql};

/// Which views and triggers SQLite compiles.
pub(in crate::perform) struct Working {
    objects: Vec<Object>,
}

pub(in crate::perform) struct Object {
    pub(in crate::perform) schema: &'static str,
    pub(in crate::perform) kind: Kind,
    pub(in crate::perform) name: String,
    /// What a trigger watches.
    pub(in crate::perform) table: Option<String>,
    /// The text that made it.
    pub(in crate::perform) sql: String,
    pub(in crate::perform) answers: Answers,
}

impl Working {
    /// Compiles a query of each view, and for each trigger the kind of change that it fires on, for
    /// those that `concern` includes. Nothing is run.
    pub(in crate::perform) fn now(
        connection: &Connection,
        schema: &Schema,
        concern: &Concern,
    ) -> Result<Self> {
        Self::compiled(connection, schema, concern, |_, _| true)
    }

    /// Compiles them again after a change, but for those that were not there before.
    pub(in crate::perform) fn still(
        &self,
        connection: &Connection,
        schema: &Schema,
        concern: &Concern,
    ) -> Result<Self> {
        let known: HashSet<(Kind, String)> =
            self.objects.iter().map(|it| (it.kind, it.name.to_ascii_lowercase())).collect();
        let was_there = |kind, name: &str| known.contains(&(kind, name.to_ascii_lowercase()));
        Self::compiled(connection, schema, concern, was_there)
    }

    fn compiled(
        connection: &Connection,
        schema: &Schema,
        concern: &Concern,
        counts: impl Fn(Kind, &str) -> bool,
    ) -> Result<Self> {
        let _all = Configured::new(connection, &ALL_TAKES_PART)?;
        let (mut objects, mut asked) = (Vec::new(), Asked::default());
        for view in schema.views.iter().filter(|view| concern.includes(Kind::View, &view.name)) {
            objects.push(match counts(Kind::View, &view.name) {
                true => Object::view(connection, "main", view)?,
                false => Object::new_view(view),
            });
        }
        for trigger in &schema.triggers {
            if concern.includes(Kind::Trigger, &trigger.name) {
                objects.push(Object::trigger(connection, "main", trigger, &mut asked)?);
            }
        }
        let (views, triggers) = temporary(connection)?;
        for view in views {
            objects.push(Object::view(connection, "temp", &view)?);
        }
        for trigger in triggers {
            objects.push(Object::trigger(connection, "temp", &trigger, &mut asked)?);
        }
        Ok(Self { objects })
    }

    /// Refuses if an object of `self` that still exists works no more. What refers to a `vacated` name,
    /// itself or through a view, may wait for a table of that name. What a script of `operations` made
    /// is the author's own, and may need what only the application has.
    pub(in crate::perform) fn hold(
        self,
        session: &Session<'_>,
        operations: &[Operation],
        now: Self,
        vacated: BTreeSet<String>,
    ) -> Result {
        let waiting = now.referring_to(vacated);
        let (scripted, others): (Vec<_>, Vec<_>) =
            now.objects.into_iter().partition(|object| self.is_scripted(object, operations));
        let scripted = Scripted(scripted);
        for after in others {
            if waiting.contains(&after.name.to_ascii_lowercase()) {
                continue;
            }
            let Some(before) = self.same(&after) else { continue };
            let Some(source) = before.answers.lost(&after.answers) else { continue };
            if let Some(source) = scripted.not_to_blame(session, before, source)? {
                let Object { kind, name, table, .. } = after;
                return Err(Refusal::Breaks { kind, name, table, source });
            }
        }
        for after in scripted.0 {
            let Some(before) = self.same(&after) else { continue };
            let Object { kind, name, table, sql, answers, .. } = after;
            if let Some(source) = before.answers.lost(&answers).filter(|it| !is_unknown(it, &sql)) {
                return Err(Refusal::Breaks { kind, name, table, source });
            }
        }
        Ok(())
    }

    /// The same object in `self`.
    fn same(&self, object: &Object) -> Option<&Object> {
        self.objects.iter().find(|other| {
            (other.schema, other.kind) == (object.schema, object.kind)
                && same(&other.name, &object.name)
        })
    }

    /// Whether `object` is new, or has another text since a script named it.
    fn is_scripted(&self, object: &Object, operations: &[Operation]) -> bool {
        let name = BTreeSet::from([object.name.to_ascii_lowercase()]);
        self.same(object).is_none_or(|before| {
            Words::statement(&before.sql) != Words::statement(&object.sql)
                && operations.iter().any(|operation| {
                    matches!(operation, Operation::Execute { sql } if sql::names_any(sql, &name))
                })
        })
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
    /// A view that is not compiled.
    fn new_view(View { name, sql }: &View) -> Self {
        let (name, sql) = (name.clone(), sql.clone());
        let answers = Answers::default();
        Self { schema: "main", kind: Kind::View, name, table: None, sql, answers }
    }

    fn view(
        connection: &Connection,
        schema: &'static str,
        View { name, sql }: &View,
    ) -> rusqlite::Result<Self> {
        let answers = Answers::of_view(connection, schema, name)?;
        let (name, sql) = (name.clone(), sql.clone());
        Ok(Self { schema, kind: Kind::View, name, table: None, sql, answers })
    }

    fn trigger(
        connection: &Connection,
        schema: &'static str,
        trigger: &Trigger,
        asked: &mut Asked,
    ) -> rusqlite::Result<Self> {
        let answers = Answers::of_trigger(connection, trigger, asked)?;
        let Trigger { name, table, sql } = trigger;
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

#[cfg(test)]
mod tests {
    use crate::operation::Operation;
    use migration_api::Migrator;

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

    const TWO: &str = "CREATE TABLE spot (id INTEGER PRIMARY KEY, shape, tag); CREATE TABLE log (x);
         CREATE TRIGGER a AFTER INSERT ON spot WHEN new.tag = 1 BEGIN INSERT INTO log VALUES (new.id); END";

    #[test]
    fn a_trigger_with_a_function_of_the_application_comes_beside_others_of_its_event() {
        for new in [
            "CREATE TRIGGER b AFTER INSERT ON spot WHEN is_empty(new.shape) BEGIN SELECT 1; END",
            // `a` fires it.
            "CREATE TRIGGER b AFTER INSERT ON log BEGIN SELECT is_empty(new.x); END",
            "CREATE TRIGGER b AFTER INSERT ON spot BEGIN SELECT new.tag < 'x' COLLATE german; END",
            "CREATE TRIGGER b AFTER INSERT ON spot BEGIN INSERT INTO still_to_come VALUES (1); END",
            "CREATE TEMP TRIGGER b AFTER INSERT ON spot BEGIN SELECT is_empty(new.tag); END",
            "DROP TRIGGER a; CREATE TRIGGER a AFTER INSERT ON spot BEGIN SELECT is_empty(1); END",
        ] {
            let connection = rusqlite::Connection::open_in_memory().unwrap();
            connection.execute_batch(TWO).unwrap();
            Migrator::new(&connection)
                .run([Operation::execute(new)])
                .unwrap_or_else(|error| panic!("{new}: {error:?}"));
            let made: i64 = connection
                .query_row(
                    "SELECT count(*) FROM (SELECT sql FROM sqlite_schema UNION ALL
                     SELECT sql FROM sqlite_temp_schema) WHERE instr(?1, substr(sql, 15)) > 0",
                    [new],
                    |row| row.get(0),
                )
                .unwrap();
            assert_eq!(made, 1, "{new}");
        }
    }

    #[test]
    fn a_view_with_a_function_of_the_application_takes_the_place_of_one_that_others_read() {
        let setup = "CREATE TABLE t (a); CREATE VIEW v AS SELECT a FROM t; CREATE VIEW w AS SELECT a FROM v";
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        connection.execute_batch(setup).unwrap();
        let again = |text: &str| {
            [Operation::execute(format!("DROP VIEW v; CREATE VIEW v AS SELECT {text} FROM t"))]
        };
        let mut migrator = Migrator::new(&connection);
        migrator.run(again("slug(a) AS a")).unwrap();
        migrator.run(again("a")).unwrap();
        let error = migrator.run(again("slug(a) AS b")).unwrap_err();
        let refusal = error.source().source().unwrap();
        assert_eq!(refusal.to_string(), "view `w` would no longer work: change it first");
    }

    #[test]
    fn a_trigger_that_a_script_makes_again_still_has_to_find_its_tables() {
        let again =
            "DROP TRIGGER a; CREATE TRIGGER a AFTER INSERT ON spot BEGIN DELETE FROM absent; END";
        let refusal = refused(TWO, Operation::execute(again));
        assert_eq!(refusal, "trigger `a` on `spot` would no longer work: change it first");
    }

    #[test]
    fn what_a_script_breaks_is_told_beside_a_new_trigger_that_needs_the_application() {
        let new = "CREATE TRIGGER b AFTER INSERT ON spot BEGIN SELECT is_empty(new.tag); END";
        let refusal = refused(TWO, Operation::execute(format!("DROP TABLE log; {new}")));
        assert_eq!(refusal, "trigger `a` on `spot` would no longer work: change it first");
    }

    const MISMATCH: &str = "CREATE TABLE hidden (v); CREATE TABLE bad (x REFERENCES hidden (v));";

    fn refused(setup: &str, operation: Operation) -> String {
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        connection.execute_batch(setup).unwrap();
        let error = Migrator::new(&connection).run([operation]).unwrap_err();
        error.source().source().unwrap().to_string()
    }

    #[test]
    fn a_foreign_key_that_is_a_mismatch_hides_no_trigger_that_breaks() {
        let by_column = format!(
            "{MISMATCH} CREATE TABLE t (a, e); CREATE TRIGGER o AFTER INSERT ON t
             WHEN new.e IS NOT 9 BEGIN UPDATE hidden SET v = 1; END"
        );
        let by_table = format!(
            "{MISMATCH} CREATE TABLE log (x); CREATE TABLE t (a REFERENCES hidden (v));
             CREATE TRIGGER o AFTER INSERT ON t BEGIN INSERT INTO log VALUES (1); END"
        );
        for refusal in [
            refused(&by_column, Operation::drop_column("t", "e")),
            refused(&by_table, Operation::drop_table("log")),
        ] {
            assert_eq!(refusal, "trigger `o` on `t` would no longer work: change it first");
        }
    }

    #[test]
    fn a_trigger_that_was_broken_hides_no_other_that_breaks() {
        let setup = "CREATE TABLE t (a, b); CREATE TABLE log (x, y);
             CREATE TRIGGER broken AFTER UPDATE OF a ON t BEGIN DELETE FROM absent; END;
             CREATE TRIGGER o AFTER UPDATE ON t BEGIN INSERT INTO log (x) VALUES (new.b); END";
        let refusal = refused(setup, Operation::drop_column("log", "x"));
        assert_eq!(refusal, "trigger `o` on `t` would no longer work: change it first");
    }

    #[test]
    fn what_the_connection_has_switched_off_is_proved_all_the_same() {
        use rusqlite::config::DbConfig;
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        connection
            .execute_batch(
                "CREATE TABLE t (a); CREATE TABLE log (x, y); CREATE VIEW v AS SELECT y FROM log;
                 CREATE TRIGGER o AFTER INSERT ON t BEGIN INSERT INTO log (x) VALUES (1); END",
            )
            .unwrap();
        let off = [DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW];
        for setting in off {
            connection.set_db_config(setting, false).unwrap();
        }
        let mut migrator = Migrator::new(&connection);
        migrator.drop_column("log", "x").unwrap_err();
        migrator.drop_column("log", "y").unwrap_err();
        assert!(off.iter().all(|setting| !connection.db_config(*setting).unwrap()));
    }
}
