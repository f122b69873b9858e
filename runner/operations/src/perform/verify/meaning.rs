//! What views and triggers mean: a text that still compiles may come to read other columns.
//!
//! A bare name means the nearest column of that name, so that a new column in a subquery's table can
//! come between; a join by name is on whatever names there are. SQLite itself says what is read, on a
//! copy of the schema.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use sqlite3_parser::dialect::TokenType;

use crate::operation::Operation;
use crate::operation::{Kind, Refusal};
use crate::perform::renamed_columns::{ColumnPath, follow};
use crate::perform::session::Result;
use crate::perform::verify::affected::Concern;
use crate::perform::verify::answers::{Columns, Fires, changes};
use crate::perform::verify::joins::Joins;
use crate::perform::verify::schema_copy::{ColumnRead, SchemaCopy};
use crate::schema::name::{quote, same, unquote};
use crate::schema::{ROWID, Schema, Table, Trigger, sql};

/// What the views and triggers of a schema read.
pub(in crate::perform) struct Meanings {
    objects: Vec<Meaning>,
    /// The columns of each table, and what else can be read of it.
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

struct Read {
    /// What is read, and how often.
    places: BTreeMap<ColumnPath, usize>,
    /// How many columns a view has.
    width: usize,
    /// How many statements were asked: none for a trigger that no change fires.
    statements: usize,
}

impl Meanings {
    /// Asks of each view and trigger that `operations` can concern.
    pub(in crate::perform) fn now(
        schema: &Schema,
        concern: &Concern,
        operations: &[Operation],
    ) -> Result<Self> {
        Self::asked(schema, operations, |kind, name| concern.includes(kind, name))
    }

