//! Makes what people then edit: a project, and migrations from templates.

mod api;
mod cargo_project;
mod code;
mod content;
mod create;
mod failure;
mod field;
mod gitignore;
mod init;
mod loses;
mod makefile;
mod name;
mod operations;
mod pattern;
mod rustfmt;
mod squash;
mod template;
mod typed;

pub use api::Api;
pub use content::{Backward, Content, Directions, Origin};
pub use create::{Created, create};
pub(crate) use create::{give_everyone_access, stamp_after};
pub use failure::ScaffoldError;
pub(crate) use failure::{unreadable, unwritable};
pub use field::FieldError;
pub use init::{Initialised, init};
pub(crate) use loses::constant;
pub use makefile::{Rules, makefile};
pub(crate) use name::Name;
pub use name::NameError;
pub use operations::Written;
pub use pattern::PATTERNS;
pub(crate) use squash::{SquashCrate, create_squash};
pub(crate) use template::Template;
pub use template::templates;
pub use typed::{
    Around, Becomes, Transactions, TypedBackward, TypedError, TypedMigration, TypedTable,
};
