//! Tables, and what became of them and of their columns.

mod statements;
mod table;

pub(crate) use statements::Lineage;
pub(crate) use table::Table;
