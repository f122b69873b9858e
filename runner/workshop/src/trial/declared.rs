//! What a migration takes away by name, as its statements say.
//!
//! A table is taken away by DROP TABLE, or by the operation for it, which runs that; a column by DROP COLUMN or by
//! its operation. Operations make tables anew too, under a name of their own that no author uses, and carry
//! along each column that they are not told to drop. So of a table that is still the one it was, or that
//! operations have made anew, columns go by name only. Where another table has taken its place, a column may
//! have been forgotten.

use std::collections::BTreeMap;

use migration_api::schema::unquote;
use sqlite3_parser::ast::{AlterTableBody, Cmd, Name, QualifiedName, Stmt};
use sqlite3_parser::lexer::sql::Parser;
use sqlite3_parser::{Bump, FallibleIterator as _};

use super::outcome::Loss;
use super::table::Table;

/// What became of the tables that there were. All names are in lower case.
#[derive(Debug, Default)]
pub(super) struct Declared {
    /// The table that a name stands for now, by its name before; `None`: none that was there before. A name
    /// that is not here stands for what it stood for.
    now: BTreeMap<String, Option<String>>,
    /// The tables that an operation is making anew, by the name under which their rows wait.
    aside: BTreeMap<String, String>,
    /// The tables that were dropped by the name that they had before.
    dropped: Vec<String>,
    /// Columns that were dropped by DROP COLUMN, with their tables, by their names before.
    dropped_columns: Vec<(String, String)>,
    renamed: Vec<Renamed>,
}

/// A column that has another name now.
#[derive(Debug)]
struct Renamed {
    /// Its table, by its name before.
    table: String,
    before: String,
    now: String,
}

impl Declared {
    /// What `statements` take away, in their order.
    pub(super) fn by(statements: &[String]) -> Self {
        let mut declared = Self::default();
        for sql in statements {
            let arena = Bump::new();
            let mut parser = Parser::new(&arena, sql.as_bytes());
            while let Ok(Some(command)) = parser.next() {
                if let Cmd::Stmt(statement) = command {
                    declared.take(&statement);
                }
            }
        }
        declared
    }

    fn take(&mut self, statement: &Stmt<'_>) {
        match statement {
            Stmt::DropTable { tbl_name, .. } => {
                if let Some(table) = own(tbl_name) {
                    self.drop_table(table);
                }
            }
            Stmt::CreateTable { temporary: false, if_not_exists, tbl_name, .. } => {
                let is_there = |table: &String| *if_not_exists && self.meant_by(table).is_some();
                if let Some(table) = own(tbl_name).filter(|table| !is_there(table)) {
                    self.create_table(table);
                }
            }
            Stmt::AlterTable(tbl_name, AlterTableBody::RenameTo(to)) => {
                if let Some(table) = own(tbl_name) {
                    self.rename_table(table, folded(to));
                }
            }
            Stmt::AlterTable(tbl_name, AlterTableBody::RenameColumn { old, new }) => {
                if let Some(table) = own(tbl_name).and_then(|table| self.meant_by(&table)) {
                    self.rename_column(table, folded(old), folded(new));
                }
            }
            Stmt::AlterTable(tbl_name, AlterTableBody::DropColumn(column)) => {
                if let Some(table) = own(tbl_name).and_then(|table| self.meant_by(&table)) {
                    let column = self.name_before(&table, folded(column));
                    self.dropped_columns.push((table, column));
                }
            }
            _ => {}
        }
    }

    /// What the column that is called `now` was called before.
    fn name_before(&self, table: &str, now: String) -> String {
        let renamed = self.renamed.iter().find(|it| it.table == table && it.now == now);
        renamed.map_or(now, |it| it.before.clone())
    }

    /// The table that `name` stands for, by its name before.
    fn meant_by(&self, name: &str) -> Option<String> {
        self.now.get(name).cloned().unwrap_or_else(|| Some(name.to_owned()))
    }

    /// Whether an operation is making the table of this name anew.
    fn is_being_rebuilt(&self, table: &str) -> bool {
        self.aside.values().any(|own| own == table)
    }

    fn drop_table(&mut self, table: String) {
        if self.aside.remove(&table).is_some() || self.is_being_rebuilt(&table) {
            return;
        }
        if self.meant_by(&table).as_ref() == Some(&table) {
            self.dropped.push(table.clone());
        }
        self.now.insert(table, None);
    }

    fn create_table(&mut self, table: String) {
        if !self.is_being_rebuilt(&table) {
            self.now.insert(table, None);
        }
    }

    fn rename_table(&mut self, from: String, to: String) {
        if is_an_operations(&to) {
            self.aside.insert(to, from);
            return;
        }
        // Back from a name that an operation needed for a change of case.
        if self.aside.get(&from) == Some(&to) {
            self.aside.remove(&from);
            return;
        }
        for own in self.aside.values_mut().filter(|own| **own == from) {
            own.clone_from(&to);
        }
        let table = self.meant_by(&from);
        self.now.insert(from, None);
        self.now.insert(to, table);
    }

    fn rename_column(&mut self, table: String, from: String, to: String) {
        let known = self.renamed.iter_mut().find(|it| it.table == table && it.now == from);
        match known {
            Some(known) => known.now = to,
            None => self.renamed.push(Renamed { table, before: from, now: to }),
        }
    }

    /// Whether `loss` is of something that was taken away by name. `between` are the tables that there
    /// are after the way forward.
    pub(super) fn has(&self, loss: &Loss, before: &[Table], between: &[Table]) -> bool {
        match loss {
            Loss::Table { table } => self.dropped.contains(&table.to_ascii_lowercase()),
            Loss::Column { table, column } => {
                self.drops(table, column, between) || self.drops_a_key(table, before, between)
            }
            // Rows are distinguished by their keys.
            Loss::Rows { table } => self.drops_a_key(table, before, between),
            Loss::Values { .. } => false,
            // One that falls back without a word is refused before COMMIT.
            Loss::Counter { .. } => true,
        }
    }

    fn drops_a_key(&self, table: &str, before: &[Table], between: &[Table]) -> bool {
        let table = before.iter().find(|own| own.name.eq_ignore_ascii_case(table));
        table.is_some_and(|own| own.key.iter().any(|key| self.drops(&own.name, key, between)))
    }

    fn drops(&self, table: &str, column: &str, between: &[Table]) -> bool {
        let Some(now) = between.iter().find(|own| own.name.eq_ignore_ascii_case(table)) else {
            return false;
        };
        let (table, column) = (table.to_ascii_lowercase(), column.to_ascii_lowercase());
        if self.dropped_columns.iter().any(|(own, name)| *own == table && *name == column) {
            return true;
        }
        let is_it = |it: &&Renamed| it.table == table && it.before == column;
        let name_now = self.renamed.iter().find(is_it).map_or(column.as_str(), |it| &it.now);
        self.meant_by(&table).as_ref() == Some(&table) && !now.has(name_now)
    }
}

/// The name of a table of the main database.
fn own(name: &QualifiedName<'_>) -> Option<String> {
    let is_main = |schema: &Name<'_>| folded(schema) == "main";
    name.db_name.as_ref().is_none_or(is_main).then(|| folded(&name.name))
}

fn folded(name: &Name<'_>) -> String {
    unquote(name.0).to_ascii_lowercase()
}

/// Whether operations gave this name: `migrating_` and sixteen digits by chance.
fn is_an_operations(name: &str) -> bool {
    let digits = name.strip_prefix("migrating_");
    digits.is_some_and(|it| it.len() == 16 && it.bytes().all(|byte| byte.is_ascii_hexdigit()))
}
