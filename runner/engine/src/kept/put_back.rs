//! Puts back what was kept of a migration, once its way back has run: where a row is still what it was. What is not is
//! told, and stays kept.

mod broken_references;
mod outcome;
mod write;

use std::collections::{BTreeSet, HashMap, HashSet};

use migration_api::schema::quote;
use rusqlite::config::DbConfig;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};

use self::broken_references::{Broken, broken, has_foreign_keys};
use self::outcome::Outcome;
pub use self::outcome::{NotPutBack, PutBack, WhyNot};
use self::write::{Rows, Values, Write};
use super::failure::KeptError;
use super::keep_file::KeptFile;
use super::row_hash::RowHash;
use super::set::{KeptKind, KeptSet};
use super::shape::{Found, Shape, equals};
use super::values::{Layout, RowKey};

/// A set that is to be put back, and where it is read.
pub(crate) struct ToPutBack {
    set: KeptSet,
    /// The file that its values are in.
    file: Option<KeptFile>,
    /// The rows whose columns were changed since the migration left them.
    changed: HashSet<i64>,
}

impl ToPutBack {
    /// Before the way back of the migration runs: opens the file of `set`, and looks which rows have other values than
    /// the migration left. What it has changed, and somebody else after it, is not changed back.
    ///
    /// # Errors
    /// A file that cannot be read; SQLite's.
    pub(crate) fn begin(
        connection: &Connection,
        set: KeptSet,
        moved_to: Option<&std::path::Path>,
    ) -> Result<Self, KeptError> {
        let file = KeptFile::of(&set, moved_to)?;
        let mut begun = Self { set, file, changed: HashSet::new() };
        begun.changed = begun.changed_since(connection)?;
        Ok(begun)
    }

    /// What the values are read by, and the set as it is there.
    fn source<'s>(&'s self, connection: &'s Connection) -> (&'s Connection, &'s KeptSet) {
        match &self.file {
            Some(file) => (&file.connection, &file.set),
            None => (connection, &self.set),
        }
    }

    fn layout(&self) -> Layout {
        Layout::of(&self.set.key, &self.set.columns)
    }

    fn changed_since(&self, connection: &Connection) -> Result<HashSet<i64>, KeptError> {
        let KeptSet { left_table, left_columns, .. } = &self.set;
        let mut changed = HashSet::new();
        let Some(table) = left_table.as_ref().filter(|_| !left_columns.is_empty()) else {
            return Ok(changed);
        };
        // Where it is not as the migration left it, no row is known to be.
        let shape = match Shape::find(connection, table)? {
            Found::Table(shape) => Some(shape),
            Found::Virtual | Found::Nothing => None,
        };
        let shape = shape.filter(|shape| left_columns.iter().all(|it| shape.column(it).is_some()));
        let mut look = match shape.as_ref().map(|shape| (shape, self.key_of(shape))) {
            Some((shape, Some(key))) => {
                let columns: Vec<_> = left_columns.iter().map(|it| quote(it)).collect();
                let (columns, place) = (columns.join(", "), equals(&key, 1));
                Some(
                    connection
                        .prepare(&format!("SELECT {columns} FROM {} WHERE {place}", shape.sql()))?,
                )
            }
            _ => None,
        };
        let (mut hash, width) = (RowHash::default(), left_columns.len());
        self.each(connection, |number, key, row, layout| {
            let ValueRef::Blob(left) = row.get_ref(layout.left())? else {
                // The migration has taken the row away, and there is nothing to compare.
                return Ok(());
            };
            let now = match &mut look {
                Some(look) => key.look_up(look, |row| {
                    for place in 0..width {
                        hash.add(row.get_ref(place)?);
                    }
                    Ok(hash.finish())
                })?,
                None => None,
            };
            if now.is_none_or(|now| now != left) {
                changed.insert(number);
            }
            Ok(())
        })?;
        Ok(changed)
    }

    /// The key in SQL of a table that has this `shape`; `None`: it cannot be read.
    fn key_of(&self, shape: &Shape) -> Option<Vec<String>> {
        match self.set.key.as_slice() {
            [] => shape.rowid.map(|rowid| vec![rowid.to_owned()]),
            key => key.iter().map(|it| shape.column(it).map(quote)).collect(),
        }
    }

    /// Calls `look` with the number, the key and the values of each row.
    fn each(
        &self,
        connection: &Connection,
        look: impl FnMut(i64, &RowKey<'_>, &Row<'_>, &Layout) -> Result<(), KeptError>,
    ) -> Result<(), KeptError> {
        self.each_in(Layout::select, connection, look)
    }

    /// The same, in the order in which `select` reads them.
    fn each_in(
        &self,
        select: fn(&Layout, &KeptSet) -> String,
        connection: &Connection,
        mut look: impl FnMut(i64, &RowKey<'_>, &Row<'_>, &Layout) -> Result<(), KeptError>,
    ) -> Result<(), KeptError> {
        let (source, set) = self.source(connection);
        let layout = self.layout();
        let mut statement = source.prepare(&select(&layout, set))?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let key = RowKey { row, places: &layout.key };
            look(row.get(layout.number())?, &key, row, &layout)?;
        }
        Ok(())
    }
}

