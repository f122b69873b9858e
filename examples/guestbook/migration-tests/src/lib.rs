//! What the migrations of the guestbook mean.
#![cfg(test)]

use runner::testing::{Failure, Harness, MigrationTest};

/// The migration of this name, and a database just before it.
fn before(migration: &str) -> Result<MigrationTest, Failure> {
    Harness::of(env!("CARGO_MANIFEST_DIR"))?.before(migration)
}

/// What `sql` gives, row by row.
fn texts(test: &MigrationTest, sql: &str) -> Result<Vec<String>, Failure> {
    let mut statement = test.connection().prepare(sql)?;
    let rows = statement.query_map([], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

#[test]
fn a_message_that_ends_with_an_exclamation_mark_was_written_in_a_glad_mood() -> Result<(), Failure>
{
    let mut test = before("add_mood_to_entry")?;
    let insert =
        "INSERT INTO entry (message) VALUES ('What a view!'), ('It rained.'), ('! is a sign')";
    test.connection().execute(insert, [])?;

    test.forward()?;
    assert_eq!(texts(&test, "SELECT mood FROM entry ORDER BY id")?, ["glad", "calm", "calm"]);

    test.backward()?;
    let messages = texts(&test, "SELECT message FROM entry ORDER BY id")?;
    assert_eq!(messages, ["What a view!", "It rained.", "! is a sign"]);
    Ok(())
}

#[test]
fn a_new_guestbook_is_empty() -> Result<(), Failure> {
    let latest = Harness::of(env!("CARGO_MANIFEST_DIR"))?.latest()?;
    let count = "SELECT count(*) FROM entry";
    let entries: i64 = latest.connection().query_row(count, [], |row| row.get(0))?;
    assert_eq!(entries, 0);
    Ok(())
}
