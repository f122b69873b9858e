//! Checks what views and triggers mean: a text that still compiles may read other columns.
//!
//! A bare name means the nearest column of that name, so a new column in a subquery's table can capture
//! it; a join by name uses whatever names exist. SQLite itself says what is read, on a copy of the
//! schema.

mod reads;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashSet};

use self::reads::{HIDDEN_ROWID, Read, read, says_alone, takes_all};
use crate::operation::{Kind, Operation, Refusal};
use crate::perform::session::Result;
use crate::perform::verify::affected::Concern;
use crate::perform::verify::affected::{ColumnPath, follow};
use crate::perform::verify::answers::{Columns, Fires, changes};
use crate::perform::verify::joins::Joins;
use crate::perform::verify::name_changes::{changes_columns, changes_names};
use crate::perform::verify::schema_copy::SchemaCopy;
use crate::schema::name::{quote, same};
use crate::schema::{Schema, Trigger};

/// What the views and triggers of a schema read.
pub(in crate::perform) struct Meanings {
    objects: Vec<Meaning>,
    /// The columns of each table, by table and name.
    places: BTreeSet<ColumnPath>,
    /// Columns that are the rowid.
    aliases: BTreeSet<ColumnPath>,
}

struct Meaning {
    kind: Kind,
    name: String,
    /// What a trigger watches.
    table: Option<String>,
    sql: String,
    read: rusqlite::Result<Read>,
    joins: Option<Joins>,
}

impl Meanings {
    /// Reads each view and trigger that `operations` can affect.
    pub(in crate::perform) fn now(
        schema: &Schema,
        concern: &Concern,
        operations: &[Operation],
    ) -> Result<Self> {
        Self::asked(schema, operations, |kind, name| concern.includes(kind, name))
    }

    /// Reads them again after a change, but for those that were not there before.
    pub(in crate::perform) fn still(
        &self,
        schema: &Schema,
        concern: &Concern,
        operations: &[Operation],
    ) -> Result<Self> {
        let known: HashSet<(Kind, String)> =
            self.objects.iter().map(|it| (it.kind, it.name.to_ascii_lowercase())).collect();
        Self::asked(schema, operations, |kind, name| {
            known.contains(&(kind, name.to_ascii_lowercase())) && concern.includes(kind, name)
        })
    }

    fn asked(
        schema: &Schema,
        operations: &[Operation],
        concerns: impl Fn(Kind, &str) -> bool,
    ) -> Result<Self> {
        let mut meanings =
            Self { objects: Vec::new(), places: BTreeSet::new(), aliases: BTreeSet::new() };
        let views: Vec<_> =
            schema.views.iter().filter(|view| concerns(Kind::View, &view.name)).collect();
        let triggers: Vec<_> = schema
            .triggers
            .iter()
            .filter(|trigger| concerns(Kind::Trigger, &trigger.name))
            .collect();
        if !operations.iter().any(changes_names) || (views.is_empty() && triggers.is_empty()) {
            return Ok(meanings);
        }
        let texts = views.iter().map(|view| &view.sql);
        let texts = texts.chain(triggers.iter().map(|trigger| &trigger.sql));
        let copy = SchemaCopy::of(schema, texts)?;
        for view in views {
            let statement = format!("SELECT * FROM main.{}", quote(&view.name));
            meanings.objects.push(Meaning {
                kind: Kind::View,
                name: view.name.clone(),
                table: None,
                sql: view.sql.clone(),
                read: read(&copy, schema, &view.name, [statement]),
                joins: Joins::in_text(&view.sql, &view.name, schema, &copy),
            });
        }
        for trigger in triggers {
            meanings.objects.push(Meaning::of_trigger(trigger, schema, &copy));
        }
        for table in &schema.tables {
            let place =
                |column: &str| (table.name.to_ascii_lowercase(), column.to_ascii_lowercase());
            meanings.places.extend(table.column_names().map(place));
            meanings.aliases.extend(table.rowid_alias().map(|column| place(&column.name)));
        }
        Ok(meanings)
    }

