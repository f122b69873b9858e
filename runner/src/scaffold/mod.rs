//! Makes what people then edit: a project, and migrations from templates.

mod beginning;
mod cargo_project;
mod code;
mod create;
mod failure;
mod field;
mod init;
mod name;
mod operation;
mod pattern;
mod rustfmt;
mod template;

pub use create::{Content, Created, Origin, create};
pub use failure::ScaffoldError;
use failure::{unreadable, unwritable};
pub use field::FieldError;
pub use init::{Api, Initialised, init};
pub use name::NameError;
pub use pattern::PATTERNS;
pub use template::templates;
