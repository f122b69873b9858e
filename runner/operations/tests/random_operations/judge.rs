//! What operations may have changed, and what is wrong if more has.

use std::collections::BTreeMap;

use migration_api::operation::Operation;

use crate::oracle::{Content, NUMBERED, State};

/// A table of before, through the operations.
struct Followed {
    first: String,
    now: String,
    /// Each column by its first name and its name now; those whose values may change are left out.
    columns: Vec<(String, String)>,
    /// Whether rows keep their rowids.
    same_rowids: bool,
    /// Whether what is generated from other columns keeps its values.
    same_values: bool,
}

/// What is wrong after operations that were done.
pub(crate) fn faults(before: &State, operations: &[Operation], after: &State) -> Vec<String> {
    let mut faults = Vec::new();
    let followed = follow(before, operations);
    for table in &followed {
        match after.tables.get(&table.now) {
            Some(content) => {
                faults.extend(lost(&before.tables[&table.first], table, content));
            }
            None => faults.push(format!("table {} is gone", table.first)),
        }
    }
    if before.integrity == ["ok"] && after.integrity != ["ok"] {
        faults.push(format!("integrity: {:?}", after.integrity));
    }
    let makes_keys = operations.iter().any(|operation| {
        matches!(
            operation,
            Operation::AddForeignKey { .. }
                | Operation::DropTable { .. }
                | Operation::RenameTable { only: true, .. }
        )
    });
    if before.broken_keys != usize::MAX && after.broken_keys > before.broken_keys && !makes_keys {
        faults.push(format!(
            "{} rows point nowhere, {} before",
            after.broken_keys, before.broken_keys
        ));
    }
    if before.settings != after.settings {
        faults.push("settings are not put back".to_owned());
    }
    // Without its parent a child takes no rows where foreign keys are enforced, which is said.
    let drops = operations.iter().any(|o| matches!(o, Operation::DropTable { .. }));
    // What refers to a table that was renamed alone waits for another of its name.
    let waits = operations.iter().any(|o| matches!(o, Operation::RenameTable { only: true, .. }));
    // A key that fits nothing keeps SQLite from replacing rows, and so from taking any once it does not number them
    // itself.
    let numbers_itself = |table: &str| {
        let numbered = |keys| before.compiling.contains(&(table.to_owned(), NUMBERED, keys));
        numbered(false) && !numbered(true)
    };
    let must = |table: &str, what: &str, keys: bool| match what {
        NUMBERED => false,
        "insert" if keys && numbers_itself(table) => false,
        _ => !(waits || drops && keys),
    };
    for (table, what, keys) in
        before.compiling.iter().filter(|(t, what, keys)| must(t, what, *keys))
    {
        let Some(table) = followed.iter().find(|followed| followed.first == *table) else {
            continue;
        };
        if !after.compiling.contains(&(table.now.clone(), what, *keys)) {
            faults.push(format!("{what} on {} no longer compiles (keys: {keys})", table.first));
        }
    }
    if operations.iter().all(keeps_values) {
        faults.extend(views(before, operations, after));
        for table in &followed {
            let Some(Some(then)) = before.emptied.get(&table.first) else { continue };
            match after.emptied.get(&table.now) {
                Some(Some(now)) => faults.extend(emptied(table, then, &followed, now)),
                _ => faults.push(format!("rows of {} can no longer be deleted", table.first)),
            }
        }
    }
    faults
}

/// What is wrong after operations that were refused.
pub(crate) fn faults_of_a_refusal(before: &State, after: &State) -> Vec<String> {
    let mut faults = Vec::new();
    let mut differ = |what: &str, same: bool| {
        if !same {
            faults.push(format!("refused, and {what} changed"));
        }
    };
    differ("the schema", before.schema == after.schema);
    differ("rows", before.tables == after.tables);
    differ("views", before.views == after.views);
    differ("what triggers do", before.emptied == after.emptied);
    differ("the settings", before.settings == after.settings);
    differ("the integrity", before.integrity == after.integrity);
    faults
}

fn follow(before: &State, operations: &[Operation]) -> Vec<Followed> {
    let mut followed: Vec<_> = before
        .tables
        .iter()
        .filter(|(name, _)| !name.starts_with("sqlite_"))
        .map(|(name, content)| Followed {
            first: name.clone(),
            now: name.clone(),
            columns: content
                .columns
                .iter()
                .map(|column| (column.clone(), column.to_ascii_lowercase()))
                .collect(),
            same_rowids: true,
            same_values: true,
        })
        .collect();
    for operation in operations {
        step(&mut followed, operation);
    }
    followed
}

fn step(followed: &mut Vec<Followed>, operation: &Operation) {
    let lower = |name: &str| name.to_ascii_lowercase();
    let Some(name) = table_of(operation).map(lower) else { return };
    if let Operation::DropTable { .. } = operation {
        return followed.retain(|table| table.now != name);
    }
    let Some(table) = followed.iter_mut().find(|table| table.now == name) else { return };
    match operation {
        Operation::RenameTable { to, .. } => table.now = lower(to),
        Operation::RenameColumn { column, to, .. } => {
            if let Some((_, now)) = table.columns.iter_mut().find(|(_, now)| *now == lower(column))
            {
                *now = lower(to);
            }
        }
        Operation::DropColumn { column, .. } => {
            table.columns.retain(|(_, now)| *now != lower(column));
            // A key that goes with its column takes the name of the rowid along.
            table.same_rowids = false;
        }
        Operation::AlterColumnType { column, .. }
        | Operation::SetNotNull { column, fill: Some(_), .. } => {
            table.columns.retain(|(_, now)| *now != lower(column));
            (table.same_values, table.same_rowids) = (false, false);
        }
        Operation::SetCollate { .. } => table.same_values = false,
        Operation::SetPrimaryKey { .. } | Operation::SetTableOptions { .. } => {
            table.same_rowids = false;
        }
        Operation::AddColumn { column, .. } if column.column.primary_key.is_some() => {
            table.same_rowids = false;
        }
        _ => {}
    }
}

