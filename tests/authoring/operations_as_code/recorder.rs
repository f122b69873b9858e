//! Stands for `migration-api` where migrations are only to tell what they would run. The methods of
//! the migrator are the real ones; `run` and `run_one`, which all of them call, note and do nothing.

mod operate;

pub use real::{Error, Result, operation};

use real::operation::Operation;

pub struct Migrator<'n> {
    pub noted: &'n mut Vec<Operation>,
}

impl Migrator<'_> {
    pub fn run(&mut self, operations: impl IntoIterator<Item = Operation>) -> Result {
        self.noted.extend(operations);
        Ok(())
    }

    fn run_one(&mut self, operation: Operation) -> Result {
        self.run([operation])
    }
}

pub trait Migration {
    const LOSES: &[&str] = &[];
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result;
    fn migrate_backward(&self, migrator: &mut Migrator) -> Result;
}

pub mod prelude {
    pub use real::prelude::*;

    pub use crate::{Migration, Migrator, export_migration};
}

/// What the migration would run, forward and backward.
#[macro_export]
macro_rules! export_migration {
    ($migration:ty) => {
        pub fn noted() -> [Vec<Operation>; 2] {
            let (mut forward, mut backward) = (Vec::new(), Vec::new());
            let migration = <$migration>::default();
            migration.migrate_forward(&mut Migrator { noted: &mut forward }).unwrap();
            migration.migrate_backward(&mut Migrator { noted: &mut backward }).unwrap();
            [forward, backward]
        }
    };
}
