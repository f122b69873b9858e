//! The eight things that are true after every migration that succeeds.

use std::collections::{BTreeMap, BTreeSet};

use crate::case::{Case, Exceptions};
use crate::check::same_rows;
use crate::database::Database;
use crate::snapshot::Snapshot;

/// What a migration was allowed to change.
pub(crate) struct Allowed {
    /// The tables it operated on, in lower case.
    pub(crate) operated: BTreeSet<String>,
    /// From the first name of a renamed table to its last, in lower case.
    pub(crate) renamed: BTreeMap<String, String>,
    pub(crate) exceptions: Exceptions,
}

impl Allowed {
    pub(crate) fn by(case: &Case) -> Self {
        Self {
            operated: case.operated_tables(),
            renamed: case.renamed_tables(),
            exceptions: case.invariants.clone(),
        }
    }

    fn touched(&self, more: &[String]) -> BTreeSet<String> {
        self.operated.iter().cloned().chain(more.iter().map(|name| name.to_lowercase())).collect()
    }

    /// What a table that was operated on is called now, in lower case.
    fn last_name(&self, table: &str) -> String {
        let name = table.to_lowercase();
        self.renamed.get(&name).cloned().unwrap_or(name)
    }
}

/// What is wrong after a migration that succeeded.
pub(crate) fn faults(database: &Database, allowed: &Allowed, before: &Snapshot) -> Vec<String> {
    let mut faults = Vec::new();
    if database.in_transaction() {
        faults.push("a transaction is still open".to_owned());
        faults.extend(database.run("ROLLBACK").err());
    }
    let after = match Snapshot::of(database) {
        Ok(after) => after,
        Err(error) => {
            faults.push(format!("the database cannot be read: {error}"));
            return faults;
        }
    };
    integrity(database, allowed, &mut faults);
    pragmas(allowed, before, &after, &mut faults);
    objects(allowed, before, &after, &mut faults);
    texts(allowed, before, &after, &mut faults);
    other_rows(allowed, before, &after, &mut faults);
    operated_rows(allowed, before, &after, &mut faults);
    sequence(allowed, before, &after, &mut faults);
    compiling(allowed, before, &after, &mut faults);
    faults
}

fn integrity(database: &Database, allowed: &Allowed, faults: &mut Vec<String>) {
    match database.rows("PRAGMA integrity_check") {
        Ok(rows) if rows == [["ok"]] => {}
        other => faults.push(format!("integrity_check: {other:?}")),
    }
    // An error is a "foreign key mismatch": the key of a parent is gone.
    match database.rows("PRAGMA foreign_key_check") {
        Ok(rows) if same_rows(&rows, &allowed.exceptions.foreign_key_check) => {}
        other => faults.push(format!("foreign_key_check: {other:?}")),
    }
}

fn pragmas(allowed: &Allowed, before: &Snapshot, after: &Snapshot, faults: &mut Vec<String>) {
    for (name, value) in &before.pragmas {
        let wanted = allowed.exceptions.pragmas.get(name).unwrap_or(value);
        if after.pragmas[name] != *wanted {
            faults.push(format!("PRAGMA {name} was {wanted}, is {}", after.pragmas[name]));
        }
    }
}

fn objects(allowed: &Allowed, before: &Snapshot, after: &Snapshot, faults: &mut Vec<String>) {
    let names = |list: &[String]| -> BTreeSet<(String, String)> {
        let split = list.iter().filter_map(|object| object.split_once(':'));
        split.map(|(kind, name)| (kind.to_owned(), name.to_owned())).collect()
    };
    let keys = |snapshot: &Snapshot| snapshot.schema.keys().cloned().collect::<BTreeSet<_>>();
    let (was, is) = (keys(before), keys(after));
    let added: BTreeSet<_> = is.difference(&was).cloned().collect();
    let removed: BTreeSet<_> = was.difference(&is).cloned().collect();
    let wanted = &allowed.exceptions.added;
    let named: BTreeSet<_> = names(wanted).into_iter().filter(|(_, name)| name != "*").collect();
    // What no entry names must be as many of each type as entries of any name ask for.
    let mut unnamed = BTreeMap::<&str, i64>::new();
    for (kind, _) in added.difference(&named) {
        *unnamed.entry(kind).or_default() += 1;
    }
    for kind in wanted.iter().filter_map(|object| object.strip_suffix(":*")) {
        *unnamed.entry(kind).or_default() -= 1;
    }
    if !named.is_subset(&added) || unnamed.values().any(|count| *count != 0) {
        faults.push(format!("objects added: {added:?}, want {wanted:?}"));
    }
    if removed != names(&allowed.exceptions.removed) {
        let wanted = &allowed.exceptions.removed;
        faults.push(format!("objects removed: {removed:?}, want {wanted:?}"));
    }
    if after.temp != before.temp {
        faults.push(format!("the TEMP schema was {:?}, is {:?}", before.temp, after.temp));
    }
}

