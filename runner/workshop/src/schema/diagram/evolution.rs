//! A schema that changes, in one picture: a table has the same place in all of its states.

use std::collections::BTreeMap;
use std::sync::Arc;

use migration_api::schema::{Schema, Table};
use serde::Serialize;

use super::entity::{Children, Entity, Model, Relation, Row};
use super::picture::Picture;
use super::text;

/// The states of a schema, and where everything is that is in one of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Evolution {
    /// How wide the picture is.
    pub width: i32,
    /// How high it is.
    pub height: i32,
    /// Every table that there ever was, or that a foreign key names.
    pub tables: Vec<EvolvingTable>,
    /// The line of every foreign key that there ever was.
    pub keys: Vec<KeyLine>,
    /// Of each state, in what it is another than the one before, and the first than nothing: tables, each with the
    /// version that it has now, or none if it is gone.
    pub states: Vec<Vec<(usize, Option<usize>)>>,
}

/// A table, and what it ever was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EvolvingTable {
    /// Its name.
    pub name: String,
    /// Its name as it is shown: shortened where it is long, and no other table's.
    pub label: String,
    /// Where its box is, from the left.
    pub left: i32,
    /// Where its box is, from above.
    pub top: i32,
    /// How wide its box is.
    pub width: i32,
    /// The number of the colour of lines to it, of ten.
    pub colour: usize,
    /// What its columns ever were.
    pub rows: Vec<RowInTime>,
    /// What it was, each different from the others.
    pub versions: Vec<Version>,
}

/// What a column was in some versions of its table.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct RowInTime {
    /// Its name.
    pub name: String,
    /// Its name as it is shown.
    pub label: String,
    /// Its declared type; empty for none.
    pub declared_type: String,
    /// `PK`, `FK`, `UK`, in this order.
    pub keys: Vec<&'static str>,
    /// All that its declaration says.
    pub text: String,
    /// In which row of the box the picture has it.
    pub slot: usize,
}

/// What a table was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Version {
    /// Its columns in order, by their numbers among its `rows`.
    pub rows: Vec<usize>,
    /// Its foreign keys.
    pub keys: Vec<KeyInVersion>,
    /// Its constraints, its options and its indexes, as they are written.
    pub rest: Vec<String>,
}

/// A foreign key of a version of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeyInVersion {
    /// Its line.
    pub line: usize,
    /// Whether a parent may have one child at most.
    pub one: bool,
    /// Whether a child may have no parent.
    pub optional: bool,
}

/// The line of a foreign key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeyLine {
    /// The table that has the key.
    pub child: usize,
    /// Its columns.
    pub from: Vec<String>,
    /// The table that it refers to.
    pub parent: usize,
    /// The columns there; empty where they are not known.
    pub to: Vec<String>,
    /// The row of the child that the line leaves from, as a slot; none for the title.
    pub from_slot: Option<usize>,
    /// The row of the parent that it leads to, as a slot; none for the title.
    pub to_slot: Option<usize>,
    /// The corners of the line, from the child to the parent, with the child and the parent as high as they ever were.
    pub path: Vec<(i32, i32)>,
}

impl Evolution {
    /// Of a schema with these tables in its states. What is the same table is read once.
    #[must_use]
    pub fn of(states: &[Vec<Arc<Table>>]) -> Self {
        let mut gathered = Gathered::default();
        let states = states.iter().map(|tables| gathered.state(tables)).collect();
        Self { states, ..gathered.laid_out() }
    }
}

/// What there ever was, while the states are read.
#[derive(Default)]
struct Gathered {
    /// The tables by their names, in lower case.
    numbers: BTreeMap<String, usize>,
    tables: Vec<GatheredTable>,
    keys: BTreeMap<Key, usize>,
}

/// A foreign key, by names in lower case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    child: usize,
    from: Vec<String>,
    parent: usize,
    to: Vec<String>,
}

/// A table as far as it was read.
struct GatheredTable {
    name: String,
    /// The rows of its box, by the names of columns in lower case.
    slots: Vec<String>,
    rows: BTreeMap<RowInTime, usize>,
    versions: Vec<Version>,
    now: Option<Now>,
}

/// What a table is in the state that was read last.
struct Now {
    /// It, and the parents by which its foreign keys were read.
    read: Vec<Arc<Table>>,
    version: usize,
}

fn lower(name: &str) -> String {
    name.to_ascii_lowercase()
}

