//! Views and triggers that change in place: each is a statement in a file of the project, and is made anew whenever
//! its text is another than the one in the database.
//!
//! [`Definitions`] are what the files say. `stored` is what the database knows of them, with the texts that stood
//! before; no other file names that table. [`Change`] is the difference of both, and `replace` carries it out. When
//! that is done, and what must hold then, is in `apply/repeatable/`.

mod change;
mod definition;
mod definitions;
mod failure;
mod replace;
mod stored;

pub use change::{Change, ChangeKind};
pub(crate) use change::{Recorded, changes};
pub use definition::{Definition, ProgramKind};
pub use definitions::{Definitions, RepeatableFile};
pub use failure::{Problem, RepeatableError};
pub(crate) use replace::{PutBack, create, drop_program, give_back, replace, take_back};
#[doc(hidden)]
pub use stored::rename_step;
pub(crate) use stored::{Stored, forget_formers, read as stored};
