//! A schema as an entity-relationship diagram: a box for each table, a line for each foreign key.
//!
//! [`Diagram::mermaid`] gives text for those who draw themselves. [`Diagram::svg`] gives the picture: `rank` gives
//! each table a layer, parents to the left of their children, in as many layers as give the shape of a screen;
//! [`dagre`] says how high it is there, and lines run between the layers, where no box is. All lines to one
//! key of a parent are one tree in the parent's colour. `part` finds what hangs together, and `packing` puts that
//! side by side.
//!
//! [`Evolution`] is the same of a schema that changes, for those who draw each of its states: a table keeps its place.
//!
//! Views, triggers, virtual tables and the tables behind those are not drawn.

mod colour;
mod columns;
mod drawing;
mod entity;
mod evolution;
mod lane;
mod layer;
mod layout;
mod line;
mod mermaid;
mod packing;
mod part;
mod path;
mod picture;
mod rank;
mod size;
mod svg;
mod text;
mod tree;

pub use drawing::Diagram;
pub use evolution::{Evolution, EvolvingTable, KeyInVersion, KeyLine, RowInTime, Version};
#[doc(hidden)]
pub use text::escaped;