    /// The same after a change, of what was there before: nothing is compared with what was not.
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

/// What the rowid is called here where no column is another name for it.
const HIDDEN_ROWID: &str = "the rowid";

/// What `statements` read on behalf of the view or trigger `name`.
fn read(
    copy: &SchemaCopy,
    schema: &Schema,
    name: &str,
    statements: impl IntoIterator<Item = String>,
) -> rusqlite::Result<Read> {
    let mut all = Read { places: BTreeMap::new(), width: 0, statements: 0 };
    // What WITH has named reads for the object whose text it stands in, and so does a view that is
    // changed. What `*` means in another view is that view's own matter.
    let is_own = |seen: &ColumnRead| {
        seen.reader.as_deref().is_some_and(|reader| {
            same(reader, name) || schema.view(reader).is_none_or(|view| !takes_all(&view.sql))
        })
    };
    for statement in statements {
        let (seen, width) = copy.reads(&statement)?;
        all.width = width;
        all.statements += 1;
        for seen in seen.into_iter().filter(is_own) {
            *all.places.entry(place(schema, seen)).or_default() += 1;
        }
    }
    Ok(all)
}

fn place(schema: &Schema, seen: ColumnRead) -> ColumnPath {
    let has = |table: &Table| table.column(&seen.column).is_some();
    let is_rowid = ROWID.iter().any(|rowid| same(rowid, &seen.column))
        && !schema.table(&seen.table).is_some_and(has);
    let column = if is_rowid { HIDDEN_ROWID.to_owned() } else { seen.column.to_ascii_lowercase() };
    (seen.table, column)
}

/// Whether names come, go or change with `operation`.
fn changes_names(operation: &Operation) -> bool {
    changes_columns(operation)
        || matches!(operation, Operation::RenameTable { .. } | Operation::RenameColumn { .. })
}

/// Whether columns come or go with `operation`.
fn changes_columns(operation: &Operation) -> bool {
    matches!(
        operation,
        Operation::AddColumn { .. }
            | Operation::DropColumn { .. }
            | Operation::CreateTable(_)
            | Operation::DropTable { .. }
            | Operation::Execute { .. }
    )
}

/// Whether `*` stands for columns somewhere in `text`.
fn takes_all(text: &str) -> bool {
    let tokens = sql::tokens(text).unwrap_or_default();
    tokens.windows(2).any(|pair| {
        pair[1].kind == TokenType::TK_STAR
            && matches!(
                pair[0].kind,
                TokenType::TK_SELECT
                    | TokenType::TK_DISTINCT
                    | TokenType::TK_ALL
                    | TokenType::TK_COMMA
                    | TokenType::TK_DOT
            )
    })
}

/// Whether `text` says `name` without a table before it, and not as a name that it gives.
fn says_alone(text: &str, name: &str) -> bool {
    let tokens = sql::tokens(text).unwrap_or_default();
    tokens.iter().enumerate().any(|(at, token)| {
        let behind = at.checked_sub(1).map(|before| tokens[before].kind);
        same(&unquote(&text[token.span.clone()]), name)
            && !matches!(behind, Some(TokenType::TK_DOT | TokenType::TK_AS))
    })
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use crate::operation::{Column, Operation};
    use migration_api::Migrator;

    const SETUP: &str = "CREATE TABLE t (id INTEGER PRIMARY KEY, b);
         CREATE TABLE u (id INTEGER PRIMARY KEY, c); CREATE TABLE o (owner, kind);
         INSERT INTO t VALUES (1, 'x'), (2, 'y'); INSERT INTO u VALUES (1, 'p'), (2, 'q');";

    fn run(object: &str, operations: impl IntoIterator<Item = Operation>) -> Result<(), String> {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(&format!("{SETUP}{object}")).unwrap();
        Migrator::new(&connection)
            .run(operations)
            .map_err(|error| error.source().source().unwrap().to_string())
    }

    fn add(table: &str, column: &str) -> Operation {
        Operation::add_column(table, Column::text(column))
    }

    #[test]
    fn a_join_by_name_stops_a_change_of_the_names_that_are_common() {
        for (object, join) in [
            ("CREATE VIEW o_ AS SELECT b, c FROM t NATURAL JOIN u", "NATURAL JOIN"),
            ("CREATE VIEW o_ AS SELECT * FROM t NATURAL LEFT JOIN u", "NATURAL JOIN"),
            (
                "CREATE VIEW w AS SELECT * FROM u; CREATE VIEW o_ AS SELECT b FROM t NATURAL JOIN w",
                "NATURAL JOIN",
            ),
            (
                "CREATE VIEW o_ AS SELECT c FROM (SELECT kind AS b FROM o) NATURAL JOIN u",
                "NATURAL JOIN",
            ),
            (
                "CREATE TRIGGER o_ AFTER DELETE ON o BEGIN
                DELETE FROM t WHERE id IN (SELECT id FROM t NATURAL JOIN u); END",
                "NATURAL JOIN",
            ),
        ] {
            let refusal = run(object, [add("u", "b")]).unwrap_err();
            assert!(
                refusal.contains("`o_`") && refusal.contains(join) && refusal.contains("about `b`"),
                "{object}: {refusal}"
            );
            run(object, [add("u", "new")]).unwrap();
        }
        let with_itself = "CREATE VIEW o_ AS SELECT * FROM u NATURAL JOIN u";
        run(with_itself, [add("u", "z")]).unwrap_err();
        let natural = "CREATE VIEW o_ AS SELECT b, c FROM t NATURAL JOIN u";
        let generated = Operation::add_column("u", Column::text("b").generated("c"));
        run(natural, [generated]).unwrap_err();
        let rename = |table: &str| Operation::rename_column(table, "id", "u_id");
        let refusal = run(natural, [rename("u")]).unwrap_err();
        assert!(refusal.contains("NATURAL JOIN, which is about `id`"), "{refusal}");
        run(natural, [rename("u"), rename("t")]).unwrap();
        let using = "CREATE VIEW o_ AS SELECT b, c FROM t JOIN u USING (id)";
        run(using, [rename("u")]).unwrap_err();
        run(using, [add("u", "b2")]).unwrap();
    }

    #[test]
    fn a_name_that_a_new_column_would_capture_stops_it() {
        for object in [
            "CREATE VIEW o_ AS SELECT id, (SELECT c FROM u WHERE u.id = t.id AND b = 'x') FROM t",
            "CREATE VIEW o_ AS SELECT *, (SELECT c FROM u WHERE u.id = t.id AND b = 'x') FROM t",
            "CREATE VIEW o_ AS SELECT id FROM t WHERE EXISTS (SELECT 1 FROM u WHERE b = 'x')",
            "CREATE VIEW w AS SELECT * FROM u;
             CREATE VIEW o_ AS SELECT id FROM t WHERE EXISTS (SELECT 1 FROM w WHERE b = 'x')",
            "CREATE VIEW o_ AS SELECT own(id) FROM t WHERE (SELECT own(b) FROM u)",
            "CREATE TRIGGER o_ AFTER DELETE ON o BEGIN
               DELETE FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.id = 1 AND b = 'x'); END",
        ] {
            for operations in [
                vec![add("u", "b")],
                vec![Operation::rename_column("u", "c", "b")],
                vec![
                    add("u", "z"),
                    Operation::rename_table("u", "v"),
                    Operation::rename_column("v", "z", "b"),
                ],
            ] {
                let title = format!("{object}: {operations:?}");
                let refusal = run(object, operations).expect_err(&title);
                assert!(refusal.contains("`o_`"), "{object}: {refusal}");
            }
            run(object, [add("u", "new")]).unwrap();
            run(object, [Operation::rename_column("t", "b", "z")]).unwrap_or_default();
        }
    }

