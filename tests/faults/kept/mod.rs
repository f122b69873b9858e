//! Keeping what a step loses, and putting it back, while the disk fails or the process dies.

mod disk;
mod kills;
mod losing;
