//! The plan and the report of a fleet that never was.

use std::fmt::Write as _;
use std::path::PathBuf;

use runner::fleet::{FleetPlan, Tenant};
use runner::{Bundle, MigrationSource as _};
use serde_json::json;

use crate::sandbox::{Sandbox, repository};

pub(super) const DATABASES: usize = 2000;

/// Writes `fleet.plan` and `run.jsonl` of so many databases.
pub(super) fn write(sandbox: &Sandbox) {
    let bundle = repository().join("tests/older/0.1.0/migrations.bundle");
    let bundle = Bundle::open(&bundle).unwrap();
    let ids = bundle.ids();
    let tenant = |n| Tenant {
        path: PathBuf::from(format!("/srv/tenants/{n:04}.db")),
        bytes: 0,
        canary: false,
    };
    let target = ids.last().unwrap().clone();
    let plan = FleetPlan::new(&bundle, target, None, (0..DATABASES).map(tenant)).unwrap();
    plan.write(&sandbox.path("fleet.plan")).unwrap();
    let mut report = String::new();
    for (n, tenant) in plan.tenants().iter().enumerate().take(DATABASES - 10) {
        let (state, to, error) = match n % 50 {
            7 => ("busy", &ids[0], Some(("database-busy", "try_again", "the database is locked"))),
            13 => (
                "failed",
                &ids[1],
                Some(("migration-failed", "failed", "CHECK constraint failed: name <> ''")),
            ),
            _ => ("applied", &ids[ids.len() - 1], None),
        };
        let mut entry = json!({
            "plan": plan.identity(), "n": n, "path": tenant.path, "state": state, "from": ids[0], "to": to,
            "steps": 2, "ms": 3 + n * 7919 % 4001, "attempt": 1, "time": "2026-11-21T21:46:04Z",
        });
        if let Some((code, exit, message)) = error {
            entry["migration"] = json!(ids[1]);
            entry["error"] = json!({ "message": message, "code": code, "causes": [], "hint": null, "exit": exit });
        }
        let _ = writeln!(report, "{entry}");
    }
    sandbox.write("run.jsonl", &report);
}
