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
mod makefile;
mod name;
mod operations;
mod pattern;
mod rustfmt;
mod template;

pub use api::Api;
pub use content::{Backward, Content, Directions, Origin};
pub(crate) use create::stamp_after;
pub use create::{Created, create};
pub use failure::ScaffoldError;
pub(crate) use failure::{unreadable, unwritable};
pub use field::FieldError;
pub use init::{Initialised, init};
pub use makefile::{Rules, makefile};
pub use name::NameError;
pub use operations::Written;
pub use pattern::PATTERNS;
pub use template::templates;
