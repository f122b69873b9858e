//! Puts back what was kept of a migration, once its way back has run: where a row is still what it was. What is not is
//! told, and stays kept.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use migration_api::schema::quote;
use rusqlite::config::DbConfig;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode, Row, Statement};
use serde::{Deserialize, Serialize};

use super::failure::KeptError;
use super::keep_file::KeptFile;
use super::row_hash::RowHash;
use super::set::{KeptKind, KeptSet};
use super::shape::{Found, Shape, equals};
use super::values::{Borrowed, Layout, RowKey, size};
use crate::id::MigrationId;

/// What was put back of a set, and what was not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PutBack {
    /// The migration.
    pub id: MigrationId,
    /// The table.
    pub table: String,
    /// The columns whose values it is about; none: rows as a whole.
    pub columns: Vec<String>,
    /// How many rows have what they had.
    pub rows: u64,
    /// What was not put back, by reasons.
    pub not: Vec<NotPutBack>,
}

/// Rows of a set that were not put back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotPutBack {
    /// The reason.
    pub why: WhyNot,
    /// How many.
    pub rows: u64,
    /// The keys of the first ones, in words.
    pub examples: Vec<String>,
}

/// Why something is not put back.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhyNot {
    /// The way back made no such table.
    NoTable,
    /// The table has no such column.
    NoColumn(String),
    /// The table has rows already.
    NotEmpty,
    /// There is no such row any more.
    Gone,
    /// The row is another, or was changed since.
    Changed,
    /// Another row has its key.
    KeyTaken,
    /// A rule of the table is in the way.
    Constraint(String),
    /// A row of this table that it points to is not there.
    NoParent(String),
}

impl std::fmt::Display for WhyNot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoTable => f.write_str("there is no such table"),
            Self::NoColumn(column) => write!(f, "the table has no column `{column}`"),
            Self::NotEmpty => f.write_str("the table has rows already"),
            Self::Gone => f.write_str("the row is gone"),
            Self::Changed => f.write_str("the row was changed since, or is another"),
            Self::KeyTaken => f.write_str("another row has its key"),
            Self::Constraint(reason) => f.write_str(reason),
            Self::NoParent(table) => write!(f, "the row of `{table}` that it points to is gone"),
        }
    }
}

/// How many keys are told of each reason.
const EXAMPLES: usize = 3;

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

/// What came of a set.
#[derive(Debug, Default)]
struct Outcome {
    /// How many rows were put back.
    rows: u64,
    /// Those that nobody needs any more in the set.
    put_back: Vec<i64>,
    not: BTreeMap<WhyNot, (u64, Vec<String>)>,
    /// How many rows and bytes are left over.
    left: (u64, u64),
    /// Which row of the set stands where, in a table whose rows point to others.
    places: HashMap<i64, i64>,
}

impl Outcome {
    fn not(&mut self, why: WhyNot, key: &RowKey<'_>, row: &Row<'_>, layout: &Layout) {
        let (rows, examples) = self.not.entry(why).or_default();
        *rows += 1;
        if examples.len() < EXAMPLES {
            examples.push(key.in_words());
        }
        let sizes = (0..layout.values.end).filter_map(|place| row.get_ref(place).ok());
        self.left.0 += 1;
        self.left.1 += sizes.map(size).sum::<u64>();
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

/// Writes what a set has of a row.
trait Write {
    /// Gives the rowid of the row, if it has one and that is of use; or why it was not written.
    fn write(
        &mut self,
        connection: &Connection,
        key: &RowKey<'_>,
        row: &Row<'_>,
        layout: &Layout,
    ) -> Result<Result<Option<i64>, WhyNot>, KeptError>;
}

/// Gives rows the values that they had.
struct Values<'c> {
    look: Statement<'c>,
    update: Statement<'c>,
    hashed: usize,
    hash: RowHash,
}

impl<'c> Values<'c> {
    fn prepare(
        connection: &'c Connection,
        shape: &Shape,
        key: &[String],
        set: &KeptSet,
        points: bool,
    ) -> Result<Self, KeptError> {
        let place = shape.rowid.filter(|_| points).unwrap_or("NULL");
        let columns = std::iter::once(place.to_owned())
            .chain(set.hashed.iter().chain(&set.columns).map(|it| quote(it)))
            .collect::<Vec<_>>()
            .join(", ");
        let table = shape.sql();
        let look = format!("SELECT {columns} FROM {table} WHERE {}", equals(key, 1));
        let width = set.columns.len();
        let assign =
            set.columns.iter().zip(1..).map(|(it, place)| format!("{} = ?{place}", quote(it)));
        let assign = assign.collect::<Vec<_>>().join(", ");
        let found = equals(key, width + 1);
        let update = format!("UPDATE OR ABORT {table} SET {assign} WHERE {found}");
        Ok(Self {
            look: connection.prepare(&look)?,
            update: connection.prepare(&update)?,
            hashed: set.hashed.len(),
            hash: RowHash::default(),
        })
    }
}

impl Write for Values<'_> {
    fn write(
        &mut self,
        _: &Connection,
        key: &RowKey<'_>,
        row: &Row<'_>,
        layout: &Layout,
    ) -> Result<Result<Option<i64>, WhyNot>, KeptError> {
        let (hash, hashed) = (&mut self.hash, self.hashed);
        let kept_hash = row.get_ref(layout.hash())?;
        let found = key.look_up(&mut self.look, |there| {
            for place in 1..=hashed {
                hash.add(there.get_ref(place)?);
            }
            let is_it = kept_hash == ValueRef::Blob(&hash.finish());
            let mut has_it = true;
            for (place, column) in (1 + hashed..).zip(layout.values.clone()) {
                has_it &= there.get_ref(place)? == row.get_ref(column)?;
            }
            Ok((there.get::<_, Option<i64>>(0)?, is_it, has_it))
        })?;
        let place = match found {
            None => return Ok(Err(WhyNot::Gone)),
            Some((_, false, _)) => return Ok(Err(WhyNot::Changed)),
            Some((place, true, true)) => return Ok(Ok(place)),
            Some((place, true, false)) => place,
        };
        bind(&mut self.update, row, layout.values.clone())?;
        key.bind(&mut self.update, layout.values.len() + 1)?;
        Ok(written(self.update.raw_execute())?.map(|()| place))
    }
}