fn table_of(operation: &Operation) -> Option<&str> {
    match operation {
        Operation::DropTable { table, .. }
        | Operation::RenameTable { table, .. }
        | Operation::RenameColumn { table, .. }
        | Operation::DropColumn { table, .. }
        | Operation::AlterColumnType { table, .. }
        | Operation::SetNotNull { table, .. }
        | Operation::SetCollate { table, .. }
        | Operation::SetPrimaryKey { table, .. }
        | Operation::SetTableOptions { table, .. }
        | Operation::AddColumn { table, .. } => Some(table),
        _ => None,
    }
}

/// Rows and values of `before` that `now` does not have.
fn lost(before: &Content, table: &Followed, now: &Content) -> Vec<String> {
    let kept = table.columns.iter().filter(|(first, _)| {
        table.same_values || !before.generated.iter().any(|made| made == first)
    });
    let (first, last): (Vec<String>, Vec<String>) = kept.cloned().unzip();
    let mut faults = Vec::new();
    if before.rows.len() != now.rows.len() {
        faults.push(format!(
            "{} had {} rows and has {}",
            table.first,
            before.rows.len(),
            now.rows.len()
        ));
    } else if before.only(&first) != now.only(&last) {
        faults.push(format!(
            "{} held {:?} and holds {:?}",
            table.first,
            before.only(&first),
            now.only(&last)
        ));
    } else if table.same_rowids
        && let (Some(before), Some(now)) = (before.with_rowids(&first), now.with_rowids(&last))
        && before != now
    {
        faults.push(format!("{} had the rowids {before:?} and has {now:?}", table.first));
    }
    faults
}

/// Whether no value of what is there changes, so that views give what they gave.
fn keeps_values(operation: &Operation) -> bool {
    match operation {
        Operation::AlterColumnType { .. }
        | Operation::RenameTable { only: true, .. }
        | Operation::SetCollate { .. }
        | Operation::SetPrimaryKey { .. }
        | Operation::DropTable { .. }
        | Operation::SetTableOptions { .. }
        | Operation::Execute { .. } => false,
        // A default is what a trigger's INSERT gives; a key may go with its column.
        Operation::SetDefault { .. } | Operation::DropDefault { .. } => false,
        Operation::DropColumn { cascade, .. } => !cascade,
        Operation::DropConstraint { .. } | Operation::AddUnique { .. } => false,
        // What a new constraint forbids, a trigger may have done.
        Operation::SetNotNull { .. } | Operation::AddCheck { .. } => false,
        Operation::AddIndex(index) => !index.unique,
        Operation::AddColumn { column, .. } => {
            let column = &column.column;
            column.primary_key.is_none() && !column.not_null && !column.unique
        }
        _ => true,
    }
}

fn views(before: &State, operations: &[Operation], after: &State) -> Vec<String> {
    let mut faults = Vec::new();
    let renames =
        operations.iter().any(|operation| matches!(operation, Operation::RenameColumn { .. }));
    for (name, view) in &before.views {
        let Some(view) = view else { continue };
        let Some(Some(now)) = after.views.get(name) else {
            faults.push(format!("view {name} no longer works"));
            continue;
        };
        let common: Vec<String> = view
            .columns
            .iter()
            // SQLite calls a view's column of this place so, where its own name is true or false.
            .filter(|column| !column.starts_with("column"))
            .filter(|column| now.columns.iter().any(|other| other.eq_ignore_ascii_case(column)))
            .cloned()
            .collect();
        if !renames && view.only(&common) != now.only(&common) {
            faults.push(format!(
                "view {name} gave {:?} and gives {:?}",
                view.only(&common),
                now.only(&common)
            ));
        } else if view.rows.len() != now.rows.len() {
            faults.push(format!(
                "view {name} gave {} rows and gives {}",
                view.rows.len(),
                now.rows.len()
            ));
        }
    }
    faults
}

/// What differs after all rows of `table` are deleted.
fn emptied(
    table: &Followed,
    then: &BTreeMap<String, Content>,
    followed: &[Followed],
    now: &BTreeMap<String, Content>,
) -> Vec<String> {
    let mut faults = Vec::new();
    for other in followed {
        let (Some(then), Some(now)) = (then.get(&other.first), now.get(&other.now)) else {
            continue;
        };
        let (first, last): (Vec<String>, Vec<String>) = other.columns.iter().cloned().unzip();
        if then.only(&first) != now.only(&last) {
            faults.push(format!(
                "deleting from {} left {:?} in {} and leaves {:?}",
                table.first,
                then.only(&first),
                other.first,
                now.only(&last)
            ));
        }
    }
    faults
}
