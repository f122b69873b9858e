//! What a migration did, as far as SQLite reports it: the tables that its statements change, what it
//! drops by name, and how many rows come and go.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::hooks::{AuthAction, AuthContext};

use super::denied::Denied;
use super::pragmas::Pragma;
use crate::event::Event;
use crate::ffi::RowChange;
use crate::id::MigrationId;

/// What the guard saw while it was armed. Names are in lower case.
#[derive(Debug, Default)]
pub(super) struct Activity {
    /// What was denied, in the order in which it was tried: the first of it, where there is no end.
    pub(super) denied: Vec<Denied>,
    /// Whether it set a value of the database that is in no table.
    pub(super) sets_a_value: bool,
    /// Tables that may have other rows, another shape or other unique keys than before.
    pub(super) touched: BTreeSet<String>,
    /// Tables whose rows a statement inserts, updates or deletes, be it one that ends up with none.
    pub(super) written: BTreeSet<String>,
    /// How many statements alter each table, by the name that it has then: a column may be dropped, and its values
    /// with it, and made anew.
    pub(super) alterations: BTreeMap<String, u64>,
    /// Tables and views that a statement of the migration deletes from.
    pub(super) deletes_from: BTreeSet<String>,
    /// Tables that a trigger deletes from, each with the trigger.
    pub(super) triggers_delete_from: BTreeSet<(String, String)>,
    /// Indexes, triggers and views that a statement of the migration drops.
    pub(super) drops: BTreeSet<String>,
    /// Whether a statement of the migration sets an AUTOINCREMENT counter.
    pub(super) sets_a_counter: bool,
    /// Tables that it drops.
    dropped_tables: BTreeSet<String>,
    /// Tables that it makes.
    made_tables: BTreeSet<String>,
    /// Tables that it renames, or changes otherwise by ALTER TABLE, by the names that they had.
    altered_tables: BTreeSet<String>,
    /// The rows that came and went.
    pub(super) rows: RowCounts,
    /// Whether a statement may have left something on the connection that the next migration would find there.
    pub(super) leaves_something: bool,
    /// The table that was dropped last and not made again: SQLite drops its triggers without a
    /// statement for them.
    just_dropped: Option<String>,
}

impl Activity {
    /// Records what was `denied`.
    pub(super) fn deny(&mut self, denied: Denied) {
        /// A loop may try the same for each row.
        const KEPT: usize = 50;
        if self.denied.len() < KEPT {
            self.denied.push(denied);
        }
    }

    /// Records what a statement is about to do.
    pub(super) fn note(&mut self, context: &AuthContext<'_>) {
        if let Some(table) = changed_table(&context.action) {
            self.touched.insert(table.to_ascii_lowercase());
        }
        if let AuthAction::Insert { table_name }
        | AuthAction::Update { table_name, .. }
        | AuthAction::Delete { table_name } = context.action
            && !is_sqlites(table_name)
        {
            self.written.insert(table_name.to_ascii_lowercase());
        }
        match context.action {
            AuthAction::Delete { table_name } => match context.accessor {
                // SQLite reports a table that is dropped as one that is emptied.
                None if self.just_dropped == Some(table_name.to_ascii_lowercase()) => {}
                None => drop(self.deletes_from.insert(table_name.to_ascii_lowercase())),
                Some(trigger) => {
                    let pair = (table_name.to_ascii_lowercase(), trigger.to_owned());
                    self.triggers_delete_from.insert(pair);
                }
            },
            AuthAction::Pragma { pragma_name, pragma_value: Some(_) } => {
                self.sets_a_value |= Pragma::named(pragma_name) == Pragma::OfDatabase;
            }
            AuthAction::Update { table_name: "sqlite_sequence", column_name: "seq" } => {
                self.sets_a_counter = true;
            }
            AuthAction::DropTable { table_name } => {
                self.written.insert(table_name.to_ascii_lowercase());
                self.dropped_tables.insert(table_name.to_ascii_lowercase());
                self.just_dropped = Some(table_name.to_ascii_lowercase());
            }
            AuthAction::DropView { view_name } => {
                self.drops.insert(view_name.to_ascii_lowercase());
                self.just_dropped = Some(view_name.to_ascii_lowercase());
            }
            AuthAction::DropIndex { index_name, .. } => {
                self.drops.insert(index_name.to_ascii_lowercase());
            }
            // SQLite reports the triggers of a table that is dropped in the same words.
            AuthAction::DropTrigger { trigger_name, table_name }
                if self.just_dropped != Some(table_name.to_ascii_lowercase()) =>
            {
                self.drops.insert(trigger_name.to_ascii_lowercase());
            }
            AuthAction::CreateTable { table_name } => {
                self.made_tables.insert(table_name.to_ascii_lowercase());
                self.just_dropped = None;
            }
            AuthAction::AlterTable { table_name, .. } => {
                self.altered_tables.insert(table_name.to_ascii_lowercase());
                *self.alterations.entry(table_name.to_ascii_lowercase()).or_default() += 1;
                self.just_dropped = None;
            }
            AuthAction::CreateView { .. } => self.just_dropped = None,
            _ => {}
        }
    }

