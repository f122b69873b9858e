//! The database.

mod copy;
mod copy_in_steps;
mod exclusive;
mod failure;
mod identity;
mod journal;
mod lock_holders;
mod maker_lock;
mod new_file;
mod new_name;
mod only_read;
mod open;
mod reserved_name;
mod writable;

pub(crate) use copy::{Pages, copy};
pub(crate) use copy_in_steps::{Copied, Pace, copy_in_steps};
pub(crate) use exclusive::Condition;
pub use failure::DatabaseError;
pub use identity::Identity;
pub(crate) use journal::{JournalMode, is_in_force, journal_of, remove_finalized_journal};
pub(crate) use new_file::{Maker, NamingError, NewFile};
pub use only_read::{CopyEnd, OnlyRead};
pub use open::Database;
pub use reserved_name::{DatabasePart, ReservedName};
