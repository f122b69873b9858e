//! Reads the schema of a database.

use std::collections::HashSet;
use std::sync::Arc;

use rusqlite::Connection;

use super::SchemaError;
use super::catalog::Catalog;
use super::index::Index;
use super::name::{self, same};
use super::table::Table;
use super::virtual_table::VirtualTable;
use crate::operation::{Index as NewIndex, Indexed};

/// What a database is made of: its `main` schema. Temporary objects and attached databases are not
/// part of it. Its parts are shared, so that a copy of it costs little.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Schema {
    /// Its tables, in the order in which they were made; SQLite's own are not among them.
    pub tables: Vec<Arc<Table>>,
    /// Its virtual tables.
    pub virtual_tables: Vec<Arc<VirtualTable>>,
    /// Its views.
    pub views: Vec<Arc<View>>,
    /// Its triggers.
    pub triggers: Vec<Arc<Trigger>>,
}

/// A view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// Its name.
    pub name: String,
    /// The text that made it.
    pub sql: String,
}

/// A trigger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trigger {
    /// Its name.
    pub name: String,
    /// The table or view it watches.
    pub table: String,
    /// The text that made it.
    pub sql: String,
}

impl Schema {
    /// Reads the `main` schema of `connection`, from the texts that made it, and compares it with
    /// what SQLite's pragmas say.
    ///
    /// ```
    /// use runner_operations::schema::Schema;
    ///
    /// let connection = rusqlite::Connection::open_in_memory()?;
    /// connection.execute_batch("CREATE TABLE player (id INTEGER PRIMARY KEY, name TEXT NOT NULL)")?;
    /// let schema = Schema::read(&connection)?;
    /// let name = schema.table("Player").and_then(|table| table.column("name"));
    /// assert!(name.is_some_and(|column| column.is_not_null()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// SQLite's; a text that the parser does not understand; a difference between the two.
    pub fn read(connection: &Connection) -> Result<Self, SchemaError> {
        let mut catalog = Catalog::default();
        catalog.refresh(connection)?;
        Ok(catalog.into_schema())
    }

    /// The table of this name.
    #[must_use]
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.tables.iter().find(|table| name::same(&table.name, name)).map(Arc::as_ref)
    }

    /// The tables that `other` does not share with this schema: those that are not in it, and those that were
    /// read again because something about them had changed.
    pub(crate) fn tables_beside(&self, other: &Self) -> impl Iterator<Item = &Table> {
        let shared: HashSet<_> = other.tables.iter().map(Arc::as_ptr).collect();
        let tables = self.tables.iter().map(Arc::as_ref);
        tables.filter(move |table| !shared.contains(&std::ptr::from_ref(*table)))
    }

    /// The view of this name.
    #[must_use]
    pub fn view(&self, name: &str) -> Option<&View> {
        self.views.iter().find(|view| name::same(&view.name, name)).map(Arc::as_ref)
    }

    /// The virtual table of this name.
    #[must_use]
    pub fn virtual_table(&self, name: &str) -> Option<&VirtualTable> {
        self.virtual_tables.iter().find(|table| name::same(&table.name, name)).map(Arc::as_ref)
    }

    /// The index of this name, on whatever table.
    #[must_use]
    pub fn index(&self, name: &str) -> Option<&Index> {
        self.tables
            .iter()
            .flat_map(|table| &table.indexes)
            .find(|index| name::same(&index.name, name))
    }

    /// The triggers that watch `table`, in the order in which they were made.
    pub fn triggers_on<'s>(&'s self, table: &'s str) -> impl Iterator<Item = &'s Trigger> {
        let triggers = self.triggers.iter().map(Arc::as_ref);
        triggers.filter(move |trigger| name::same(&trigger.table, table))
    }
}

/// Whether SQLite keeps names like this one for itself.
pub(crate) fn is_reserved(name: &str) -> bool {
    name.get(..7).is_some_and(|start| name::same(start, "sqlite_"))
}

