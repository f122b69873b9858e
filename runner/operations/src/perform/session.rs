//! What operations share while they are carried out: the connection, and the tables whose rows are
//! still to be moved.

use std::cell::RefCell;
use std::sync::Arc;

use rusqlite::{Connection, Params};

use super::rebuild::MovedTable;
use super::rebuild::shared_pass::Passes;
use crate::operation::Operation;
use crate::operation::script::FailedStatement;
use crate::operation::{Kind, Refusal};
use crate::schema::name::quote;
use crate::schema::{Catalog, Column, Schema, Table, is_reserved};
use crate::suggest::near;

/// Operations being carried out, inside a transaction.
pub(super) struct Session<'c> {
    pub(super) connection: &'c Connection,
    catalog: RefCell<&'c mut Catalog>,
    /// The operations that are still to come.
    pub(super) later: &'c [Operation],
    /// How many passes over the rows several dropped columns are.
    pub(super) passes: &'c Passes,
    /// What happens to the rows of a table that gets another shape.
    pub(super) rows: RowsOf,
    /// Tables that have their new shape, and their rows elsewhere.
    pub(super) moved: Vec<MovedTable>,
    /// Temporary tables with values that the moved rows will get.
    pub(super) scratch: Vec<String>,
    /// Tables that were dropped.
    pub(super) dropped: Vec<String>,
    /// The statement of a script that failed.
    pub(super) failed: Option<FailedStatement>,
}

/// What happens to the rows of a table that gets another shape.
#[derive(Debug, Clone)]
pub(super) enum RowsOf {
    /// They are moved before the session ends.
    Moved,
    /// They stay in the old table, which gets the name `aside`: somebody else has copied them.
    Left { aside: String },
}

pub(super) type Result<T = (), E = Refusal> = std::result::Result<T, E>;

impl<'c> Session<'c> {
    pub(super) fn new(
        connection: &'c Connection,
        catalog: &'c mut Catalog,
        passes: &'c Passes,
    ) -> Self {
        Self {
            connection,
            catalog: RefCell::new(catalog),
            later: &[],
            passes,
            rows: RowsOf::Moved,
            moved: Vec::new(),
            scratch: Vec::new(),
            dropped: Vec::new(),
            failed: None,
        }
    }

    /// The schema as it is now, without the tables that hold moved rows.
    pub(super) fn schema(&self) -> Result<Arc<Schema>> {
        let mut schema = Arc::clone(self.catalog.borrow_mut().look(self.connection)?);
        if !self.moved.is_empty() {
            let is_own = |table: &Arc<Table>| self.moved.iter().all(|it| it.aside != table.name);
            Arc::make_mut(&mut schema).tables.retain(is_own);
        }
        Ok(schema)
    }

    /// Makes the next look at the schema read everything again: a script has run, or something was
    /// rolled back.
    pub(super) fn distrust_schema(&self) {
        self.catalog.borrow_mut().distrust();
    }

    /// Runs one statement of DDL that changes nothing but `table`, its indexes and its triggers.
    pub(super) fn run_about(&self, table: &str, sql: &str) -> Result {
        self.run(sql)?;
        Ok(self.catalog.borrow_mut().follow(self.connection, table)?)
    }

    pub(super) fn run(&self, sql: &str) -> Result {
        Ok(self.connection.execute_batch(sql)?)
    }

    pub(super) fn ask<T: rusqlite::types::FromSql>(
        &self,
        sql: &str,
        params: impl Params,
    ) -> Result<T> {
        Ok(self.connection.query_row(sql, params, |row| row.get(0))?)
    }

    /// A name that is free.
    pub(super) fn free_name(&self) -> Result<String> {
        self.ask("SELECT 'migrating_' || lower(hex(randomblob(8)))", [])
    }

    /// Whether `table` has rows, also where they are set aside.
    pub(super) fn has_rows(&self, table: &str) -> Result<bool> {
        // Others write: an answer about this moment would be none about the next.
        if matches!(self.rows, RowsOf::Left { .. }) {
            return Ok(true);
        }
        let place = self.moved_as(table).map_or(table, |moved| &moved.aside);
        self.ask(&format!("SELECT EXISTS (SELECT 1 FROM main.{})", quote(place)), [])
    }

    /// Whether foreign keys are enforced now.
    pub(super) fn is_enforcing(&self) -> Result<bool> {
        use rusqlite::config::DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY;
        Ok(self.connection.db_config(SQLITE_DBCONFIG_ENABLE_FKEY)?)
    }

    /// Refuses what could delete rows of other tables.
    pub(super) fn require_unenforced(&self) -> Result {
        if self.is_enforcing()? { Err(Refusal::Enforced) } else { Ok(()) }
    }
}

/// The table of this name, which must be one whose shape can be changed.
pub(super) fn find_table<'s>(schema: &'s Schema, name: &str) -> Result<&'s Table> {
    if let Some(view) = schema.view(name) {
        return Err(Refusal::NotATable { kind: Kind::View, name: view.name.clone() });
    }
    if let Some(table) = schema.virtual_table(name) {
        return Err(Refusal::NotATable { kind: Kind::VirtualTable, name: table.name.clone() });
    }
    match schema.table(name) {
        Some(table) if table.shadow => {
            Err(Refusal::NotATable { kind: Kind::ShadowTable, name: table.name.clone() })
        }
        Some(table) => Ok(table),
        None => Err(Refusal::UnknownTable {
            table: name.to_owned(),
            near: near(name, schema.tables.iter().map(|table| table.name.as_str())),
        }),
    }
}

/// The column of this name.
pub(super) fn find_column<'t>(table: &'t Table, name: &str) -> Result<&'t Column> {
    table.column(name).ok_or_else(|| Refusal::UnknownColumn {
        table: table.name.clone(),
        column: name.to_owned(),
        near: near(name, table.column_names()),
    })
}

/// Refuses to give values to a generated column.
pub(super) fn refuse_generated(table: &Table, column: &Column, what: &'static str) -> Result {
    if column.generated().is_none() {
        return Ok(());
    }
    let (table, column) = (table.name.clone(), column.name.clone());
    Err(Refusal::IsGenerated { table, column, what: what.into() })
}

/// Refuses a name for a table or an index that something else has; `own` may have it already.
pub(super) fn require_free(schema: &Schema, name: &str, own: Option<&str>) -> Result {
    if is_reserved(name) {
        return Err(Refusal::ReservedName(name.to_owned()));
    }
    if own.is_some_and(|own| own.eq_ignore_ascii_case(name)) {
        return Ok(());
    }
    let taken = if schema.table(name).is_some() {
        Kind::Table
    } else if schema.view(name).is_some() {
        Kind::View
    } else if schema.virtual_table(name).is_some() {
        Kind::VirtualTable
    } else if schema.index(name).is_some() {
        Kind::Index
    } else {
        return Ok(());
    };
    Err(Refusal::NameTaken { kind: taken, name: name.to_owned() })
}
