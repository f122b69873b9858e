//! The C boundary between a built crate of models and the runner.
//!
//! The rules are those of a migration's boundary: only `#[repr(C)]` structs that grow at their end,
//! plain C functions, and text as pointer and length that the receiver may read until the call returns.
//! `docs/abi.md` describes each field; the test `abi_layout` freezes sizes and offsets.

use std::ffi::c_void;

pub use super::text::Text;

/// The name of the one symbol that a crate of models exports: a [`Descriptor`].
pub const SYMBOL: &str = "RUNNER_MODELS";

/// The first eight bytes of a descriptor.
pub const MAGIC: [u8; 8] = *b"RUNNERMO";

/// Hosts and libraries with different majors cannot work together.
pub const MAJOR: u16 = 1;

/// A newer minor only adds fields at the end of structs.
///
/// - 1: [`Descriptor::source_digest`].
pub const MINOR: u16 = 1;

/// The size of a [`Descriptor`] of minor 0. One that is shorter is none.
pub const SMALLEST_DESCRIPTOR: u32 = std::mem::offset_of!(Descriptor, source_digest) as u32;

/// What a library of models exports under [`SYMBOL`].
///
/// The host compares `magic`, `size` and `abi_major` before it believes any other field.
#[repr(C)]
pub struct Descriptor {
    /// [`MAGIC`].
    pub magic: [u8; 8],
    /// The size of this struct in bytes, as the library knows it.
    pub size: u32,
    /// [`MAJOR`] of the library.
    pub abi_major: u16,
    /// [`MINOR`] of the library.
    pub abi_minor: u16,
    /// The version of migration-model that the library was built with.
    pub model_version: Text,
    /// Describes the models.
    pub describe: Describe,
    /// SHA-256 of the crate's source, as the runner summed it up before it had it built; zeros: nobody
    /// did. It is here itself, so that it can be read in the file, before any code of the library
    /// runs. Not there before minor 1.
    pub source_digest: [u8; 32],
}

// SAFETY: a descriptor is constant; its pointers lead to constants of the same library, which is
// never unloaded.
unsafe impl Sync for Descriptor {}

/// Gives the host everything through the functions of `call`, in order, and returns [`DONE`]; or
/// [`FAILED`] after calling [`Call::fail`].
pub type Describe = unsafe extern "C" fn(call: *const Call) -> u32;

/// All was given.
pub const DONE: u32 = 0;

/// Something failed, and [`Call::fail`] has it.
pub const FAILED: u32 = 1;

/// What the host hands to [`Describe`]. Everything is valid until it returns, on the thread that called
/// it.
#[repr(C)]
pub struct Call {
    /// The size of this struct in bytes, as the host knows it.
    pub size: u32,
    /// [`MINOR`] of the host.
    pub abi_minor: u32,
    /// Handed back unchanged to each function below.
    pub context: *mut c_void,
    /// Takes SQL: one statement or more.
    pub sql: unsafe extern "C" fn(context: *mut c_void, sql: *const Sql),
    /// Takes a table or a column that was called otherwise before.
    pub renamed: unsafe extern "C" fn(context: *mut c_void, renamed: *const Renamed),
    /// Takes the reason of a failure; called once, before [`FAILED`] is returned.
    pub fail: unsafe extern "C" fn(context: *mut c_void, failure: *const Failure),
}

/// SQL, and where it comes from. Valid while [`Call::sql`] runs.
#[repr(C)]
pub struct Sql {
    /// The size of this struct in bytes, as the library knows it.
    pub size: u32,
    /// The line in `file` that the SQL is made from, from 1; 0 when not known.
    pub line: u32,
    /// The source file that the SQL is made from; empty when not known.
    pub file: Text,
    /// The SQL.
    pub text: Text,
}

/// A name of before. Valid while [`Call::renamed`] runs.
#[repr(C)]
pub struct Renamed {
    /// The size of this struct in bytes, as the library knows it.
    pub size: u32,
    /// A `RENAMED_*` number; the host passes over one that it does not know.
    pub kind: u32,
    /// The table, as it is called now.
    pub table: Text,
    /// The name before.
    pub from: Text,
    /// The name now.
    pub to: Text,
}

/// [`Renamed::kind`]: a table.
pub const RENAMED_TABLE: u32 = 1;
/// [`Renamed::kind`]: a column.
pub const RENAMED_COLUMN: u32 = 2;

/// Why the models could not be given: a panic. Valid while [`Call::fail`] runs.
#[repr(C)]
pub struct Failure {
    /// The size of this struct in bytes, as the library knows it.
    pub size: u32,
    /// The line in `file`, from 1; 0 when not known.
    pub line: u32,
    /// What the panic said.
    pub message: Text,
    /// The source file where it happened; empty when not known.
    pub file: Text,
}
