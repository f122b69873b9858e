//! The C boundary between a built migration and the runner.
//!
//! Host and plugin may come from different compilers and hold different versions of rusqlite, so
//! nothing of Rust's own layout crosses: only `#[repr(C)]` structs that grow at their end, plain C
//! functions, and text as pointer and length that the receiver may read until the call returns.
//! Nobody frees what the other side allocated. `docs/abi.md` describes each field; the test
//! `abi_layout` freezes sizes and offsets.

use std::ffi::c_void;
use std::slice;

pub use super::text::Text;

/// The name of the one symbol that a migration exports: a [`Descriptor`].
pub const SYMBOL: &str = "RUNNER_MIGRATION";

/// The first eight bytes of a descriptor.
pub const MAGIC: [u8; 8] = *b"RUNNERMG";

/// Hosts and plugins with different majors cannot work together.
pub const MAJOR: u16 = 1;

/// A newer minor only adds fields at the end of structs and bits that may be ignored.
///
/// - 1: [`Descriptor::usable_since`].
/// - 2: [`Descriptor::source_digest`].
/// - 3: [`Call::perform`] and [`FLAG_HOST_PERFORMS`].
/// - 4: [`Failure::statements`].
/// - 5: [`Call::stage`], [`FLAG_BATCHED`] and [`FLAG_REVERSIBLE_HALF_DONE`].
/// - 6: [`Descriptor::replaces`] and [`FLAG_REPLACES`].
/// - 7: [`Descriptor::loses`].
pub const MINOR: u16 = 7;

/// The size of a [`Descriptor`] of minor 0. One that is shorter is none.
pub const SMALLEST_DESCRIPTOR: u32 = std::mem::offset_of!(Descriptor, usable_since) as u32;

/// Bit of [`Descriptor::flags`]: the migration says that it has no way back.
pub const FLAG_IRREVERSIBLE: u32 = 1;

/// Bit of [`Descriptor::flags`]: the migration is to run without a transaction around it.
pub const FLAG_NO_TRANSACTION: u32 = 2;

/// Bit of [`Descriptor::flags`]: the plugin has its operations carried out by [`Call::perform`]. Since minor 3;
/// an older plugin carries them out itself.
pub const FLAG_HOST_PERFORMS: u32 = 4;

/// Bit of [`Descriptor::flags`]: the migration is a sequence of stages, each with transactions of its own
/// ([`Call::stage`]). Since minor 5.
pub const FLAG_BATCHED: u32 = 8;

/// Bit of [`Descriptor::flags`]: its way back may begin where its way forward has not ended. Since minor 5; only
/// beside [`FLAG_BATCHED`].
pub const FLAG_REVERSIBLE_HALF_DONE: u32 = 16;

/// Bit of [`Descriptor::flags`]: the migration replaces those in [`Descriptor::replaces`], and is recorded without being
/// run where these are applied. Since minor 6.
pub const FLAG_REPLACES: u32 = 32;

/// The bits of [`Descriptor::flags`] that this version knows. A host refuses a plugin that sets any
/// other: such a bit changes how a migration must be applied.
pub const KNOWN_FLAGS: u32 = FLAG_IRREVERSIBLE
    | FLAG_NO_TRANSACTION
    | FLAG_HOST_PERFORMS
    | FLAG_BATCHED
    | FLAG_REVERSIBLE_HALF_DONE
    | FLAG_REPLACES;

/// The size of a [`Call`] of minor 0. One that is shorter is none.
pub const SMALLEST_CALL: u32 = std::mem::offset_of!(Call, perform) as u32;

/// Borrowed bytes.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct Bytes {
    /// The first byte; never null, dangling when `len` is 0.
    pub data: *const u8,
    /// Their number.
    pub len: usize,
}

impl Bytes {
    /// Lends `bytes`; the result must not outlive them.
    #[must_use]
    pub const fn lend(bytes: &[u8]) -> Self {
        Self { data: bytes.as_ptr(), len: bytes.len() }
    }

    /// The bytes, or `None` if their pointer is null.
    ///
    /// # Safety
    /// `data` must be null or point to `len` bytes that stay readable and unchanged for `'a`.
    #[must_use]
    pub unsafe fn read<'a>(self) -> Option<&'a [u8]> {
        if self.data.is_null() {
            return None;
        }
        // SAFETY: not null, and the caller vouches for `len` readable bytes.
        Some(unsafe { slice::from_raw_parts(self.data, self.len) })
    }
}

