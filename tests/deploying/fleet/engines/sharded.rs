//! A fleet of some hundred databases in eight shards, and what is true of it after an engine ran them.

use std::fs;
use std::process::Command;

use super::super::scene::Fleet;
use crate::sandbox::{long, skipped};

const DATABASES: usize = 200;

/// A fleet with a job in `fleet.sh`, and a file `gate` for which databases wait that are to.
pub(super) struct Sharded {
    pub(super) fleet: Fleet,
}

impl Sharded {
    /// With two canaries, `0000` and `0100`; the databases of `wishes` are among the others. `None` where one of these
    /// programs is not installed, or the test is to be short: that is said.
    pub(super) fn over(
        engine: &str,
        programs: &[&str],
        options: &[&str],
        wishes: &[(&str, &str)],
    ) -> Option<Self> {
        if !long() {
            skipped(&format!("{engine} is tried by `.ci/long fleets` alone (RUNNER_TEST_LONG=1)"));
            return None;
        }
        let is_there = |program: &str| {
            let path = std::env::var_os("PATH").unwrap_or_default();
            std::env::split_paths(&path).any(|folder| folder.join(program).exists())
        };
        if let Some(missing) = programs.iter().find(|program| !is_there(program)) {
            skipped(&format!("`{missing}` is not installed"));
            return None;
        }
        let fleet = Fleet::of(DATABASES);
        for (name, wish) in wishes {
            fleet.add_wish(name, wish);
        }
        fleet.sandbox.write("canaries.txt", "data/0000.db\ndata/0100.db\n");
        fleet.plan(&["--canary-list", "canaries.txt"]);
        let template = ["template", engine, "--plan", "fleet.plan", "--shards", "8"];
        let job = fleet.printed(&[&template, options].concat());
        fleet.sandbox.write("fleet.sh", &job);
        Some(Self { fleet })
    }

    /// A program of the system, in the folder of the fleet.
    pub(super) fn program(&self, name: &str) -> Command {
        let mut command = Command::new(name);
        self.fleet.sandbox.prepare(&mut command);
        command
            .env("RUNNER", env!("CARGO_BIN_EXE_runner"))
            .env("FLEET_GATE", self.fleet.sandbox.path("gate"));
        command
    }

    /// Lets the databases go on that wait, and those that come.
    pub(super) fn open_the_gate(&self) {
        fs::write(self.fleet.sandbox.path("gate"), "").unwrap();
    }

    /// Whether a database waits at the gate.
    pub(super) fn is_waiting(&self) -> bool {
        self.fleet.sandbox.path("gate.reached").exists()
    }

    /// Mends the databases that were to fail.
    pub(super) fn mend(&self, names: &[&str]) {
        for name in names {
            self.fleet.open(name).execute("DELETE FROM wish", []).unwrap();
        }
    }

    /// The shards in whose newest lines a database has this state.
    pub(super) fn shards_with(&self, state: &str) -> Vec<String> {
        let has = |shard: &usize| {
            let report = format!("reports/{shard}.jsonl");
            self.fleet.sandbox.path(&report).exists()
                && self.fleet.states(&report).values().any(|found| found == state)
        };
        (0..8).filter(has).map(|shard| shard.to_string()).collect()
    }

    /// How many databases are in which state, by asking them.
    pub(super) fn status(&self) -> String {
        let said = self.fleet.run(&["status", "--plan", "fleet.plan"]).stdout;
        said.lines().next().unwrap_or_default().to_owned()
    }

    /// Asserts that all databases are at the target, each migrated once, with a line for each in the reports.
    #[track_caller]
    pub(super) fn all_are_migrated_once(&self) {
        let files = fs::read_dir(self.fleet.sandbox.path("data")).unwrap();
        let names: Vec<_> = files
            .map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
            .collect();
        self.fleet.nothing_is_left_beside();
        self.fleet.all_are_at_the_target(names.iter().map(String::as_str));
        assert_eq!(self.status(), format!("{0} databases: {0} already", names.len()));
        let reports: Vec<_> = (0..8).map(|shard| format!("reports/{shard}.jsonl")).collect();
        let mut words = vec!["report", "reports/canaries.jsonl", "--plan", "fleet.plan"];
        words.extend(reports.iter().map(String::as_str));
        self.fleet.run(&words).succeeded();
    }
}
