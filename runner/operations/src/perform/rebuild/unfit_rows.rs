//! Which rows stop a change of their table: a few of them by their key, and their number. It is asked once the
//! change has failed, so that a change that does not costs nothing; what cannot be asked is left out.

use rusqlite::ffi;

use super::{MovedTable, Source};
use crate::perform::session::{Result, Session};
use crate::perform::verify::duplicates::shortened;
use crate::schema::Table;
use crate::schema::name::{quote, same};

/// Rows that are in the way.
#[derive(Debug, Default)]
pub(in crate::perform) struct Unfit {
    /// The first few in words.
    pub(in crate::perform) rows: Vec<String>,
    /// How many there are.
    pub(in crate::perform) count: u32,
}

impl Session<'_> {
    /// The rows of `from`, which is `table` or is in its place, for which `condition` is true.
    pub(in crate::perform) fn rows_where(
        &self,
        table: &Table,
        from: &str,
        condition: &str,
    ) -> Unfit {
        let key = key(table, "");
        self.unfit(&format!("SELECT {key} FROM {from} WHERE {condition}")).unwrap_or_default()
    }

    /// The rows that were set aside as `moved` and that `table`, their new shape, did not take with `error`.
    pub(in crate::perform) fn rows_not_taken(
        &self,
        table: &Table,
        moved: &MovedTable,
        error: &rusqlite::Error,
    ) -> Unfit {
        match error.sqlite_extended_error_code() {
            Some(ffi::SQLITE_CONSTRAINT_DATATYPE) => self.rows_of_other_types(table, moved, error),
            _ => self.rows_left_out(table, moved, error),
        }
        .unwrap_or_default()
    }

    /// Has SQLite take all rows but those that break a constraint. They go with the rest of the attempt.
    fn rows_left_out(
        &self,
        table: &Table,
        moved: &MovedTable,
        error: &rusqlite::Error,
    ) -> Result<Unfit> {
        let old = self.set_aside_as(moved)?;
        let (Some(old_row), Some(new_row)) = (old.rowid_name(), table.rowid_name()) else {
            return Ok(Unfit::default());
        };
        let keeps_numbers = match (old.rowid_alias(), table.rowid_alias()) {
            (None, None) => true,
            (Some(before), Some(now)) => moved.columns.iter().any(|filled| {
                same(&filled.name, &now.name)
                    && matches!(&filled.source, Source::Column(name) if same(name, &before.name))
            }),
            _ => false,
        };
        if !keeps_numbers {
            return Ok(Unfit::default());
        }
        self.connection.execute(&self.copy(table, moved, "IGNORE")?, [])?;
        let (called, new) = (quote(&moved.called), quote(&table.name));
        let values = blamed(error).into_iter().filter_map(|name| {
            let filled = moved.columns.iter().find(|filled| same(&filled.name, &name))?;
            Some((name, filled.source.value(&moved.called)?))
        });
        let values: String = values
            .map(|(name, value)| {
                format!(" || ', `{}` is ' || quote({value})", name.replace('\'', "''"))
            })
            .collect();
        self.unfit(&format!(
            "SELECT {}{values} FROM main.{} AS {called} WHERE NOT EXISTS \
             (SELECT 1 FROM main.{new} AS placed WHERE placed.{new_row} = {called}.{old_row}) \
             ORDER BY {called}.{old_row}",
            key(&old, &format!("{called}.")),
            moved.aside,
        ))
    }

    /// A STRICT table takes values of its columns' types alone, after SQLite has converted what it can.
    fn rows_of_other_types(
        &self,
        table: &Table,
        moved: &MovedTable,
        error: &rusqlite::Error,
    ) -> Result<Unfit> {
        let blamed = blamed(error).pop();
        let column = blamed.as_deref().and_then(|name| table.column(name));
        let filled = column.and_then(|column| {
            moved.columns.iter().find(|filled| same(&filled.name, &column.name))
        });
        let value = filled.and_then(|filled| filled.source.value(&moved.called));
        let (Some(column), Some(value)) = (column, value) else { return Ok(Unfit::default()) };
        let declared = column.declared_type.to_ascii_uppercase();
        let stored = match declared.as_str() {
            "INT" | "INTEGER" => "integer",
            "REAL" => "real",
            "TEXT" => "text",
            "BLOB" => "blob",
            _ => return Ok(Unfit::default()),
        };
        let (converted, old) = (self.free_name()?, self.set_aside_as(moved)?);
        let called = quote(&moved.called);
        self.run(&format!("CREATE TEMP TABLE {converted} (label TEXT, given, value {declared})"))?;
        self.run(&format!(
            "INSERT INTO temp.{converted} SELECT {}, {value}, {value} FROM main.{} AS {called}",
            key(&old, &format!("{called}.")),
            moved.aside,
        ))?;
        let name = column.name.replace('\'', "''");
        let unfit = self.unfit(&format!(
            "SELECT label || ', `{name}` is ' || quote(given) FROM temp.{converted} \
             WHERE typeof(value) NOT IN ('null', '{stored}')"
        ));
        self.run(&format!("DROP TABLE temp.{converted}"))?;
        unfit
    }

    /// The first few rows of `select`, which gives one text for each, and their number.
    fn unfit(&self, select: &str) -> Result<Unfit> {
        const SHOWN: usize = 5;
        let count: i64 = self.ask(&format!("SELECT count(*) FROM ({select})"), [])?;
        let mut statement = self.connection.prepare(&format!("{select} LIMIT {SHOWN}"))?;
        let rows = statement.query_map([], |row| row.get::<_, String>(0))?;
        let rows =
            rows.map(|row| row.map(|row| shortened(&row))).collect::<rusqlite::Result<_>>()?;
        Ok(Unfit { rows, count: u32::try_from(count).unwrap_or(u32::MAX) })
    }
}

/// What names a row of `table` in words, as an expression of SQL over it.
fn key(table: &Table, called: &str) -> String {
    match table.rowid_name() {
        Some(name) => format!("'row ' || {called}{name}"),
        None => {
            let keys = table.primary_key();
            let columns: Vec<_> =
                keys.iter().map(|key| format!("quote({called}{})", quote(&key.name))).collect();
            format!("'key ' || {}", columns.join(" || ', ' || "))
        }
    }
}

/// The columns that SQLite names, as in `UNIQUE constraint failed: t.a, t.b` and `... in INT column t.a`.
pub(in crate::perform) fn blamed(error: &rusqlite::Error) -> Vec<String> {
    let words = error.to_string();
    let named = words.split_once("constraint failed: ").or_else(|| words.split_once(" column "));
    let Some((_, names)) = named else { return Vec::new() };
    names.split(", ").filter_map(|name| Some(name.split_once('.')?.1.to_owned())).collect()
}
