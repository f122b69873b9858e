//! Tables: made, dropped, and their options.

use super::attached::in_schema;
use super::refusal::{Kind, Refusal};
use super::session::{Outcome, Session, find_table, require_free};
use crate::operation::{Constraint, Table as NewTable, TableOptions};
use crate::schema::name::{quote, same};
use crate::schema::{Draft, Schema, SchemaError, Table, VirtualTable};

impl Session<'_> {
    pub(super) fn create_table(&mut self, new: &NewTable) -> Outcome {
        let schema = self.schema()?;
        if new.if_not_exists && schema.table(&new.name).is_some() {
            return Ok(());
        }
        require_free(&schema, &new.name, None)?;
        let text = NewTable { if_not_exists: false, ..new.clone() }.to_string();
        Table::parse(&text).map_err(|error| Refusal::NotSql {
            what: "definition",
            text: text.clone(),
            source: error.reason,
        })?;
        for column in &new.columns {
            self.parse_clauses(column)?;
        }
        self.run(&in_schema(&text, "main"))?;
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

    pub(super) fn drop_table(&mut self, name: &str, if_exists: bool) -> Outcome {
        let schema = self.schema()?;
        if let Some(table) = schema.virtual_table(name) {
            return self.run(&format!("DROP TABLE main.{}", quote(&table.name)));
        }
        let table = match find_table(&schema, name) {
            Err(Refusal::UnknownTable { .. }) if if_exists => return Ok(()),
            found => found?,
        };
        self.settle()?;
        self.require_unenforced()?;
        require_no_content(&schema, table, None)?;
        self.require_no_child_rows(&schema, table)?;
        self.run(&format!("DROP TABLE main.{}", quote(&table.name)))
    }

    fn require_no_child_rows(&self, schema: &Schema, parent: &Table) -> Outcome {
        let mut by = Vec::new();
        for child in schema.tables.iter().filter(|child| child.name != parent.name) {
            for key in child.foreign_keys().filter(|key| same(&key.parent, &parent.name)) {
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
                    by.push(format!("rows of `{}`", child.name));
                }
            }
        }
        if by.is_empty() {
            return Ok(());
        }
        Err(Refusal::Needed { what: format!("table `{}`", parent.name), by })
    }

    pub(super) fn set_table_options(&mut self, name: &str, options: TableOptions) -> Outcome {
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

/// Lets columns that keep whatever they are given go on doing so: they are ANY in a STRICT table, where
/// each has a type, and have no type in another, where ANY would make numbers of texts
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

/// Refuses to take its table, or the names of its columns, away from a full-text index that keeps
/// its rows in a table of the user's
/// (<https://sqlite.org/fts5.html#external_content_tables>).
pub(super) fn require_no_content(schema: &Schema, table: &Table, column: Option<&str>) -> Outcome {
    let by: Vec<_> = contents_of(schema, table)
        .filter(|full_text| column.is_none_or(|column| full_text.names_column(column)))
        .collect();
    let what = match column {
        Some(column) => format!("column `{column}` of `{}`", table.name),
        None => format!("table `{}`", table.name),
    };
    refuse_content(what, &by)
}

/// The full-text indexes that keep their rows in `table`.
fn contents_of<'s>(schema: &'s Schema, table: &'s Table) -> impl Iterator<Item = &'s VirtualTable> {
    schema
        .virtual_tables
        .iter()
        .filter(|full_text| full_text.content().is_some_and(|content| same(&content, &table.name)))
}

fn refuse_content(what: String, by: &[&VirtualTable]) -> Outcome {
    if by.is_empty() {
        return Ok(());
    }
    let names = by.iter().map(|full_text| format!("{} `{}`", Kind::VirtualTable, full_text.name));
    Err(Refusal::Needed { what, by: names.collect() })
}

/// Refuses to give the rows of a table other rowids, or none, if a full-text index finds them by that.
pub(super) fn require_same_rowids(schema: &Schema, old: &Table, new: &Table) -> Outcome {
    let alias = |table: &Table| table.rowid_alias().map(|column| column.name.clone());
    let are_same = new.without_rowid == old.without_rowid
        && (alias(new).is_none() || alias(new) == alias(old));
    let by_rowid: Vec<_> =
        contents_of(schema, old).filter(|full_text| full_text.content_rowid().is_none()).collect();
    if are_same {
        Ok(())
    } else {
        refuse_content(format!("the rowid of `{}`", old.name), &by_rowid)
    }
}

/// Reads the text that a draft has become.
pub(super) fn reread(draft: Draft<'_>, name: &str) -> Outcome<Table> {
    draft.table().map_err(|source| SchemaError::Text { name: name.to_owned(), source }.into())
}
