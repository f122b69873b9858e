//! Migrations that commit many times: whatever strikes, wherever it does, the next run goes on where the last
//! transaction ended, and in the end each row was changed exactly once.

mod disk;
mod kills;
mod work;