    #[test]
    fn a_table_that_takes_an_alias_for_its_name_gives_a_view_no_more_columns() {
        let object = "CREATE VIEW o_ AS SELECT s.* FROM t AS s CROSS JOIN t";
        run(object, [Operation::rename_table("t", "s")]).unwrap_err();
        run(object, [Operation::rename_table("t", "other")]).unwrap();
    }

    #[test]
    fn what_only_the_application_has_hides_no_view_that_breaks() {
        let object = "CREATE VIEW o_ AS SELECT own(id) AS i, b COLLATE own FROM t";
        let refusal = run(object, [Operation::drop_column("t", "b")]).unwrap_err();
        assert!(refusal.contains("view `o_` would no longer work"), "{refusal}");
    }

    #[test]
    fn a_collation_that_is_missed_hides_no_trigger_that_breaks() {
        for object in [
            "CREATE TABLE log (x); CREATE TABLE n (f ANY, k TEXT COLLATE own) STRICT;",
            "CREATE TABLE log (x); CREATE TABLE n (f, k); CREATE INDEX i ON n (own(f));",
            "CREATE TABLE log (x); CREATE TABLE n (f REFERENCES o (kind), k TEXT COLLATE own, UNIQUE (k));
             CREATE TABLE o (kind);",
        ] {
            let connection = Connection::open_in_memory().unwrap();
            let flags = rusqlite::functions::FunctionFlags::SQLITE_DETERMINISTIC;
            connection
                .create_scalar_function("own", 1, flags, |_| Ok(rusqlite::types::Null))
                .unwrap();
            connection.create_collation("own", str::cmp).unwrap();
            connection.execute_batch(object).unwrap();
            connection
                .execute_batch(
                    "CREATE TRIGGER o_ AFTER INSERT ON n BEGIN INSERT INTO log VALUES (1); END",
                )
                .unwrap();
            connection.remove_function("own", 1).unwrap();
            connection.remove_collation("own").unwrap();
            let done = Migrator::new(&connection).run([add("log", "z")]);
            let error = done.expect_err(object);
            let refusal = error.source().source().unwrap().to_string();
            assert!(refusal.contains("trigger `o_` on `n` would no longer work"), "{refusal}");
        }
    }

    #[test]
    fn a_trigger_that_was_broken_hides_no_other_that_means_something_else() {
        let object = "CREATE TRIGGER broken AFTER DELETE ON o BEGIN DELETE FROM absent; END;
             CREATE VIEW w AS SELECT id FROM t;
             CREATE TRIGGER instead INSTEAD OF DELETE ON w BEGIN DELETE FROM t; END;
             CREATE TRIGGER o_ AFTER DELETE ON o BEGIN
               DELETE FROM w WHERE EXISTS (SELECT 1 FROM t WHERE EXISTS
                 (SELECT 1 FROM u WHERE b = 'x')); END";
        let refusal = run(object, [add("u", "b")]).unwrap_err();
        assert!(refusal.contains("trigger `o_` on `o` would take `b` from `u`"), "{refusal}");
        run(object, [add("u", "z")]).unwrap();
    }

    #[test]
    fn a_star_takes_new_columns_and_a_script_may_write_a_view_anew() {
        for object in [
            "CREATE VIEW o_ AS SELECT * FROM t",
            "CREATE VIEW o_ AS SELECT t.*, u.c AS z FROM t, u",
            "CREATE VIEW w AS SELECT * FROM t; CREATE VIEW o_ AS SELECT * FROM w",
        ] {
            run(object, [add("t", "z")]).unwrap();
        }
        let object = "CREATE VIEW o_ AS SELECT id FROM t WHERE EXISTS (SELECT 1 FROM u WHERE b)";
        let script = "DROP VIEW o_; CREATE VIEW o_ AS
             SELECT id FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.b)";
        run(object, [add("u", "b"), Operation::execute(script)]).unwrap();
        run(object, [Operation::execute("ALTER TABLE u ADD COLUMN b")]).unwrap_err();
    }
}
