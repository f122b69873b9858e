//! The SQL of a squash: what makes a database what the replaced migrations made of an empty one, and the way back.

use std::collections::BTreeMap;

use migration_api::schema::{Schema, VirtualTable, quote};
use rusqlite::Connection;
use sqlite3_parser::lexer::sql::Parser;
use sqlite3_parser::{Bump, FallibleIterator as _};

use super::counters;
use super::rows::{Inserts, Rowid, inserts};
use super::unwritable::Unwritable;
use super::virtual_tables::virtual_rows;
use crate::schema::{Kind, ObjectText, objects};
use crate::trial::table::Table;
use runner_engine::ApplicationNames;

/// The SQL of a squash, a file for each part.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Script {
    /// Tables with their indexes, and the values of the file that migrations set.
    pub tables: String,
    /// Their rows; empty if there are none.
    pub rows: String,
    /// Views, and triggers, which come last so that they do not fire on the rows; empty if there are none.
    pub views_and_triggers: String,
    /// What drops all of it.
    pub backward: String,
    /// How much it is.
    pub counts: Counts,
}

/// How much a squash makes.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "their names say it")]
pub struct Counts {
    pub tables: usize,
    pub indexes: usize,
    pub views: usize,
    pub triggers: usize,
    pub rows: u64,
    /// How many tables have rows.
    pub tables_with_rows: usize,
}

/// Values of the file that a transaction changes, and their names.
pub(super) const FILE_VALUES: [&str; 2] = ["user_version", "application_id"];

impl Script {
    /// Writes what the database of `connection` holds, beside the runner's own tables.
    ///
    /// # Errors
    /// SQLite's; what cannot be written as SQL.
    pub(super) fn of(
        connection: &Connection,
        application: &ApplicationNames,
    ) -> Result<Self, Unwritable> {
        let objects = objects(connection)?;
        application
            .register_substitutes(connection, objects.iter().map(|object| object.sql.as_str()))?;
        let mut script = Self::of_objects(&objects);
        for name in FILE_VALUES {
            let value = file_value(connection, name)?;
            if value != 0 {
                script.tables += &format!("\nPRAGMA {name} = {value};\n");
                script.backward += &format!("PRAGMA {name} = 0;\n");
            }
        }
        script.add_rows(connection, &objects)?;
        let made = script.run_on_an_empty_database(application)?;
        script.rows += &counters::to_make_equal(&made, connection)?;
        Ok(script)
    }

    fn of_objects(objects: &[ObjectText]) -> Self {
        let mut script = Self::default();
        let of_kind = |kind| objects.iter().filter(move |object| object.kind == kind);
        for table in of_kind(Kind::Table) {
            script.tables += &format!("\n{}\n", statement(&table.sql));
            for index in of_kind(Kind::Index).filter(|index| index.table == table.name) {
                script.tables += &format!("{}\n", statement(&index.sql));
            }
        }
        for program in of_kind(Kind::View).chain(of_kind(Kind::Trigger)) {
            script.views_and_triggers += &format!("\n{}\n", statement(&program.sql));
        }
        // A trigger goes with what it is on. No foreign key is enforced, so a parent may go first.
        for view in of_kind(Kind::View).rev() {
            script.backward += &format!("DROP VIEW {};\n", quote(&view.name));
        }
        for table in of_kind(Kind::Table).rev() {
            script.backward += &format!("DROP TABLE {};\n", quote(&table.name));
        }
        script.counts = Counts {
            tables: of_kind(Kind::Table).count(),
            indexes: of_kind(Kind::Index).count(),
            views: of_kind(Kind::View).count(),
            triggers: of_kind(Kind::Trigger).count(),
            ..Counts::default()
        };
        script
    }

    fn add_rows(
        &mut self,
        connection: &Connection,
        objects: &[ObjectText],
    ) -> Result<(), Unwritable> {
        let tables: BTreeMap<String, Table> = Table::all(connection)?
            .into_iter()
            .map(|table| (table.name.to_ascii_lowercase(), table))
            .collect();
        let texts = virtual_tables(connection, objects)?;
        // An index of another table's rows is made of them, so it comes after all tables.
        let (usual, of_modules): (Vec<_>, Vec<_>) = objects
            .iter()
            .filter(|object| object.kind == Kind::Table)
            .partition(|object| !object.is_virtual_table());
        for object in usual.into_iter().chain(of_modules) {
            let Some(table) = tables.get(&object.name.to_ascii_lowercase()) else { continue };
            let written = match texts.iter().find(|text| text.name == object.name) {
                Some(text) => virtual_rows(connection, text, table)?,
                None => inserts(connection, table, Rowid::of(connection, table)?)?,
            };
            self.add(&written);
        }
        Ok(())
    }

    fn add(&mut self, Inserts { sql, rows }: &Inserts) {
        if !sql.is_empty() {
            self.rows += &format!("\n{sql}");
        }
        self.counts.rows += rows;
        self.counts.tables_with_rows += usize::from(*rows > 0);
    }

    /// A database that this made, as the runner has it run: with foreign keys not enforced.
    ///
    /// # Errors
    /// SQLite's, for the first statement that does not do what it did.
    pub(super) fn run_on_an_empty_database(
        &self,
        application: &ApplicationNames,
    ) -> rusqlite::Result<Connection> {
        let connection = Connection::open_in_memory()?;
        let parts = [&self.tables, &self.rows, &self.views_and_triggers];
        application.register_substitutes(&connection, parts.map(String::as_str))?;
        connection.execute_batch("PRAGMA foreign_keys = OFF; BEGIN")?;
        parts.into_iter().try_for_each(|part| connection.execute_batch(part))?;
        connection.execute_batch("COMMIT")?;
        Ok(connection)
    }
}

/// The value of the file that this pragma reads.
pub(super) fn file_value(connection: &Connection, pragma: &str) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, pragma, |row| row.get(0))
}

fn virtual_tables(
    connection: &Connection,
    objects: &[ObjectText],
) -> Result<Vec<VirtualTable>, Unwritable> {
    let Some(first) = objects.iter().find(|object| object.is_virtual_table()) else {
        return Ok(Vec::new());
    };
    let schema = Schema::read(connection).map_err(|error| Unwritable::of(&first.name, error))?;
    Ok(schema.virtual_tables.iter().map(|table| (**table).clone()).collect())
}

/// The text of an object as a statement: it may end in a comment.
fn statement(sql: &str) -> String {
    let last_line = sql.rsplit('\n').next().unwrap_or_default();
    match last_line.contains("--") && !ends(&format!("{sql};")) {
        true => format!("{sql}\n;"),
        false => format!("{sql};"),
    }
}

/// Whether what follows `sql` is another statement.
fn ends(sql: &str) -> bool {
    let arena = Bump::new();
    let both = format!("{sql}\nSELECT 1");
    let mut parser = Parser::new(&arena, both.as_bytes());
    let mut statements = 0;
    while let Ok(Some(_)) = parser.next() {
        statements += 1;
    }
    statements == 2
}
