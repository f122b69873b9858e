//! Makes what people then edit: a project, and migrations from templates.

mod beginning;
mod cargo_project;
mod code;
mod create;
mod failure;
mod field;
mod init;
mod makefile;
mod name;
mod operations;
mod pattern;
mod rustfmt;
mod template;
mod ways;

pub use create::{Content, Created, Origin, create};
pub use failure::ScaffoldError;
use failure::{unreadable, unwritable};
pub use field::FieldError;
pub use init::{Api, Initialised, init};
pub use makefile::{Rules, makefile};
pub use name::NameError;
pub use operations::Written;
pub use pattern::PATTERNS;
pub use template::templates;
pub use ways::{Backward, Ways};
