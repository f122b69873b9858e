//! Where the project, its migrations and its database are: `runner.toml`, then the environment, then
//! what the caller says.

mod database_url;
mod exclude_tables;
mod failure;
mod file;
mod find;
mod kept;
mod protected;

pub use database_url::UrlError;
pub use exclude_tables::exclude_tables;
pub use failure::ConfigError;
pub use find::{CONFIG_FILE, Config, Overrides};
