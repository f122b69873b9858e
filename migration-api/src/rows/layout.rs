//! Which value of a row is where, and the SQL that puts it there.

use migration_operation::sql::quote;
use rusqlite::Connection;
use rusqlite::types::ValueRef;

use super::builder::{Purpose, Spec};
use super::key::Key;
use super::refusal::RowsError;
use super::table::{ConflictClauses, Table, TableColumn};

/// The columns of the query: the key, what else names the row, what the function reads, and behind it whether
/// the filter lets the row through. A filter in WHERE would let SQLite look for a match as long as it likes, with the
/// write lock; so each row is seen, and counts for the budget.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    pub(super) table: String,
    pub(super) key: Key,
    labels: Vec<String>,
    /// The columns that the function reads, as it calls them.
    pub(super) read: Vec<String>,
    /// The columns that it gives values for.
    pub(super) new: Vec<String>,
    read_sql: Vec<String>,
    filter: Option<String>,
    conflict_clauses: ConflictClauses,
}

impl Layout {
    pub(super) fn of(
        connection: &Connection,
        table: Table,
        spec: &Spec,
    ) -> Result<Self, RowsError> {
        let read_sql =
            spec.read.iter().map(|name| readable(&table, name)).collect::<Result<_, _>>()?;
        for (at, name) in spec.new.iter().enumerate() {
            check_writable(&table, name)?;
            if spec.new[..at].iter().any(|before| before.eq_ignore_ascii_case(name)) {
                return Err(RowsError::Twice { table: table.name, column: name.clone() });
            }
        }
        if spec.new.is_empty() && spec.purpose == Purpose::Update {
            return Err(RowsError::NothingToWrite { table: table.name });
        }
        if let Some(filter) = &spec.filter {
            check_filter(connection, &table.name, filter)?;
        }
        Ok(Self {
            table: table.name,
            key: table.key,
            labels: table.labels,
            read: spec.read.clone(),
            new: spec.new.clone(),
            read_sql,
            filter: spec.filter.clone(),
            conflict_clauses: table.conflict_clauses,
        })
    }

    /// The same for a count: without the columns that the function reads, of which some may be large.
    #[cfg_attr(not(test), allow(dead_code, reason = "for `Pass::count`"))]
    pub(super) fn without_values(&self) -> Self {
        Self { read: Vec::new(), read_sql: Vec::new(), labels: Vec::new(), ..self.clone() }
    }

    pub(super) fn labels(&self) -> std::ops::Range<usize> {
        self.key.width()..self.first_read()
    }

    pub(super) fn first_read(&self) -> usize {
        self.key.width() + self.labels.len()
    }

    /// The number of columns before that of the filter.
    pub(super) fn width(&self) -> usize {
        self.first_read() + self.read.len()
    }

    /// The column that says whether the filter lets a row through.
    fn filter(&self) -> Option<usize> {
        self.filter.as_ref().map(|_| self.width())
    }

    /// Whether the filter lets `row` through.
    pub(super) fn lets_through(&self, row: &rusqlite::Row<'_>) -> bool {
        match self.filter() {
            Some(at) => matches!(row.get_ref(at), Ok(ValueRef::Integer(1))),
            None => true,
        }
    }

    fn select(&self) -> String {
        let labels = self.labels.iter().map(|name| quote(name));
        let columns = self.key.columns().map(str::to_owned).chain(labels);
        let columns = columns.chain(self.read_sql.iter().cloned());
        let filter = self.filter.as_ref().map(|filter| format!("({filter}\n) IS TRUE"));
        let list = columns.chain(filter).collect::<Vec<_>>().join(", ");
        format!("SELECT {list} FROM main.{}", quote(&self.table))
    }

    /// All rows in the order of the key.
    pub(super) fn all(&self) -> String {
        let (select, indexed, order) = (self.select(), self.key.indexed(), self.key.order_by());
        format!("{select} {indexed} ORDER BY {order}")
    }

