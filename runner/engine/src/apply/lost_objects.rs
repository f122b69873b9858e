//! Indexes, triggers, views and AUTOINCREMENT counters that vanished without a statement for it, as
//! they do when a table is dropped and made again.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use migration_api::schema::{Index, Table};
use rusqlite::Connection;

use super::activity::Activity;
use crate::record::Made;
use crate::schema_objects::{Object, Objects};

/// Something other than rows that would be gone.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum LostObject {
    /// An index, a trigger or a view.
    Object {
        /// What it is: `index`, `trigger` or `view`.
        kind: String,
        /// Its name.
        name: String,
        /// What it was on; `None` for a view.
        table: Option<String>,
    },
    /// The counter of an AUTOINCREMENT table would give out numbers again.
    Counter {
        /// The table.
        table: String,
        /// The highest number that it ever gave out.
        before: i64,
        /// What it would say now; `None`: there is no counter any more.
        after: Option<i64>,
        /// Whether the table still asks for one, by AUTOINCREMENT.
        wanted: bool,
    },
}

impl fmt::Display for LostObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Object { kind, name, table: Some(table) } => {
                write!(f, "the {kind} `{name}` of `{table}`")
            }
            Self::Object { kind, name, table: None } => write!(f, "the {kind} `{name}`"),
            Self::Counter { table, before, after: Some(after), .. } => {
                write!(f, "the AUTOINCREMENT counter of `{table}`, from {before} to {after}")
            }
            Self::Counter { table, before, after: None, .. } => {
                write!(f, "the AUTOINCREMENT counter of `{table}`, which was at {before}")
            }
        }
    }
}

impl LostObject {
    /// What to do about all that is `lost`, in words and statements that can be typed as they are.
    pub(super) fn ways_out(lost: &[Self]) -> String {
        let mut ways = Vec::new();
        if lost.iter().any(|one| matches!(one, Self::Object { .. })) {
            ways.push(
                "A table that is dropped takes its indexes and triggers along: make them again, or use \
                 the operations, which keep them. What is to go, drop by name before the table"
                    .to_owned(),
            );
        }
        ways.extend(lost.iter().filter_map(Self::way_to_keep_a_counter));
        ways.join(". ")
    }

    fn way_to_keep_a_counter(&self) -> Option<String> {
        let Self::Counter { table, before, wanted, .. } = self else { return None };
        let name = format!("'{}'", table.replace('\'', "''"));
        let back = format!("`UPDATE sqlite_sequence SET seq = 0 WHERE name = {name}`");
        Some(match wanted {
            // There may be a row with another number, and none, and SQLite reads the first.
            true => format!(
                "To go on counting from {before}, end with \
                 `DELETE FROM sqlite_sequence WHERE name = {name}; \
                 INSERT INTO sqlite_sequence (name, seq) VALUES ({name}, {before})`; if numbers may be \
                 given out again, say so in a migration of its own before this one: {back}"
            ),
            false => format!(
                "`{table}` has no AUTOINCREMENT any more. If its numbers may be given out again, say so \
                 before it is dropped: {back}"
            ),
        })
    }
}

/// The kind under which a counter is noted that a migration gave to an existing table.
const AUTOINCREMENT: &str = "autoincrement";

/// The objects and the AUTOINCREMENT counters of a database at one moment.
pub(super) struct Inventory {
    pub(super) objects: Arc<Objects>,
    /// By the name of the table.
    counters: Vec<(String, i64)>,
}

impl Inventory {
    /// Reads the counters of `connection`, whose `objects` were read.
    ///
    /// # Errors
    /// SQLite's error.
    pub(super) fn of(objects: Objects, connection: &Connection) -> rusqlite::Result<Self> {
        let counters = if objects.have_counters() { counters(connection)? } else { Vec::new() };
        Ok(Self { objects: Arc::new(objects), counters })
    }

