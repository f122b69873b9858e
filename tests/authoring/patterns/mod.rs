//! A name that says what a migration does makes one that does it, and takes it back.

mod blank;
mod columns;
mod drops;
mod indexes;
mod refusals;
mod round_trip;
mod rustfmt;
mod tables;
