//! Migrates SQLite databases with migrations written in Rust.
//!
//! This crate is the command line, and the two libraries that it is made of under one name:
//!
//! - the [engine](runner_engine) applies built migrations to a database. An application that migrates when it
//!   starts, with [`Bundle::migrate`], links it alone, as `migration-runner-engine`;
//! - the [workshop] finds, builds, writes and tries migrations. [`Project`] walks
//!   through all stages.
//!
//! ```no_run
//! use runner::{ApplyOptions, BuildOptions, Config, Order, Overrides, Project, Target};
//!
//! let config = Config::find(&std::env::current_dir()?, &Overrides::default())?;
//! let project = Project::open(config)?;
//! let report = project.migrate(
//!     &Target::Latest,
//!     Order::Strict,
//!     BuildOptions::default(),
//!     ApplyOptions::default(),
//!     &mut |event| eprintln!("{event:?}"),
//! )?;
//! println!("{} applied", report.done.len());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub use runner_engine::*;
pub use runner_workshop as workshop;
pub use runner_workshop::*;

/// The history of another tool, read, and taken over.
pub mod import {
    pub use runner_workshop::import::*;
    pub use runner_workshop::takeover::*;

    /// What the tool has applied to a database.
    pub mod applied {
        pub use runner_workshop::import::applied::*;
        pub use runner_workshop::takeover::*;
    }
}

/// Bundles: made by the workshop, opened by the engine.
pub mod bundle {
    pub use runner_engine::bundle::*;
    pub use runner_workshop::bundle::*;
}

/// Squashes: written by the workshop, planned and recorded by the engine.
pub mod squash {
    pub use runner_engine::squash::*;
    pub use runner_workshop::squash::*;
}

// That of the workshop, which is made of this one, is `workshop::Error`.
pub use runner_engine::Error;