impl Gathered {
    /// Reads the next state, and gives what it changes.
    fn state(&mut self, tables: &[Arc<Table>]) -> Vec<(usize, Option<usize>)> {
        let by_name: BTreeMap<String, &Arc<Table>> = tables
            .iter()
            .filter(|table| !table.shadow)
            .map(|table| (lower(&table.name), table))
            .collect();
        let mut changes = Vec::new();
        for (name, number) in &self.numbers {
            let table = &mut self.tables[*number];
            if !by_name.contains_key(name) && table.now.take().is_some() {
                changes.push((*number, None));
            }
        }
        for (name, table) in &by_name {
            let parents = table.foreign_keys().filter_map(|key| by_name.get(&lower(&key.parent)));
            let mut read = vec![Arc::clone(table)];
            read.extend(parents.map(|parent| Arc::clone(parent)));
            let number = self.number(&table.name);
            let now = self.tables[number].now.as_ref();
            let is_known = |now: &&Now| {
                now.read.len() == read.len()
                    && now.read.iter().zip(&read).all(|(one, other)| Arc::ptr_eq(one, other))
            };
            if now.filter(is_known).is_some() {
                continue;
            }
            let before = now.map(|now| now.version);
            self.tables[number].name.clone_from(&table.name);
            let version = self.version(number, table, &read);
            self.tables[number].now = Some(Now { read, version });
            if before != Some(version) {
                changes.push((number, Some(version)));
            }
            debug_assert_eq!(self.numbers.get(name), Some(&number));
        }
        changes.sort_unstable();
        changes
    }

    /// The number of the table of this name.
    fn number(&mut self, name: &str) -> usize {
        let next = self.tables.len();
        let number = *self.numbers.entry(lower(name)).or_insert(next);
        if number == next {
            self.tables.push(GatheredTable {
                name: name.to_owned(),
                slots: Vec::new(),
                rows: BTreeMap::new(),
                versions: Vec::new(),
                now: None,
            });
        }
        number
    }

    /// The number of what `table` is, which is read with its parents.
    fn version(&mut self, number: usize, table: &Table, read: &[Arc<Table>]) -> usize {
        let model = Model::of(&Schema { tables: read.to_vec(), ..Schema::default() });
        let rows = self.tables[number].rows(&model.entities[0], table);
        let own = model.relations.iter().filter(|relation| relation.child == 0);
        let keys = own.map(|relation| self.key(number, &model, relation)).collect();
        let version = Version { rows, keys, rest: rest(table) };
        let versions = &mut self.tables[number].versions;
        versions.iter().position(|known| *known == version).unwrap_or_else(|| {
            versions.push(version);
            versions.len() - 1
        })
    }

    fn key(&mut self, child: usize, model: &Model, relation: &Relation) -> KeyInVersion {
        let names = |entity: usize, rows: &[usize]| -> Vec<String> {
            rows.iter().map(|row| lower(&model.entities[entity].rows[*row].name)).collect()
        };
        let (from, to) =
            (names(relation.child, &relation.from), names(relation.parent, &relation.to));
        let parent = self.number(&model.entities[relation.parent].name);
        let next = self.keys.len();
        let line = *self.keys.entry(Key { child, from, parent, to }).or_insert(next);
        let one = relation.children == Children::One;
        KeyInVersion { line, one, optional: relation.optional }
    }

    /// Everything in its place, without the states.
    fn laid_out(self) -> Evolution {
        let mut keys: Vec<&Key> = self.keys.keys().collect();
        keys.sort_by_key(|key| self.keys[*key]);
        let picture = Picture::of(&self.model(&keys));
        let lines = keys.iter().zip(&picture.model.relations).zip(picture.paths);
        let name =
            |table: usize, slot: &usize| picture.model.entities[table].rows[*slot].name.clone();
        let keys = lines.map(|((key, relation), path)| KeyLine {
            child: key.child,
            from: relation.from.iter().map(|slot| name(key.child, slot)).collect(),
            parent: key.parent,
            to: relation.to.iter().map(|slot| name(key.parent, slot)).collect(),
            from_slot: relation.leaves.0,
            to_slot: relation.to.first().copied(),
            path,
        });
        let keys = keys.collect();
        let boxes = picture.boxes.iter().zip(&picture.colours).zip(&picture.model.entities);
        let tables = self.tables.into_iter().zip(boxes);
        let tables = tables.map(|(table, ((own, colour), entity))| EvolvingTable {
            name: table.name,
            label: entity.label.clone(),
            left: own.left,
            top: own.top,
            width: own.width,
            colour: *colour,
            rows: in_order(table.rows),
            versions: table.versions,
        });
        let tables = tables.collect();
        let (width, height) = (picture.width, picture.height);
        Evolution { width, height, tables, keys, states: Vec::new() }
    }

