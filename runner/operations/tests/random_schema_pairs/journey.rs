//! The way to another schema with rows, and what must be true of it.

use std::collections::BTreeSet;

use migration_api::Migrator;
use migration_api::difference::{Difference, Loss, Options, Undecided, between};
use migration_api::operation::Operation;
use migration_api::schema::Schema;
use migration_api::schema::normal::{ColumnOrder, Normal, Table};
use rusqlite::Connection;
use rusqlite::functions::FunctionFlags;

use crate::dice::Dice;
use crate::draft::Draft;
use crate::refusal::blunder;
use crate::snapshot::{everything, quoted, rows};

/// What became of a way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Outcome {
    /// It arrived with all rows and values.
    Kept,
    /// No way was found, and nothing was done.
    NotFound,
    /// It stopped, and nothing was changed.
    Refused,
}

/// Registers the application's function.
pub(crate) fn add_functions(connection: &Connection) {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function("own", 1, flags, |_| Ok(1)).unwrap();
}

pub(crate) struct Journey {
    connection: Connection,
}

impl Journey {
    pub(crate) fn new(draft: &Draft, rows: &str, dice: &mut Dice) -> Self {
        let connection = Connection::open_in_memory().unwrap();
        add_functions(&connection);
        connection.execute_batch("PRAGMA foreign_keys = OFF").unwrap();
        connection.execute_batch(&draft.script()).unwrap();
        for row in rows.lines() {
            // A value may not suit a STRICT table.
            let _ = connection.execute_batch(row);
        }
        if dice.percent(50) {
            connection.remove_function("own", 1).unwrap();
        }
        connection.pragma_update(None, "foreign_keys", dice.percent(50)).unwrap();
        Self { connection }
    }

    /// Goes to `target`.
    pub(crate) fn go_to(&mut self, target: &Draft, dice: &mut Dice) -> Result<Outcome, String> {
        let wanted = Connection::open_in_memory().unwrap();
        add_functions(&wanted);
        wanted.execute_batch(&target.script()).unwrap();
        let read = |connection| Schema::read(connection).map_err(|error| error.to_string());
        let (from, to) = (read(&self.connection)?, read(&wanted)?);
        let column_order = if dice.percent(30) { ColumnOrder::Same } else { ColumnOrder::Any };
        let options = Options { column_order, ..Options::default() };
        let Ok(mut difference) = between(&from, &to, &options) else {
            return Ok(Outcome::NotFound);
        };
        fill(&mut difference, &to);
        let way = Way { from: &from, to: &to, difference: &difference };
        let before = everything(&self.connection, &from);
        let kept = way.kept(&self.connection, Side::Before);
        let done = self.run(difference.operations().collect(), dice);
        let now = read(&self.connection)?;
        if let Err(error) = done {
            if let Some(blunder) = blunder(&error) {
                return Err(format!("{}\n{blunder}", way.listed()));
            }
            let after = everything(&self.connection, &now);
            return if before == after {
                Ok(Outcome::Refused)
            } else {
                Err(format!("refused, and changed:\n{before:#?}\n{after:#?}"))
            };
        }
        way.arrived(&now.normal(), column_order)?;
        let after = way.kept(&self.connection, Side::After);
        if kept != after {
            return Err(format!("{}\nbefore {kept:#?}\nafter {after:#?}", way.listed()));
        }
        way.tells_what_goes()?;
        let damage = rows(&self.connection, "PRAGMA integrity_check");
        if damage != [["text \"ok\""]] && !is_about_functions(&damage) {
            return Err(format!("{}\ndamaged: {damage:?}", way.listed()));
        }
        Ok(Outcome::Kept)
    }

    /// All at once, or each by itself in a transaction.
    fn run(&self, operations: Vec<Operation>, dice: &mut Dice) -> Result<(), migration_api::Error> {
        let mut migrator = Migrator::new(&self.connection);
        if dice.percent(50) {
            return migrator.run(operations);
        }
        let enforced: bool =
            self.connection.pragma_query_value(None, "foreign_keys", |row| row.get(0)).unwrap();
        self.connection.execute_batch("PRAGMA foreign_keys = OFF; BEGIN").unwrap();
        let done = operations.into_iter().try_for_each(|operation| migrator.run([operation]));
        let end = if done.is_ok() { "COMMIT" } else { "ROLLBACK" };
        self.connection.execute_batch(end)?;
        self.connection.pragma_update(None, "foreign_keys", enforced).unwrap();
        done
    }
}

/// Without the application's function, SQLite cannot check what uses it.
fn is_about_functions(damage: &[Vec<String>]) -> bool {
    damage.iter().flatten().any(|line| line.contains("unknown function") || line.contains("own"))
}

/// Decides what is undecided.
fn fill(difference: &mut Difference, to: &Schema) {
    for change in &mut difference.changes {
        if let Some(Undecided::Fill { table, column }) = &change.undecided {
            let column = to.table(table).and_then(|it| it.column(column));
            change.fill(match column.map(|it| it.declared_type.as_str()) {
                Some("TEXT" | "VARCHAR(9)") => "'filled'",
                Some("BLOB") => "x'aa'",
                _ => "41",
            });
        }
    }
}

#[derive(Clone, Copy)]
enum Side {
    Before,
    After,
}

