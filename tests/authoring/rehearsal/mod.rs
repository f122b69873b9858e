//! `runner test`: what it proves of migrations, and what it finds.
#![allow(clippy::unwrap_used)]

#[path = "../sandbox/mod.rs"]
mod sandbox;

mod command;
mod declared_losses;
mod failures;
mod fixtures;
mod ground;
mod library;
mod random_schemas;
mod verdicts;

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
