//! A copy of a schema in memory, where SQLite can be asked what a statement reads.
//!
//! A connection has one authorizer, and under the runner it is the runner's. What only the application
//! has, functions and collations, is there in name.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::config::DbConfig;
use rusqlite::functions::FunctionFlags;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::types::Null;
use rusqlite::{Connection, Statement};

use crate::perform::sqlite_error::Unknown;
use crate::perform::verify::answers::Columns;
use crate::schema::name::{quote, unquote};
use crate::schema::{Schema, Trigger, View, sql};

pub(in crate::perform) struct SchemaCopy {
    connection: Connection,
    seen: Arc<Mutex<Vec<ColumnRead>>>,
    /// The functions and collations that stand for the application's.
    supplied: RefCell<BTreeSet<Unknown>>,
}

/// A column that a statement reads.
#[derive(Debug, Clone)]
pub(in crate::perform) struct ColumnRead {
    /// The innermost view or trigger that reads it, or what WITH has named there.
    pub(in crate::perform) reader: Option<String>,
    pub(in crate::perform) table: String,
    pub(in crate::perform) column: String,
}

impl SchemaCopy {
    /// Makes the tables and views that `texts` name, and those that these views name. What cannot be
    /// made is left out: it works as little in the database, or needs a module that only the
    /// application has.
    pub(in crate::perform) fn of<'t>(
        schema: &Schema,
        texts: impl IntoIterator<Item = &'t String>,
    ) -> rusqlite::Result<Self> {
        let mut connection = Connection::open_in_memory()?;
        for setting in [DbConfig::SQLITE_DBCONFIG_DQS_DDL, DbConfig::SQLITE_DBCONFIG_DQS_DML] {
            connection.set_db_config(setting, true)?;
        }
        // A key that is a mismatch would hide what the triggers read.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY, false)?;
        let seen = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&seen);
        connection.authorizer(Some(move |context: AuthContext<'_>| {
            // A table of which no column is read is told without one.
            if let AuthAction::Read { table_name, column_name } = context.action
                && !column_name.is_empty()
            {
                noted.lock().unwrap_or_else(PoisonError::into_inner).push(ColumnRead {
                    reader: context.accessor.map(str::to_ascii_lowercase),
                    table: table_name.to_ascii_lowercase(),
                    column: column_name.to_owned(),
                });
            }
            Authorization::Allow
        }))?;
        let copy = Self { connection, seen, supplied: RefCell::default() };
        for text in made_of(schema, texts) {
            let _ = copy.make(text);
        }
        Ok(copy)
    }

    fn make(&self, text: &str) -> rusqlite::Result<()> {
        self.supplying(|connection| connection.execute_batch(text))
    }

    /// What `look` finds while there is this trigger, and no other that its table could fire.
    pub(in crate::perform) fn with_trigger<T>(
        &self,
        trigger: &Trigger,
        look: impl FnOnce() -> T,
    ) -> T {
        // One of a view is there already, or it could not be made.
        let is_made = self.make(&trigger.sql).is_ok();
        let found = look();
        if is_made {
            let _ = self.make(&format!("DROP TRIGGER {}", quote(&trigger.name)));
        }
        found
    }

    /// What `statement` reads, and how many columns it gives.
    pub(in crate::perform) fn reads(
        &self,
        statement: &str,
    ) -> rusqlite::Result<(Vec<ColumnRead>, usize)> {
        let width = self.supplying(|connection| {
            self.seen.lock().unwrap_or_else(PoisonError::into_inner).clear();
            connection.prepare(statement).map(|statement: Statement<'_>| statement.column_count())
        })?;
        Ok((self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone(), width))
    }

    pub(in crate::perform) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// The names of the columns of a table or view, in lower case.
    pub(in crate::perform) fn columns(&self, table: &str) -> Vec<String> {
        Columns::of(&self.connection, table).names().map(str::to_ascii_lowercase).collect()
    }

    /// Tries again with each function and collation that is missed.
    fn supplying<T>(
        &self,
        attempt: impl Fn(&Connection) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        loop {
            match attempt(&self.connection) {
                Err(error) if self.supply(&error)? => {}
                done => return done,
            }
        }
    }

    fn supply(&self, error: &rusqlite::Error) -> rusqlite::Result<bool> {
        let Some(unknown) = Unknown::in_words(&error.to_string()) else { return Ok(false) };
        if !self.supplied.borrow_mut().insert(unknown.clone()) {
            return Ok(false);
        }
        match unknown {
            Unknown::Function(name) => {
                let flags = FunctionFlags::SQLITE_UTF8
                    | FunctionFlags::SQLITE_DETERMINISTIC
                    | FunctionFlags::SQLITE_INNOCUOUS;
                self.connection.create_scalar_function(name.as_str(), -1, flags, |_| Ok(Null))?;
            }
            Unknown::Collation(name) => {
                self.connection.create_collation(name.as_str(), str::cmp)?;
            }
            Unknown::Module(_) => return Ok(false),
        }
        Ok(true)
    }
}

/// The texts of the tables and views that `texts` name, and those that these views name, with what is
/// for changes of the views.
fn made_of<'s, 't>(
    schema: &'s Schema,
    texts: impl IntoIterator<Item = &'t String>,
) -> Vec<&'s String> {
    let mut names = BTreeSet::new();
    let mut views: Vec<&View> = Vec::new();
    let mut instead: Vec<&Trigger> = Vec::new();
    texts.into_iter().for_each(|text| names.extend(words(text)));
    loop {
        let known = views.len();
        for view in &schema.views {
            let name = view.name.to_ascii_lowercase();
            if names.contains(&name) && !views.iter().any(|other| other.name == view.name) {
                views.push(view);
                names.extend(words(&view.sql));
                for trigger in schema.triggers_on(&view.name) {
                    instead.push(trigger);
                    names.extend(words(&trigger.sql));
                }
            }
        }
        if views.len() == known {
            break;
        }
    }
    let is_named = |name: &str| names.contains(&name.to_ascii_lowercase());
    let tables = schema.tables.iter().filter(|table| !table.shadow && is_named(&table.name));
    let virtual_tables = schema.virtual_tables.iter().filter(|table| is_named(&table.name));
    tables
        .map(|table| &table.sql)
        .chain(virtual_tables.map(|table| &table.sql))
        .chain(views.into_iter().map(|view| &view.sql))
        .chain(instead.into_iter().map(|trigger| &trigger.sql))
        .collect()
}

fn words(text: &str) -> impl Iterator<Item = String> {
    let tokens = sql::tokens(text).unwrap_or_default();
    tokens.into_iter().map(|token| unquote(&text[token.span]).to_ascii_lowercase())
}