    /// A schema in which everything is that there ever was.
    fn model(&self, keys: &[&Key]) -> Model {
        let names: Vec<&str> = self.tables.iter().map(|table| table.name.as_str()).collect();
        let entities = self.tables.iter().zip(text::labels(&names));
        let relations = keys.iter().map(|key| Relation {
            child: key.child,
            from: self.tables[key.child].slots_of(&key.from),
            parent: key.parent,
            to: self.tables[key.parent].slots_of(&key.to),
            leaves: (None, 0),
            children: Children::Many,
            optional: false,
        });
        let mut model = Model {
            entities: entities.map(|(table, label)| table.widest(label)).collect(),
            relations: relations.collect(),
        };
        model.let_lines_leave();
        model
    }
}

impl GatheredTable {
    /// The numbers of the rows of `entity`, which is this table as it is in `table`.
    fn rows(&mut self, entity: &Entity, table: &Table) -> Vec<usize> {
        let items = table.items().map(words);
        let mut numbers = Vec::new();
        for (row, text) in entity.rows.iter().zip(items) {
            let slot = self.slot(&lower(&row.name));
            let Row { name, label, declared_type, keys } = row.clone();
            let row = RowInTime { name, label, declared_type, keys, text, slot };
            let next = self.rows.len();
            numbers.push(*self.rows.entry(row).or_insert(next));
        }
        numbers
    }

    fn slot(&mut self, name: &str) -> usize {
        self.slots.iter().position(|slot| slot == name).unwrap_or_else(|| {
            self.slots.push(name.to_owned());
            self.slots.len() - 1
        })
    }

    fn slots_of(&self, names: &[String]) -> Vec<usize> {
        names.iter().filter_map(|name| self.slots.iter().position(|slot| slot == name)).collect()
    }

    /// A box in which each version has room.
    fn widest(&self, label: String) -> Entity {
        let mut rows: Vec<Option<Row>> = vec![None; self.slots.len()];
        for row in self.rows.keys() {
            let RowInTime { name, label, declared_type, keys, .. } = row.clone();
            let Some(widest) = rows.get_mut(row.slot) else { continue };
            let widest = widest.get_or_insert(Row { name, label, declared_type, keys });
            let is_wider = |new: &str, old: &str| text::width(new) > text::width(old);
            if is_wider(&row.label, &widest.label) {
                widest.label.clone_from(&row.label);
            }
            if is_wider(&row.declared_type, &widest.declared_type) {
                widest.declared_type.clone_from(&row.declared_type);
            }
            if row.keys.len() > widest.keys.len() {
                widest.keys.clone_from(&row.keys);
            }
        }
        let rows = rows.into_iter().flatten().collect();
        Entity { name: self.name.clone(), label, rows, exists: !self.versions.is_empty() }
    }
}

/// The rows in the order of their numbers.
fn in_order(rows: BTreeMap<RowInTime, usize>) -> Vec<RowInTime> {
    let mut rows: Vec<_> = rows.into_iter().collect();
    rows.sort_by_key(|(_, number)| *number);
    rows.into_iter().map(|(row, _)| row).collect()
}

/// What is to be said of a table beside its columns.
fn rest(table: &Table) -> Vec<String> {
    let options = [("STRICT", table.strict), ("WITHOUT ROWID", table.without_rowid)];
    let options = options.into_iter().filter(|(_, has)| *has).map(|(words, _)| words.to_owned());
    let constraints = table.items().skip(table.columns.len()).map(words);
    let indexes = table.indexes.iter().filter_map(|index| index.sql.as_deref()).map(words);
    constraints.chain(options).chain(indexes).collect()
}