/// What a migration's library exports under [`SYMBOL`].
///
/// The host compares `magic`, `size` and `abi_major` before it believes any other field.
#[repr(C)]
pub struct Descriptor {
    /// [`MAGIC`].
    pub magic: [u8; 8],
    /// The size of this struct in bytes, as the plugin knows it.
    pub size: u32,
    /// [`MAJOR`] of the plugin.
    pub abi_major: u16,
    /// [`MINOR`] of the plugin.
    pub abi_minor: u16,
    /// The oldest SQLite that the plugin can work with, as in `SQLITE_VERSION_NUMBER`.
    pub sqlite_minimum: u32,
    /// `FLAG_*` bits.
    pub flags: u32,
    /// The id of the migration: `YYYYMMDD_HHMMSS_name`.
    pub id: Text,
    /// The version of migration-api that the plugin was built with.
    pub api_version: Text,
    /// Applies the migration.
    pub forward: Entry,
    /// Reverts the migration.
    pub backward: Entry,
    /// The id of the migration that the oldest application knows last which can still use the database
    /// after this one; empty: none that does not know this one. Not there before minor 1.
    pub usable_since: Text,
    /// SHA-256 of the crate's source, as the runner summed it up before it had it built; zeros: nobody
    /// did. It is here itself, so that it can be read in the file, before any code of the library
    /// runs. Not there before minor 2.
    pub source_digest: [u8; 32],
    /// The ids of the migrations that this one replaces, oldest first: [`Self::replaced`] of them. Not there before
    /// minor 6.
    pub replaces: *const Text,
    /// How many migrations it replaces. Not there before minor 6.
    pub replaced: usize,
    /// What the migration says that it takes away, as `table` or `table.column`: [`Self::lost`] texts. Not there before
    /// minor 7.
    pub loses: *const Text,
    /// How many they are. Not there before minor 7.
    pub lost: usize,
}

// SAFETY: a descriptor is constant; its pointers lead to constants of the same library, which is
// never unloaded.
unsafe impl Sync for Descriptor {}

/// A function that applies or reverts: returns [`DONE`], or [`FAILED`] after calling [`Call::fail`].
pub type Entry = unsafe extern "C" fn(call: *const Call) -> u32;

/// The migration did its work.
pub const DONE: u32 = 0;

/// The migration failed, and has said why through [`Call::fail`].
pub const FAILED: u32 = 1;

/// What the host hands to an [`Entry`]: the database, SQLite itself, and the host's services.
///
/// Everything is valid until the entry returns, on the thread that called it.
#[repr(C)]
pub struct Call {
    /// The size of this struct in bytes, as the host knows it.
    pub size: u32,
    /// [`MINOR`] of the host.
    pub abi_minor: u32,
    /// A `sqlite3*`, open and inside a transaction of the host unless [`FLAG_NO_TRANSACTION`] is set.
    pub database: *mut c_void,
    /// A `const sqlite3_api_routines*`: the SQLite of the host.
    pub routines: *const c_void,
    /// Handed back unchanged to each service below.
    pub context: *mut c_void,
    /// Shows a line to the person who runs the migration.
    pub log: unsafe extern "C" fn(context: *mut c_void, message: Text),
    /// Shows that `done` of `total` units are done; `total` 0: not known.
    pub progress: unsafe extern "C" fn(context: *mut c_void, done: u64, total: u64),
    /// Non-zero when the migration should return soon.
    pub should_stop: unsafe extern "C" fn(context: *mut c_void) -> u32,
    /// Takes the reason of a failure; the plugin calls it once, before it returns [`FAILED`].
    pub fail: unsafe extern "C" fn(context: *mut c_void, failure: *const Failure),
    /// Carries out operations on `database`, all of them or none, and returns [`PERFORMED`], or [`REFUSED`]
    /// after it has given the reason to `answer`, with `taker` unchanged. Both are in the form of
    /// `migration_operation::wire`. Any other number: the host failed, and nothing was done. Not there before
    /// minor 3.
    pub perform: unsafe extern "C" fn(
        context: *mut c_void,
        operations: Bytes,
        taker: *mut c_void,
        answer: Answer,
    ) -> u32,
    /// Goes through a stage of a migration with [`FLAG_BATCHED`], or passes over it if it is done already, and
    /// returns [`STAGE_DONE`], [`STAGE_FAILED`] or [`STAGE_ENDED`]. Not there before minor 5.
    pub stage: unsafe extern "C" fn(context: *mut c_void, stage: *const Stage) -> u32,
}

/// A function of the plugin that takes what the host answers; called once at most, before the host returns.
pub type Answer = unsafe extern "C" fn(taker: *mut c_void, answer: Bytes);

/// [`Call::stage`]: it is done, now or by a run before.
pub const STAGE_DONE: u32 = 0;
/// [`Call::stage`]: [`Stage::work`] or [`Stage::count`] failed. The plugin knows why, and is to return.
pub const STAGE_FAILED: u32 = 1;
/// [`Call::stage`]: the host does not go on, and knows why. The plugin is to return.
pub const STAGE_ENDED: u32 = 2;

/// [`Stage::kind`]: one transaction.
pub const STAGE_STEP: u32 = 1;
/// [`Stage::kind`]: the rows of a table, in batches.
pub const STAGE_ROWS: u32 = 2;
/// [`Stage::kind`]: operations on a table that others go on writing to. The host carries them out.
pub const STAGE_ONLINE: u32 = 3;

