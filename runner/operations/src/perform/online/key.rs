//! The key by which the rows of a table are found while others write: the rowid, or the primary key of a table
//! WITHOUT ROWID.

use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, Row, params_from_iter};
use serde::{Deserialize, Serialize};

use crate::schema::Table;
use crate::schema::name::quote;

/// The columns of a key, in its order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Key {
    pub(super) columns: Vec<KeyColumn>,
}

/// On which side of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Before,
    Behind,
}

/// A column of a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct KeyColumn {
    /// Its name in SQL.
    pub(super) name: String,
    /// The collation by which the key compares it; none for a rowid.
    pub(super) collation: Option<String>,
    pub(super) descending: bool,
}

impl KeyColumn {
    pub(super) fn rowid(name: impl Into<String>) -> Self {
        Self { name: name.into(), collation: None, descending: false }
    }

    /// The column of the table that is called `table`, with the collation of the key: so that SQLite finds it in
    /// the index of the key, whatever the collation of the column.
    fn compared(&self, table: &str) -> String {
        let column = format!("{}.{}", quote(table), self.name);
        match &self.collation {
            Some(collation) => format!("{column} COLLATE {}", quote(collation)),
            None => column,
        }
    }
}

impl Key {
    /// The key of `table`. `None`: columns have taken all names of its rowid.
    pub(super) fn of(connection: &Connection, table: &Table) -> rusqlite::Result<Option<Self>> {
        if let Some(alias) = table.rowid_alias() {
            return Ok(Some(Self { columns: vec![KeyColumn::rowid(quote(&alias.name))] }));
        }
        if !table.without_rowid {
            let rowid = table.rowid_name().map(KeyColumn::rowid);
            return Ok(rowid.map(|rowid| Self { columns: vec![rowid] }));
        }
        let mut statement = connection.prepare(
            "SELECT part.name, part.coll, part.\"desc\" FROM pragma_index_list(?1, 'main') AS list, \
             pragma_index_xinfo(list.name, 'main') AS part \
             WHERE list.origin = 'pk' AND part.key = 1 ORDER BY part.seqno",
        )?;
        let columns = statement.query_map([&table.name], |row| {
            let name: String = row.get(0)?;
            Ok(KeyColumn { name: quote(&name), collation: row.get(1)?, descending: row.get(2)? })
        })?;
        Ok(Some(Self { columns: columns.collect::<rusqlite::Result<_>>()? }))
    }

    pub(super) fn is_rowid(&self) -> bool {
        matches!(&self.columns[..], [only] if only.collation.is_none())
    }

    /// The columns of the table that is called `table`, in SQL.
    pub(super) fn columns_of(&self, table: &str) -> String {
        let columns = self.columns.iter().map(|column| format!("{}.{}", quote(table), column.name));
        columns.collect::<Vec<_>>().join(", ")
    }

    /// That a row of the table that is called `table` has the key in the parameters from `?1`.
    pub(super) fn is_given(&self, table: &str) -> String {
        self.first_are_given(table, self.columns.len())
    }

    fn first_are_given(&self, table: &str, count: usize) -> String {
        let columns = self.columns[..count].iter().zip(1..);
        let columns = columns.map(|(column, at)| format!("{} = ?{at}", column.compared(table)));
        columns.collect::<Vec<_>>().join(" AND ")
    }

    /// The conditions for the rows on one side of the key in the parameters from `?1`: first those for rows that have all
    /// columns of it but the last in common with it, at last those for rows that have none. So those behind it come in
    /// the order of the key. Each is a range of the index, whatever columns are descending, and comes with how many
    /// parameters it has.
    pub(super) fn ranges(&self, table: &str, side: Side) -> Vec<(String, usize)> {
        let conditions = (0..self.columns.len()).rev().map(|at| {
            let column = &self.columns[at];
            let is_larger = (side == Side::Behind) != column.descending;
            let sign = if is_larger { ">" } else { "<" };
            let beside = format!("{} {sign} ?{}", column.compared(table), at + 1);
            let condition = match at {
                0 => beside,
                at => format!("{} AND {beside}", self.first_are_given(table, at)),
            };
            (condition, at + 1)
        });
        conditions.collect()
    }