impl Schema {
    /// The name that `index` gets in a database with this schema: its own, or the names of its table and columns
    /// joined, with a number if that is taken. With `if_not_exists` it may be taken by an index of the same table.
    pub(crate) fn name_for(&self, index: &NewIndex) -> Option<String> {
        if let Some(name) = &index.name {
            return Some(name.clone());
        }
        let table = self.table(&index.table)?;
        let mut plain = table.name.clone();
        for column in &index.columns {
            plain.push('_');
            plain.push_str(match &column.indexed {
                Indexed::Column(name) => name,
                Indexed::Expression(_) => "expression",
            });
        }
        let is_own = |other: &Index| same(&other.table, &table.name);
        if index.if_not_exists && self.index(&plain).is_some_and(is_own) {
            return Some(plain);
        }
        let taken = |name: &str| {
            self.index(name).is_some()
                || self.table(name).is_some()
                || self.view(name).is_some()
                || self.virtual_table(name).is_some()
        };
        let numbered = (2_u32..).map(|number| format!("{plain}_{number}"));
        std::iter::once(plain.clone()).chain(numbered).find(|name| !taken(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::IndexTerm;

    fn read(sql: &str) -> Schema {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(sql).unwrap();
        Schema::read(&connection).unwrap_or_else(|error| panic!("{sql}: {error:?}"))
    }

    #[test]
    fn a_table_is_read_with_all_that_was_said_about_it() {
        let schema = read(
            "CREATE TABLE p (a, b, PRIMARY KEY (b DESC, a COLLATE NOCASE)) WITHOUT ROWID, STRICT
               ;"
            .replace("a, b,", "a INT, b TEXT,")
            .as_str(),
        );
        let table = schema.table("P").unwrap();
        assert!(table.strict && table.without_rowid && table.rowid_name().is_none());
        let key = table.primary_key();
        assert_eq!((key[0].name.as_str(), key[0].descending), ("b", true));
        assert_eq!(key[1].collate.as_deref(), Some("NOCASE"));
        let schema = read("CREATE TABLE u (a COLLATE RTRIM UNIQUE)");
        let index = &schema.table("u").unwrap().indexes[0];
        assert!(index.is_automatic() && index.columns[0].collate.as_deref() == Some("RTRIM"));
    }

    #[test]
    fn each_clause_stands_where_the_text_has_it() {
        let schema = read(
            "CREATE TABLE p (k TEXT PRIMARY KEY);
             CREATE TABLE t (
               id INTEGER CONSTRAINT pk PRIMARY KEY AUTOINCREMENT, -- the key, (really)
               \"c d\"VARCHAR ( 5 )NOT NULL ON CONFLICT FAIL DEFAULT('x'||')')COLLATE NOCASE
                 CHECK(\"c d\"<>'NOT NULL')REFERENCES p(k)ON DELETE SET NULL ON UPDATE SET DEFAULT
                 NOT DEFERRABLE INITIALLY DEFERRED UNIQUE,
               n DEFAULT -1.5e3 NULL, g INT GENERATED ALWAYS AS (n + 1) STORED NOT NULL,
               [x y] DOUBLE PRECISION(10,2) DEFAULT null,
               CONSTRAINT u UNIQUE(n, g)ON CONFLICT IGNORE CHECK(n > 0), FOREIGN KEY(n)
                 REFERENCES p DEFERRABLE INITIALLY DEFERRED
             );
             CREATE UNIQUE INDEX i ON t(n DESC, lower(\"c d\") || ',' , [x y] COLLATE RTRIM ASC)
               WHERE g IS NOT NULL -- live
             ;",
        );
        let table = schema.table("t").unwrap();
        let texts: Vec<Vec<&str>> = table
            .columns
            .iter()
            .map(|column| {
                column.clauses.iter().map(|clause| &table.sql[clause.span.clone()]).collect()
            })
            .collect();
        assert_eq!(texts[0], ["CONSTRAINT pk PRIMARY KEY AUTOINCREMENT"]);
        assert_eq!(texts[1][..2], ["NOT NULL ON CONFLICT FAIL", "DEFAULT('x'||')')"]);
        assert_eq!(texts[1][2..4], ["COLLATE NOCASE", "CHECK(\"c d\"<>'NOT NULL')"]);
        assert_eq!(
            texts[1][4..],
            [
                "REFERENCES p(k)ON DELETE SET NULL ON UPDATE SET DEFAULT",
                "NOT DEFERRABLE INITIALLY DEFERRED",
                "UNIQUE"
            ]
        );
        assert_eq!(texts[2], ["DEFAULT -1.5e3", "NULL"]);
        assert_eq!(texts[3], ["GENERATED ALWAYS AS (n + 1) STORED", "NOT NULL"]);
        assert_eq!(table.columns[1].declared_type, "VARCHAR ( 5 )");
        assert_eq!(table.columns[3].declared_type, "INT");
        assert_eq!(table.columns[4].declared_type, "DOUBLE PRECISION(10,2)");
        assert_eq!(table.columns[2].default(), Some("-1.5e3"));
        assert_eq!(table.columns[1].default(), Some("('x'||')')"));
        assert!(table.is_autoincrement() && table.rowid_alias().is_some());
        let constraints: Vec<_> =
            table.constraints.iter().map(|c| &table.sql[c.span.clone()]).collect();
        assert_eq!(
            constraints[..2],
            ["CONSTRAINT u UNIQUE(n, g)ON CONFLICT IGNORE", "CHECK(n > 0)"]
        );
        let keys: Vec<_> = table.foreign_keys().collect();
        assert!(!keys[0].deferred && keys[1].deferred);
        let index = schema.index("I").unwrap();
        assert_eq!(index.condition.as_ref().unwrap().as_str(), "g IS NOT NULL");
        assert!(index.mentions("G") && index.mentions("C D") && !index.mentions("id"));
        assert_eq!(index.columns[1].term, IndexTerm::Expression("lower(\"c d\") || ','".into()));
        assert!(index.columns[0].descending);
    }

    #[test]
    fn views_triggers_virtual_and_shadow_tables_are_told_apart() {
        let schema = read(
            "CREATE TABLE t (a); CREATE VIEW v AS SELECT a FROM t;
             CREATE TRIGGER tr AFTER INSERT ON t BEGIN SELECT 1; END;
             CREATE VIRTUAL TABLE f USING fts5(a, content='t');",
        );
        assert_eq!(schema.view("V").unwrap().name, "v");
        assert_eq!(schema.triggers_on("T").count(), 1);
        assert!(schema.virtual_table("f").is_some());
        assert!(schema.table("f_data").unwrap().shadow && !schema.table("t").unwrap().shadow);
        assert!(schema.table("sqlite_sequence").is_none());
    }

    #[test]
    fn the_rowid_answers_to_a_name_that_no_column_has() {
        let schema = read("CREATE TABLE a (rowid TEXT); CREATE TABLE b (rowid, oid, _rowid_);");
        assert_eq!(schema.table("a").unwrap().rowid_name(), Some("_rowid_"));
        assert_eq!(schema.table("b").unwrap().rowid_name(), None);
    }

    #[test]
    fn what_only_sqlite_would_write_is_read_too() {
        let schema = read(
            "CREATE TABLE t (a CONSTRAINT lost, b NOT NULL, \u{b} c CONSTRAINT x CONSTRAINT y NULL,
               CONSTRAINT lost_too)",
        );
        let table = schema.table("t").unwrap();
        let names: Vec<_> = table
            .columns
            .iter()
            .flat_map(|column| &column.clauses)
            .map(|clause| clause.name.as_deref())
            .collect();
        assert_eq!(names, [None, Some("y")]);
        assert!(table.columns[1].is_not_null() && table.constraints.is_empty());
    }
}
