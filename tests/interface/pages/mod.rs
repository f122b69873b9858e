//! Everything that the README and the pages in docs/ show is run here: their commands in order, their files
//! written, their outputs compared; and every link in them leads somewhere.

mod follow;
mod links;
mod list;
mod operations;
mod piece;