fn texts(allowed: &Allowed, before: &Snapshot, after: &Snapshot, faults: &mut Vec<String>) {
    let touched = allowed.touched(&allowed.exceptions.touched);
    for (object, was) in &before.schema {
        let (kind, name) = object;
        let Some(is) = after.schema.get(object) else { continue };
        if !touched.contains(&name.to_lowercase()) && !same_sql(kind, was.as_deref(), is.as_deref())
        {
            faults.push(format!("SQL of untouched {kind} {name} was {was:?}, is {is:?}"));
        }
    }
}

/// An index may be spelled anew in quotes, blanks and case; nothing else may.
fn same_sql(kind: &str, was: Option<&str>, is: Option<&str>) -> bool {
    let bare = |sql: &str| -> String {
        let kept = |c: &char| !c.is_whitespace() && !matches!(c, '"' | '`' | '[' | ']');
        sql.chars().filter(kept).collect::<String>().to_lowercase()
    };
    was == is || (kind == "index" && was.map(bare) == is.map(bare))
}

fn other_rows(allowed: &Allowed, before: &Snapshot, after: &Snapshot, faults: &mut Vec<String>) {
    let touched = allowed.touched(&allowed.exceptions.data_touched);
    for (table, rows) in &before.tables {
        let is_removed = allowed.exceptions.removed.contains(&format!("table:{table}"));
        if !is_removed
            && !touched.contains(&table.to_lowercase())
            && after.tables.get(table) != Some(rows)
        {
            let is = after.tables.get(table);
            faults.push(format!("rows of table {table} were {rows:?}, are {is:?}"));
        }
    }
}

fn operated_rows(allowed: &Allowed, before: &Snapshot, after: &Snapshot, faults: &mut Vec<String>) {
    let now: BTreeMap<String, &String> =
        after.tables.keys().map(|table| (table.to_lowercase(), table)).collect();
    for (table, rows) in &before.tables {
        if !allowed.operated.contains(&table.to_lowercase()) {
            continue;
        }
        let Some(name) = now.get(&allowed.last_name(table)) else { continue };
        let is = after.tables[*name].len();
        if allowed.exceptions.row_count && is != rows.len() {
            faults.push(format!("table {table} had {} rows, has {is}", rows.len()));
        }
        let (were, are) = (before.rowids(table), after.rowids(name));
        // What had none, or has none any more, cannot keep them.
        if allowed.exceptions.rowids && were.is_some() && are.is_some() && were != are {
            faults.push(format!("rowids of operated table {table} were {were:?}, are {are:?}"));
        }
    }
}

fn sequence(allowed: &Allowed, before: &Snapshot, after: &Snapshot, faults: &mut Vec<String>) {
    let mut wanted = allowed.exceptions.sequence.clone().unwrap_or(before.sequence.clone());
    wanted.sort();
    if after.sequence != wanted {
        faults.push(format!("sqlite_sequence is {:?}, want {wanted:?}", after.sequence));
    }
}

fn compiling(allowed: &Allowed, before: &Snapshot, after: &Snapshot, faults: &mut Vec<String>) {
    for (view, error) in &after.views {
        let was_broken = before.views.get(view).is_some_and(Option::is_some);
        if let Some(error) = error
            && !was_broken
            && !allowed.exceptions.broken_views.contains(view)
        {
            faults.push(format!("view {view} is broken: {error}"));
        }
    }
    for (trigger, errors) in &after.triggers {
        let was_broken = before.triggers.get(trigger).is_some_and(|errors| !errors.is_empty());
        if !errors.is_empty()
            && !was_broken
            && !allowed.exceptions.broken_triggers.contains(trigger)
        {
            faults.push(format!("trigger {trigger} is broken: {errors:?}"));
        }
    }
}
