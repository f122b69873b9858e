//! Plans the changes from one schema to another.
//!
//! `stages` has the order of the whole, `table` the order of the changes of one table, which follow each other
//! so that they share one rebuild. `columns`, `constraints`, `keys`, `indexes` and `objects` give the changes of
//! each kind, `rebuilt_by_sql` those of a table that is made anew.

mod columns;
mod constraints;
mod context;
mod indexes;
mod keys;
mod objects;
mod rebuilt_by_sql;
mod stages;
mod table;

pub(super) use stages::plan;