    /// The keys of the next rows of the table `table` behind `cursor`, at most `limit`: fewer at the end.
    pub(super) fn next(
        &self,
        connection: &Connection,
        table: &str,
        cursor: Option<&KeyValues>,
        limit: u64,
    ) -> rusqlite::Result<Vec<KeyValues>> {
        let mut found = Vec::new();
        let access = self.access(connection, table)?;
        let ranges = match cursor {
            None => vec![("1".to_owned(), 0)],
            Some(_) => self.ranges(table, Side::Behind),
        };
        for (condition, given) in ranges {
            let left = limit - found.len() as u64;
            if left == 0 {
                break;
            }
            let mut statement = connection.prepare(&format!(
                "SELECT {} FROM main.{} {access} WHERE {condition} ORDER BY {} LIMIT {left}",
                self.columns_of(table),
                quote(table),
                self.order(table)
            ))?;
            let given = cursor.map_or(&[][..], |cursor| &cursor[..given]);
            let keys = statement
                .query_map(params_from_iter(given), |row| values(row, 0, self.columns.len()))?;
            for key in keys {
                found.push(key?);
            }
        }
        Ok(found)
    }

    /// What leaves SQLite no choice: by another index it would sort the whole table for each batch.
    pub(super) fn access(&self, connection: &Connection, table: &str) -> rusqlite::Result<String> {
        if self.is_rowid() {
            return Ok("NOT INDEXED".to_owned());
        }
        let sql = "SELECT name FROM pragma_index_list(?1, 'main') WHERE origin = 'pk'";
        let index: String = connection.query_row(sql, [table], |row| row.get(0))?;
        Ok(format!("INDEXED BY {}", quote(&index)))
    }

    /// What puts rows of the table that is called `table` in the order of the key.
    pub(super) fn order(&self, table: &str) -> String {
        let columns = self.columns.iter().map(|column| {
            let direction = if column.descending { " DESC" } else { "" };
            format!("{}{direction}", column.compared(table))
        });
        columns.collect::<Vec<_>>().join(", ")
    }
}

/// The values of a key.
pub(super) type KeyValues = Vec<KeyValue>;

/// A value of a key, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) enum KeyValue {
    Null,
    Integer(i64),
    /// The bits of it.
    Real(u64),
    /// Its bytes: SQLite takes texts that are no UTF-8.
    Text(Vec<u8>),
    Blob(Vec<u8>),
}

impl From<ValueRef<'_>> for KeyValue {
    fn from(value: ValueRef<'_>) -> Self {
        match value {
            ValueRef::Null => Self::Null,
            ValueRef::Integer(value) => Self::Integer(value),
            ValueRef::Real(value) => Self::Real(value.to_bits()),
            ValueRef::Text(bytes) => Self::Text(bytes.to_vec()),
            ValueRef::Blob(bytes) => Self::Blob(bytes.to_vec()),
        }
    }
}

impl ToSql for KeyValue {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Integer(value) => ValueRef::Integer(*value),
            Self::Real(bits) => ValueRef::Real(f64::from_bits(*bits)),
            Self::Text(bytes) => ValueRef::Text(bytes),
            Self::Blob(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

impl KeyValue {
    /// The value as SQL writes it.
    fn in_words(&self) -> String {
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02X}")).collect::<String>();
        match self {
            Self::Null => "NULL".to_owned(),
            Self::Integer(value) => value.to_string(),
            Self::Real(bits) => format!("{:?}", f64::from_bits(*bits)),
            Self::Text(bytes) => {
                format!("'{}'", String::from_utf8_lossy(bytes).replace('\'', "''"))
            }
            Self::Blob(bytes) => format!("X'{}'", hex(bytes)),
        }
    }
}

/// The key that is in the columns of `row` from the column `first`.
pub(super) fn values(row: &Row<'_>, first: usize, count: usize) -> rusqlite::Result<KeyValues> {
    (first..first + count).map(|at| row.get_ref(at).map(KeyValue::from)).collect()
}

/// A row in words, by its key.
pub(super) fn in_words(key: &Key, values: &[KeyValue]) -> String {
    let values: Vec<_> = values.iter().map(KeyValue::in_words).collect();
    let kind = if key.is_rowid() { "row" } else { "key" };
    format!("{kind} {}", values.join(", "))
}
