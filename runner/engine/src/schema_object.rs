//! An object of a database: a table, an index, a trigger or a view.

use runner_operations::schema::SchemaRow;

/// An object of a database, as its row of `sqlite_schema` describes it.
#[derive(Clone, Copy)]
pub struct Object<'t> {
    name: &'t [u8],
    kind: &'t [u8],
    table: &'t [u8],
    sql: &'t [u8],
}

impl<'t> Object<'t> {
    /// The object that `row` is about.
    pub(crate) fn of(row: &'t SchemaRow) -> Self {
        Self { name: row.name(), kind: row.kind(), table: row.table(), sql: row.sql() }
    }

    /// Takes the text of a [`SchemaRow`] apart.
    pub fn read(text: &'t [u8]) -> Self {
        let mut parts = text.splitn(4, |byte| *byte == 0);
        let mut next = || parts.next().unwrap_or_default();
        Self { name: next(), kind: next(), table: next(), sql: next() }
    }

    /// Its name.
    pub fn name(&self) -> &'t str {
        words(self.name)
    }

    /// `table`, `index`, `trigger` or `view`.
    pub fn kind(&self) -> &'t str {
        words(self.kind)
    }

    /// The table or view that it is on; for a table or view, its name.
    pub fn table(&self) -> &'t str {
        words(self.table)
    }

    /// The text that made it; empty where there is none.
    pub fn sql(&self) -> &'t str {
        words(self.sql)
    }

    /// Whether `other` has this kind and name, to the byte.
    pub(crate) fn is_called_as(&self, other: &Object<'_>) -> bool {
        (self.name, self.kind) == (other.name, other.kind)
    }

    /// Whether it is a virtual table: SQLite itself writes these words before what its definition says.
    pub fn is_virtual(&self) -> bool {
        const START: &[u8] = b"CREATE VIRTUAL";
        let start = self.sql.get(..START.len());
        self.kind == b"table" && start.is_some_and(|start| start.eq_ignore_ascii_case(START))
    }
}

/// As far as it is UTF-8, as SQLite demands of a text.
pub(crate) fn words(bytes: &[u8]) -> &str {
    str::from_utf8(bytes)
        .unwrap_or_else(|error| str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default())
}