    /// The key of the last row.
    pub(super) fn last(&self) -> String {
        let columns = self.key.columns().collect::<Vec<_>>().join(", ");
        let (table, indexed) = (quote(&self.table), self.key.indexed());
        let order = self.key.order_by_reversed();
        format!("SELECT {columns} FROM main.{table} {indexed} ORDER BY {order} LIMIT 1")
    }

    /// The rows of [`Key::behind`] in the order of the key.
    pub(super) fn behind(&self, prefix: usize) -> String {
        let (select, indexed, order) = (self.select(), self.key.indexed(), self.key.order_by());
        format!("{select} {indexed} WHERE {} ORDER BY {order}", self.key.behind(prefix))
    }

    /// One row by its key.
    pub(super) fn one(&self) -> String {
        format!("{} WHERE {}", self.select(), self.key.equals(1))
    }

    /// The number of rows that the filter lets through.
    pub(super) fn count(&self) -> String {
        let table = quote(&self.table);
        match &self.filter {
            Some(filter) => format!("SELECT count(*) FROM main.{table} WHERE ({filter}\n)"),
            None => format!("SELECT count(*) FROM main.{table}"),
        }
    }

    /// The new values of one row, with its key behind them; none if rows are read alone.
    ///
    /// A constraint may say ON CONFLICT REPLACE or IGNORE, which would lose a row: OR ABORT outweighs that. It
    /// outweighs what the statements of triggers say as well, where INSERT OR IGNORE is common; so it is said only
    /// where it is needed.
    pub(super) fn update(&self) -> Option<String> {
        if self.new.is_empty() {
            return None;
        }
        let or_abort = match self.conflict_clauses {
            ConflictClauses::None => "",
            ConflictClauses::Possible => "OR ABORT ",
        };
        let numbered = self.new.iter().zip(1..);
        let set = numbered.map(|(name, number)| format!("{} = ?{number}", quote(name)));
        let set = set.collect::<Vec<_>>().join(", ");
        let key = self.key.equals(self.new.len() + 1);
        Some(format!("UPDATE {or_abort}main.{} SET {set} WHERE {key}", quote(&self.table)))
    }
}

/// A column that the function reads, as SQL writes it: also the rowid, by a name that no column has.
fn readable(table: &Table, name: &str) -> Result<String, RowsError> {
    match (table.column(name), table.rowid) {
        (Some(column), _) => Ok(quote(&column.name)),
        (None, Some(rowid)) if rowid.eq_ignore_ascii_case(name) => Ok(rowid.to_owned()),
        _ => Err(no_column(table, name)),
    }
}

fn check_writable(table: &Table, name: &str) -> Result<(), RowsError> {
    let names = |column: &TableColumn| (table.name.clone(), column.name.clone());
    match table.column(name) {
        None => Err(no_column(table, name)),
        Some(column) if column.is_generated => {
            let (table, column) = names(column);
            Err(RowsError::Generated { table, column })
        }
        Some(column) if table.is_in_key(column) => {
            let (table, column) = names(column);
            Err(RowsError::InKey { table, column })
        }
        Some(_) => Ok(()),
    }
}

fn no_column(table: &Table, name: &str) -> RowsError {
    RowsError::NoColumn { table: table.name.clone(), column: name.to_owned() }
}

/// Compiles a filter by itself: what would only close a parenthesis, sum rows up or add another clause is
/// no condition.
fn check_filter(connection: &Connection, table: &str, filter: &str) -> Result<(), RowsError> {
    let quoted = quote(table);
    for condition in [filter.to_owned(), format!("({filter}\n)")] {
        let sql = format!("SELECT 1 FROM main.{quoted} WHERE {condition}");
        match connection.prepare(&sql) {
            Ok(statement) if statement.parameter_count() > 0 => {
                let (table, filter) = (table.to_owned(), filter.to_owned());
                return Err(RowsError::FilterParameters { table, filter });
            }
            Ok(_) => {}
            Err(source) => {
                let (table, filter) = (table.to_owned(), filter.to_owned());
                return Err(RowsError::Filter { table, filter, source });
            }
        }
    }
    Ok(())
}
