//! Random operations on databases that the property tests do not make: clauses with ON CONFLICT,
//! columns called true, false, rowid and oid, ANY, joins by name, foreign keys that are mismatched,
//! functions and collations that only an application has. Whether something was lost is asked of
//! SQLite alone.
//!
//! `RANDOM_OPERATIONS=20000 cargo test -p migration-runner-operations --test random_operations -- --nocapture` looks
//! longer and tells how many of each kind were done and why the others were refused; `RANDOM_SEED`
//! begins elsewhere.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod chance;
mod change;
mod judge;
mod oracle;
mod world;

use std::collections::BTreeMap;
use std::env;
use std::panic::{AssertUnwindSafe, catch_unwind};

use migration_api::Migrator;
use migration_api::operation::Operation;
use migration_api::schema::Schema;
use rusqlite::Connection;
use rusqlite::functions::FunctionFlags;
use rusqlite::types::Value;

use crate::chance::Chance;
use crate::oracle::State;

/// How many runs a plain `cargo test` makes.
const FEW: u64 = 200;
/// How many faults are shown.
const SHOWN: usize = 12;

#[test]
fn nothing_is_lost() {
    let number = |name: &str, otherwise: u64| {
        env::var(name).map_or(otherwise, |value| value.parse().unwrap())
    };
    let first = number("RANDOM_SEED", 1);
    let mut tally = Tally::default();
    let mut faults = Vec::new();
    for seed in first..first + number("RANDOM_OPERATIONS", FEW) {
        faults.extend(trial(seed, &mut tally));
        if faults.len() >= SHOWN {
            break;
        }
    }
    println!("{}", tally.table());
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
    assert!(tally.done() * 4 > tally.all(), "most were refused: {}", tally.table());
}

/// One database and one run of operations; what is wrong with it.
fn trial(seed: u64, tally: &mut Tally) -> Option<String> {
    let mut chance = Chance::seeded(seed);
    let connection = Connection::open_in_memory().unwrap();
    provide(&connection);
    let script = crate::world::script(&mut chance);
    let taken: Vec<String> =
        script.into_iter().filter(|text| connection.execute_batch(text).is_ok()).collect();
    let schema = Schema::read(&connection).unwrap();
    let operations = change::operations(&mut chance, &schema);
    let before = State::of(&connection);
    // Some runners do not know what the application has.
    if chance.one_in(3) {
        connection.remove_function("own", 1).unwrap();
        connection.remove_collation("own").unwrap();
    }
    let run = catch_unwind(AssertUnwindSafe(|| Migrator::new(&connection).run(operations.clone())));
    provide(&connection);
    // An index whose collation was missed is left alone until the schema is read again.
    connection.execute_batch("PRAGMA writable_schema = RESET").unwrap();
    let after = State::of(&connection);
    let mut faults = match run {
        Ok(Ok(())) => {
            operations.iter().for_each(|operation| tally.count(&kind(operation), None));
            judge::faults(&before, &operations, &after)
        }
        Ok(Err(error)) => {
            let reason = reason(&error);
            operations.iter().for_each(|operation| tally.count(&kind(operation), Some(&reason)));
            judge::faults_of_a_refusal(&before, &after)
        }
        Err(_) => vec!["it panicked".to_owned()],
    };
    if !connection.is_autocommit() {
        faults.push("a transaction is open".to_owned());
    }
    (!faults.is_empty()).then(|| {
        let operations: Vec<_> =
            operations.iter().map(|o| serde_json::to_string(o).unwrap()).collect();
        format!(
            "seed {seed}: {}\n{};\n{}",
            faults.join("; "),
            taken.join(";\n"),
            operations.join("\n")
        )
    })
}

/// What only an application has.
fn provide(connection: &Connection) {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection
        .create_scalar_function("own", 1, flags, |context| {
            Ok(match context.get::<Value>(0)? {
                Value::Integer(number) => Value::Integer(number.wrapping_add(1)),
                other => other,
            })
        })
        .unwrap();
    connection
        .create_collation("own", |left: &str, right: &str| left.len().cmp(&right.len()))
        .unwrap();
}

fn kind(operation: &Operation) -> String {
    serde_json::to_value(operation).unwrap()["op"].as_str().unwrap().to_owned()
}

/// Why it was refused, without what is between backticks.
fn reason(error: &migration_api::Error) -> String {
    let refusal = error.source().source().unwrap();
    let own = refusal.source().filter(|_| refusal.to_string() == "SQLite refuses");
    let said = own.map_or(refusal.to_string(), |error| format!("SQLite refuses, {error}"));
    let words = said.split('`').step_by(2).collect::<Vec<_>>().join("..");
    words.split(':').next().unwrap_or_default().chars().take(70).collect()
}

/// How many of each kind were done, and why the others were not.
#[derive(Default)]
struct Tally(BTreeMap<String, (usize, BTreeMap<String, usize>)>);

impl Tally {
    fn count(&mut self, kind: &str, refused: Option<&str>) {
        let (done, refusals) = self.0.entry(kind.to_owned()).or_default();
        match refused {
            None => *done += 1,
            Some(reason) => *refusals.entry(reason.to_owned()).or_default() += 1,
        }
    }

    fn done(&self) -> usize {
        self.0.values().map(|(done, _)| done).sum()
    }

    fn all(&self) -> usize {
        self.done() + self.0.values().flat_map(|(_, refusals)| refusals.values()).sum::<usize>()
    }

    fn table(&self) -> String {
        let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
        let mut lines = vec![format!("{} operations, {} done", self.all(), self.done())];
        for (kind, (done, refusals)) in &self.0 {
            let refused: usize = refusals.values().sum();
            lines.push(format!("{kind:22} {done:6} done {refused:6} refused"));
            for (reason, count) in refusals {
                *reasons.entry(reason).or_default() += count;
            }
        }
        let mut reasons: Vec<_> = reasons.into_iter().collect();
        reasons.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        lines.extend(reasons.iter().map(|(reason, count)| format!("{count:6} {reason}")));
        lines.join("\n")
    }
}
