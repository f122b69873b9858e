//! Which types of Rust are columns, and of which type.

use std::borrow::Cow;
use std::rc::Rc;
use std::sync::Arc;

/// A type that can be a column's.
///
/// | Rust | declared as |
/// |---|---|
/// | `bool`, `i8` to `i64`, `u8` to `u32`, `isize` | `INTEGER` |
/// | `f32`, `f64` | `REAL` |
/// | `String`, `&str`, `Box<str>`, `Cow<str>`, `Rc<str>`, `Arc<str>` | `TEXT` |
/// | `Vec<u8>`, `&[u8]`, `Box<[u8]>`, `[u8; N]` | `BLOB` |
/// | `Option<T>` | as `T`, without NOT NULL |
///
/// `u64`, `usize` and `u128` are no types of columns: SQLite's integers have 64 bits and a sign
/// (<https://sqlite.org/datatype3.html>).
///
/// A type of your own becomes one in three lines:
///
/// ```
/// use migration_model::ColumnType;
///
/// struct Uuid([u8; 16]);
///
/// impl ColumnType for Uuid {
///     const DECLARED: &'static str = "BLOB";
/// }
/// ```
///
/// For one of somebody else's crate, say it at the field: `#[column(type = "TEXT")]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no type of a column",
    label = "which type has this column?",
    note = "say it at the field: `#[column(type = \"TEXT\")]`; for a type of your own: `impl ColumnType`",
    note = "SQLite's integers have 64 bits and a sign: for `u64` and `usize`, take `i64`"
)]
pub trait ColumnType {
    /// What is behind the column's name in CREATE TABLE.
    const DECLARED: &'static str;

    /// Whether the column may be NULL.
    const NULLABLE: bool = false;
}

impl<T: ColumnType> ColumnType for Option<T> {
    const DECLARED: &'static str = T::DECLARED;
    const NULLABLE: bool = true;
}

macro_rules! declared {
    ($declared:literal: $($type:ty),* $(,)?) => {
        $(impl ColumnType for $type {
            const DECLARED: &'static str = $declared;
        })*
    };
}

declared!("INTEGER": bool, i8, i16, i32, i64, isize, u8, u16, u32);
declared!("REAL": f32, f64);
declared!("TEXT": String, &str, Box<str>, Cow<'_, str>, Rc<str>, Arc<str>);
declared!("BLOB": Vec<u8>, &[u8], Box<[u8]>, Cow<'_, [u8]>);

impl<const N: usize> ColumnType for [u8; N] {
    const DECLARED: &'static str = "BLOB";
}
