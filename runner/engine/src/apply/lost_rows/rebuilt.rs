//! Rows that a table has fewer of since it was dropped and made again under its name.

use super::tables::{Kind, TablesBefore, TablesNow};
use super::{LossCause, LostRows};
use crate::apply::activity::Activity;

/// The rows that tables have fewer of since they were made again under the same name. A DELETE of the
/// migration shows that rows are meant to go: from the table, or from one that existed in between.
pub(super) fn lost_anew(
    before: &TablesBefore<'_, '_>,
    now: &TablesNow<'_>,
    seen: &Activity,
) -> rusqlite::Result<Vec<LostRows>> {
    let mut lost = Vec::new();
    for table in seen.may_be_anew() {
        // Most tables that are made were never there: nothing else is asked for them.
        let Some(page) = before.root_page(table) else { continue };
        let is_plain = matches!(now.kind(table)?, Some(Kind::WithRowids | Kind::WithoutRowids));
        if !is_plain
            || seen.deletes_from.contains(table)
            || !(seen.makes(table) || now.objects.root_page(table) != Some(page))
        {
            continue;
        }
        let Some(had) = before.rows(table)? else { continue };
        let after = now.rows(table)?;
        if after < had
            && !deletes_on_the_way(now, seen)?
            && !is_kept_elsewhere(before, now, table, had)?
        {
            let (rows, cause) = (Some(had - after), LossCause::MadeAnew { before: had, after });
            lost.push(LostRows { table: table.clone(), rows, cause });
        }
    }
    Ok(lost)
}

/// Whether the table that had this name `before` still exists under another name, with its columns and
/// the rows that it `had`: it was renamed, and a new table got its name.
fn is_kept_elsewhere(
    before: &TablesBefore<'_, '_>,
    now: &TablesNow<'_>,
    table: &str,
    had: u64,
) -> rusqlite::Result<bool> {
    let renamed = before.root_page(table).and_then(|page| now.objects.table_on(page));
    let Some(renamed) = renamed.filter(|name| !name.eq_ignore_ascii_case(table)) else {
        return Ok(false);
    };
    // A page that is free again may be the root of a table that has nothing to do with it.
    Ok(now.columns(renamed)? == before.columns(table)? && now.rows(renamed)? >= had)
}

/// Whether the migration deletes from a table that it made, or that has another name by now.
fn deletes_on_the_way(now: &TablesNow<'_>, seen: &Activity) -> rusqlite::Result<bool> {
    // To drop a table, SQLite deletes out of tables of its own.
    for table in seen.deletes_from.iter().filter(|table| !table.starts_with("sqlite_")) {
        if seen.makes(table) || now.kind(table)?.is_none() {
            return Ok(true);
        }
    }
    Ok(false)
}