/// A stage of a migration. Valid while [`Call::stage`] runs.
#[repr(C)]
pub struct Stage {
    /// The size of this struct in bytes, as the plugin knows it.
    pub size: u32,
    /// A `STAGE_*` number of a kind.
    pub kind: u32,
    /// The table of [`STAGE_ROWS`]; otherwise empty.
    pub table: Text,
    /// The operations of [`STAGE_ONLINE`], as [`Call::perform`] takes them; otherwise empty.
    pub operations: Bytes,
    /// How many rows may fail, and are noted and passed over.
    pub skip_failures: u64,
    /// Handed back unchanged to `count` and `work`.
    pub worker: *mut c_void,
    /// Gives the number of rows to `total`: returns [`DONE`] or [`FAILED`]. Called outside of transactions.
    pub count: unsafe extern "C" fn(worker: *mut c_void, total: *mut u64) -> u32,
    /// Does the work of a step, or a batch of rows, in a transaction of the host: calls [`Batch::answer`] once, and
    /// returns [`DONE`] or [`FAILED`].
    pub work: unsafe extern "C" fn(worker: *mut c_void, batch: *const Batch) -> u32,
}

/// What the plugin is to do in one transaction. Valid while [`Stage::work`] runs.
#[repr(C)]
pub struct Batch {
    /// The size of this struct in bytes, as the host knows it.
    pub size: u32,
    /// Not 0: no row is changed; the next one is only read past, and named.
    pub pass_over: u32,
    /// How many rows at most; at least 1.
    pub rows: u64,
    /// After how many nanoseconds no further row is begun; 0: when all are done.
    pub nanoseconds: u64,
    /// Where the batch before ended, as [`BatchOutcome::cursor`] said; empty: it is the first.
    pub cursor: Bytes,
    /// Handed back unchanged to `answer`.
    pub taker: *mut c_void,
    /// Takes what was done.
    pub answer: unsafe extern "C" fn(taker: *mut c_void, outcome: *const BatchOutcome),
}

/// What was done in one transaction. Valid while [`Batch::answer`] runs.
#[repr(C)]
pub struct BatchOutcome {
    /// The size of this struct in bytes, as the plugin knows it.
    pub size: u32,
    /// Not 0: no row is left.
    pub ended: u32,
    /// How many rows were looked at; of a batch that failed at a row, those before it.
    pub seen: u64,
    /// How many of them are what the stage is about.
    pub read: u64,
    /// How many of those were changed.
    pub changed: u64,
    /// Where the next batch begins. Of a batch that failed: behind the row that it failed at; empty if that is
    /// not known.
    pub cursor: Bytes,
    /// The row that failed or was passed over: its key in words; empty if no single row is known.
    pub key: Text,
    /// The values of that row that were read, in words.
    pub values: Text,
    /// Why it failed.
    pub reason: Text,
}

/// The operations were carried out.
pub const PERFORMED: u32 = 0;

/// One of them was not, and nothing of any of them is in the database.
pub const REFUSED: u32 = 1;

/// [`Failure::kind`]: the migration returned an error.
pub const KIND_ERROR: u32 = 1;
/// [`Failure::kind`]: the migration panicked; the panic was caught inside the plugin.
pub const KIND_PANIC: u32 = 2;
/// [`Failure::kind`]: the migration has no way back.
pub const KIND_IRREVERSIBLE: u32 = 3;
/// [`Failure::kind`]: the plugin could not take over the host's SQLite; no code of the author ran.
pub const KIND_SETUP: u32 = 4;

/// Why a migration failed. Valid while [`Call::fail`] runs.
#[repr(C)]
pub struct Failure {
    /// The size of this struct in bytes, as the plugin knows it.
    pub size: u32,
    /// A `KIND_*` number; an unknown one counts as an error.
    pub kind: u32,
    /// What went wrong, in one line or more.
    pub message: Text,
    /// The errors behind it, the nearest first.
    pub causes: *const Text,
    /// The number of `causes`.
    pub cause_count: usize,
    /// The source file where it happened; empty when not known.
    pub file: Text,
    /// The line in `file`, from 1; 0 when not known.
    pub line: u32,
    /// The column in `line`, from 1; 0 when not known.
    pub column: u32,
    /// SQLite's extended result code if SQLite caused it, else 0.
    pub sqlite_code: i32,
    /// The statement that failed, and behind it those of its script that the host would not let through
    /// either. Not there before minor 4.
    pub statements: *const Statement,
    /// The number of `statements`; 0 when not known. Not there before minor 4.
    pub statement_count: usize,
}

/// The size of a [`Failure`] of minor 0. One that is shorter is none.
pub const SMALLEST_FAILURE: u32 = std::mem::offset_of!(Failure, statements) as u32;

/// A statement of SQL that failed. Valid while [`Call::fail`] runs.
#[repr(C)]
pub struct Statement {
    /// The size of this struct in bytes, as the plugin knows it.
    pub size: u32,
    /// Which error it is about: 0 is the message, 1 the first of the causes.
    pub cause: u32,
    /// The line where SQLite stumbled, in `file` or in the text that the statement is of, from 1; 0 when not known.
    pub line: u32,
    /// The column in `line`, from 1; 0 when not known.
    pub column: u32,
    /// The file of SQL, from the folder of the crate on; empty when not known.
    pub file: Text,
    /// The statement.
    pub sql: Text,
}
