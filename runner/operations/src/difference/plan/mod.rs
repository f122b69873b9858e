//! What is to be done, and in which order.
//!
//! `stages` has the order of the whole, `table` that of the changes of one table, which stand together
//! so that they share one rebuild. `columns`, `constraints`, `keys`, `indexes` and `objects` say what
//! each kind of thing needs, `remade` what a table needs that is made anew.

mod columns;
mod constraints;
mod context;
mod indexes;
mod keys;
mod objects;
mod remade;
mod stages;
mod table;

pub(super) use stages::plan;
