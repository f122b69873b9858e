//! Tables: made, dropped, and their options.

use std::sync::Arc;

use crate::operation::Need;
use crate::operation::{Constraint, Table as NewTable, TableOptions};
use crate::operation::{Kind, Refusal};
use crate::perform::session::{Result, Session, find_table, require_free};
use crate::perform::validate::parse;
use crate::perform::verify::attached::in_schema;
use crate::schema::name::{quote, same};
use crate::schema::{Draft, Schema, SchemaError, Table, VirtualTable};

impl Session<'_> {
    pub(in crate::perform) fn create_table(&mut self, new: &NewTable) -> Result {
        let schema = self.schema()?;
        if new.if_not_exists && schema.table(&new.name).is_some() {
            return Ok(());
        }
        require_free(&schema, &new.name, None)?;
        for column in &new.columns {
            self.parse_clauses(column)?;
        }
        for constraint in &new.constraints {
            if let Constraint::Check(check) = constraint {
                parse("check", &check.expression)?;
            }
        }
        let mut definition = new.clone();
        definition.if_not_exists = false;
        let text = definition.to_string();
        Table::parse(&text).map_err(|error| Refusal::NotSql {
            what: "definition".into(),
            text: text.clone(),
            source: error.reason,
        })?;
        self.run_about(&new.name, &in_schema(&text, "main"))?;
        for column in &new.columns {
            self.resolve_clauses(&new.name, column)?;
        }
        for constraint in &new.constraints {
            if let Constraint::Check(check) = constraint {
                self.resolve("check", &check.expression, &new.name)?;
            }
        }
        Ok(())
    }

    pub(in crate::perform) fn drop_table(&mut self, name: &str, if_exists: bool) -> Result {
        let schema = self.schema()?;
        if let Some(table) = schema.virtual_table(name) {
            return self.run(&format!("DROP TABLE main.{}", quote(&table.name)));
        }
        let table = match find_table(&schema, name) {
            Err(Refusal::UnknownTable { .. }) if if_exists => return Ok(()),
            found => found?,
        };
        self.finish_rebuilds()?;
        self.require_unenforced()?;
        self.run_about(&table.name, &format!("DROP TABLE main.{}", quote(&table.name)))?;
        self.dropped.push(table.name.clone());
        Ok(())
    }

    /// Refuses to leave objects that need a table that was dropped. A table may be dropped before what
    /// points to it, or two that point to each other, so this is checked at the end of a run.
    pub(in crate::perform) fn require_nothing_needs_dropped(&self, schema: &Schema) -> Result {
        let is_gone = |name: &&String| schema.table(name).is_none() && schema.view(name).is_none();
        for parent in self.dropped.iter().filter(is_gone) {
            require_no_content(schema, parent, None)?;
            self.require_no_child_rows(schema, parent)?;
        }
        Ok(())
    }

    fn require_no_child_rows(&self, schema: &Schema, parent: &str) -> Result {
        let mut by = Vec::new();
        for child in &schema.tables {
            for key in child.foreign_keys().filter(|key| same(&key.parent, parent)) {
                let set: Vec<_> = key
                    .columns
                    .iter()
                    .map(|column| format!("{} IS NOT NULL", quote(column)))
                    .collect();
                let points: bool = self.ask(
                    &format!(
                        "SELECT EXISTS (SELECT 1 FROM main.{} WHERE {})",
                        quote(&child.name),
                        set.join(" AND ")
                    ),
                    [],
                )?;
                if points {
                    by.push(Need::Rows { child: child.name.clone() });
                }
            }
        }
        if by.is_empty() {
            return Ok(());
        }
        Err(Refusal::Needed { what: format!("table `{parent}`"), by })
    }

    pub(in crate::perform) fn set_table_options(
        &mut self,
        name: &str,
        options: TableOptions,
    ) -> Result {
        let schema = self.schema()?;
        let table = find_table(&schema, name)?;
        let strict = options.strict.unwrap_or(table.strict);
        let without_rowid = options.without_rowid.unwrap_or(table.without_rowid);
        if (strict, without_rowid) == (table.strict, table.without_rowid) {
            return Ok(());
        }
        let mut draft = Draft::of(table);
        draft.set_options(strict, without_rowid);
        keep_values(&mut draft, table, strict);
        let changed = reread(draft, &table.name)?;
        require_same_rowids(&schema, table, &changed)?;
        self.rebuild(table, &changed.sql)
    }
}

/// Keeps columns that store any value as they are: they are ANY in a STRICT table, where each needs a
/// type, and have no type in another, where ANY would make numbers of texts
/// (<https://sqlite.org/stricttables.html>).
fn keep_values(draft: &mut Draft<'_>, table: &Table, strict: bool) {
    for column in &table.columns {
        match (table.strict, strict) {
            (true, false) if same(&column.declared_type, "ANY") => draft.set_type(column, ""),
            (false, true) if column.declared_type.is_empty() => draft.set_type(column, "ANY"),
            _ => {}
        }
    }
}

/// Refuses to drop or rename the table, or its columns, of a full-text index that keeps its rows in a
/// table of the user's (<https://sqlite.org/fts5.html#external_content_tables>).
pub(in crate::perform) fn require_no_content(
    schema: &Schema,
    table: &str,
    column: Option<&str>,
) -> Result {
    let by: Vec<_> = contents_of(schema, table)
        .filter(|full_text| column.is_none_or(|column| full_text.names_column(column)))
        .collect();
    let what = match column {
        Some(column) => format!("column `{column}` of `{table}`"),
        None => format!("table `{table}`"),
    };
    refuse_content(what, &by)
}

