//! From one database to another and back, and what must be true on the way.

use std::collections::BTreeMap;

use migration_api::Migrator;
use migration_api::difference::{Difference, Options, Rename, Undecided, between};
use migration_api::operation::Operation;
use migration_api::perform::{OperationError, Refusal};
use migration_api::schema::Schema;
use migration_api::schema::normal::{Column, Normal};

use crate::case::Row;
use crate::database::{Database, quoted};
use crate::two_worlds::TwoWorlds;

/// What became of rows on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rows {
    Kept,
    /// Some did not fit, and nothing was done.
    Refused,
}

pub(crate) struct Journey<'w> {
    worlds: &'w TwoWorlds,
    one: Schema,
    other: Schema,
    forward: Difference,
    backward: Difference,
}

impl<'w> Journey<'w> {
    pub(crate) fn of(worlds: &'w TwoWorlds) -> Result<Self, String> {
        let schema = |script: &str| {
            let database = Database::in_memory()?;
            database.run(script)?;
            Schema::read(&database.connection).map_err(|error| error.to_string())
        };
        let (one, other) = (schema(&worlds.one.script())?, schema(&worlds.other.script())?);
        let forward = decided(&one, &other, &worlds.options)?;
        let backward = decided(&other, &one, &worlds.options.back(&forward))?;
        Ok(Self { worlds, one, other, forward, backward })
    }

    pub(crate) fn faults(&self) -> Vec<String> {
        let mut faults = self.faults_without_rows();
        faults.extend(self.go_with_rows().err());
        faults
    }

    /// What became of the rows.
    pub(crate) fn rows(&self) -> Rows {
        self.go_with_rows().unwrap()
    }

    /// In an empty database every way can be gone, all at once and one by one, and back.
    fn faults_without_rows(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for difference in [&self.forward, &self.backward] {
            faults.extend(difference.beyond.iter().map(ToString::to_string));
        }
        for at_once in [true, false] {
            let database = self.first(false);
            let go = |difference: &Difference, target: &Schema| {
                go(&database, difference, at_once).map_err(|error| said(&error))?;
                self.arrived(&database, target)
            };
            let there = go(&self.forward, &self.other).and_then(|()| go(&self.backward, &self.one));
            faults.extend(there.err().map(|fault| format!("at once {at_once}: {fault}")));
        }
        faults
    }

    /// With rows it ends there as well, with the values of what both have; or rows do not fit.
    fn go_with_rows(&self) -> Result<Rows, String> {
        let database = self.first(true);
        let before = self.values(&database, &self.one.normal(), Side::Before)?;
        match go(&database, &self.forward, true) {
            Ok(()) => {}
            Err(error) if is_about_rows(&error) => return Ok(Rows::Refused),
            Err(error) => return Err(format!("with rows: {}", said(&error))),
        }
        self.arrived(&database, &self.other)?;
        let after = self.values(&database, &self.other.normal(), Side::After)?;
        if before != after {
            return Err(format!("rows before:\n{before:#?}\nafter:\n{after:#?}"));
        }
        match go(&database, &self.backward, true) {
            Ok(()) => self.arrived(&database, &self.one)?,
            Err(error) if is_about_rows(&error) => {}
            Err(error) => return Err(format!("back with rows: {}", said(&error))),
        }
        Ok(Rows::Kept)
    }

    fn first(&self, with_rows: bool) -> Database {
        let database = Database::in_memory().unwrap();
        database.run(&self.worlds.one.script()).unwrap();
        if !with_rows {
            let off = "PRAGMA foreign_keys = OFF;".to_owned();
            let triggers = self.one.triggers.iter();
            let drops = triggers.clone().map(|it| format!("DROP TRIGGER {};", quoted(&it.name)));
            let deletes =
                self.one.tables.iter().map(|it| format!("DELETE FROM {};", quoted(&it.name)));
            let back = triggers.map(|it| format!("{};", it.sql));
            let script: String = drops.chain(deletes).chain(back).collect();
            database.run(&(off + &script)).unwrap();
        }
        database
    }

    fn arrived(&self, database: &Database, target: &Schema) -> Result<(), String> {
        let now = Schema::read(&database.connection).map_err(|error| error.to_string())?.normal();
        let target = target.normal();
        if now.same_as(&target, self.worlds.options.column_order) {
            return Ok(());
        }
        Err(format!("it became\n{now}\nand not\n{target}"))
    }

