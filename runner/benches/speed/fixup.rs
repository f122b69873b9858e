//! The loop that changes rows one by one. It is compiled into this program and into a migration.

use rusqlite::{Connection, params};

/// Gives each player a level.
pub(crate) fn fix_up(connection: &Connection) -> rusqlite::Result<()> {
    let mut read = connection.prepare("SELECT id, name, score FROM player")?;
    let mut write = connection.prepare("UPDATE player SET level = ?2 WHERE id = ?1")?;
    let mut rows = read.query([])?;
    while let Some(row) = rows.next()? {
        let (id, name, score): (i64, String, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        write.execute(params![id, level(&name, score)])?;
    }
    Ok(())
}

/// A little computation.
fn level(name: &str, score: i64) -> i64 {
    let letters = name.trim().chars().filter(|letter| letter.is_alphabetic()).count();
    score.isqrt() + letters as i64
}