    /// Refuses if one of them still works and reads something else.
    pub(in crate::perform) fn hold(
        self,
        now: &Self,
        operations: &[Operation],
        waits: bool,
    ) -> Result {
        let is_scripted = operations.iter().any(|o| matches!(o, Operation::Execute { .. }));
        for after in &now.objects {
            let is_same =
                |before: &&Meaning| before.kind == after.kind && same(&before.name, &after.name);
            let Some(before) = self.objects.iter().find(is_same) else { continue };
            // A script may have given it another meaning on purpose.
            if is_scripted && before.sql != after.sql {
                continue;
            }
            if let (Some(old), Some(new)) = (&before.joins, &after.joins)
                && let Some(column) = old.differ(new, operations)
            {
                let Meaning { kind, name, table, .. } = after;
                let (name, table) = (name.clone(), table.clone());
                return Err(Refusal::JoinsOther {
                    kind: *kind,
                    name,
                    table,
                    join: new.join.into(),
                    column,
                });
            }
            self.compare(before, after, now, operations, waits)?;
        }
        Ok(())
    }

    fn compare(
        &self,
        before: &Meaning,
        after: &Meaning,
        now: &Self,
        operations: &[Operation],
        waits: bool,
    ) -> Result {
        let (old, new) = match (&before.read, &after.read) {
            (Err(_), _) => return Ok(()),
            (Ok(_), Err(_)) if waits => return Ok(()),
            (Ok(_), Err(error)) => return Err(after.breaks(error)),
            // A trigger that nothing fired, or fires now, reads nothing that could be compared.
            (Ok(old), Ok(new)) if old.statements == 0 || new.statements == 0 => return Ok(()),
            (Ok(old), Ok(new)) => (old, new),
        };
        let followed = |places: &BTreeSet<ColumnPath>| -> BTreeSet<ColumnPath> {
            places.iter().map(|place| follow(operations, place)).collect()
        };
        let known = followed(&self.places);
        let reads: BTreeMap<_, _> =
            old.places.iter().map(|(place, count)| (follow(operations, place), *count)).collect();
        // Where another column becomes the rowid, both names may be told for it.
        let aliases: BTreeSet<_> =
            followed(&self.aliases).symmetric_difference(&now.aliases).cloned().collect();
        let is_rowid = |(table, column): &ColumnPath| {
            aliases.contains(&(table.clone(), column.clone()))
                || (column == HIDDEN_ROWID && aliases.iter().any(|(other, _)| other == table))
        };
        let from_star = |place: &ColumnPath| {
            takes_all(&after.sql) && !known.contains(place) && !says_alone(&before.sql, &place.1)
        };
        let times =
            |reads: &BTreeMap<ColumnPath, usize>, place| reads.get(place).copied().unwrap_or(0);
        let more = new.places.keys().find(|place| {
            times(&new.places, place) > times(&reads, place)
                && !is_rowid(place)
                && !from_star(place)
        });
        // What is read less, though it is there, was taken from elsewhere under the same name.
        let less = reads.keys().find(|place| {
            times(&new.places, place) < times(&reads, place)
                && !is_rowid(place)
                && now.places.contains(*place)
        });
        let instead = less.map(|less| {
            let is_other = |place: &&ColumnPath| place.1 == less.1 && *place != less;
            new.places.keys().find(is_other).unwrap_or(less)
        });
        if let Some((table, column)) = more.or(instead) {
            return Err(after.reads_other(column, table));
        }
        let same_columns = !operations.iter().any(changes_columns);
        if same_columns && old.width != new.width {
            return Err(
                after.reads_other("*", new.places.keys().next().map_or("", |(table, _)| table))
            );
        }
        Ok(())
    }
}

impl Meaning {
    fn of_trigger(trigger: &Trigger, schema: &Schema, copy: &SchemaCopy) -> Self {
        let Trigger { name, table, sql } = trigger;
        let columns = Columns::of(copy.connection(), table);
        let statements = changes(table, &columns, &Fires::on(sql));
        Self {
            kind: Kind::Trigger,
            name: name.clone(),
            table: Some(table.clone()),
            sql: sql.clone(),
            read: copy.with_trigger(trigger, || {
                read(copy, schema, name, statements.into_iter().map(|(_, change)| change))
            }),
            joins: Joins::in_text(sql, name, schema, copy),
        }
    }

    fn breaks(&self, error: &rusqlite::Error) -> Refusal {
        let source = rusqlite::Error::SqliteFailure(
            rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_ERROR),
            Some(error.to_string()),
        );
        let (name, table) = (self.name.clone(), self.table.clone());
        Refusal::Breaks { kind: self.kind, name, table, source }
    }

    fn reads_other(&self, column: &str, source_table: &str) -> Refusal {
        Refusal::ReadsOther {
            kind: self.kind,
            name: self.name.clone(),
            table: self.table.clone(),
            column: column.to_owned(),
            source_table: source_table.to_owned(),
        }
    }
}
