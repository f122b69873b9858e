//! A schema as an entity-relationship diagram: a box for each table, a line for each foreign key.
//!
//! [`mermaid()`] gives text for those who draw themselves. [`svg()`] gives the picture: [`dagre`] puts
//! the tables into layers, parents to the left of their children, and lines run between the layers,
//! where no box is. All lines to one key of a parent are one tree in the parent's colour.
//!
//! Views, triggers, virtual tables and the tables behind those are not drawn.

mod colour;
mod columns;
mod entity;
mod lane;
mod layer;
mod layout;
mod line;
mod mermaid;
mod packing;
mod picture;
mod rank;
mod size;
mod svg;
mod text;
mod tree;

pub use mermaid::mermaid;
pub use svg::svg;
