//! Compares the rows of a table in two databases that may have other schemas: which rows are gone or new, and in
//! which columns values differ. What was renamed is found by its values.

mod column_pairs;
mod content;
mod difference;
mod listing;
mod pair;
mod sides;
mod tables;
mod walk;

pub use difference::{
    ColumnDifference, ColumnFate, Matching, Sample, TableDifference, ValueChange,
};
pub(crate) use sides::Sides;
pub(crate) use tables::{Writes, compare};
