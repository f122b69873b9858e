//! What is done with the schema of a database as a whole.

pub mod diagram;
