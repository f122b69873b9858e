//! What an author works with: projects, migrations that are made, models, trials, diagrams.
#![allow(clippy::unwrap_used)]

#[path = "../sandbox/mod.rs"]
mod sandbox;
#[path = "../scene/mod.rs"]
mod scene;
#[cfg(unix)]
#[path = "../terminal/mod.rs"]
mod terminal;

mod application_functions;
mod autogenerate;
mod cargo_configuration;
mod check;
mod diagram;
mod import;
mod merges;
mod models;
mod operations_as_code;
mod patterns;
mod provenance;
mod repeatable;
mod samples;
mod scaffolding;
mod squash;
mod templates;
mod testing;
mod trial;
mod typed;
mod workflow;

/// Names as the random schemas write them.
mod database {
    pub(crate) fn quoted(name: &str) -> String {
        migration_api::schema::quote(name)
    }

    pub(crate) fn literal(text: &str) -> String {
        format!("'{}'", text.replace('\'', "''"))
    }
}
#[path = "../../runner/operations/tests/properties/draft.rs"]
#[allow(dead_code, reason = "changes are drawn elsewhere")]
mod draft;
#[path = "../../runner/operations/tests/properties/world/mod.rs"]
#[allow(dead_code, reason = "only its schemas are of use here")]
mod world;
