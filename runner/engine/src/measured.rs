//! What a step took: time, the write lock, statements, tables that were rewritten, and room on the disk.
//!
//! Times are in microseconds, room is in bytes. No value of a row is in here, nor of a statement.

use serde::{Deserialize, Serialize};

use crate::issuer::Issuer;

/// What one step took. A step that was taken already is not measured.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Measured {
    /// Where the time went.
    pub times: Times,
    /// For how long nobody else could write.
    pub lock: WriteLock,
    /// The statements that took longest, those first.
    pub statements: Vec<StatementRuns>,
    /// All other statements.
    pub other_statements: OtherStatements,
    /// The tables whose rows were copied anew, by name, sorted: the table was there before, and an operation, a
    /// statement or VACUUM made it anew under its name. Not here: ALTER TABLE ... DROP COLUMN, which writes each row
    /// anew where it is.
    pub rewritten: Vec<String>,
    /// The room that it needed.
    pub room: Room,
}

/// Where the time of a step went, in microseconds. What is in none of these is the backup, the connection that is
/// opened, and what a batched migration waited between two transactions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Times {
    /// In the code of the migration, with the operations that it asked for.
    pub code_us: u64,
    /// In the checks before and after its code, and in writing the history. Of a batched migration also what it
    /// takes to save how far it is.
    pub checks_us: u64,
    /// In COMMIT: of all transactions of a batched migration. Of a migration without a transaction, those of its
    /// start and its end.
    pub commit_us: u64,
}

/// For how long the write lock was held, in microseconds: from `BEGIN IMMEDIATE`, once it has the lock, until COMMIT
/// is done. What a migration without a transaction locks by its own statements is not known, and not in here.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct WriteLock {
    /// The longest transaction.
    pub longest_us: u64,
    /// All transactions together.
    pub total_us: u64,
    /// How many transactions there were, with those that were rolled back and tried again.
    pub transactions: u64,
    /// Whether other steps were in the same transaction: then the times are of this step's part of it, and the last
    /// step has the COMMIT.
    pub shared: bool,
}

/// Statements of one text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementRuns {
    /// The text, with `?` in place of each literal, and its end left out if it is long.
    pub sql: String,
    /// Who ran it.
    pub issuer: Issuer,
    /// Whether it may write: SQLite calls it not read-only. It may have found nothing to write.
    pub writes: bool,
    /// How often it ran.
    pub runs: u64,
    /// How many rows it inserted, updated and deleted in all, with those of triggers and foreign keys, and with those
    /// that a virtual table writes meanwhile into tables of its own, which it may do only when the next statement runs.
    /// SQLite counts no rows of statements that change the schema.
    pub rows: u64,
    /// How long it ran in all, in microseconds: from its first step until its end, without other statements that
    /// ran meanwhile. Where it gives rows, what the migration does between two of them is part of it.
    pub took_us: u64,
}

/// Statements that are not listed one by one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OtherStatements {
    /// How often they ran in all.
    pub runs: u64,
    /// How many rows they wrote.
    pub rows: u64,
    /// How long they ran in all, in microseconds.
    pub took_us: u64,
}

/// Room on the disk, in bytes. Files are counted as SQLite writes them, through the connection of the migration:
/// all of them, at each moment. What SQLite keeps in memory is not counted, nor what a migration writes by itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Room {
    /// The size of the database before the step.
    pub before: u64,
    /// Its size after the step. In WAL mode the file may grow to this only later, at a checkpoint.
    pub after: u64,
    /// The largest size that the rollback journal had.
    pub journal: u64,
    /// The largest size that the write-ahead log had. It keeps its size from one step to the next.
    pub log: u64,
    /// The largest size that temporary files had together: of sorting, of temporary tables, of statements that may
    /// have to be undone, and the copy that VACUUM makes.
    pub temporary: u64,
}
