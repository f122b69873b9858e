//! Operations are written down as the code that makes them.

mod any_operation;
mod appearance;
mod recorded;
mod there_and_back;
mod undecided;
