//! Foreign keys that point to another table than before: SQLite changes a reference when its parent is
//! renamed, and leaves it when its parent is dropped. They are read from the definitions, so that they
//! are seen without rows too.

use std::fmt;

use migration_api::schema::{ForeignKey, Table};

use super::activity::Activity;
use crate::direction::Direction;
use crate::schema_objects::Objects;

/// A foreign key that would no longer point to where it did.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum RedirectedReference {
    /// It followed a rename, and there is a table of the old name again.
    Renamed {
        /// The table that has the foreign key.
        child: String,
        /// The table that it pointed to.
        parent: String,
        /// The table that it points to now.
        to: String,
        /// Whether that one is there.
        exists: bool,
    },
    /// It points to a table that is gone.
    Dropped {
        /// The table that has the foreign key.
        child: String,
        /// The table that is gone.
        parent: String,
    },
}

impl fmt::Display for RedirectedReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Renamed { child, parent, to, exists } => {
                let gone = if *exists { "" } else { ", which is gone," };
                write!(f, "`{child}` now refers to `{to}`{gone} and not to `{parent}`")
            }
            Self::Dropped { child, parent } => {
                write!(f, "`{child}` refers to `{parent}`, which is gone")
            }
        }
    }
}

/// The foreign keys of `now` that point elsewhere than `before`, after a migration that did what `seen`
/// says. A key that pointed to no table may point to one now. A key to a table that never existed is
/// allowed: a child may be made before its parent, and on the way back the parent is dropped first.
/// Rows that point to nothing then are found by the check of the rows.
pub(super) fn find(
    before: &Objects,
    now: &Objects,
    seen: &Activity,
    direction: Direction,
) -> Vec<RedirectedReference> {
    let mut redirected = Vec::new();
    if seen.touched.is_empty() {
        return redirected;
    }
    let near = now.that_may_have_foreign_keys_around(&seen.touched);
    let changed = now.changed_that_may_have_foreign_keys(before);
    for child in near.chain(changed) {
        let keys = foreign_keys(now, &child);
        let old_keys = if keys.is_empty() { Vec::new() } else { foreign_keys(before, &child) };
        let look = Look { child: &child, old_keys: &old_keys, before, now, seen };
        redirected.extend(keys.iter().filter_map(|key| look.at(key)));
    }
    if direction == Direction::Backward {
        redirected.retain(|one| !matches!(one, RedirectedReference::Dropped { .. }));
    }
    redirected.sort();
    redirected.dedup();
    redirected
}

/// The foreign keys of one table.
struct Look<'l> {
    child: &'l str,
    old_keys: &'l [ForeignKey],
    before: &'l Objects,
    now: &'l Objects,
    seen: &'l Activity,
}

impl Look<'_> {
    fn at(&self, key: &ForeignKey) -> Option<RedirectedReference> {
        let pointed_to = self.pointed_to(key);
        let led_away = pointed_to.filter(|parent| {
            !parent.eq_ignore_ascii_case(&key.parent)
                && self.before.have("table", parent)
                && self.now.have("table", parent)
        });
        let exists = self.now.have("table", &key.parent);
        let (child, to) = (self.child.to_owned(), key.parent.clone());
        match led_away {
            // A definition that was written anew says itself where it points.
            Some(_) if exists && self.seen.dropped(self.child) => None,
            _ if !exists && !self.goes_with(key, pointed_to) => None,
            Some(parent) => {
                Some(RedirectedReference::Renamed { child, parent: parent.to_owned(), to, exists })
            }
            None if exists => None,
            None => Some(RedirectedReference::Dropped { child, parent: to }),
        }
    }

    /// The table that the same columns pointed to before.
    fn pointed_to(&self, key: &ForeignKey) -> Option<&str> {
        let same = || self.old_keys.iter().filter(|old| old.is_on(&key.columns));
        same()
            .find(|old| old.parent.eq_ignore_ascii_case(&key.parent))
            .or_else(|| same().next())
            .map(|old| old.parent.as_str())
    }

    /// Whether the migration dropped the parent of `key`: it was there before, or was made and dropped.
    fn goes_with(&self, key: &ForeignKey, pointed_to: Option<&str>) -> bool {
        let was_there = self.before.have("table", &key.parent);
        let pointed_there =
            pointed_to.is_some_and(|parent| parent.eq_ignore_ascii_case(&key.parent));
        let was_touched = self.seen.touched.contains(&key.parent.to_ascii_lowercase());
        was_there || (was_touched && !pointed_there)
    }
}