/// `text` on one line.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use migration_api::schema::Catalog;
    use rusqlite::Connection;

    use super::*;

    /// The tables after each script, which are read anew only where they changed.
    fn states(scripts: &[&str]) -> Vec<Vec<Arc<Table>>> {
        let connection = Connection::open_in_memory().unwrap();
        let mut catalog = Catalog::default();
        let mut after = |script: &&str| {
            connection.execute_batch(script).unwrap();
            catalog.refresh(&connection).unwrap().tables.clone()
        };
        scripts.iter().map(&mut after).collect()
    }

    const HISTORY: [&str; 5] = [
        "CREATE TABLE player (id INTEGER PRIMARY KEY, name TEXT)",
        "CREATE TABLE score (player INTEGER REFERENCES Player, points REAL)",
        "ALTER TABLE player ADD COLUMN level INTEGER NOT NULL DEFAULT 1",
        "DROP TABLE score; CREATE INDEX by_name ON player (name)",
        "CREATE TABLE score (player INTEGER REFERENCES Player, points REAL)",
    ];

    #[test]
    fn each_state_says_what_it_changes() {
        let evolution = Evolution::of(&states(&HISTORY));
        let states: Vec<_> = evolution.states.iter().map(Vec::as_slice).collect();
        assert_eq!(
            states,
            [
                &[(0, Some(0))][..],
                &[(1, Some(0))],
                &[(0, Some(1))],
                &[(0, Some(2)), (1, None)],
                // It is what it was, and no version more.
                &[(1, Some(0))],
            ]
        );
        let player = &evolution.tables[0];
        let names: Vec<_> = player.rows.iter().map(|row| row.text.as_str()).collect();
        assert_eq!(
            names,
            ["id INTEGER PRIMARY KEY", "name TEXT", "level INTEGER NOT NULL DEFAULT 1"]
        );
        assert_eq!(player.versions[2].rest, ["CREATE INDEX by_name ON player (name)"]);
        assert_eq!(evolution.tables[1].versions.len(), 1);
    }

    #[test]
    fn the_line_of_a_key_goes_from_its_row_to_that_of_its_parent() {
        let evolution = Evolution::of(&states(&HISTORY));
        let [key] = evolution.keys.as_slice() else { panic!("{:?}", evolution.keys) };
        assert_eq!(
            (key.from.as_slice(), key.to.as_slice()),
            (&["player".to_owned()][..], &["id".to_owned()][..])
        );
        let (start, end) = (key.path[0], key.path[key.path.len() - 1]);
        let [player, score] = [&evolution.tables[0], &evolution.tables[1]];
        assert!([score.left, score.left + score.width].contains(&start.0));
        assert!([player.left, player.left + player.width].contains(&end.0));
        assert!(start.1 > score.top && end.1 > player.top);
        for corners in key.path.windows(2) {
            assert!(corners[0].0 == corners[1].0 || corners[0].1 == corners[1].1, "{:?}", key.path);
        }
    }

    #[test]
    fn a_table_that_only_keys_name_has_a_place_and_no_version() {
        let evolution = Evolution::of(&states(&["CREATE TABLE a (b REFERENCES nowhere)"]));
        let nowhere = &evolution.tables[1];
        assert_eq!((nowhere.name.as_str(), nowhere.versions.len()), ("nowhere", 0));
        assert!(nowhere.width > 0);
        assert_eq!(evolution.states, [[(0, Some(0))]]);
        assert_eq!(Evolution::of(&[]).tables, []);
    }

    #[test]
    fn no_box_is_over_another_in_any_state() {
        let tables: String = (0..30)
            .map(|n| format!("CREATE TABLE t{n} (id INTEGER PRIMARY KEY, a INTEGER REFERENCES t{}, b REFERENCES t{});", n / 3, n / 2))
            .collect();
        let evolution = Evolution::of(&states(&[
            &tables,
            "ALTER TABLE t3 ADD COLUMN more TEXT; DROP TABLE t29",
        ]));
        let height = |table: &EvolvingTable| {
            let slots = table.rows.iter().map(|row| row.slot + 2).max().unwrap_or(1);
            i32::try_from(slots).unwrap() * super::super::size::CELL
        };
        for (number, one) in evolution.tables.iter().enumerate() {
            for other in &evolution.tables[number + 1..] {
                let beside =
                    one.left + one.width <= other.left || other.left + other.width <= one.left;
                let above =
                    one.top + height(one) <= other.top || other.top + height(other) <= one.top;
                assert!(beside || above, "{} and {}", one.name, other.name);
            }
        }
        assert!(evolution.keys.iter().all(|key| key.path.len() >= 4));
    }
}
