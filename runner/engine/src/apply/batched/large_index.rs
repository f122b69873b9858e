//! Says beforehand how much an index writes that is made in a step: it is one transaction, whatever the size of the
//! table.

use migration_api::operation::{Index, Indexed};
use migration_api::schema::quote;
use rusqlite::{Connection, OptionalExtension as _};

use crate::size;

/// From which size on it is said: in bytes. It is what the write-ahead log may grow to in batches.
const LARGE: u64 = 64 << 20;

/// How many rows the length of an entry is guessed from.
const SAMPLE: u32 = 1000;

/// What is to be said of `index` before it is made; `None`: nothing, or nobody knows.
pub(in crate::apply) fn foretold(connection: &Connection, index: &Index) -> Option<String> {
    let bytes = estimate(connection, index).ok().flatten()?;
    (bytes > LARGE).then(|| {
        format!(
            "an index on `{}` is made in one transaction, which writes about {}; `online` makes it piece by piece",
            index.table,
            size::rounded_up(bytes)
        )
    })
}

/// About how many bytes the index will have, from the highest rowid and the first rows: nothing is counted.
fn estimate(connection: &Connection, index: &Index) -> rusqlite::Result<Option<u64>> {
    let table = quote(&index.table);
    // The rowid, and what a record needs beside its values (<https://sqlite.org/fileformat2.html#record_format>).
    const BESIDE: f64 = 12.0;
    // A page of an index that was made in one go is nearly full.
    const FILLED: f64 = 0.9;
    let lengths = index.columns.iter().map(|column| match &column.indexed {
        Indexed::Column(name) => format!("ifnull(length(CAST({} AS BLOB)), 0)", quote(name)),
        Indexed::Expression(text) => format!("ifnull(length(CAST((\n{text}\n) AS BLOB)), 0)"),
    });
    let entry = lengths.collect::<Vec<_>>().join(" + ");
    let entry: Option<f64> = connection.query_row(
        &format!("SELECT avg({entry}) FROM (SELECT * FROM main.{table} LIMIT {SAMPLE})"),
        [],
        |row| row.get(0),
    )?;
    // A table WITHOUT ROWID has none: to count it would be to read it.
    let rows: Option<i64> = connection
        .query_row(&format!("SELECT max(rowid) FROM main.{table}"), [], |row| row.get(0))
        .optional()?
        .flatten();
    let bytes = entry.zip(rows).map(|(entry, rows)| rows.max(0) as f64 * (entry + BESIDE) / FILLED);
    Ok(bytes.map(|bytes| bytes as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guess_is_near_what_the_index_has_and_only_a_large_one_is_told() {
        let connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch(
                "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT);
                 WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50000)
                 INSERT INTO t SELECT i, printf('a text with the number %07d', i) FROM n",
            )
            .unwrap();
        let pages = || -> u64 {
            connection.pragma_query_value(None, "page_count", |row| row.get::<_, i64>(0)).unwrap()
                as u64
        };
        let index = Index::on("t", ["a"]);
        let (guess, before) = (estimate(&connection, &index).unwrap().unwrap(), pages());
        assert_eq!(foretold(&connection, &index), None);
        connection.execute_batch("CREATE INDEX i ON t (a)").unwrap();
        let real = (pages() - before) * 4096;
        assert!(guess > real * 3 / 4 && guess < real * 4 / 3, "{guess} {real}");

        connection.execute_batch("INSERT INTO t VALUES (5000000, 'x')").unwrap();
        let told = foretold(&connection, &index).unwrap();
        assert!(told.starts_with("an index on `t` is made in one transaction"), "{told}");
        assert_eq!(foretold(&connection, &Index::on("nowhere", ["a"])), None);
    }
}
