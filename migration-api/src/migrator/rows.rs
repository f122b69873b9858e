//! The methods that go over the rows of a table; [`crate::rows`] has the rest.

use crate::Migrator;
use crate::rows::{Rows, RowsOf, TableRow};

impl<'m> Migrator<'m> {
    /// Goes over the rows of a table with a function that gives new values for some of their columns.
    ///
    /// ```
    /// use migration_api::prelude::*;
    ///
    /// # fn main() -> Result {
    /// let connection = rusqlite::Connection::open_in_memory()?;
    /// connection.execute_batch(
    ///     "CREATE TABLE purse (id INTEGER PRIMARY KEY, amount TEXT, pence INTEGER);
    ///      INSERT INTO purse (amount) VALUES ('2s 6d'), (NULL), ('11d');",
    /// )?;
    /// fn pence(amount: &str) -> Result<i64> {
    ///     amount.split(' ').try_fold(0, |sum, coins| match coins.split_at(coins.len() - 1) {
    ///         (shillings, "s") => Ok(sum + 12 * shillings.parse::<i64>()?),
    ///         (pence, "d") => Ok(sum + pence.parse::<i64>()?),
    ///         _ => Err(format!("`{coins}` is neither shillings nor pence").into()),
    ///     })
    /// }
    /// let changed = Migrator::new(&connection)
    ///     .rows("purse")
    ///     .read(["amount"])
    ///     .filter("amount IS NOT NULL")
    ///     .update(["pence"], |row| Ok(Some([pence(&row.get::<String>("amount")?)?])))?;
    /// assert_eq!(changed, 2);
    /// let sum: i64 = connection.query_row("SELECT sum(pence) FROM purse", [], |row| row.get(0))?;
    /// assert_eq!(sum, 41);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Each row is found again by a key: the rowid, or in a table WITHOUT ROWID its primary key. Rows are read in the
    /// order of the key and written some hundred later; where a trigger may change other rows of the table, each is written
    /// before the next one is read. No row is visited twice.
    pub fn rows(&self, table: impl Into<String>) -> Rows<'m> {
        Rows::new(self.connection, self.host, self.mode, table.into())
    }
    /// Goes over the rows of a table as structs, as [`Self::rows`] does: the compiler checks what a function reads and what
    /// it gives. `runner create NAME --typed TABLE` writes the structs.
    ///
    /// ```
    /// use migration_api::prelude::*;
    /// use migration_api::rows::{NewValue, Row, RowChange, TableRow};
    ///
    /// struct Purse { amount: Option<String> }
    ///
    /// impl TableRow for Purse {
    ///     const TABLE: &'static str = "purse";
    ///     const COLUMNS: &'static [&'static str] = &["amount"];
    ///
    ///     fn from_row(row: &Row<'_>) -> Result<Self> {
    ///         Ok(Self { amount: row.get("amount")? })
    ///     }
    /// }
    ///
    /// struct PurseChange { pence: i64 }
    ///
    /// impl RowChange for PurseChange {
    ///     type Row = Purse;
    ///     const COLUMNS: &'static [NewValue<Self>] = &[("pence", |it| &it.pence)];
    /// }
    ///
    /// # fn main() -> Result {
    /// # let connection = rusqlite::Connection::open_in_memory()?;
    /// # connection.execute_batch(
    /// #     "CREATE TABLE purse (id INTEGER PRIMARY KEY, amount TEXT, pence INTEGER);
    /// #      INSERT INTO purse (amount) VALUES ('11'), (NULL);",
    /// # )?;
    /// Migrator::new(&connection).rows_of::<Purse>().update(|purse| {
    ///     let Some(amount) = purse.amount else { return Ok(None) };
    ///     Ok(Some(PurseChange { pence: amount.parse()? }))
    /// })?;
    /// # let sum: i64 = connection.query_row("SELECT sum(pence) FROM purse", [], |row| row.get(0))?;
    /// # assert_eq!(sum, 11);
    /// # Ok(())
    /// # }
    /// ```
    pub fn rows_of<T: TableRow>(&self) -> RowsOf<'m, T> {
        RowsOf::new(self.rows(T::TABLE))
    }
}
