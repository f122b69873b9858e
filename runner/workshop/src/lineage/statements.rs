//! What became of the tables and columns that there were, as the statements of a migration say: what they are called
//! now, and which were dropped by name.
//!
//! A table is dropped by DROP TABLE, or by the operation for it, which runs that; a column by DROP COLUMN or by
//! its operation. Operations make tables anew too, under a name of their own that no author uses, and carry
//! along each column that they are not told to drop. So of a table that is still the one it was, or that
//! operations have made anew, columns go by name only. Where another table has taken its place, a column may
//! have been forgotten.

use std::collections::BTreeMap;

use migration_api::schema::unquote;
use sqlite3_parser::ast::{AlterTableBody, Cmd, Name, QualifiedName, Stmt};
use sqlite3_parser::lexer::sql::Parser;
use sqlite3_parser::{Bump, FallibleIterator as _};

use super::table::Table;

/// What became of the tables that there were. All names are in lower case.
#[derive(Debug, Default)]
pub(crate) struct Lineage {
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

impl Lineage {
    /// What became of what there was by `statements`, in their order.
    pub(crate) fn by(statements: &[String]) -> Self {
        let mut lineage = Self::default();
        for sql in statements {
            let arena = Bump::new();
            let mut parser = Parser::new(&arena, sql.as_bytes());
            while let Ok(Some(command)) = parser.next() {
                if let Cmd::Stmt(statement) = command {
                    lineage.take(&statement);
                }
            }
        }
        lineage
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

    /// What the table that was called `table` is now, among the tables that there are `now`: one that took its place
    /// under its name is it, too. `None`: it is gone.
    pub(crate) fn table<'t>(&self, table: &str, now: &'t [Table]) -> Option<&'t Table> {
        let table = table.to_ascii_lowercase();
        let is_it = |(_, before): &(_, &Option<String>)| before.as_ref() == Some(&table);
        let name = match self.now.iter().find(is_it) {
            Some((renamed, _)) => renamed,
            None if matches!(self.now.get(&table), Some(Some(_))) => return None,
            None => &table,
        };
        now.iter().find(|it| it.name.eq_ignore_ascii_case(name))
    }

    /// What the column `column` of the table that was called `table` is called in what that is `now`; `None`: it is
    /// gone.
    pub(crate) fn column<'t>(&self, table: &str, column: &str, now: &'t Table) -> Option<&'t str> {
        let (table, column) = (table.to_ascii_lowercase(), column.to_ascii_lowercase());
        let of_it = || self.renamed.iter().filter(|it| it.table == table);
        let name = match of_it().find(|it| it.before == column) {
            Some(renamed) => &renamed.now,
            None if of_it().any(|it| it.now == column) => return None,
            None => &column,
        };
        now.columns.iter().map(String::as_str).find(|it| it.eq_ignore_ascii_case(name))
    }

    /// Whether the table that was called so was dropped by its name.
    pub(crate) fn drops_table(&self, table: &str) -> bool {
        self.dropped.contains(&table.to_ascii_lowercase())
    }

    /// Whether the column that was called so was dropped by its name. `between` are the tables that there are now.
    pub(crate) fn drops_column(&self, table: &str, column: &str, between: &[Table]) -> bool {
        let Some(now) = self.table(table, between) else { return false };
        let folded = (table.to_ascii_lowercase(), column.to_ascii_lowercase());
        self.dropped_columns.contains(&folded)
            || self.meant_by(&now.name.to_ascii_lowercase()).as_ref() == Some(&folded.0)
                && self.column(table, column, now).is_none()
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