/// The full-text indexes that keep their rows in `table`.
fn contents_of<'s>(schema: &'s Schema, table: &'s str) -> impl Iterator<Item = &'s VirtualTable> {
    let full_texts = schema.virtual_tables.iter().map(Arc::as_ref);
    full_texts.filter(|full_text: &&VirtualTable| {
        full_text.content().is_some_and(|content| same(&content, table))
    })
}

fn refuse_content(what: String, by: &[&VirtualTable]) -> Result {
    if by.is_empty() {
        return Ok(());
    }
    let names = by.iter().map(|full_text| Need::object(Kind::VirtualTable, &full_text.name));
    Err(Refusal::Needed { what, by: names.collect() })
}

/// Refuses to change or remove the rowids of a table if a full-text index finds its rows by them.
pub(in crate::perform) fn require_same_rowids(schema: &Schema, old: &Table, new: &Table) -> Result {
    let alias = |table: &Table| table.rowid_alias().map(|column| column.name.clone());
    let are_same = new.without_rowid == old.without_rowid
        && (alias(new).is_none() || alias(new) == alias(old));
    let by_rowid: Vec<_> = contents_of(schema, &old.name)
        .filter(|full_text| full_text.content_rowid().is_none())
        .collect();
    if are_same {
        Ok(())
    } else {
        refuse_content(format!("the rowid of `{}`", old.name), &by_rowid)
    }
}

/// Reads the text that a draft has become.
pub(in crate::perform) fn reread(draft: Draft<'_>, name: &str) -> Result<Table> {
    draft.table().map_err(|source| SchemaError::Text { name: name.to_owned(), source }.into())
}

#[cfg(test)]
mod tests {
    use crate::operation::Operation;
    use migration_api::Migrator;

    fn run(setup: &str, operations: &[Operation]) -> Result<i64, String> {
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        connection.execute_batch(setup).unwrap();
        Migrator::new(&connection)
            .run(operations.iter().cloned())
            .map_err(|error| error.source().source().unwrap().to_string())?;
        let left = "SELECT count(*) FROM sqlite_schema WHERE type = 'table'";
        Ok(connection.query_row(left, [], |row| row.get(0)).unwrap())
    }

    const PAIR: &str =
        "PRAGMA foreign_keys = OFF; CREATE TABLE a (id INTEGER PRIMARY KEY, b REFERENCES b (id));
         CREATE TABLE b (id INTEGER PRIMARY KEY, a REFERENCES a (id));
         INSERT INTO a VALUES (1, 2); INSERT INTO b VALUES (2, 1);";

    #[test]
    fn tables_that_point_to_each_other_are_dropped_in_one_run() {
        let drop = |table: &str| Operation::drop_table(table);
        assert_eq!(run(PAIR, &[drop("a"), drop("b")]), Ok(0));
        let refusal = "table `a` is needed by rows of `b`: drop or change it first";
        assert_eq!(run(PAIR, &[drop("a")]), Err(refusal.into()));
    }

    #[test]
    fn what_points_to_a_dropped_table_may_go_after_it() {
        let drop = |table: &str| Operation::drop_table(table);
        for then in [
            Operation::drop_foreign_key("b", ["a"]),
            Operation::execute("UPDATE b SET a = NULL"),
            Operation::execute("DELETE FROM b"),
            Operation::execute("CREATE TABLE a (id INTEGER PRIMARY KEY); INSERT INTO a VALUES (1)"),
        ] {
            run(PAIR, &[drop("a"), then.clone()]).unwrap_or_else(|error| panic!("{then}: {error}"));
        }
        let empty = Operation::execute("CREATE TABLE a (id INTEGER PRIMARY KEY)");
        let refusal = run(PAIR, &[drop("a"), empty]).unwrap_err();
        assert!(refusal.starts_with("FOREIGN KEY constraint failed"), "{refusal}");
        let unique = "CREATE TABLE p (k UNIQUE, n); CREATE TABLE c (x REFERENCES p (k)); INSERT INTO c VALUES (NULL)";
        let dropped =
            Operation::DropColumn { table: "p".into(), column: "k".into(), cascade: true };
        assert_eq!(run(unique, &[dropped.clone(), drop("c")]), Ok(1));
        let keyless = Operation::drop_foreign_key("c", ["x"]);
        assert_eq!(run(unique, &[dropped.clone(), keyless]), Ok(2));
        run(unique, &[dropped]).unwrap_err();
    }

    #[test]
    fn a_table_goes_with_the_full_text_index_over_it_in_any_order() {
        const INDEXED: &str = "CREATE TABLE page (text);
             CREATE VIRTUAL TABLE found USING fts5(text, content = 'page');
             INSERT INTO page VALUES ('x'); INSERT INTO found(found) VALUES ('rebuild');";
        let drop = |table: &str| Operation::drop_table(table);
        assert_eq!(run(INDEXED, &[drop("page"), drop("found")]), Ok(0));
        assert_eq!(run(INDEXED, &[drop("found"), drop("page")]), Ok(0));
        let refusal = "table `page` is needed by virtual table `found`: drop or change it first";
        assert_eq!(run(INDEXED, &[drop("page")]), Err(refusal.into()));
    }
}