    /// What `self` has and `now` has not, without a word of the migration that did what `seen` says. On its
    /// way back it takes along what it `made` itself on the way forward.
    pub(super) fn lost_in(&self, now: &Self, seen: &Activity, made: &Made) -> Vec<LostObject> {
        let mut lost = Vec::new();
        for gone in self.objects.not_in(&now.objects) {
            if !seen.drops.contains(&gone.name().to_ascii_lowercase())
                && !made.contains(gone.kind(), gone.name())
                && gone.should_still_be_in(&now.objects)
                && !is_renamed(&gone, &self.objects, &now.objects)
            {
                lost.push(gone.as_lost());
            }
        }
        // Without a dropped table, a counter only goes down by a statement for it.
        if seen.drops_a_table() {
            let is_given_up = |(table, _): &&(String, i64)| {
                (seen.sets_a_counter || made.contains(AUTOINCREMENT, table))
                    && !now.has_autoincrement(table)
            };
            let counters = self.counters.iter().filter(|counter| !is_given_up(counter));
            lost.extend(counters.filter_map(|counter| now.lowered(counter)));
        }
        lost
    }

    /// What `now` has that `self` had not under any name: the migration in between made it.
    pub(super) fn made_in(&self, now: &Self) -> Made {
        let mut made = Made::default();
        for new in now.objects.not_in(&self.objects) {
            if new.kind() != "table" && !is_renamed(&new, &now.objects, &self.objects) {
                made.add(new.kind(), new.name());
            }
        }
        let changed = now.objects.changed_since(&self.objects);
        for table in changed.filter(|_| now.objects.have_counters()) {
            let name = table.name();
            if table.kind() == "table"
                && now.has_autoincrement(name)
                && self.objects.have("table", name)
                && !self.has_autoincrement(name)
            {
                made.add(AUTOINCREMENT, name);
            }
        }
        made
    }

    /// Whether the table asks for a counter; also if its text is not understood.
    fn has_autoincrement(&self, table: &str) -> bool {
        let definition = self.objects.definition("table", table);
        definition.is_some_and(|sql| Table::parse(sql).map_or(true, |it| it.is_autoincrement()))
    }

    /// The counter of a table that is still there, if it says less than it did.
    fn lowered(&self, (table, before): &(String, i64)) -> Option<LostObject> {
        let after = self.counters.iter().find(|(name, _)| name.eq_ignore_ascii_case(table));
        let after = after.map(|(_, number)| *number);
        let (table, before, wanted) = (table.clone(), *before, self.has_autoincrement(table));
        (self.objects.have("table", &table) && after.is_none_or(|after| after < before))
            .then_some(LostObject::Counter { table, before, after, wanted })
    }
}

impl Object<'_> {
    /// An index or a trigger goes with what it is on; a table never goes unasked.
    fn should_still_be_in(&self, now: &Objects) -> bool {
        match self.kind() {
            "view" => true,
            "index" => now.have("table", self.table()),
            "trigger" => now.have("table", self.table()) || now.have("view", self.table()),
            _ => false,
        }
    }

    pub(super) fn as_lost(&self) -> LostObject {
        LostObject::Object {
            kind: self.kind().to_owned(),
            name: self.name().to_owned(),
            table: (self.kind() != "view").then(|| self.table().to_owned()),
        }
    }
}

/// Whether an index is there under another name that was not there before.
fn is_renamed(gone: &Object<'_>, before: &Objects, now: &Objects) -> bool {
    let nameless = |object: &Object<'_>| {
        let mut index = Index::parse(object.sql()).ok()?;
        (index.name, index.sql) = (String::new(), None);
        index.table.make_ascii_lowercase();
        Some(index)
    };
    gone.kind() == "index"
        && nameless(gone).is_some_and(|index| {
            now.not_in(before)
                .any(|new| new.kind() == "index" && nameless(&new).as_ref() == Some(&index))
        })
}

