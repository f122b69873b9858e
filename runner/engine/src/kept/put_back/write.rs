//! Writes what a set has of a row: the values of columns, or the row as a whole.

use migration_api::schema::quote;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode, Row, Statement};

use super::outcome::WhyNot;
use crate::kept::failure::KeptError;
use crate::kept::row_hash::RowHash;
use crate::kept::set::KeptSet;
use crate::kept::shape::{Shape, equals};
use crate::kept::values::{Borrowed, Layout, RowKey};

/// Writes what a set has of a row.
pub(super) trait Write {
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
pub(super) struct Values<'c> {
    look: Statement<'c>,
    update: Statement<'c>,
    hashed: usize,
    hash: RowHash,
}

impl<'c> Values<'c> {
    pub(super) fn prepare(
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
pub(super) struct Rows<'c> {
    look: Statement<'c>,
    insert: Statement<'c>,
    /// Those of the values that are written.
    places: Vec<usize>,
    /// Where the values are, in a row of the set, that a row which is there already must have.
    compared: Vec<usize>,
}

impl<'c> Rows<'c> {
    pub(super) fn prepare(
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
