//! Where the project, its migrations and its database are: `runner.toml`, then the environment, then
//! what the caller says.

mod database_url;
mod failure;
mod file;
mod find;
mod protected;

pub use database_url::UrlError;
pub use failure::ConfigError;
pub use find::{CONFIG_FILE, Config, Overrides};