/// Puts `sets` back, in the transaction of the way back, after its code; removes what is put back, and records what is
/// left over. No trigger fires, and no foreign key acts. Gives what came of each.
///
/// # Errors
/// SQLite's.
pub(crate) fn put_back(
    connection: &Connection,
    sets: Vec<ToPutBack>,
) -> Result<Vec<PutBack>, KeptError> {
    const TRIGGERS: DbConfig = DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER;
    let fire = connection.db_config(TRIGGERS)?;
    connection.set_db_config(TRIGGERS, false)?;
    let outcome = without_triggers(connection, sets);
    connection.set_db_config(TRIGGERS, fire)?;
    outcome
}

fn without_triggers(
    connection: &Connection,
    mut sets: Vec<ToPutBack>,
) -> Result<Vec<PutBack>, KeptError> {
    // Rows come before the values of others.
    sets.sort_by_key(|it| it.set.what == KeptKind::Values);
    let tables: BTreeSet<String> =
        sets.iter().map(|it| it.set.table.to_ascii_lowercase()).collect();
    let before = broken(connection, &tables)?;
    // Rows of the sets that would point to nothing.
    let mut passed_over: Vec<HashMap<i64, String>> = sets.iter().map(|_| HashMap::new()).collect();
    let outcomes = loop {
        require_transaction(connection)?;
        connection.execute_batch("SAVEPOINT runner_put_back")?;
        let mut outcomes = Vec::new();
        for (it, passed_over) in sets.iter().zip(&passed_over) {
            outcomes.push(it.write(connection, passed_over)?);
        }
        let mut is_new = false;
        for Broken { table, rowid, parent } in broken(connection, &tables)?.difference(&before) {
            for ((it, outcome), passed_over) in sets.iter().zip(&outcomes).zip(&mut passed_over) {
                if it.set.table.eq_ignore_ascii_case(table)
                    && let Some(number) = outcome.places.get(rowid)
                {
                    is_new |= passed_over.insert(*number, parent.clone()).is_none();
                }
            }
        }
        if !is_new {
            connection.execute_batch("RELEASE runner_put_back")?;
            break outcomes;
        }
        connection.execute_batch("ROLLBACK TO runner_put_back; RELEASE runner_put_back")?;
    };
    require_transaction(connection)?;
    let mut all = Vec::new();
    for (it, outcome) in sets.into_iter().zip(outcomes) {
        let ToPutBack { set, file, .. } = it;
        let rows = outcome.rows;
        if outcome.not.is_empty() {
            set.remove(connection)?;
        } else {
            if file.is_none() {
                let table = set.table_of_values();
                let delete = format!("DELETE FROM main.{table} WHERE _runner_number = ?1");
                let mut delete = connection.prepare(&delete)?;
                for number in outcome.put_back {
                    delete.execute([number])?;
                }
            }
            set.leave(connection, outcome.left)?;
        }
        let columns = match set.what {
            KeptKind::Values => set.columns,
            KeptKind::Rows | KeptKind::Table => Vec::new(),
        };
        let not = outcome.not.into_iter();
        let not = not.map(|(why, (rows, examples))| NotPutBack { why, rows, examples }).collect();
        all.push(PutBack { id: set.id, table: set.table, columns, rows, not });
    }
    Ok(all)
}

/// Checks that the transaction is still open: after some errors SQLite rolls all of it back, and a savepoint would begin
/// one of its own.
fn require_transaction(connection: &Connection) -> rusqlite::Result<()> {
    match connection.is_autocommit() {
        true => {
            let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_ABORT_ROLLBACK);
            Err(rusqlite::Error::SqliteFailure(code, None))
        }
        false => Ok(()),
    }
}

