//! What operations promise beside the conformance cases, and what those cases themselves are worth.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "../conformance/case.rs"]
mod case;
#[path = "../conformance/check.rs"]
mod check;
#[path = "../conformance/corpus.rs"]
mod corpus;
#[path = "../conformance/database.rs"]
mod database;
#[path = "../properties/draft.rs"]
#[allow(dead_code, reason = "no operation is drawn here")]
mod draft;
#[path = "../conformance/invariants.rs"]
mod invariants;
#[path = "../conformance/judge.rs"]
mod judge;
#[path = "../conformance/snapshot.rs"]
mod snapshot;
#[path = "../properties/world/mod.rs"]
#[allow(dead_code, reason = "only scripts are made here")]
mod world;

mod harness;
mod inside_a_transaction;
mod normal;
mod operation_json;
mod refusals;