    /// The values of the columns that both have and that neither changes, by the names they have
    /// afterwards.
    fn values(
        &self,
        database: &Database,
        schema: &Normal,
        side: Side,
    ) -> Result<BTreeMap<String, Vec<Row>>, String> {
        let (one, other) = (self.one.normal(), self.other.normal());
        let mut values = BTreeMap::new();
        for new in &other.tables {
            let old_name = self.old_table(new.name.as_str());
            let Some(old) = one.table(&old_name) else { continue };
            let mut columns = Vec::new();
            for column in &new.columns {
                let name = column.name.as_str();
                let before = self.old_column(new.name.as_str(), name);
                if old.column(&before).is_some_and(|before| is_untouched(before, column)) {
                    columns.push(match side {
                        Side::Before => quoted(&before),
                        Side::After => quoted(name),
                    });
                }
            }
            let own = match side {
                Side::Before => schema.table(&old_name),
                Side::After => schema.table(new.name.as_str()),
            };
            let Some(own) = own else { continue };
            if columns.is_empty() {
                columns.push("1".to_owned());
            }
            let list = columns.join(", ");
            let key = if new.name.is("audit") { "1" } else { "id" };
            let sql =
                format!("SELECT {list} FROM {} ORDER BY {key}, {list}", quoted(own.name.as_str()));
            values.insert(new.name.as_str().to_owned(), database.rows(&sql)?);
        }
        Ok(values)
    }

    fn old_table(&self, name: &str) -> String {
        let renames = self.worlds.options.renames.iter();
        let mut old = renames.filter_map(|rename| match rename {
            Rename::Table { from, to } if to.eq_ignore_ascii_case(name) => Some(from.clone()),
            _ => None,
        });
        old.next().unwrap_or_else(|| name.to_owned())
    }

    fn old_column(&self, table: &str, name: &str) -> String {
        let renames = self.worlds.options.renames.iter();
        let mut old = renames.filter_map(|rename| match rename {
            Rename::Column { table: own, from, to }
                if own.eq_ignore_ascii_case(table) && to.eq_ignore_ascii_case(name) =>
            {
                Some(from.clone())
            }
            _ => None,
        });
        old.next().unwrap_or_else(|| name.to_owned())
    }
}

#[derive(Clone, Copy)]
enum Side {
    Before,
    After,
}

/// Whether nothing that a column says of its values changes.
fn is_untouched(before: &Column, after: &Column) -> bool {
    before.declared_type == after.declared_type
        && before.generated.is_none()
        && after.generated.is_none()
        && (before.not_null == after.not_null || after.not_null.is_none())
}

/// The difference, with what is undecided decided.
fn decided(from: &Schema, to: &Schema, options: &Options) -> Result<Difference, String> {
    let mut difference =
        between(from, to, options).map_err(|error| format!("{error}: {error:?}"))?;
    for change in &mut difference.changes {
        if let Some(Undecided::Fill { table, column }) = &change.undecided {
            let declared =
                to.table(table).and_then(|it| it.column(column)).map(|it| it.declared_type.clone());
            change.fill(match declared.as_deref() {
                Some("TEXT" | "VARCHAR(10)") => "'a'",
                Some("REAL") => "0.5",
                Some("BLOB") => "x'00'",
                _ => "1",
            });
        }
    }
    Ok(difference)
}

fn go(
    database: &Database,
    difference: &Difference,
    at_once: bool,
) -> Result<(), migration_api::Error> {
    let operations: Vec<Operation> = difference.operations().collect();
    let mut migrator = Migrator::new(&database.connection);
    if at_once {
        return migrator.run(operations);
    }
    operations.into_iter().try_for_each(|operation| migrator.run([operation]))
}

fn is_about_rows(error: &migration_api::Error) -> bool {
    let refusal = error.source().downcast_ref::<OperationError>().map(|error| &*error.refusal);
    match refusal {
        Some(
            Refusal::DoesNotFit { .. }
            | Refusal::NotUnique { .. }
            | Refusal::NullsLeft { .. }
            | Refusal::CheckFails { .. }
            | Refusal::ForeignKeys(_),
        ) => true,
        Some(Refusal::Sqlite(error)) => {
            error.sqlite_error_code() == Some(rusqlite::ErrorCode::ConstraintViolation)
        }
        _ => false,
    }
}

fn said(error: &migration_api::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source().source();
    while let Some(next) = cause {
        text += &format!(": {next}");
        cause = next.source();
    }
    text
}
