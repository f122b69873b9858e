//! What a database holds beside the rows of its tables: AUTOINCREMENT counters and the numbers of its header.

use rusqlite::{Connection, Result};

use crate::trial::counters;

/// In what the database that came back is not what it was `before`, in words. A counter may have gone on.
pub(super) fn differences(before: &Connection, after: &Connection) -> Result<Vec<String>> {
    let mut differences = Vec::new();
    let now = counters(after)?;
    for (table, was) in counters(before)? {
        let is = now.get(&table).copied();
        if is.is_none_or(|is| is < was) && after.table_exists(Some("main"), &table)? {
            let is = is.map_or("is gone".to_owned(), |is| format!("is {is}"));
            differences.push(format!("the AUTOINCREMENT counter of `{table}` {is}, and was {was}"));
        }
    }
    for value in ["user_version", "application_id"] {
        let read = |connection: &Connection| {
            connection.pragma_query_value(None, value, |row| row.get::<_, i64>(0))
        };
        let (was, is) = (read(before)?, read(after)?);
        if was != is {
            differences.push(format!("`{value}` is {is}, and was {was}"));
        }
    }
    Ok(differences)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_that_fall_back_and_numbers_that_differ_are_told() {
        let found = |change: &str| {
            let both = [(); 2].map(|()| Connection::open_in_memory().unwrap());
            for connection in &both {
                connection
                    .execute_batch(
                        "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT);
                         INSERT INTO t VALUES (7); PRAGMA user_version = 1",
                    )
                    .unwrap();
            }
            both[1].execute_batch(change).unwrap();
            differences(&both[0], &both[1]).unwrap()
        };
        assert!(found("INSERT INTO t VALUES (8); DELETE FROM t").is_empty());
        assert!(found("DROP TABLE t").is_empty());
        assert_eq!(
            found("DELETE FROM sqlite_sequence; PRAGMA user_version = 2"),
            [
                "the AUTOINCREMENT counter of `t` is gone, and was 7",
                "`user_version` is 2, and was 1",
            ]
        );
        assert_eq!(
            found("UPDATE sqlite_sequence SET seq = 3"),
            ["the AUTOINCREMENT counter of `t` is 3, and was 7"]
        );
    }
}
