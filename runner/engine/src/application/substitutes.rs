//! Substitutes for the application's functions and collations, on a connection that compiles its SQL. A
//! function returns its first argument, a collation compares bytes: where results count, they are not
//! the application's.

use rusqlite::functions::FunctionFlags;
use rusqlite::types::Value;
use rusqlite::{Connection, Result};

use super::names::{ApplicationNames, Missing, words};

impl ApplicationNames {
    /// Registers, on `connection`, what is declared and used in `sql`. A pattern has no names of its
    /// own, so the names come from the SQL.
    ///
    /// # Errors
    /// SQLite's error.
    #[doc(hidden)]
    pub fn register_substitutes<'s>(
        &self,
        connection: &Connection,
        sql: impl IntoIterator<Item = &'s str>,
    ) -> Result<()> {
        if self.functions.is_empty() && self.collations.is_empty() {
            return Ok(());
        }
        let mut names: Vec<&str> = sql.into_iter().flat_map(words).collect();
        names.sort_unstable();
        names.dedup();
        for name in names {
            if self.has_function(name) {
                function(connection, name)?;
            }
            if self.has_collation(name) {
                collation(connection, name)?;
            }
        }
        Ok(())
    }
}

impl Missing {
    /// Registers a substitute on `connection`; `false`: there is none for it.
    #[doc(hidden)]
    pub fn register_substitute(&self, connection: &Connection) -> Result<bool> {
        match self {
            Self::Function(name) => function(connection, name)?,
            Self::Collation(name) => collation(connection, name)?,
            Self::Tokenizer(_) | Self::Module(_) => return Ok(false),
        }
        Ok(true)
    }
}

fn collation(connection: &Connection, name: &str) -> Result<()> {
    connection.create_collation(name, |a: &str, b: &str| a.cmp(b))
}

fn function(connection: &Connection, name: &str) -> Result<()> {
    const ANY_NUMBER: i32 = -1;
    let flags = FunctionFlags::SQLITE_UTF8
        | FunctionFlags::SQLITE_DETERMINISTIC
        | FunctionFlags::SQLITE_INNOCUOUS;
    connection.create_scalar_function(name, ANY_NUMBER, flags, |context| match context.len() {
        0 => Ok(Value::Null),
        _ => context.get::<Value>(0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declared_names_compile_and_others_do_not() {
        let application = ApplicationNames {
            functions: vec!["geo_*".into()],
            collations: vec!["de".into()],
            tokenizers: Vec::new(),
        };
        let connection = Connection::open_in_memory().unwrap();
        let sql = "CREATE TABLE t (a TEXT COLLATE De); CREATE INDEX i ON t (geo_hash(a, 3), a)";
        application.register_substitutes(&connection, [sql]).unwrap();
        connection.execute_batch(sql).unwrap();
        connection.execute_batch("INSERT INTO t VALUES ('a'), ('b')").unwrap();
        assert!(connection.execute_batch("SELECT slug(a) FROM t").is_err());
    }
}
