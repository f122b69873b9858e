//! A table made anew by SQL, with its rows: for what the operations' vocabulary cannot say.

use crate::schema::Table as Old;
use crate::schema::name::{literal, quote};
use crate::schema::normal::{Name, Table};

/// The statements that give `old` the shape of `new` and keep its rows. They are copied twice, so that
/// no name changes under the views that read the table.
///
/// `added` are columns that `old` will have got by then; `is_taken` tells names that are in use.
pub(super) fn remake(
    old: &Old,
    added: &[Name],
    new: &Table,
    is_taken: impl Fn(&str) -> bool,
) -> String {
    let free = |what: &str| {
        let plain = format!("{}_{what}", old.name);
        let numbered = (2_u32..).map(|number| format!("{}_{what}_{number}", old.name));
        quote(
            &std::iter::once(plain)
                .chain(numbered)
                .find(|name| !is_taken(name))
                .unwrap_or_default(),
        )
    };
    let (aside, counter) = (free("aside"), free("counter"));
    let has = |name: &Name| old.column(name.as_str()).is_some() || added.contains(name);
    let own = quote(&old.name);
    let mut targets = Vec::new();
    let mut sources = Vec::new();
    for column in new.columns.iter().filter(|column| column.generated.is_none()) {
        if has(&column.name) {
            targets.push(quote(column.name.as_str()));
            sources.push(quote(column.name.as_str()));
        }
    }
    let row = (0..).map(|n| format!("row_{n}")).find(|name| old.column(name).is_none());
    let row = quote(&row.unwrap_or_default());
    let rowid = old.rowid_name();
    if let (Some(_), Some(target)) = (rowid, rowid_target(new, has)) {
        targets.push(quote(&target));
        sources.push(row.clone());
    }
    let kept = rowid.map_or(String::new(), |rowid| format!("{rowid} AS {row}, "));
    let keeps_counter =
        old.is_autoincrement() && new.primary_key.as_ref().is_some_and(|key| key.autoincrement);
    let name = literal(&old.name);
    let mut script = vec![format!("CREATE TABLE {aside} AS SELECT {kept}* FROM {own}")];
    if keeps_counter {
        script.push(format!(
            "CREATE TABLE {counter} AS SELECT seq FROM sqlite_sequence WHERE name = {name}"
        ));
    }
    script.push(format!("DROP TABLE {own}"));
    script.push(new.to_string());
    if targets.is_empty() {
        // As many rows as before, of which SQLite tells what they need.
        targets.extend(new.columns.first().map(|column| quote(column.name.as_str())));
        sources.push("NULL".to_owned());
    }
    script.push(format!(
        "INSERT INTO {own} ({}) SELECT {} FROM {aside}",
        targets.join(", "),
        sources.join(", ")
    ));
    if keeps_counter {
        script.push(format!("DELETE FROM sqlite_sequence WHERE name = {name}"));
        script.push(format!("INSERT INTO sqlite_sequence SELECT {name}, seq FROM {counter}"));
        script.push(format!("DROP TABLE {counter}"));
    }
    script.push(format!("DROP TABLE {aside}"));
    script.join(";\n") + ";"
}

/// What takes the old rowids: a new key that is the rowid, or the rowid itself.
fn rowid_target(new: &Table, has: impl Fn(&Name) -> bool) -> Option<String> {
    if new.without_rowid {
        return None;
    }
    match &new.primary_key {
        Some(key) if key.is_rowid => {
            let name = &key.columns[0].name;
            (!has(name)).then(|| String::from(name))
        }
        _ => {
            let names = ["rowid", "_rowid_", "oid"];
            let free = names.into_iter().find(|name| new.column(name).is_none());
            free.map(str::to_owned)
        }
    }
}