/// The foreign keys of `table`; none, if its definition is not understood.
fn foreign_keys(objects: &Objects, table: &str) -> Vec<ForeignKey> {
    let table = objects.definition("table", table).and_then(|sql| Table::parse(sql).ok());
    table.map(|table| table.foreign_keys().cloned().collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;
    use crate::apply::guard::Guard;

    const GROUND: &str = "PRAGMA foreign_keys = OFF;
        CREATE TABLE parent (id INTEGER PRIMARY KEY, name TEXT);
        CREATE TABLE child (id INTEGER PRIMARY KEY, p INTEGER REFERENCES Parent (id));
        CREATE TABLE lost (id INTEGER PRIMARY KEY, p INTEGER REFERENCES parent_old (id));";

    /// What a migration redirects that runs `sql` on tables without rows.
    fn redirected(sql: &str) -> Vec<String> {
        redirected_in(GROUND, false, sql)
    }

    fn redirected_in(ground: &str, legacy: bool, sql: &str) -> Vec<String> {
        redirected_on_the_way(Direction::Forward, ground, legacy, sql)
    }

    fn redirected_on_the_way(
        direction: Direction,
        ground: &str,
        legacy: bool,
        sql: &str,
    ) -> Vec<String> {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(ground).unwrap();
        connection.pragma_update(None, "legacy_alter_table", legacy).unwrap();
        let before = Objects::read(&connection).unwrap();
        let guard = Guard::default();
        guard.install_on(&mut connection).unwrap();
        connection.execute_batch("BEGIN").unwrap();
        guard.arm();
        connection.execute_batch(sql).unwrap();
        let seen = guard.disarm();
        let now = Objects::read(&connection).unwrap();
        find(&before, &now, &seen, direction).iter().map(ToString::to_string).collect()
    }

    const ANEW: &str = "ALTER TABLE parent RENAME TO parent_away;
        CREATE TABLE parent (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
        INSERT INTO parent SELECT * FROM parent_away;";

    #[test]
    fn a_parent_that_is_renamed_away_and_dropped_leaves_its_children_to_nothing() {
        let told = ["`child` now refers to `parent_away`, which is gone, and not to `Parent`"];
        assert_eq!(redirected(&format!("{ANEW} DROP TABLE parent_away")), told);
    }

    #[test]
    fn a_parent_that_is_renamed_away_and_kept_takes_its_children_along() {
        assert_eq!(redirected(ANEW), ["`child` now refers to `parent_away` and not to `Parent`"]);
    }

    #[test]
    fn references_to_a_parent_that_is_renamed_for_good_follow() {
        assert!(redirected("ALTER TABLE parent RENAME TO ancestor").is_empty());
        let twice = "ALTER TABLE parent RENAME TO a; ALTER TABLE a RENAME TO b;";
        assert!(redirected(twice).is_empty());
    }

    #[test]
    fn a_table_that_is_made_under_another_name_first_keeps_its_children() {
        let right = "CREATE TABLE new (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
            INSERT INTO new SELECT * FROM parent; DROP TABLE parent;
            ALTER TABLE new RENAME TO parent;";
        assert!(redirected(right).is_empty());
        let legacy = format!("{ANEW} DROP TABLE parent_away");
        assert!(redirected_in(GROUND, true, &legacy).is_empty());
    }

    #[test]
    fn a_parent_that_is_dropped_leaves_its_children_to_nothing() {
        assert_eq!(redirected("DROP TABLE parent"), ["`child` refers to `Parent`, which is gone"]);
        assert!(redirected("DROP TABLE child; DROP TABLE parent").is_empty());
        let new = "CREATE TABLE a (x PRIMARY KEY); CREATE TABLE b (x REFERENCES a); DROP TABLE a;";
        assert_eq!(redirected(new), ["`b` refers to `a`, which is gone"]);
    }

    #[test]
    fn a_parent_may_go_before_its_child_on_the_way_back_and_not_be_renamed_away() {
        let back = |sql: &str| redirected_on_the_way(Direction::Backward, GROUND, false, sql);
        assert!(back("DROP TABLE parent").is_empty());
        let told = ["`child` now refers to `parent_away`, which is gone, and not to `Parent`"];
        assert_eq!(back(&format!("{ANEW} DROP TABLE parent_away")), told);
    }

    #[test]
    fn a_child_that_is_made_before_its_parent_is_no_harm() {
        assert!(redirected("CREATE TABLE early (p REFERENCES not_yet)").is_empty());
    }

    #[test]
    fn what_pointed_to_nothing_before_may_do_so_still() {
        let again = "CREATE TABLE parent_old (a); DROP TABLE parent_old;
            ALTER TABLE lost ADD COLUMN note; INSERT INTO lost VALUES (1, 1, 'a');";
        assert!(redirected(again).is_empty());
    }

    #[test]
    fn a_child_that_is_written_anew_may_point_elsewhere() {
        let elsewhere = "CREATE TABLE other (id INTEGER PRIMARY KEY);
            CREATE TABLE new (id INTEGER PRIMARY KEY, p INTEGER REFERENCES other (id));
            DROP TABLE child; ALTER TABLE new RENAME TO child;";
        assert!(redirected(elsewhere).is_empty());
    }

    #[test]
    fn a_table_that_refers_to_itself_may_be_renamed_away() {
        let ground = "PRAGMA foreign_keys = OFF;
            CREATE TABLE node (id INTEGER PRIMARY KEY, up REFERENCES node (id));";
        let anew = "ALTER TABLE node RENAME TO node_old;
            CREATE TABLE node (id INTEGER PRIMARY KEY, up INTEGER REFERENCES node (id));
            INSERT INTO node SELECT * FROM node_old; DROP TABLE node_old;";
        assert!(redirected_in(ground, false, anew).is_empty());
    }
}