impl ToPutBack {
    /// Writes what can be, but for the rows that are `passed_over` since they would point to a row of a table that is
    /// not there.
    fn write(
        &self,
        connection: &Connection,
        passed_over: &HashMap<i64, String>,
    ) -> Result<Outcome, KeptError> {
        let set = &self.set;
        let shape = match Shape::find(connection, &set.table)? {
            Found::Table(shape) => shape,
            Found::Virtual | Found::Nothing => return self.nothing(connection, &WhyNot::NoTable),
        };
        let needed: Vec<&String> = match set.what {
            KeptKind::Values => set.columns.iter().chain(&set.hashed).chain(&set.key).collect(),
            KeptKind::Rows => set.columns.iter().collect(),
            KeptKind::Table => set.key.iter().collect(),
        };
        if let Some(column) = needed.into_iter().find(|it| shape.column(it).is_none()) {
            return self.nothing(connection, &WhyNot::NoColumn(column.clone()));
        }
        let Some(key) = self.key_of(&shape) else {
            return self.nothing(connection, &WhyNot::NoColumn("rowid".to_owned()));
        };
        let points = has_foreign_keys(connection, &shape.name)?;
        let mut outcome = match set.what {
            KeptKind::Values => {
                let values = Values::prepare(connection, &shape, &key, set, points)?;
                self.write_with(connection, passed_over, values)?
            }
            KeptKind::Rows | KeptKind::Table => {
                let is_empty = format!("SELECT NOT EXISTS (SELECT 1 FROM {})", shape.sql());
                if set.what == KeptKind::Table
                    && !connection.query_row(&is_empty, [], |row| row.get::<_, bool>(0))?
                {
                    return self.nothing(connection, &WhyNot::NotEmpty);
                }
                let rows = Rows::prepare(connection, &shape, &key, set)?;
                self.write_with(connection, passed_over, rows)?
            }
        };
        if !points {
            outcome.places.clear();
        }
        if let Some(counter) = set.counter {
            put_back_counter(connection, &shape.name, counter)?;
        }
        if let Some(lacking) = set.columns.iter().find(|it| shape.column(it).is_none()) {
            // The rows are there, and what they lack stays kept.
            outcome.put_back.clear();
            outcome.not.insert(WhyNot::NoColumn(lacking.clone()), (outcome.rows, Vec::new()));
            outcome.left = (set.rows, set.bytes);
        }
        Ok(outcome)
    }

    /// What came of a set of which nothing can be put back.
    fn nothing(&self, connection: &Connection, why: &WhyNot) -> Result<Outcome, KeptError> {
        let mut outcome = Outcome::default();
        self.each(connection, |_, key, row, layout| {
            outcome.not(why.clone(), key, row, layout);
            Ok(())
        })?;
        Ok(outcome)
    }

    fn write_with(
        &self,
        connection: &Connection,
        passed_over: &HashMap<i64, String>,
        mut write: impl Write,
    ) -> Result<Outcome, KeptError> {
        /// Each reads the whole set.
        const PASSES: usize = 20;
        let mut outcome = Outcome::default();
        // What a rule refuses may be let through once another row of the set is back: of values that must be unique,
        // each may be where the one before was, or the one behind.
        let mut waiting: Option<HashSet<i64>> = None;
        for pass in 1.. {
            let (mut refused, mut of_rules) = (HashSet::new(), Outcome::default());
            let mut tried = 0;
            let order = if pass % 2 == 1 { Layout::select } else { Layout::select_reversed };
            self.each_in(order, connection, |number, key, row, layout| {
                if waiting.as_ref().is_some_and(|waiting| !waiting.contains(&number)) {
                    return Ok(());
                }
                tried += 1;
                let written = match passed_over.get(&number) {
                    Some(parent) => Err(WhyNot::NoParent(parent.clone())),
                    None if self.changed.contains(&number) => Err(WhyNot::Changed),
                    None => write.write(connection, key, row, layout)?,
                };
                match written {
                    Ok(place) => {
                        outcome.rows += 1;
                        outcome.put_back.push(number);
                        outcome.places.extend(place.map(|place| (place, number)));
                    }
                    Err(why @ WhyNot::Constraint(_)) => {
                        refused.insert(number);
                        of_rules.not(why, key, row, layout);
                    }
                    Err(why) => outcome.not(why, key, row, layout),
                }
                Ok(())
            })?;
            if refused.is_empty() || (refused.len() == tried && pass > 1) || pass == PASSES {
                outcome.not.append(&mut of_rules.not);
                outcome.left.0 += of_rules.left.0;
                outcome.left.1 += of_rules.left.1;
                break;
            }
            waiting = Some(refused);
        }
        Ok(outcome)
    }
}

/// Gives a table its AUTOINCREMENT counter again, if it is not further already.
fn put_back_counter(connection: &Connection, table: &str, counter: i64) -> rusqlite::Result<()> {
    if !connection.table_exists(Some("main"), "sqlite_sequence")? {
        return Ok(());
    }
    let update = "UPDATE main.sqlite_sequence SET seq = ?2 WHERE name = ?1 AND seq < ?2";
    if connection.execute(update, rusqlite::params![table, counter])? == 0 {
        let insert = "INSERT INTO main.sqlite_sequence (name, seq) SELECT ?1, ?2 \
                      WHERE NOT EXISTS (SELECT 1 FROM main.sqlite_sequence WHERE name = ?1) \
                      AND EXISTS (SELECT 1 FROM main.sqlite_schema WHERE name = ?1 \
                                  AND type = 'table' AND sql LIKE '%AUTOINCREMENT%')";
        connection.execute(insert, rusqlite::params![table, counter])?;
    }
    Ok(())
}
