//! Indexes: made, dropped, renamed.

use crate::operation::Refusal;
use crate::operation::{Index as NewIndex, Indexed};
use crate::perform::session::{Result, Session, find_column, find_table, require_free};
use crate::perform::validate::parse;
use crate::perform::verify::attached::in_schema;
use crate::schema::name::{quote, same};
use crate::schema::{Index, Schema, sql};
use crate::suggest::near;

impl Session<'_> {
    pub(in crate::perform) fn add_index(&mut self, index: &NewIndex) -> Result {
        let schema = self.schema()?;
        let table = find_table(&schema, &index.table)?;
        let name = schema.name_for(index).unwrap_or_default();
        if index.if_not_exists && schema.index(&name).is_some() {
            return Ok(());
        }
        require_free(&schema, &name, None)?;
        for column in &index.columns {
            match &column.indexed {
                Indexed::Column(column) => find_column(table, column).map(drop)?,
                Indexed::Expression(text) => parse("expression", text).map(drop)?,
            }
            if let Some(collation) = &column.collate {
                self.check_collation(collation)?;
            }
        }
        if let Some(condition) = &index.condition {
            parse("condition", condition)?;
        }
        let mut new = index.clone();
        new.table.clone_from(&table.name);
        new.if_not_exists = false;
        let sql = in_schema(&new.definition(&name), "main");
        let made = self.run_about(&table.name, &sql);
        made.map_err(|refusal| self.with_duplicates(refusal, &sql))?;
        for column in &index.columns {
            if let Indexed::Expression(text) = &column.indexed {
                self.resolve("expression", text, &table.name)?;
            }
        }
        match &index.condition {
            Some(condition) => self.resolve("condition", condition, &table.name),
            None => Ok(()),
        }
    }

    pub(in crate::perform) fn drop_index(&mut self, name: &str, if_exists: bool) -> Result {
        let schema = self.schema()?;
        match find_index(&schema, name) {
            Err(Refusal::UnknownIndex { .. }) if if_exists => Ok(()),
            Err(refusal) => Err(refusal),
            Ok(index) => {
                self.run_about(&index.table, &format!("DROP INDEX main.{}", quote(&index.name)))
            }
        }
    }

    pub(in crate::perform) fn rename_index(&mut self, name: &str, to: &str) -> Result {
        let schema = self.schema()?;
        let index = find_index(&schema, name)?;
        require_free(&schema, to, Some(&index.name))?;
        match &index.sql {
            Some(text) if index.name != to => {
                self.rewrite_index(&index.name, to, &renamed(text, to))
            }
            _ => Ok(()),
        }
    }
}

/// The index of this name, which must not be one that a constraint made.
fn find_index<'s>(schema: &'s Schema, name: &str) -> Result<&'s Index> {
    match schema.index(name) {
        Some(index) if index.is_automatic() => Err(Refusal::AutomaticIndex(index.name.clone())),
        Some(index) => Ok(index),
        None => {
            let names = schema.tables.iter().flat_map(|table| &table.indexes);
            Err(Refusal::UnknownIndex {
                index: name.to_owned(),
                near: near(name, names.map(|index| index.name.as_str())),
            })
        }
    }
}

/// The text of an index under another name.
pub(in crate::perform) fn renamed(text: &str, to: &str) -> String {
    let tokens = sql::tokens(text).unwrap_or_default();
    let word = tokens.iter().position(|token| same(&text[token.span.clone()], "INDEX"));
    match word.and_then(|word| tokens.get(word + 1)) {
        Some(name) => {
            let (before, after) = (&text[..name.span.start], &text[name.span.end..]);
            let blank = if before.ends_with(char::is_whitespace) { "" } else { " " };
            format!("{before}{blank}{}{after}", quote(to))
        }
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use migration_api::Migrator;

    #[test]
    fn an_index_without_a_name_gets_a_free_one() {
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE t (a); CREATE VIEW t_a AS SELECT 1").unwrap();
        let mut migrator = Migrator::new(&connection);
        migrator.add_index("t", ["a"]).unwrap();
        migrator.add_index("T", ["A"]).unwrap();
        let schema = Schema::read(&connection).unwrap();
        assert!(schema.index("t_a_2").is_some() && schema.index("t_A_3").is_some());
    }

    #[test]
    fn an_index_that_is_not_to_be_made_twice_is_not_even_without_a_name() {
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE t (a)").unwrap();
        let mut migrator = Migrator::new(&connection);
        for _ in 0..2 {
            migrator.create_index(NewIndex::on("t", ["a"]).if_not_exists()).unwrap();
        }
        assert_eq!(Schema::read(&connection).unwrap().table("t").unwrap().indexes.len(), 1);
    }

    #[test]
    fn only_the_name_of_an_index_changes() {
        assert_eq!(
            renamed("CREATE UNIQUE INDEX[i]ON t(a) WHERE a <> 'i' -- i", "x y"),
            "CREATE UNIQUE INDEX \"x y\"ON t(a) WHERE a <> 'i' -- i"
        );
    }
}