/// What the counters say that have counted. Of several rows with one name SQLite reads the first
/// (`autoIncBegin` in its insert.c).
fn counters(connection: &Connection) -> rusqlite::Result<Vec<(String, i64)>> {
    let mut counters: Vec<(String, i64)> = Vec::new();
    let mut statement = connection.prepare(
        "SELECT name, CAST(seq AS INTEGER) FROM main.sqlite_sequence \
         WHERE name IS NOT NULL ORDER BY rowid",
    )?;
    let mut rows = statement.query([])?;
    let mut names = BTreeSet::new();
    while let Some(row) = rows.next()? {
        let (name, number): (String, Option<i64>) = (row.get(0)?, row.get(1)?);
        if names.insert(name.clone())
            && let Some(number @ 1..) = number
        {
            counters.push((name, number));
        }
    }
    Ok(counters)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apply::guard::Guard;

    const GROUND: &str = "
        CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a, b);
        CREATE INDEX by_a ON t (a); CREATE INDEX by_b ON t (b) WHERE b > 0;
        CREATE TRIGGER watch AFTER INSERT ON t BEGIN SELECT 1; END;
        CREATE VIEW v AS SELECT a FROM t;
        CREATE TRIGGER through INSTEAD OF INSERT ON v BEGIN SELECT 1; END;
        INSERT INTO t VALUES (7, 1, 1), (9, 1, 1); DELETE FROM t WHERE id = 9;";

    /// A rebuild as people write it.
    const BY_HAND: &str = "
        CREATE TABLE new (id INTEGER PRIMARY KEY AUTOINCREMENT, a, b NOT NULL);
        INSERT INTO new SELECT * FROM t; DROP TABLE t; ALTER TABLE new RENAME TO t;";
    const INDEXES: &str = "CREATE INDEX by_a ON t (a); CREATE INDEX by_b ON t (b) WHERE b > 0;";
    const TRIGGER: &str = "CREATE TRIGGER watch AFTER INSERT ON t BEGIN SELECT 1; END;";
    const COUNTER: &str = "UPDATE sqlite_sequence SET seq = 9 WHERE name = 't';";

    fn read(connection: &Connection) -> rusqlite::Result<Inventory> {
        Inventory::of(Objects::read(connection)?, connection)
    }

    /// What is lost when a migration runs these.
    fn lost(statements: &[&str]) -> Vec<String> {
        raw(statements).iter().map(ToString::to_string).collect()
    }

    fn raw(statements: &[&str]) -> Vec<LostObject> {
        raw_on_the_way_back(&[], statements)
    }

    fn lost_on_the_way_back(forward: &[&str], statements: &[&str]) -> Vec<String> {
        raw_on_the_way_back(forward, statements).iter().map(ToString::to_string).collect()
    }

    /// What is lost when a migration runs the ones forward, and then the others backward.
    fn raw_on_the_way_back(forward: &[&str], statements: &[&str]) -> Vec<LostObject> {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(GROUND).unwrap();
        let before = read(&connection).unwrap();
        connection.execute_batch(&forward.concat()).unwrap();
        let (before, made) = {
            let now = read(&connection).unwrap();
            let made = before.made_in(&now);
            (now, made)
        };
        let guard = Guard::default();
        guard.install_on(&mut connection).unwrap();
        connection.pragma_update(None, "legacy_alter_table", true).unwrap();
        connection.execute_batch("BEGIN").unwrap();
        guard.arm();
        connection.execute_batch(&statements.concat()).unwrap();
        let seen = guard.disarm();
        before.lost_in(&read(&connection).unwrap(), &seen, &made)
    }

    #[test]
    fn a_rebuild_by_hand_loses_indexes_triggers_and_the_counter() {
        assert_eq!(
            lost(&[BY_HAND]),
            [
                "the index `by_a` of `t`",
                "the index `by_b` of `t`",
                "the trigger `watch` of `t`",
                "the AUTOINCREMENT counter of `t`, from 9 to 7"
            ]
        );
        assert_eq!(
            lost(&[
                "CREATE TABLE new (id INTEGER PRIMARY KEY, a, b); DROP TABLE t;
                    ALTER TABLE new RENAME TO t;",
                INDEXES,
                TRIGGER
            ]),
            ["the AUTOINCREMENT counter of `t`, which was at 9"]
        );
    }

    #[test]
    fn a_rebuild_that_makes_everything_again_loses_nothing() {
        assert!(lost(&[BY_HAND, INDEXES, TRIGGER, COUNTER]).is_empty());
    }

    /// What is lost when the migration does what the way out says, in the place of `COUNTER`.
    fn lost_with_the_way_out(forward: &str) -> (String, Vec<String>) {
        let lost = raw(&[forward, INDEXES, TRIGGER]);
        let way = LostObject::ways_out(&lost);
        let statements = way.split('`').find(|part| part.contains("sqlite_sequence")).unwrap();
        let with = match statements.starts_with("DELETE") {
            true => self::lost(&[forward, INDEXES, TRIGGER, statements]),
            false => self::lost(&[&format!("{statements};"), forward, INDEXES, TRIGGER]),
        };
        (way, with)
    }

    #[test]
    fn the_way_out_for_a_counter_can_be_typed() {
        // As a table is made anew where no row is left: its counter may have a row that says 0.
        let emptied = format!("DELETE FROM sqlite_sequence; DELETE FROM t; {BY_HAND}");
        for forward in [BY_HAND, &emptied, &BY_HAND.replace("AUTOINCREMENT", "")] {
            let (way, lost) = lost_with_the_way_out(forward);
            assert!(lost.is_empty(), "{way}: {lost:?}");
        }
        // A second row is not read by SQLite, so it keeps nothing.
        let second = "INSERT INTO sqlite_sequence (name, seq) VALUES ('t', 9);";
        assert_eq!(lost(&[BY_HAND, INDEXES, TRIGGER, second]).len(), 1);
    }

    #[test]
    fn what_is_dropped_by_name_is_not_lost() {
        let drops = "DROP INDEX by_a; DROP INDEX by_b; DROP TRIGGER watch;";
        assert!(lost(&[drops]).is_empty());
        assert!(lost(&[drops, BY_HAND, COUNTER]).is_empty());
        assert!(lost(&["DROP VIEW v;"]).is_empty());
        assert!(lost(&["DROP TABLE t;"]).is_empty());
    }

    #[test]
    fn a_trigger_that_goes_with_its_view_is_lost_if_the_view_comes_back() {
        assert_eq!(
            lost(&["DROP VIEW v; CREATE VIEW v AS SELECT b AS a FROM t;"]),
            ["the trigger `through` of `v`"]
        );
    }

    #[test]
    fn another_name_is_no_loss_and_another_definition_is() {
        let back = "INSERT INTO new SELECT * FROM t; DROP TABLE t; ALTER TABLE new RENAME TO t;";
        let new = "CREATE TABLE new (id INTEGER PRIMARY KEY AUTOINCREMENT, a, b);";
        let renamed = "CREATE INDEX a_2 ON T ( a ); CREATE INDEX b_2 ON t (b) WHERE b > 0;";
        let other = "CREATE INDEX a_2 ON t (a); CREATE INDEX b_2 ON t (b);";
        assert_eq!(lost(&[new, back, renamed, TRIGGER, COUNTER]), Vec::<String>::new());
        assert_eq!(lost(&[new, back, other, TRIGGER, COUNTER]), ["the index `by_b` of `t`"]);
        assert!(lost(&["ALTER TABLE t RENAME TO u;"]).is_empty());
    }

    #[test]
    fn a_counter_that_goes_with_autoincrement_by_a_statement_for_it_is_not_lost() {
        let without = "CREATE TABLE new (id INTEGER PRIMARY KEY, a, b);
            INSERT INTO new SELECT * FROM t; DROP TABLE t; ALTER TABLE new RENAME TO t;";
        let gives_up = "UPDATE sqlite_sequence SET seq = 0 WHERE name = 't';";
        assert!(lost(&[gives_up, without, INDEXES, TRIGGER]).is_empty());
        let forgotten = lost(&[gives_up, BY_HAND, INDEXES, TRIGGER]);
        assert_eq!(forgotten, ["the AUTOINCREMENT counter of `t`, from 9 to 7"]);
    }

    #[test]
    fn on_the_way_back_goes_what_the_way_forward_made_and_nothing_else() {
        let forward = "CREATE INDEX both ON t (a, b); CREATE VIEW w AS SELECT b FROM t;
            CREATE TRIGGER more AFTER DELETE ON t BEGIN SELECT 1; END;
            CREATE TRIGGER of_w INSTEAD OF INSERT ON w BEGIN SELECT 1; END;";
        let back = "CREATE TABLE new (id INTEGER PRIMARY KEY AUTOINCREMENT, a, b);
            INSERT INTO new SELECT * FROM t; DROP TABLE t; ALTER TABLE new RENAME TO t;
            DROP VIEW w; CREATE VIEW w AS SELECT a FROM t;";
        let rest = [back, INDEXES, TRIGGER, COUNTER];
        assert_eq!(lost_on_the_way_back(&[forward], &rest), Vec::<String>::new());
        assert_eq!(
            lost(&[forward, &rest.concat()]).len(),
            0,
            "what comes and goes in one direction was never there"
        );
        let without_what_was_there = lost_on_the_way_back(&[forward], &[back, COUNTER]);
        let lost =
            ["the index `by_a` of `t`", "the index `by_b` of `t`", "the trigger `watch` of `t`"];
        assert_eq!(without_what_was_there, lost);
    }

    #[test]
    fn an_index_that_the_way_forward_only_renamed_is_missed_on_the_way_back() {
        let renamed = "DROP INDEX by_a; CREATE INDEX a_2 ON t (a);";
        let gone = lost_on_the_way_back(&[renamed], &[BY_HAND, TRIGGER, COUNTER]);
        assert_eq!(gone, ["the index `a_2` of `t`", "the index `by_b` of `t`"]);
    }

    #[test]
    fn a_counter_goes_back_with_the_autoincrement_that_the_way_forward_brought() {
        let ground = "CREATE TABLE u (id INTEGER PRIMARY KEY, a); INSERT INTO u VALUES (5, 1);";
        let anew = |autoincrement: &str| {
            format!(
                "CREATE TABLE new (id INTEGER PRIMARY KEY {autoincrement}, a);
                 INSERT INTO new SELECT * FROM u; DROP TABLE u; ALTER TABLE new RENAME TO u;"
            )
        };
        let mut connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(&[GROUND, ground].concat()).unwrap();
        let first = read(&connection).unwrap();
        connection.execute_batch(&anew("AUTOINCREMENT")).unwrap();
        let before = read(&connection).unwrap();
        let made = first.made_in(&before);
        let guard = Guard::default();
        guard.install_on(&mut connection).unwrap();
        connection.execute_batch("BEGIN").unwrap();
        guard.arm();
        connection.execute_batch(&anew("")).unwrap();
        let (seen, now) = (guard.disarm(), read(&connection).unwrap());
        assert_eq!(before.lost_in(&now, &seen, &made), []);
        let lost = before.lost_in(&now, &seen, &Made::default());
        assert_eq!(lost[0].to_string(), "the AUTOINCREMENT counter of `u`, which was at 5");
    }

    #[test]
    fn a_counter_that_is_set_back_by_a_statement_is_not_lost() {
        assert!(lost(&["DELETE FROM t; DELETE FROM sqlite_sequence;"]).is_empty());
    }
}