    /// Whether a statement of its own changes the schema.
    pub(super) fn changes_the_schema(&self) -> bool {
        self.touched.contains("sqlite_master") || !self.altered_tables.is_empty()
    }

    /// The tables that it wrote to, as an event; `None`: it wrote to none.
    pub(super) fn wrote(&self, id: &MigrationId) -> Option<Event> {
        let (tables, altered) = (self.written.clone(), self.alterations.clone());
        let is_any = !tables.is_empty() || !altered.is_empty();
        is_any.then(|| Event::Wrote { id: id.clone(), tables, altered })
    }

    /// Whether it drops a table of this name, even if there is one of that name again.
    pub(super) fn dropped(&self, table: &str) -> bool {
        self.dropped_tables.contains(&table.to_ascii_lowercase())
    }

    /// Whether it drops or makes a table of this name, in lower case.
    pub(super) fn makes(&self, table: &str) -> bool {
        self.dropped_tables.contains(table) || self.made_tables.contains(table)
    }

    /// The names that may belong to another table than before: none, unless a table was made.
    pub(super) fn may_be_anew(&self) -> impl Iterator<Item = &String> {
        let all = [&self.dropped_tables, &self.made_tables, &self.altered_tables];
        let is_any = !self.made_tables.is_empty();
        let named: BTreeSet<&String> = all.into_iter().flatten().collect();
        named.into_iter().filter(move |_| is_any)
    }

    /// Whether it drops a table.
    pub(super) fn drops_a_table(&self) -> bool {
        !self.dropped_tables.is_empty()
    }
}

fn is_sqlites(table: &str) -> bool {
    const PREFIX: &str = "sqlite_";
    table.get(..PREFIX.len()).is_some_and(|start| start.eq_ignore_ascii_case(PREFIX))
}

/// The table whose rows, shape or keys an action changes.
pub(super) fn changed_table<'a>(action: &AuthAction<'a>) -> Option<&'a str> {
    match *action {
        AuthAction::Insert { table_name }
        | AuthAction::Update { table_name, .. }
        | AuthAction::Delete { table_name }
        | AuthAction::CreateTable { table_name }
        | AuthAction::DropTable { table_name }
        | AuthAction::AlterTable { table_name, .. }
        | AuthAction::CreateIndex { table_name, .. }
        | AuthAction::DropIndex { table_name, .. }
        | AuthAction::CreateTrigger { table_name, .. }
        | AuthAction::CreateTempTrigger { table_name, .. }
        | AuthAction::DropTrigger { table_name, .. }
        | AuthAction::CreateVtable { table_name, .. }
        | AuthAction::DropVtable { table_name, .. } => Some(table_name),
        _ => None,
    }
}

/// How many rows each table gained, as the update hook counts them. SQLite calls the hook neither for
/// tables WITHOUT ROWID nor where it empties a whole table
/// (<https://sqlite.org/c3ref/update_hook.html>).
#[derive(Debug, Default)]
pub(super) struct RowCounts {
    tables: Vec<(String, i64)>,
    /// The table of the last row: most often the next row is of the same table.
    last: usize,
    /// Whether rows were deleted while foreign keys were enforced, so that ON DELETE acted.
    pub(super) keys_acted: bool,
}

impl RowCounts {
    /// Counts a row that was inserted or deleted.
    pub(super) fn count(&mut self, change: RowChange, table: &str) {
        let gained = match change {
            RowChange::Came => 1,
            RowChange::Went => -1,
        };
        if self.tables.get(self.last).is_none_or(|(name, _)| name != table) {
            let known = self.tables.iter().position(|(name, _)| name == table);
            self.last = known.unwrap_or(self.tables.len());
            if known.is_none() {
                self.tables.push((table.to_owned(), 0));
            }
        }
        self.tables[self.last].1 += gained;
    }

    /// How many rows fewer `table`, in lower case, has than before.
    pub(super) fn lost(&self, table: &str) -> u64 {
        let is_it = |(name, _): &&(String, i64)| name.eq_ignore_ascii_case(table);
        let gained: i64 = self.tables.iter().filter(is_it).map(|(_, gained)| gained).sum();
        u64::try_from(-gained).unwrap_or_default()
    }

    /// The tables that have fewer rows than before.
    pub(super) fn losers(&self) -> impl Iterator<Item = (&str, u64)> {
        self.tables
            .iter()
            .filter(|(_, gained)| *gained < 0)
            .map(|(name, gained)| (name.as_str(), gained.unsigned_abs()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_counted_by_table() {
        let mut rows = RowCounts::default();
        for table in ["a", "b", "a", "c"] {
            rows.count(RowChange::Went, table);
        }
        rows.count(RowChange::Came, "b");
        rows.count(RowChange::Came, "b");
        assert_eq!([rows.lost("a"), rows.lost("b"), rows.lost("c"), rows.lost("d")], [2, 0, 1, 0]);
        assert_eq!(rows.losers().collect::<Vec<_>>(), [("a", 2), ("c", 1)]);
    }
}
