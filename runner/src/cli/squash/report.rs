//! What a squash is, as a person and as a machine reads it.

use std::fmt::Display;
use std::path::Path;

use runner::MigrationId;
use runner::squash::{OneWay, Squash};
use serde_json::{Value, json};

use super::super::output;
use super::Made;

impl Made {
    pub(super) fn print(&self, squash: &Squash, folder: &Path, dry_run: bool) {
        let replaced = &squash.replaced;
        let count = output::count(replaced.leaves.len(), "migration");
        let would = if dry_run { "would have " } else { "" };
        output::line(&format!("{would}squashed {count} into {}", replaced.id));
        if let [first, .., last] = replaced.leaves.as_slice() {
            output::line(&format!("  replaced: {first} to {last}"));
        }
        output::line(&format!("  made anew: {}", self.contents()));
        for file in squash.file_names(&self.script) {
            output::line(&format!("{would}made {}", output::short(&folder.join(file))));
        }
        listing("rows that are others each time, as they were the first time:", &self.varying);
        listing("not in it: what these did to rows that are there", &self.fixups);
        listing("not in it: that these have no way back", &self.one_way);
        listing("not in it, since no schema holds it:", &self.left_out);
        match dry_run {
            true => output::line("dry run: nothing was written"),
            false => NEXT.into_iter().for_each(output::line),
        }
    }

    /// What it makes, in numbers.
    fn contents(&self) -> String {
        let counts = self.script.counts;
        let rows = usize::try_from(counts.rows).unwrap_or(usize::MAX);
        let counted = [
            (counts.tables, "table"),
            (counts.indexes, "index"),
            (counts.views, "view"),
            (counts.triggers, "trigger"),
            (rows, "row"),
        ];
        let counted: Vec<_> = counted
            .into_iter()
            .filter(|(number, _)| *number > 0)
            .map(|(number, noun)| match (number, noun) {
                (1, _) | (_, "table" | "view" | "trigger" | "row") => output::count(number, noun),
                (number, _) => format!("{number} indexes"),
            })
            .collect();
        if counted.is_empty() { "nothing".to_owned() } else { counted.join(", ") }
    }

    pub(super) fn document(&self, squash: &Squash, folder: &Path, dry_run: bool) -> Value {
        let replaced = &squash.replaced;
        let counts = self.script.counts;
        let one_way: Vec<&MigrationId> = self.one_way.iter().map(|OneWay(id)| id).collect();
        json!({
            "id": replaced.id,
            "dry_run": dry_run,
            "folder": folder.to_string_lossy(),
            "files": squash.file_names(&self.script),
            "replaces": replaced.leaves,
            "crates": replaced.crates,
            "tables": counts.tables,
            "indexes": counts.indexes,
            "views": counts.views,
            "triggers": counts.triggers,
            "rows": counts.rows,
            "varying_rows": self.varying,
            "fixups": self.fixups,
            "irreversible": one_way,
            "left_out": self.left_out,
        })
    }
}

/// A heading and what it is about, if there is anything.
fn listing<T: Display>(heading: &str, items: &[T]) {
    if !items.is_empty() {
        output::line(heading);
    }
    for item in items {
        output::line(&format!("  {item}"));
    }
}

/// What is to be done with what was written.
const NEXT: [&str; 2] = [
    "next: commit it beside those that it replaces. `runner migrate` records it where they are applied, and runs it on a",
    "new database. Delete them once no database is in the middle of them",
];