/// Brings rows back.
struct Rows<'c> {
    look: Statement<'c>,
    insert: Statement<'c>,
    /// Those of the values that are written.
    places: Vec<usize>,
    /// Where the values are, in a row of the set, that a row which is there already must have.
    compared: Vec<usize>,
}

impl<'c> Rows<'c> {
    fn prepare(
        connection: &'c Connection,
        shape: &Shape,
        key: &[String],
        set: &KeptSet,
    ) -> Result<Self, KeptError> {
        let layout = Layout::of(&set.key, &set.columns);
        let mut names = Vec::new();
        let mut places = Vec::new();
        if set.key.is_empty() {
            names.extend(key.iter().cloned());
            places.extend(layout.key.iter().copied());
        }
        let mut compared = Vec::new();
        for (place, column) in layout.values.clone().zip(&set.columns) {
            if let Some(column) = shape.column(column) {
                names.push(quote(column));
                places.push(place);
                compared.push((place, quote(column)));
            }
        }
        let table = shape.sql();
        let parameters: Vec<_> = (1..=names.len()).map(|place| format!("?{place}")).collect();
        let (names, parameters) = (names.join(", "), parameters.join(", "));
        let insert = format!("INSERT OR ABORT INTO {table} ({names}) VALUES ({parameters})");
        let columns: Vec<_> = compared.iter().map(|(_, column)| column.as_str()).collect();
        let look = format!("SELECT {} FROM {table} WHERE {}", columns.join(", "), equals(key, 1));
        Ok(Self {
            look: connection.prepare(&look)?,
            insert: connection.prepare(&insert)?,
            places,
            compared: compared.into_iter().map(|(place, _)| place).collect(),
        })
    }
}

impl Write for Rows<'_> {
    fn write(
        &mut self,
        connection: &Connection,
        key: &RowKey<'_>,
        row: &Row<'_>,
        _: &Layout,
    ) -> Result<Result<Option<i64>, WhyNot>, KeptError> {
        let compared = &self.compared;
        let there = key.look_up(&mut self.look, |there| {
            let mut pairs = compared.iter().enumerate();
            pairs.try_fold(true, |same, (place, kept)| {
                Ok(same && there.get_ref(place)? == row.get_ref(*kept)?)
            })
        })?;
        match there {
            Some(true) => return Ok(Ok(None)),
            Some(false) => return Ok(Err(WhyNot::KeyTaken)),
            None => {}
        }
        bind(&mut self.insert, row, self.places.iter().copied())?;
        let written = written(self.insert.raw_execute())?;
        Ok(written.map(|()| Some(connection.last_insert_rowid())))
    }
}

/// Binds the values at `places` of `row` to the parameters of `statement`.
fn bind(
    statement: &mut Statement<'_>,
    row: &Row<'_>,
    places: impl Iterator<Item = usize>,
) -> rusqlite::Result<()> {
    for (parameter, place) in (1..).zip(places) {
        statement.raw_bind_parameter(parameter, Borrowed(row.get_ref(place)?))?;
    }
    Ok(())
}

/// Whether a statement wrote; a rule of the table that is in the way is no error.
fn written(outcome: rusqlite::Result<usize>) -> rusqlite::Result<Result<(), WhyNot>> {
    match outcome {
        Ok(_) => Ok(Ok(())),
        Err(error)
            if matches!(
                error.sqlite_error_code(),
                Some(ErrorCode::ConstraintViolation | ErrorCode::TypeMismatch)
            ) =>
        {
            Ok(Err(WhyNot::Constraint(error.to_string())))
        }
        Err(error) => Err(error),
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

fn has_foreign_keys(connection: &Connection, table: &str) -> rusqlite::Result<bool> {
    let look = "SELECT EXISTS (SELECT 1 FROM pragma_foreign_key_list(?1, 'main'))";
    connection.query_row(look, [table], |row| row.get(0))
}

/// A row that points to nothing.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Broken {
    table: String,
    rowid: i64,
    parent: String,
}

/// Those of `tables`. What SQLite cannot check, as a table without rowids, is left to the checks of the step.
fn broken(
    connection: &Connection,
    tables: &BTreeSet<String>,
) -> rusqlite::Result<BTreeSet<Broken>> {
    let mut all = BTreeSet::new();
    for table in tables {
        if !has_foreign_keys(connection, table)? {
            continue;
        }
        let check = "SELECT rowid, parent FROM pragma_foreign_key_check(?1, 'main') WHERE rowid IS NOT NULL";
        let mut check = connection.prepare(check)?;
        let found = check.query_map([table], |row| {
            Ok(Broken { table: table.clone(), rowid: row.get(0)?, parent: row.get(1)? })
        });
        match found.and_then(Iterator::collect::<rusqlite::Result<Vec<_>>>) {
            Ok(found) => all.extend(found),
            // A foreign key that can point to nothing, which the checks of the step tell of. After any other error the
            // transaction may be gone.
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::Unknown) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(all)
}
