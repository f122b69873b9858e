//! The digest of a schema: every object's type, name, table and text, except SQLite's own and the
//! history's.

use rusqlite::Connection;

use super::Sum;
use crate::record;

/// The digest of the schema of `connection`'s main database. The order in which objects were made
/// does not count; their text does, to the byte.
///
/// # Errors
/// SQLite's error.
pub fn schema(connection: &Connection) -> rusqlite::Result<String> {
    let mut statement = connection.prepare(
        "SELECT type, name, tbl_name, ifnull(sql, '') FROM sqlite_schema \
         WHERE substr(name, 1, 7) <> 'sqlite_'",
    )?;
    let mut rows = statement.query([])?;
    // One allocation for an object, not one for each text: this runs after every migration.
    let mut objects: Vec<Vec<u8>> = Vec::new();
    while let Some(row) = rows.next()? {
        if record::is_history(row.get_ref(2)?.as_str()?) {
            continue;
        }
        let mut object = Vec::with_capacity(128);
        for column in 0..4 {
            object.extend_from_slice(row.get_ref(column)?.as_bytes()?);
            object.push(0); // no text in a schema holds it
        }
        objects.push(object);
    }
    objects.sort();
    let mut sum = Sum::new();
    for object in &objects {
        sum.part(object);
    }
    Ok(sum.hex())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(sql: &str) -> String {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(sql).unwrap();
        schema(&connection).unwrap()
    }

    #[test]
    fn order_of_making_does_not_count_and_text_does() {
        let both = digest("CREATE TABLE a (x); CREATE TABLE b (x);");
        assert_eq!(both, digest("CREATE TABLE b (x); CREATE TABLE a (x);"));
        assert_ne!(both, digest("CREATE TABLE a (x); CREATE TABLE b (y);"));
        assert_ne!(both, digest("CREATE TABLE a (x);"));
    }

    #[test]
    fn rows_statistics_and_the_history_do_not_count() {
        assert_eq!(
            digest("CREATE TABLE a (x); CREATE INDEX i ON a (x);"),
            digest(
                "CREATE TABLE a (x); CREATE INDEX i ON a (x); INSERT INTO a VALUES (1); ANALYZE; \
                 CREATE TABLE _runner_migrations (id TEXT);"
            )
        );
    }
}