struct Way<'w> {
    from: &'w Schema,
    to: &'w Schema,
    difference: &'w Difference,
}

impl Way<'_> {
    fn losses(&self) -> impl Iterator<Item = &Loss> {
        self.difference.changes.iter().flat_map(|change| &change.losses)
    }

    fn listed(&self) -> String {
        let changes = self.difference.changes.iter();
        let lines = changes.map(|change| match &change.operation {
            Operation::Execute { sql } => format!("{sql}\n  {:?}", change.losses),
            operation => format!("{operation} {:?}", change.losses),
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    fn arrived(&self, now: &Normal, order: ColumnOrder) -> Result<(), String> {
        let to = self.to.normal();
        if now.same_as(&to, order) || !self.difference.beyond.is_empty() {
            return Ok(());
        }
        Err(format!("{}\nit became\n{now}\nand not\n{to}", self.listed()))
    }

    /// The values that no loss speaks of, row by row, of the tables that stay.
    fn kept(&self, connection: &Connection, side: Side) -> Vec<(String, Vec<Vec<String>>)> {
        let (from, to) = (self.from.normal(), self.to.normal());
        let mut kept = Vec::new();
        for new in &to.tables {
            let Some(old) = from.table(new.name.as_str()) else { continue };
            let own = match side {
                Side::Before => old,
                Side::After => new,
            };
            let mut terms: Vec<String> = self
                .columns(old, new)
                .into_iter()
                .map(|name| format!("it.{}", quoted(&name)))
                .collect();
            let tells_rowids = self
                .losses()
                .any(|loss| matches!(loss, Loss::Rowids { table } if new.name.is(table)));
            // Rowids that a column holds are among the values.
            let is_column = old.primary_key.as_ref().is_some_and(|key| key.is_rowid);
            if !old.without_rowid && !is_column && !new.without_rowid && !tells_rowids {
                terms.extend(rowid(own).map(|name| format!("it.{name}")));
            }
            terms.push("1".to_owned());
            let sql =
                format!("SELECT {} FROM {} AS it", terms.join(", "), quoted(own.name.as_str()));
            kept.push((new.name.as_str().to_ascii_lowercase(), rows(connection, &sql)));
        }
        kept.push(("counters".to_owned(), self.counters(connection)));
        kept
    }

    /// The columns of which each value must stay.
    fn columns(&self, old: &Table, new: &Table) -> BTreeSet<String> {
        let is_told = |name: &str| {
            self.losses().any(|loss| match loss {
                Loss::Values { table, column, .. } | Loss::Nulls { table, column } => {
                    new.name.is(table) && column.eq_ignore_ascii_case(name)
                }
                _ => false,
            })
        };
        let stays = |name: &str| {
            let old = old.column(name);
            old.is_some_and(|old| old.generated.is_none()) && !is_told(name)
        };
        let plain = new.columns.iter().filter(|column| column.generated.is_none());
        plain.map(|it| it.name.as_str().to_owned()).filter(|name| stays(name)).collect()
    }

    /// The counters of tables that go on counting.
    fn counters(&self, connection: &Connection) -> Vec<Vec<String>> {
        let exists = rows(connection, "SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_sequence'");
        if exists.is_empty() {
            return Vec::new();
        }
        let counts = |schema: &Normal, name: &str| {
            let key = schema.table(name).and_then(|table| table.primary_key.clone());
            key.is_some_and(|key| key.autoincrement)
        };
        let (from, to) = (self.from.normal(), self.to.normal());
        let mut counters = Vec::new();
        for table in from.tables.iter().map(|table| table.name.as_str()) {
            let is_it = |loss: &Loss| matches!(loss, Loss::Counter { table: own } if own.eq_ignore_ascii_case(table));
            if counts(&from, table) && counts(&to, table) && !self.losses().any(is_it) {
                let name = table.to_ascii_lowercase();
                counters.extend(rows(
                    connection,
                    &format!("SELECT lower(name), seq FROM sqlite_sequence WHERE lower(name) = '{name}' AND seq > 0"),
                ));
            }
        }
        counters
    }

    /// A table, a column or a counter that goes is told.
    fn tells_what_goes(&self) -> Result<(), String> {
        let (from, to) = (self.from.normal(), self.to.normal());
        for old in &from.tables {
            let is_it = |table: &str| old.name.is(table);
            let Some(new) = to.table(old.name.as_str()) else {
                let told = |loss: &Loss| matches!(loss, Loss::Table { table } if is_it(table));
                if self.losses().any(told) {
                    continue;
                }
                return Err(format!("{}\n`{}` goes untold", self.listed(), old.name.as_str()));
            };
            for column in old.columns.iter().filter(|column| column.generated.is_none()) {
                let told = |loss: &Loss| matches!(loss, Loss::Column { table, column: name } if is_it(table) && column.name.is(name));
                let stays =
                    new.column(column.name.as_str()).is_some_and(|it| it.generated.is_none());
                if !stays && !self.losses().any(told) {
                    return Err(format!(
                        "{}\n`{}` goes untold",
                        self.listed(),
                        column.name.as_str()
                    ));
                }
            }
        }
        Ok(())
    }
}

fn rowid(table: &Table) -> Option<&'static str> {
    ["rowid", "_rowid_", "oid"].into_iter().find(|name| table.column(name).is_none())
}
