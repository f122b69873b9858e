//! Tools that are written in Python, each run in a fresh interpreter.

use std::env;
use std::ffi::OsString;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::worker;

/// The name of the variable that names the interpreter.
const INTERPRETER: &str = "RUNNER_BENCH_PYTHON";

/// Another SQLite may be part of a ratio.
const VERSION: &str = "print(sqlite3.sqlite_version)";

/// A tool.
#[derive(Clone, Copy)]
pub(crate) enum Tool {
    Peewee,
    SqliteUtils,
}

impl Tool {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Peewee => "peewee",
            Self::SqliteUtils => "sqlite-utils",
        }
    }

    fn module(self) -> &'static str {
        match self {
            Self::Peewee => "playhouse.migrate",
            Self::SqliteUtils => "sqlite_utils",
        }
    }

    /// A program that changes a type the way its documentation shows. Its settings are those of our
    /// connections, whatever its SQLite was built with: many overwrite what they delete. Its clock
    /// starts after the imports.
    fn program(self) -> &'static str {
        match self {
            Self::Peewee => {
                "
import sys, time
from peewee import IntegerField, SqliteDatabase
from playhouse.migrate import SqliteMigrator, migrate
started = time.perf_counter_ns()
settings = {'synchronous': 'extra', 'foreign_keys': 0, 'secure_delete': 0}
database = SqliteDatabase(sys.argv[1], pragmas=settings)
migrator = SqliteMigrator(database)
with database.atomic():
    migrate(migrator.alter_column_type('player', 'level', IntegerField(null=True)))
database.close()
print(time.perf_counter_ns() - started)
"
            }
            Self::SqliteUtils => {
                "
import sys, time
import sqlite_utils
started = time.perf_counter_ns()
database = sqlite_utils.Database(sys.argv[1])
database.execute('PRAGMA synchronous = EXTRA')
database.execute('PRAGMA foreign_keys = OFF')
database.execute('PRAGMA secure_delete = OFF')
database['player'].transform(types={'level': int})
database.close()
print(time.perf_counter_ns() - started)
"
            }
        }
    }
}

/// An interpreter that knows a tool.
pub(crate) struct Python {
    interpreter: OsString,
    tool: Tool,
}

impl Python {
    /// The interpreter, or why `tool` cannot be measured with it.
    pub(crate) fn with(tool: Tool) -> Result<Self, String> {
        let interpreter = env::var_os(INTERPRETER).unwrap_or_else(|| "python3".into());
        let imported = Command::new(&interpreter)
            .args(["-c", &format!("import sqlite3, {}; {VERSION}", tool.module())])
            .output()
            .map_err(|error| format!("`{}`: {error}", interpreter.display()))?;
        if !imported.status.success() {
            let interpreter = interpreter.display();
            return Err(format!("`{interpreter}` cannot import `{}`", tool.module()));
        }
        let theirs = String::from_utf8_lossy(&imported.stdout);
        eprintln!("{} uses SQLite {}, we use {}", tool.name(), theirs.trim(), rusqlite::version());
        Ok(Self { interpreter, tool })
    }

    /// How long the tool takes to give `level` another type.
    pub(crate) fn alter_column_type(&self, path: &Path) -> Duration {
        let mut command = Command::new(&self.interpreter);
        worker::measure(command.args(["-c", self.tool.program()]).arg(path)).time
    }
}
